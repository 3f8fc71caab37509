"""Endpoints of /api/v1 about match quality: how many are linked, how surely, what people found, which model judges."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from puma.api.asking import Asker, House
from puma.evaluation import Share, audit, kept
from puma.listing import quality as found
from puma.matching.shelf import Card, measured
from puma.storage import now

quality_router = APIRouter()


class Used(BaseModel):
    """Which model the person saw in use; empty when it does not matter."""

    expected: str = Field("", max_length=100)


@quality_router.get("/quality")
def quality(house: House, asker: Asker) -> dict[str, Any]:
    """Match quality: publications by their best link and year, queue, random audit, promises kept, last evaluation."""
    asker.must_be("viewer", "Reading the match quality")
    at, judged = now(), audit(house.storage, asker)
    enough = judged.precision.of >= found.QUOTABLE
    unsettled = found.unsettled(house.storage, asker)
    return {
        "as_of": at,
        "years": [{"year": one.year, "publications": one.total, **one.counts}
                  for one in found.linked_years(house.storage, asker)],
        "queue": asdict(found.queue_age(house.storage, asker, at)),
        "audit": {
            "precision": judged.precision.as_json(),
            "proposed": judged.asked.as_json(),
            "recall": {"value": judged.recall, "interval": judged.recall_interval},
            "open": judged.open,
            "quotable": enough,
            "verdict": "" if enough else f"too few: {judged.precision.of} of {found.QUOTABLE}",
        },
        "calibration": {
            name: _promise(found.promise(house.storage, asker, audited=audited))
            for name, audited in (("all", False), ("audit", True))
        },
        "weeks": [asdict(week) for week in found.weeks(house.storage, asker, at.date())],
        "unsettled": {
            name: share.as_json()
            for name in ("affiliations", "no_institution", "silent", "no_person")
            if isinstance(share := getattr(unsettled, name), Share)
        },
        "evaluation": kept(house.settings.files_folder),
    }  # fmt: skip


def _promise(one: found.Promise) -> dict[str, Any]:
    bins = [{"promised": some.promised, "true": some.true.as_json()} for some in one.bins]
    return {"decisions": one.decisions, "ece": one.ece, "bins": bins}


@quality_router.get("/models")
def models(house: House, asker: Asker) -> list[dict[str, Any]]:
    """The models that can judge links: what each was fitted on, and how good it was found to be."""
    asker.must_be("viewer", "Reading the models")
    return [_card(one) for one in found.model_cards(house.settings.files_folder)]


def _card(one: Card) -> dict[str, Any]:
    said = {name: value for name, value in one.said.items() if name != "base card"}
    more = {} if one.learnt else {"measured": measured()}
    return {"version": one.version, "learnt": one.learnt, "in_use": one.in_use, "card": said, **more}


@quality_router.post("/models/{version}/use")
def use(version: str, house: House, asker: Asker, used: Used | None = None) -> dict[str, str]:
    """Let another model judge from the next matching on. 409 when another one than expected is in use."""
    before = house.use_model(asker, version, expected=used.expected if used else "")
    return {"version": version, "before": before, "next": "puma match"}
