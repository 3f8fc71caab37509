"""For every role the whole answer of every door is the same with and without the proposals that it may not see."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Select, delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from dashboards.frame.state import State
from dashboards.page import Desk, pages
from puma import keeping
from puma.access import Viewer, with_own
from puma.api import make_app
from puma.entities import (
    Affiliation,
    Collection,
    CollectionItem,
    Decision,
    Instrument,
    Link,
    Participant,
    ProposalTime,
    Record,
)
from puma.installation import Installation
from puma.listing import KINDS, WHAT
from puma.measuring import metrics
from puma.settings import load_settings
from tests.doors.conftest import copy_facility

STATES = (State(), State({"q": ("neutron",)}), State({"year": ("2015",), "metric": ("publications",)}))
"""What pages are asked to show."""
STATES_OF = {"anonymous": STATES[:1], "scientist": STATES[1:2], "scientist of an instrument": STATES[2:]}
"""Who is asked for one of them, and a third of all addresses, each another; a viewer and who has something opened ask
for all."""
ASKERS = ("anonymous", "viewer", "scientist", "scientist of an instrument", "scientist with own opened")
"""Who may not know of refused, withdrawn and confidential proposals; the last one of those of one instrument only."""
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OFFICE = Viewer("user_office", "Olga")
TIMES = re.compile(
    r'"took_ms":\s*[\d.]+|"request_id":\s*"\w+"|\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)?|"version":\s*\d+'
    r'|"p\d0_days":\s*[\d.e-]+|exported [\w :]+UTC'
)
"""What differs from one moment to the next."""


@dataclass(frozen=True)
class Two:
    """One facility thrice: as it is, as if no hidden proposal had ever been, and with those of one instrument only.

    beside_page: by page what can stand in its address: what most hidden proposals touch, and something else.
    """

    whole: Installation
    without: Installation
    partly: Installation
    instrument: int
    hidden: list[int]
    opened: list[int]
    open: list[int]
    beside_page: dict[str, list[str]]

    def viewer(self, asker: str) -> Viewer:
        """Somebody of a role, responsible for the instrument or not, with its secrets opened to them or not."""
        viewer = Viewer(asker.split()[0], "somebody", frozenset({self.instrument} if " " in asker else ()))
        return with_own(viewer) if "opened" in asker else viewer

    def beside(self, asker: str) -> Installation:
        """The facility without what that one may not know of."""
        return self.partly if "opened" in asker else self.without


@pytest.fixture(scope="module")
def two(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    """The sample facility, and copies out of which every trace of what is restricted was cut."""
    home = tmp_path_factory.mktemp("two")
    houses = []
    for name in ("whole", "without", "partly"):
        houses.append(Installation(load_settings(copy_facility(sample, home / name) / "puma.toml")))
    whole, without, partly = houses
    secret = select(Record.id).where(Record.visibility == "restricted")
    with whole.storage.reading() as session:
        hidden = list(session.scalars(secret.order_by(Record.id)))
        shown = list(session.scalars(select(Record.id).where(Record.visibility != "restricted").order_by(Record.id)))
        instrument = session.scalar(
            select(ProposalTime.instrument_id)
            .where(ProposalTime.proposal_id.in_(secret), ProposalTime.instrument_id.is_not(None))
            .group_by(ProposalTime.instrument_id)
            .order_by(func.count().desc())
            .limit(1)
        )
        own = Record.opened_to.contains(f",{instrument},")
        opened = list(session.scalars(secret.where(own).order_by(Record.id)))
        rests = touched(session, secret, instrument)
    cut_out(without, secret)
    cut_out(partly, secret.where(~own))
    for house in houses:
        number = keeping.make(house.storage, OFFICE, "Some of each", visibility="public")
        keeping.add(house.storage, OFFICE, number, [*hidden[:3], *opened[:2], *shown[:3]])
        rests["/collections"] = [str(number)]
        with house.storage.writing() as session:  # all made at one moment
            session.execute(update(Collection).values(made_at=AT))
            session.execute(update(CollectionItem).values(added_at=AT))
        house.refresh_facts()
        house.index(lambda _step, _done, _total: None, rebuild=True)
    assert len(hidden) > 50
    assert 5 < len(opened) < len(hidden) / 2
    yield Two(whole, without, partly, instrument or 0, hidden, opened, shown, rests)
    for house in houses:
        house.close()


def touched(session: Session, secret: Select[int], instrument: int | None) -> dict[str, list[str]]:
    """By page the instrument, person, institution or country that most of these records name, and the one that fewest
    do."""
    on_team = (
        select(Participant).outerjoin(Affiliation, Affiliation.id == Participant.affiliation_id)
        .where(Participant.proposal_id.in_(secret))
    )  # fmt: skip
    named = {"/person": Participant.person_id, "/institution": Affiliation.institution_id,
             "/country": Affiliation.country}  # fmt: skip
    found = {}
    for path, column in named.items():
        often = on_team.with_only_columns(column).where(column.is_not(None)).group_by(column)
        some = session.scalars(often.order_by(func.count().desc(), column)).all()
        found[path] = [str(some[0]), str(some[-1])]
    other = select(Instrument.id).where(Instrument.id != (instrument or 0)).order_by(Instrument.id).limit(1)
    found["/instrument"] = [str(instrument), str(session.scalar(other))]
    groups = select(Instrument.group_id).where(Instrument.id.in_([int(one) for one in found["/instrument"]]))
    found["/group"] = sorted({str(one) for one in session.scalars(groups) if one is not None})
    return found


def cut_out(house: Installation, secret: Select[int]) -> None:
    """Cut every trace of these records out of a facility."""
    with house.storage.writing() as session:
        session.execute(text("PRAGMA defer_foreign_keys=ON"))
        touching = select(Link.id).where(or_(Link.left_id.in_(secret), Link.right_id.in_(secret)))
        cut = or_(Decision.left_id.in_(secret), Decision.right_id.in_(secret))
        session.execute(delete(Decision).where(Decision.undoes_id.in_(select(Decision.id).where(cut))))
        session.execute(delete(Decision).where(cut))
        session.execute(delete(Link).where(Link.id.in_(touching)))
        session.execute(delete(Record).where(Record.id.in_(secret)))
    house.storage.engine.dispose()


def client(house: Installation, viewer: Viewer) -> TestClient:
    """The doors as somebody meets them."""
    app = make_app(house)
    api = next(route.app for route in app.routes if getattr(route, "path", "") == "/api/v1")
    for one in (app, api):
        one.state.viewer_of = lambda: viewer
    return TestClient(app, raise_server_exceptions=False)


def paths(two: Two) -> list[str]:
    """Every address below /api/v1 that can be asked without a body, with values that reach something; and records."""
    document = client(two.whole, Viewer("admin")).get("/api/v1/openapi.json").json()
    numbers = [*two.hidden[::70], *two.opened[:: len(two.opened) // 6], *two.open[:: len(two.open) // 8]]
    values: dict[str, list[str]] = {
        "what": [*KINDS, "links"],
        "metric": list(metrics()),
        "kind": ["duplicates", "affiliations", "instruments", "contradictions"],
        "record_id": [str(number) for number in numbers],
        "link_id": ["1", "2"],
        "file_id": ["1", *(str(number) for number in numbers[:5])],
        "run_id": ["1", "2"],
        "name": ["user_office"],
        "format_": ["csv", "jsonl", "bibtex"],
    }
    found: list[str] = []
    for path, methods in document["paths"].items():
        if "get" not in methods:
            continue
        filled = [path]
        for name in re.findall(r"{(\w+)}", path):
            given = [*WHAT, "search"] if name == "what" and "exports" in path else values.get(name, ["1", "proposal"])
            filled = [one.replace("{" + name + "}", value) for one in filled for value in given]
        found += [f"/api/v1{one}" for one in filled]
    found += [f"/record/{number}.json" for number in numbers]
    found += [f"/api/v1/search?q={q}" for q in ("neutron", "investigation", "MA-1*", "refused", "a")]
    found += ["/api/v1/search?category=PROPOSAL_REFUSED", "/api/v1/search?limit=1000", "/api/v1/proposals?limit=1000"]
    found += [f"/api/v1/figures/{slug}?by=year" for slug in metrics()]
    return list(dict.fromkeys(found))


@pytest.mark.slow
@pytest.mark.parametrize("asker", ASKERS)
def test_every_address_answers_the_same_with_and_without_what_is_hidden(two: Two, asker: str) -> None:
    viewer = two.viewer(asker)
    one, other = client(two.whole, viewer), client(two.beside(asker), viewer)
    different, answered = [], 0
    asked = paths(two)
    if asker in STATES_OF:
        asked = asked[list(STATES_OF).index(asker) :: len(STATES_OF)]
    for path in asked:
        first, second = one.get(path), other.get(path)
        answered += first.status_code == 200
        if first.status_code >= 500:
            different.append(f"{path}: {first.status_code}")
        elif (first.status_code, TIMES.sub("", first.text)) != (second.status_code, TIMES.sub("", second.text)):
            different.append(path)
    assert different == []
    assert answered > 40


@pytest.mark.slow
@pytest.mark.parametrize("asker", ASKERS)
def test_every_part_of_every_page_is_the_same_with_and_without_what_is_hidden(two: Two, asker: str) -> None:
    different, drawn, viewer = [], 0, two.viewer(asker)
    for page in pages().values():
        states = STATES_OF.get(asker, STATES)
        numbers = (*two.hidden[:2], *two.opened[:2], *two.open[-2:])
        ways = [(state, "") for state in states]
        if page.path == "/record":
            ways = [(state, str(number)) for state in states for number in numbers]
        ways += [(states[0], rest) for rest in two.beside_page.get(page.path, ())]
        if not viewer.at_least(page.role):
            continue
        for state, rest in ways:
            for name, draw in page.panels.items():
                if (page.path, name) == ("/sources", "runs"):
                    continue  # it tells how long the making of these two facilities took
                first, second = (
                    shown(draw, Desk(house, viewer, state, rest)) for house in (two.whole, two.beside(asker))
                )
                drawn += 1
                if first != second:
                    different.append(f"{page.path}/{rest}{state.query()} {name}")
    assert different == []
    assert drawn > 40


def shown(draw: object, desk: Desk) -> str:
    """What a panel shows, or what it says instead."""
    assert callable(draw)
    try:
        content = draw(desk)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    text = json.dumps(content, default=lambda part: part.to_plotly_json(), sort_keys=True)
    text = re.sub(r'\d\d:\d\d(:\d\d)?|version \d+|\(\d+\.\d\d s\)|"data-drawn": "\d+"', "", text)  # moments
    return re.sub(r"\d+\.\d{7,}", lambda found: f"{float(found[0]):.9g}", text)  # sums in another order


@pytest.mark.slow
def test_a_scientist_meets_the_hidden_proposals_of_the_own_instrument_where_they_are_opened(two: Two) -> None:
    shut, open_ = (client(two.whole, two.viewer(asker)) for asker in ASKERS[-2:])
    office = client(two.whole, Viewer("user_office"))
    for number in two.opened:
        assert shut.get(f"/record/{number}.json").status_code == 404
        assert open_.get(f"/record/{number}.json").status_code == office.get(f"/record/{number}.json").status_code
    others = [number for number in two.hidden if number not in two.opened][::20]
    assert {open_.get(f"/record/{number}.json").status_code for number in others} == {404}

    def refused(one: TestClient) -> int:
        return int(one.get("/api/v1/search?category=PROPOSAL_REFUSED&limit=1").json()["total"])

    def known(one: TestClient) -> float:
        return float(one.get("/api/v1/figures/proposals").json()["total"])

    assert refused(shut) == 0 < refused(open_) < refused(office)
    assert known(shut) < known(open_) < known(office)
