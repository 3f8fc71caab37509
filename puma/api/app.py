"""Putting one web application together: API below /api/v1, records, files, health, then the dashboards."""

import importlib
import importlib.util
from collections.abc import Collection

from fastapi import Depends, FastAPI

from puma import __version__
from puma.access import Viewer
from puma.api.answering import SecretPath, answer_router
from puma.api.audit import audit_router
from puma.api.endpoints import router
from puma.api.exporting import again_in, export_router
from puma.api.federated import credit_router, federated_router
from puma.api.files import file_router
from puma.api.guard import Guard
from puma.api.heads import Heads
from puma.api.health import health_router
from puma.api.keeping import keeping_router
from puma.api.leading import leading_router
from puma.api.oai import Provider, oai_router
from puma.api.outreach import outreach_router
from puma.api.parameters import only_known
from puma.api.people import people_router
from puma.api.problems import add_problem_handlers
from puma.api.quality import quality_router
from puma.api.queue import queue_router
from puma.api.records import record_router
from puma.api.reports import report_router
from puma.api.requests import request_router
from puma.api.runs import run_router
from puma.api.search import search_router
from puma.api.sign_in import sign_in_router
from puma.api.signposting import Signposting
from puma.api.who import Access, Who, asking
from puma.installation import Installation
from puma.reports import jobs_in


def make_app(installation: Installation, hosts: Collection[str] = ()) -> FastAPI:
    """One application on one port. Without the dashboards package it is the API alone.

    hosts: the names it is served under; other Host headers are refused. Empty lets every name through.
    """
    access = Access(installation)

    def viewer_of() -> Viewer:
        """Who asks in the present request; outside of one nobody does."""
        return asking.get().viewer

    api = FastAPI(
        title="PUMA",
        version=__version__,
        summary="What science came out of which instrument, for whom, from which country.",
        openapi_url="/openapi.json",
        docs_url=None,  # its page would fetch scripts from elsewhere
        redoc_url=None,
        dependencies=[Depends(only_known)],
    )
    root = FastAPI(title="PUMA", openapi_url=None, docs_url=None, redoc_url=None)
    for app in (api, root):
        app.state.installation = installation
        app.state.viewer_of = viewer_of
        app.state.access = access
        add_problem_handlers(app)
    api.include_router(audit_router)
    api.include_router(run_router)
    api.include_router(queue_router)
    api.include_router(request_router)
    api.include_router(quality_router)
    api.include_router(search_router)
    api.include_router(keeping_router)
    api.include_router(report_router)
    api.include_router(export_router)
    api.include_router(router)  # last: it takes every name that is left as a kind of record
    root.mount("/api/v1", api)
    root.include_router(health_router)
    root.include_router(sign_in_router)
    root.include_router(answer_router)
    root.include_router(record_router)
    root.include_router(people_router)
    root.include_router(leading_router)
    root.state.provider = Provider(installation)
    root.include_router(oai_router)
    root.include_router(federated_router)
    root.include_router(credit_router)  # before the other pages of /public
    root.include_router(outreach_router)
    root.include_router(file_router)
    if importlib.util.find_spec("dashboards") is not None:
        importlib.import_module("dashboards").mount(root, installation, viewer_of, access.entrance)
    root.add_middleware(Signposting, installation=installation, viewer_of=viewer_of)
    root.add_middleware(Who, access=access)
    most_bytes = round(installation.settings.access.max_request_mb * 1e6)
    root.add_middleware(Guard, hosts=hosts, most_bytes=most_bytes)
    root.add_middleware(Heads)
    root.add_middleware(SecretPath)  # the last one added is the outermost
    jobs_in(installation.settings).go_on(again_in(installation))
    return root
