"""Lists as files: small ones at once; large ones in the background with progress, to be fetched piece by piece."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse

from puma import exports, listing
from puma.access import Viewer
from puma.api.asking import Asker, House
from puma.api.sending import sent
from puma.exports import Export, export
from puma.exports.format import Rows
from puma.installation import Installation
from puma.listing.owed import READERS, owed_list
from puma.measuring import Question, metric
from puma.measuring.joint import RULE, joint_list
from puma.metrics.publication_debt import METRIC as OWED
from puma.reports import REPORT, Again, Job, Make, Order, Part, grow, jobs_in, reports_again, told_rows
from puma.reports.content import Told
from puma.storage import now

export_router = APIRouter(prefix="/exports")

EXPORT = "export"
PAGE = "/exports"
"""Where a browser sees how far a file is."""
PRIVATE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
Asked = Mapping[str, Any]
"""What list is asked for, in values that JSON knows: ``what`` and what belongs to it."""


@dataclass(frozen=True, slots=True)
class Table:
    """A list to be written. holds: the list by whose name formats say what they can hold; total: its rows, counted
    before; about: what the file says of itself; portions: the rows so that a file of them can be gone on with."""

    name: str
    title: str
    holds: str
    columns: Sequence[str]
    rows: Rows
    total: int
    about: str
    headers: Mapping[str, str] = field(default_factory=dict)
    portions: listing.Portions | None = None


def whole(house: Installation, viewer: Viewer, asked: Asked) -> Table:
    """All records of a kind, or all links, or those that filters leave."""
    what, chosen = str(asked["what"]), {slug: tuple(values) for slug, values in asked.get("chosen", {}).items()}
    ids = house.chosen(viewer, what, chosen)
    table = listing.whole(house.storage, viewer, what, ids=ids)
    total = listing.how_many(house.storage, viewer, what, ids=ids)
    about = f"{what} of {house.settings.facility.name}, exported {now():%-d %B %Y %H:%M} UTC"
    about += "".join(f"\n{slug}: {', '.join(values)}" for slug, values in sorted(chosen.items()))
    title = what.capitalize()
    return Table(what, title, what, table.columns, table.rows, total, about, portions=table.portions)


def behind(house: Installation, viewer: Viewer, asked: Asked) -> Table:
    """The records behind a number."""
    one = metric(asked["metric"])
    chosen = {slug: tuple(values) for slug, values in asked["chosen"].items()}
    part = asked.get("part", "all")
    ids = house.records_behind(viewer, Question(one.slug, (), chosen, asked["policy"]), part=part)
    owing = one.slug == OWED.slug and part == "numerator" and viewer.at_least(READERS)
    table = (
        owed_list(house.storage, viewer, ids)
        if owing
        else listing.whole(house.storage, viewer, asked["holds"], ids=ids)
    )
    filters = "; ".join(f"{slug}: {', '.join(values)}" for slug, values in sorted(chosen.items()))
    about = f"{one.label}, {house.settings.facility.name}, {now():%-d %B %Y %H:%M} UTC\n{one.rule()}"
    about += f"\n{asked['policy'].capitalize()} link policy" + (f"; {filters}" if filters else "")
    about += f"\nPart of the rate: {part}" if part != "all" else ""
    title = f"The records behind {one.label}"
    name, portions = f"puma-{one.slug}", table.portions
    return Table(name, title, asked["holds"], table.columns, table.rows, len(ids), about, portions=portions)


def joint(house: Installation, viewer: Viewer, asked: Asked) -> Table:
    """The joint list of this and other installations."""
    table = joint_list(house.snapshot(), viewer, policy=asked["policy"])
    about = f"Publications credited here or elsewhere, {asked['policy']} links, {now():%-d %B %Y %H:%M} UTC\n{RULE}"
    rows = ({str(name): value for name, value in row.items()} for row in table.to_dict("records"))
    return Table("joint", "Joint list", "joint", list(table.columns), rows, len(table), about)


Made = Callable[[Installation, Viewer, Asked], Table]
TABLES: dict[str, Made] = {"behind": behind, "joint": joint}
"""Lists other than the whole ones, by the name in their address; searching adds its own."""


def answered(house: Installation, asker: Viewer, request: Request, form: Export, asked: Asked) -> Response:
    """A list as a file: at once; or, when it is large and a browser asks, or a program that would rather not wait
    (``Prefer: respond-async``), as a job: 202 with its address, browsers are led to its page."""
    table = _table(house, asker, asked)
    leads = "text/html" in request.headers.get("accept", "")
    prefers = "respond-async" in request.headers.get("prefer", "")
    if table.total < exports.LARGE or not (leads or prefers):
        return sent(form, table.name, table.columns, table.rows, table.about, table.headers)
    order = Order(EXPORT, table.title, form.name, form.media_type, form.suffix, {**asked, "form": form.name})
    begun = jobs_in(house.settings).begin(asker, order, again_in(house)[EXPORT](asker, order.asked))
    if leads:
        return RedirectResponse(f"{PAGE}/{begun.id}", 303)
    told = {"Location": f"/api/v1/exports/jobs/{begun.id}", "Preference-Applied": "respond-async"}
    return JSONResponse(jsonable_encoder(job_words(house, begun)), 202, headers=told)


def again_in(house: Installation) -> Again:
    """What makes the file of an order, of each kind; what an earlier process left is made by it too."""

    def lists(viewer: Viewer, asked: Asked) -> Make:
        def made(file: Part, tell: Told) -> None:
            tell("asking", 0, 1)
            table = _table(house, viewer, asked)
            form = export(str(asked["form"]), table.holds)
            if form.grows is not None and table.portions is not None:
                grow(house.storage, table.portions, form.grows, table.about, file, tell)
                return
            rows: Iterable[Mapping[str, Any]] = told_rows(table.rows, tell, table.total)
            form.write(table.columns, rows, file, table.about)

        return made

    return {EXPORT: lists, REPORT: reports_again(house.storage, house.snapshot, house.settings)}


def _table(house: Installation, viewer: Viewer, asked: Asked) -> Table:
    return TABLES.get(str(asked["what"]), whole)(house, viewer, asked)


# -- what is being made


@export_router.get("/jobs")
def jobs(house: House, asker: Asker) -> list[dict[str, Any]]:
    """The asker's files that are being made in the background, and those that are kept."""
    return [job_words(house, one) for one in jobs_in(house.settings).mine(asker)]


