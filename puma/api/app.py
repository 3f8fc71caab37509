"""Putting one web application together: API below /api/v1, records, files, health, then the dashboards."""

import importlib
import importlib.util

from fastapi import FastAPI

from puma import __version__
from puma.access import Viewer
from puma.api.endpoints import router
from puma.api.health import health_router
from puma.api.problems import add_problem_handlers
from puma.api.queue import queue_router
from puma.api.records import record_router
from puma.api.runs import run_router
from puma.installation import Installation


def make_app(installation: Installation) -> FastAPI:
    """One application on one port. Without the dashboards package it is the API alone."""
    viewer = Viewer(installation.settings.access.local_role, "local")

    def viewer_of() -> Viewer:
        """Who asks: until sign-in is configured only this machine is served, so it is whoever sits here."""
        return viewer

    api = FastAPI(
        title="PUMA",
        version=__version__,
        summary="What science came out of which instrument, for whom, from which country.",
        openapi_url="/openapi.json",
        docs_url=None,  # its page would fetch scripts from elsewhere
        redoc_url=None,
    )
    root = FastAPI(title="PUMA", openapi_url=None, docs_url=None, redoc_url=None)
    for app in (api, root):
        app.state.installation = installation
        app.state.viewer_of = viewer_of
        add_problem_handlers(app)
    api.include_router(run_router)
    api.include_router(queue_router)
    api.include_router(router)  # last: it takes every name that is left as a kind of record
    root.mount("/api/v1", api)
    root.include_router(health_router)
    root.include_router(record_router)
    if importlib.util.find_spec("dashboards") is not None:
        importlib.import_module("dashboards").mount(root, installation, viewer_of)
    return root
