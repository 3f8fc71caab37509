"""Endpoints of /api/v1: records, links and decisions, figures, exports of whole lists."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from puma import listing
from puma.api.asking import Asker, House
from puma.api.exporting import answered
from puma.api.parameters import FILTERED, filters_of
from puma.errors import NotHere
from puma.exports import export as find_format
from puma.measuring import Question, metrics
from puma.measuring import metric as find_metric
from puma.measuring.answer import as_json

router = APIRouter()

Many = Annotated[list[str] | None, Query()]
Limit = Annotated[int, Query(ge=1, le=1000)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]


@router.get("/links")
def links(
    house: House,
    asker: Asker,
    state: Literal["candidate", "auto", "validated", "rejected"] = "candidate",
    instrument: int | None = None,
    offset: Offset = 0,
    limit: Limit = 20,
) -> dict[str, Any]:
    """Links in a state with both sides and their evidence, the most probable first."""
    return asdict(
        listing.candidates(house.storage, asker, state=state, instrument=instrument, offset=offset, limit=limit)
    )


class Verdict(BaseModel):
    """What somebody decides on a link, and in which state they saw it."""

    verdict: Literal["accept", "reject"]
    reason: str = Field("", max_length=2000)
    expected_state: Literal["candidate", "auto", "validated", "rejected"] = "candidate"


@router.post("/links/{link_id}/decision")
def decide(link_id: int, verdict: Verdict, house: House, asker: Asker) -> dict[str, int]:
    """Accept or reject a link. 409 when somebody decided it meanwhile."""
    number = house.decide(asker, link_id, verdict.verdict, reason=verdict.reason, expected_state=verdict.expected_state)
    return {"decision": number}


@router.delete("/decisions/{decision_id}")
def undo(decision_id: int, house: House, asker: Asker) -> dict[str, int]:
    """Take a decision back. The log keeps both."""
    return {"decision": house.undo(asker, decision_id)}


@router.get("/figures")
def figures() -> list[dict[str, Any]]:
    """All metrics with their rules and dimensions."""
    return [
        {
            "slug": one.slug,
            "label": one.label,
            "unit": one.unit,
            "kpi": one.kpi,
            "definition": one.rule(),
            "dimensions": [dimension.slug for dimension in one.dimensions],
        }
        for one in metrics().values()
    ]


@router.get("/figures/receipts", openapi_extra=FILTERED)
def receipt(
    house: House,
    asker: Asker,
    request: Request,
    metric: str,
    policy: Literal["strict", "standard", "wide"] = "standard",
    counting: Literal["full", "fractional"] = "full",
    part: Literal["all", "numerator", "rest", "left out"] = "all",
) -> dict[str, Any]:
    """The receipt of a number: its value, its rule and the rule's version, filters, link policy, counting, the instant
    and how fresh each source was then, and the numbers of the records behind it.

    part: of a rate, all records of its denominator, those of the numerator, the rest, or those that it leaves out.
    """
    one, chosen = find_metric(metric), filters_of(request)
    house.must_be_known(asker, chosen)
    told = as_json(house.ask(asker, Question(metric, (), chosen, policy, counting)))
    numbers = house.records_behind(asker, Question(metric, (), chosen, policy), part=part)
    del told["rows"], told["by"], told["cumulative"]
    return {**told, "definition_version": one.version, "kind": one.kind, "part": part, "records": numbers}


@router.get("/figures/{metric}", openapi_extra=FILTERED)
def figure(
    metric: str,
    house: House,
    asker: Asker,
    request: Request,
    by: Many = None,
    policy: Literal["strict", "standard", "wide"] = "standard",
    counting: Literal["full", "fractional"] = "full",
    cumulative: bool = False,
) -> dict[str, Any]:
    """A metric, cut ``by`` dimensions; every dimension is also a filter: ``?country=FR&country=DE``. cumulative: each
    year with all years before it, of what adds up."""
    chosen = filters_of(request)
    house.must_be_known(asker, chosen)
    return as_json(house.ask(asker, Question(metric, tuple(by or ()), chosen, policy, counting, cumulative)))


@router.get("/exports/behind.{format_}", openapi_extra=FILTERED)
def behind(
    format_: str,
    house: House,
    asker: Asker,
    request: Request,
    metric: str,
    policy: Literal["strict", "standard", "wide"] = "standard",
    part: Literal["all", "numerator", "rest", "left out"] = "all",
) -> Response:
    """The records behind a number as a file: ``?metric=publications&country=FR``; every dimension is a filter.

    part: of a rate, all records of its denominator, those of the numerator, the rest, or those that it leaves out.
    """
    one, chosen = find_metric(metric), filters_of(request)
    house.must_be_known(asker, chosen)
    holds = next((name for name, kind in listing.KINDS.items() if kind == one.kind), "")
    if not holds:
        raise NotHere(f"The records behind {one.slug} cannot be exported.")
    asked = {"what": "behind", "metric": one.slug, "chosen": chosen, "policy": policy, "holds": holds, "part": part}
    return answered(house, asker, request, find_format(format_, holds), asked)


@router.get("/exports/joint.{format_}")
def joint(
    format_: str, house: House, asker: Asker, request: Request, policy: Literal["strict", "standard"] = "standard"
) -> Response:
    """The joint list of this and other installations: DOI, facility, state of the link."""
    return answered(house, asker, request, find_format(format_, "joint"), {"what": "joint", "policy": policy})


@router.get("/exports/{what}.{format_}", openapi_extra=FILTERED)
def export(what: str, format_: str, house: House, asker: Asker, request: Request) -> Response:
    """A list as a file, whole or what filters leave: ``?year=2015-2019&country=FR``; made whole first, so that no
    partial file is ever offered. Links have the filters of their publications."""
    asked = {"what": what, "chosen": filters_of(request)}
    return answered(house, asker, request, find_format(format_, what), asked)


@router.get("/{what}")
def records(
    what: str,
    house: House,
    asker: Asker,
    sort: str = "id",
    descending: bool = False,
    offset: Offset = 0,
    limit: Limit = 50,
) -> dict[str, Any]:
    """A page of publications, proposals, experiments, datasets, persons, institutions or instruments."""
    if what not in listing.KINDS:
        raise NotHere(f"There is no {what!r}; there are: {', '.join(listing.KINDS)}.")
    if what == "persons":
        asker.must_be("user_office", "Listing persons")
    page = listing.records(
        house.storage, asker, listing.KINDS[what], sort=sort, descending=descending, offset=offset, limit=limit
    )
    return {"total": page.total, "rows": [{"id": row.id, **row.values} for row in page.rows]}


@router.get("/{what}/{record_id}")
def one_record(what: str, record_id: int, house: House, asker: Asker) -> dict[str, Any]:
    """One record of a list with all that is known of it."""
    found = listing.record(house.storage, asker, record_id)
    if found is None or found.kind != listing.KINDS.get(what):
        raise NotHere(f"There is no record {record_id} among the {what}.")
    return asdict(found)
