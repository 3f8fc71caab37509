"""Reports made in the background: what takes longer than anybody would wait for."""

from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from puma.access import Viewer
from puma.facts import Snapshot
from puma.measuring import Question, ask, metric
from puma.reports.content import Told, make, subject_of
from puma.reports.formats import FORMATS, write_report
from puma.reports.jobs import Job, Make, Order, jobs_in
from puma.reports.recipe import Recipe, among_own, must_be_sure, recipe_of
from puma.settings import Settings
from puma.storage import Storage

LONG = 400
"""Publications in a PDF from which on it is made in the background: about this many are set in a few seconds."""
REPORT = "report"


def is_long(storage: Storage, snapshot: Snapshot | None, viewer: Viewer, asked: Recipe) -> bool:
    """Whether a PDF lists so many publications that nobody would wait for it."""
    if snapshot is None:
        return False
    subject = {} if asked.kind == "facility" else {asked.kind: (asked.name,)}
    can = {dimension.slug for dimension in metric("publications").dimensions}
    wanted = among_own(storage, viewer, {**asked.filters, **subject})
    filters = {key: values for key, values in wanted.items() if key in can}
    total = ask(snapshot, viewer, Question("publications", (), filters, asked.policy)).total
    return (total or 0) > LONG


def in_background(
    storage: Storage, snapshot: Snapshot | None, viewer: Viewer, asked: Recipe, form: str, *, settings: Settings
) -> Job:
    """Begin to make a report of these facts in the background. After a restart it is made of the facts of then."""
    name = subject_of(storage, snapshot, viewer, asked)
    about = " ".join(part for part in (asked.kind.capitalize(), name, asked.span) if part)
    found = FORMATS[form]
    order = Order(REPORT, about, form, found.media_type, found.suffix, {"recipe": asked.asked(), "form": form})
    make = reports_again(storage, lambda: snapshot, settings)(viewer, order.asked)
    return jobs_in(settings).begin(viewer, order, make)


def reports_again(
    storage: Storage, snapshot: Callable[[], Snapshot | None], settings: Settings
) -> Callable[[Viewer, Mapping[str, Any]], Make]:
    """What makes the report of an order, also one that an earlier process left."""

    def again(viewer: Viewer, asked: Mapping[str, Any]) -> Make:
        def written(file: BinaryIO, tell: Told) -> None:
            about = recipe_of(asked["recipe"])
            must_be_sure(about.policy)
            report = make(storage, snapshot(), viewer, about, facility=settings.facility.name, tell=tell)
            tell("writing the file", 1, 2)
            file.write(write_report(report, asked["form"]))

        return written

    return again
