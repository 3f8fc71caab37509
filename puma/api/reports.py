"""Endpoints of /api/v1 for reports: as files, in the background, frozen, compared with now; and named recipes."""

import re
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse
from pydantic import BaseModel, Field

from puma import reports
from puma.access import Viewer
from puma.api.asking import Asker, House
from puma.api.exporting import PRIVATE, job_words
from puma.api.exporting import job_file as exported_file
from puma.api.parameters import FILTERED, filters_of
from puma.api.speaking import reader
from puma.errors import NotHere
from puma.installation import Installation
from puma.reports import Job, Recipe, jobs_in

report_router = APIRouter(prefix="/reports")

Kind = Literal["facility", "instrument", "group", "country", "institution", "organisation", "sector", "collection"]
Form = Literal["html", "pdf", "xlsx", "pptx"]
Policy = Literal["strict", "standard", "wide"]
Counting = Literal["full", "fractional"]
Language = Literal["en", "fr", "de"]
Name = Annotated[str, Query(max_length=500)]
SHEET = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
"""A report as a page runs nothing and fetches nothing."""


class Asked(BaseModel):
    """What a report is about: filters by dimension, ``year`` as 2019 or 2015-2019."""

    kind: Kind
    name: str = Field("", max_length=500)
    filters: dict[str, list[str]] = {}
    policy: Policy = "standard"
    counting: Counting = "full"
    language: Language = "en"

    def recipe(self) -> Recipe:
        """The same for the room of reports."""
        return reports.recipe(
            self.kind, self.name, self.filters, policy=self.policy, counting=self.counting, language=self.language
        )


class NewJob(Asked):
    """A report to be made in the background."""

    form: Form = "pdf"


class NewFrozen(Asked):
    """A report to be frozen. as_role: with the figures of a lower role, so that those who have it may read it."""

    note: str = Field("", max_length=1000)
    as_role: Literal["", "viewer", "scientist", "user_office", "admin"] = ""


class NewRecipe(Asked):
    """A recipe to be kept under a name."""

    title: str = Field(min_length=1, max_length=200)


# -- frozen reports: before what takes any word as a kind


@report_router.get("/frozen")
def frozen(house: House, asker: Asker) -> list[dict[str, Any]]:
    """The frozen reports whose figures the asker may know, the newest first."""
    return [_frozen(one) for one in reports.frozen_reports(house.storage, asker)]


@report_router.post("/frozen", status_code=201)
def freeze(new: NewFrozen, house: House, asker: Asker) -> dict[str, Any]:
    """Make a report and put it away as it is."""
    number = reports.freeze(
        house.storage, house.snapshot(), asker, new.recipe(), facility=house.settings.facility.name, note=new.note,
        as_role=new.as_role,
    )  # fmt: skip
    return _frozen(reports.frozen_report(house.storage, asker, number))


@report_router.get("/frozen/{number}")
def one_frozen(number: int, house: House, asker: Asker) -> dict[str, Any]:
    """A frozen report with its numbers, each with the records that it counted."""
    one = reports.frozen_report(house.storage, asker, number)
    kept = reports.open_frozen(house.storage, asker, number)
    reports.seen(house.storage, asker, kept)
    numbers = [
        {
            "title": part.title, "metric": part.question.slug, "by": list(part.question.by), "total": part.total,
            "definition": part.rule.rule(), "version": part.rule.version,
            "filters": {key: list(values) for key, values in part.question.filters.items()},
            "records": sorted(set(kept.facts(part)["record"].to_pylist())) if not part.rule.fewest else None,
        }
        for part in kept.parts
    ]  # fmt: skip
    return {**_frozen(one), "numbers": numbers}


@report_router.get("/frozen/{number}/changes")
def changes(number: int, house: House, asker: Asker) -> dict[str, Any]:
    """What changed since: for each number the records that came and went, with reasons whose effects sum up."""
    one = reports.frozen_report(house.storage, asker, number)
    found = reports.changes_since(house.storage, house.snapshot(), asker, one)
    told = asdict(found)
    for words, difference in zip(told["numbers"], found.numbers, strict=True):
        words["difference"] = difference.difference
    return told


@report_router.delete("/frozen/{number}")
def delete_frozen(number: int, house: House, asker: Asker) -> dict[str, int]:
    """Delete a frozen report; ``POST .../restore`` brings it back."""
    reports.delete_frozen(house.storage, asker, number)
    return {"deleted": number}


@report_router.post("/frozen/{number}/restore")
def restore_frozen(number: int, house: House, asker: Asker) -> dict[str, Any]:
    """Bring a deleted frozen report back."""
    reports.restore_frozen(house.storage, asker, number)
    return _frozen(reports.frozen_report(house.storage, asker, number))


@report_router.get("/frozen/{number}/file.{form}")
def frozen_file(number: int, form: str, house: House, asker: Asker) -> Response:
    """A frozen report as a file, byte for byte as it was."""
    one = reports.frozen_report(house.storage, asker, number)
    return _file(reports.frozen_file(house.storage, asker, number, form), f"{one.title} frozen {number}", form)


# -- recipes