@export_router.get("/jobs/{job_id}")
def job(job_id: str, house: House, asker: Asker) -> dict[str, Any]:
    """How far a file is."""
    return job_words(house, jobs_in(house.settings).job(asker, job_id))


@export_router.delete("/jobs/{job_id}")
def drop(job_id: str, house: House, asker: Asker) -> dict[str, str]:
    """Delete a file; what is being made is stopped."""
    jobs_in(house.settings).drop(asker, job_id)
    return {"deleted": job_id}


@export_router.get("/jobs/{job_id}/file")
@export_router.head("/jobs/{job_id}/file", include_in_schema=False)
def job_file(job_id: str, house: House, asker: Asker) -> FileResponse:
    """The file of a job that is done, or a range of its bytes: a broken download goes on. 409 while it is not ready."""
    one, path = jobs_in(house.settings).file(asker, job_id)
    return FileResponse(path, media_type=one.order.media_type, filename=one.file_name, headers=PRIVATE)


def job_words(house: Installation, one: Job) -> dict[str, Any]:
    """A job as programs are told of it."""
    told = asdict(one)
    names = ("id", "at", "state", "done", "total", "words", "as_of", "ended_at", "cut")
    words = {"title": one.order.title, "form": one.order.form} | {name: told[name] for name in names}
    if one.state == "done":
        words |= {"file": f"/api/v1/exports/jobs/{one.id}/file", "until": jobs_in(house.settings).until(one)}
    return words