@report_router.get("/recipes")
def recipes(house: House, asker: Asker) -> list[dict[str, Any]]:
    """The named recipes."""
    return [asdict(one) for one in reports.recipes(house.storage, asker)]


@report_router.post("/recipes", status_code=201)
def save_recipe(new: NewRecipe, house: House, asker: Asker) -> dict[str, Any]:
    """Keep a recipe under a name. 409 when there is one of that name."""
    number = reports.save_recipe(house.storage, asker, new.title, new.recipe())
    return asdict(reports.recipe_named(house.storage, asker, str(number)))


@report_router.delete("/recipes/{number}")
def delete_recipe(number: int, house: House, asker: Asker) -> dict[str, int]:
    """Delete a recipe; ``POST .../restore`` brings it back."""
    reports.delete_recipe(house.storage, asker, number)
    return {"deleted": number}


@report_router.post("/recipes/{number}/restore")
def restore_recipe(number: int, house: House, asker: Asker) -> dict[str, int]:
    """Bring a deleted recipe back."""
    reports.restore_recipe(house.storage, asker, number)
    return {"restored": number}


@report_router.get("/recipes/{number}/file.{form}")
def from_recipe(
    number: int, form: str, request: Request, house: House, asker: Asker, name: Name = "", year: Name = "",
    language: Language | None = None,
) -> Response:  # fmt: skip
    """The report of a recipe as it is now; ``name``, ``year`` and ``language`` in place of its own where given."""
    one = reports.recipe_named(house.storage, asker, str(number))
    return _made(house, asker, reports.with_parameters(one.recipe, name, year, language or ""), form, request)


# -- in the background


@report_router.get("/jobs")
def jobs(house: House, asker: Asker) -> list[dict[str, Any]]:
    """The asker's reports that are being made, and those that are kept."""
    found = jobs_in(house.settings).mine(asker)
    return [job_words(house, one) for one in found if one.order.kind == reports.REPORT]


@report_router.post("/jobs", status_code=202)
def begin(new: NewJob, house: House, asker: Asker) -> dict[str, Any]:
    """Let a report be made in the background."""
    return job_words(house, _begun(house, asker, new.recipe(), new.form))


@report_router.get("/jobs/{job_id}")
def job(job_id: str, house: House, asker: Asker) -> dict[str, Any]:
    """How far a report is."""
    return job_words(house, jobs_in(house.settings).job(asker, job_id))


@report_router.get("/jobs/{job_id}/file")
def job_file(job_id: str, house: House, asker: Asker) -> FileResponse:
    """The file of a report that is done, as at ``/exports/jobs``. 409 while it is not."""
    return exported_file(job_id, house, asker)


# -- files


@report_router.get("/{kind}.{form}", openapi_extra=FILTERED)
def report(
    kind: str,
    form: str,
    request: Request,
    house: House,
    asker: Asker,
    name: Name = "",
    policy: Policy = "standard",
    counting: Counting = "full",
    language: Language | None = None,
) -> Response:
    """A report as a file; every dimension is a filter: ``?name=D22&year=2015-2019&country=FR``.

    language: else the one that the reader chose for the pages, or that the browser asks for; English for programs.

    A long PDF is made in the background: programs get 202 with its job, browsers are led to the page Reports.
    """
    chosen = filters_of(request)
    spoken = language or reader.get().code
    asked = reports.recipe(kind, name, chosen, policy=policy, counting=counting, language=spoken)
    return _made(house, asker, asked, form, request)


def _made(house: Installation, asker: Viewer, asked: Recipe, form: str, request: Request) -> Response:
    if form not in reports.FORMATS:
        raise NotHere(f"A report has no format {form!r}; there are: {', '.join(reports.FORMATS)}.")
    if form == "pdf" and reports.is_long(house.storage, house.snapshot(), asker, asked):
        begun = _begun(house, asker, asked, form)
        if "text/html" in request.headers.get("accept", ""):
            return RedirectResponse("/reports", 303)
        where = {"Location": f"/api/v1/reports/jobs/{begun.id}"}
        return JSONResponse(jsonable_encoder(job_words(house, begun)), 202, headers=where)
    made = reports.make(house.storage, house.snapshot(), asker, asked, facility=house.settings.facility.name)
    return _file(reports.write_report(made, form), f"{made.title} {made.span}", form)


def _begun(house: Installation, asker: Viewer, asked: Recipe, form: str) -> Job:
    return reports.in_background(house.storage, house.snapshot(), asker, asked, form, settings=house.settings)


def _file(body: bytes, title: str, form: str) -> Response:
    found = reports.FORMATS[form]
    how = "inline" if form == "html" else "attachment"
    headers = {"Content-Disposition": f'{how}; filename="{_named(title)}{found.suffix}"', **PRIVATE}
    return Response(body, media_type=found.media_type, headers=headers | {"Content-Security-Policy": SHEET})


def _named(title: str) -> str:
    """A file name of plain letters."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:120] or "report"


def _frozen(one: reports.FrozenView) -> dict[str, Any]:
    told = {**asdict(one), "as_role": one.viewer.role}
    del told["viewer"]
    return told
