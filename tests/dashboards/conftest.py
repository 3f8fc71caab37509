"""A small facility put into an installation through claims, and servers and browsers that look at it."""

import re
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser
from sqlalchemy import insert, select

from dashboards import mount
from puma.access import Viewer
from puma.api.problems import add_problem_handlers
from puma.api.queue import queue_router
from puma.api.records import record_router
from puma.api.search import search_router
from puma.claims import Claim
from puma.entities import HarvestSource, Instrument, Link, Payload, Proposal, Publication, RawRecord, Run, SkippedRecord
from puma.identifiers import fold_code
from puma.installation import Installation
from puma.resolve import Received, apply_batch, settle_references
from puma.settings import Settings

CODE = "EPNS"
AT = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
YEARS = range(2014, 2026)
INSTRUMENTS = (
    (
        "D17",
        "Horizontal reflectometer",
        "Reflectometry",
        [("D17", "1999-05-01", "2013-12-20"), ("D17+", "2014-12-01", None)],
    ),
    ("IN5", "Cold neutron time-of-flight spectrometer", "Spectroscopy", [("IN5", "2009-02-01", None)]),
    ("D11", "Lowest momentum transfer small-angle instrument", "Small angle", [("D11", "2008-01-15", None)]),
    ("D22", "Large dynamic range small-angle diffractometer", "Small angle", [("D22", "2004-03-01", "2020-06-30")]),
    (
        "ID22",
        "High-resolution powder diffraction",
        "Diffraction",
        [("ID22", "2014-06-01", "2018-12-10"), ("ID22 EBS", "2020-03-01", None)],
    ),
    ("BM29", "Solution scattering of biological macromolecules", "Small angle", [("BM29", "2012-06-01", None)]),
    ("ID16A", "Nano-imaging", "Imaging", [("ID16A", "2014-05-01", None)]),
    ("NeXT", "Neutron and X-ray tomograph", "Imaging", [("NeXT", "2016-09-01", None)]),
)
PLACES = (
    ("Université Grenoble Alpes", "Grenoble", "France", "FR"),
    ("Technical University of Munich", "Garching", "Germany", "DE"),
    ("University of Oxford", "Oxford", "United Kingdom", "GB"),
    ("Lund University", "Lund", "Sweden", "SE"),
    ("University of Milan", "Milan", "Italy", "IT"),
    ("CSIC Institute of Materials Science", "Madrid", "Spain", "ES"),
    ("Paul Scherrer Institute", "Villigen", "Switzerland", "CH"),
    ("Charles University", "Prague", "Czechia", "CZ"),
    ("Jagiellonian University", "Kraków", "Poland", "PL"),
    ("University of Tokyo", "Tokyo", "Japan", "JP"),
    ("Oak Ridge National Laboratory", "Oak Ridge", "United States", "US"),
    ("University of Melbourne", "Melbourne", "Australia", "AU"),
    ("Delft University of Technology", "Delft", "Netherlands", "NL"),
    ("National University of Singapore", "Singapore", "Singapore", "SG"),
)
FAMILIES = [
    "Moreau", "Bauer", "Hughes", "Lindqvist", "Rossi", "García", "Keller", "Novák", "Kowalska", "Tanaka", "Walker",
    "Nguyen", "Bakker", "Tan", "Fischer", "Lefèvre", "Evans", "Holm", "Conti", "Ortega",
]  # fmt: skip
GIVEN = [
    "Claire", "Jonas", "Amelia", "Erik", "Giulia", "Pablo", "Nina", "Tomáš", "Zofia", "Kenji", "Grace", "Linh",
    "Daan", "Wei", "Paul", "Luc", "Rhys", "Maja", "Sara", "Iker",
]  # fmt: skip
SUBJECTS = (
    "Hydrogen uptake in palladium nanoparticles",
    "Magnetic order in a frustrated kagome lattice",
    "Lipid bilayers under antimicrobial attack",
    "Phonons in a lead-halide perovskite",
    "Casein micelles in concentrated milk",
    "Crack growth in additively manufactured steel",
    "Ion transport in solid-state batteries",
    "Water in cement at early age",
    "Folding of an intrinsically disordered protein",
    "Pigments in a fifteenth-century altarpiece",
    "Exchange bias in thin films",
    "Flow of worm-like micelles",
)
METHODS = (
    "neutron reflectometry",
    "inelastic scattering",
    "small-angle scattering",
    "powder diffraction",
    "tomography",
)
JOURNALS = (
    "Physical Review B",
    "Soft Matter",
    "Journal of Applied Crystallography",
    "Langmuir",
    "Acta Materialia",
    "IUCrJ",
)
OPEN = ("gold", "hybrid", "green", "bronze", "closed", "diamond", None)


def fill(installation: Installation, *, publications: int = 320, proposals: int = 260) -> None:
    """Everything the pages show, deterministic; then the facts are written."""
    rng = Random(7)
    installation.storage.migrate()
    people = [(f"uo:p{i}", FAMILIES[i % 20], GIVEN[(i * 7) % 20], PLACES[i % len(PLACES)]) for i in range(90)]
    claims = [_instrument(one) for one in INSTRUMENTS]
    made = [_proposal(rng, i, people) for i in range(proposals)]
    claims += [_person(*person) for person in people] + [one for group in made for one in group]
    claims.append(
        Claim("institution", (("ror", "05a28rw58"),), {"name": "ETH Zurich", "country": "CH", "city": "Zurich"})
    )
    papers = [_publication(rng, i, people) for i in range(publications)]
    with installation.storage.writing() as session:
        for number, (name, harvester, days) in enumerate(
            (("library", "oai_pmh", 3), ("user office", "tables", 0), ("catalogue", "scicat", 12)), 1
        ):
            session.execute(
                insert(HarvestSource).values(
                    id=number,
                    name=name,
                    harvester=harvester,
                    precedence=number * 10,
                    fresh_at=datetime.now(UTC) - timedelta(days=days),
                )
            )
        _runs(session)
        session.execute(insert(Payload).values(sha256="0", size_bytes=2, body=zlib.compress(b"{}")))
        for source, some in ((2, claims), (1, papers)):
            first = source * 1_000_000
            session.execute(
                insert(RawRecord),
                [
                    {
                        "id": first + i,
                        "source_id": source,
                        "key": str(i),
                        "payload_sha256": "0",
                        "fetched_at": AT,
                        "run_id": source,
                    }
                    for i in range(len(some))
                ],
            )
            apply_batch(session, source, [Received(first + i, [claim], False) for i, claim in enumerate(some)], AT)
    with installation.storage.writing() as session:
        settle_references(session, AT)
        _links(session, rng)
    installation.refresh_facts()
    installation.index(lambda _step, _done, _total: None)


def _instrument(one: Any) -> Claim:
    name, label, group, periods = one
    dated = [{"label": word, "starts_on": start, "ends_on": end} for word, start, end in periods]
    values = {"facility": CODE, "name": name, "label": label, "group": group, "periods": dated}
    return Claim("instrument", (("name", f"{CODE}/{name.lower()}"),), values)


def _person(key: str, family: str, given: str, place: Any) -> Claim:
    return Claim("person", (("source", key),), {"family_name": family, "given_name": given, "user": True})


def _proposal(rng: Random, number: int, people: list[Any]) -> list[Claim]:
    year = YEARS[number % len(YEARS)]
    instrument = rng.choices(INSTRUMENTS, (6, 7, 9, 5, 4, 5, 3, 2))[0][0]
    accepted = rng.random() < 0.6
    code = f"{7 + number % 3}-{number % 5 + 1:02d}-{number:03d}"
    team = rng.sample(people, rng.randint(2, 5))
    proposal = Claim(
        "proposal",
        (("code", f"{CODE}/{fold_code(code)}"), ("source", f"uo:{code}")),
        {
            "facility": CODE,
            "code": code,
            "title": f"{SUBJECTS[number % 12]} by {METHODS[number % 5]}",
            "abstract": f"We ask for beam time on {instrument} to follow {SUBJECTS[number % 12].lower()} in situ.",
            "type": rng.choice(("public", "public", "public", "inhouse", "industry", "rapid")),
            "scientific_area": "Soft matter",
            "deposited_on": f"{year - 1}-09-15",
            "operation_year": year,
            "decision": "accepted" if accepted else "refused",
            "times": [{"instrument": instrument, "requested": 4, "allocated": 3 if accepted else 0, "unit": "day"}],
            "participants": [
                {
                    "person": ["source", key],
                    "name": f"{family}, {given[0]}",
                    "role": "proposer" if i == 0 else "co_proposer",
                    "affiliation": f"{place[0]}, {place[1]}, {place[2]}",
                    "country": place[3],
                }
                for i, (key, family, given, place) in enumerate(team)
            ],
        },
    )
    if not accepted:
        return [proposal]
    start = date(year, rng.randint(1, 12), rng.randint(1, 24))
    experiment = Claim(
        "experiment",
        (("code", f"{CODE}/{fold_code(code)}1"), ("source", f"uo:x{code}")),
        {
            "facility": CODE,
            "code": f"{code}-1",
            "proposal_code": code,
            "instrument_name": instrument,
            "starts_at": f"{start}T08:00:00+00:00",
            "ends_at": f"{start + timedelta(days=3)}T08:00:00+00:00",
            "requested_hours": 96,
            "allocated_hours": 72,
            "delivered_hours": 72 - rng.choice((0, 0, 4, 20)),
            "mode": rng.choice(("on-site", "on-site", "remote", "hybrid")),
            "participants": [{"person": ["source", key], "mode": "on-site"} for key, *_ in team],
        },
    )
    return [proposal, experiment]


def _publication(rng: Random, number: int, people: list[Any]) -> Claim:
    year = min(max(YEARS.start + int(rng.triangular(0, 12, 10)), 2014), 2025)
    doi = f"10.5555/epns.{number:04d}"
    team = rng.sample(people, rng.randint(2, 6))
    kind = rng.choices(("JOURNAL_ARTICLE", "PROCEEDINGS_ARTICLE", "THESIS", "BOOK_CHAPTER"), (20, 4, 2, 1))[0]
    return Claim(
        "publication",
        (("doi", doi), ("source", f"library:{number}")),
        {
            "doi": doi,
            "title": f"{SUBJECTS[number % 12]} seen by {METHODS[number % 5]} (H<sub>{number % 9}</sub>)",
            "abstract": f"{SUBJECTS[number % 12]} were studied in situ. The result agrees with theory within errors. "
            * 3,
            "year": year,
            "published_on": f"{year}-{rng.randint(1, 12):02d}-10",
            "type": kind,
            "journal": rng.choice(JOURNALS),
            "citations": rng.randint(0, 60),
            "open_access": rng.choice(OPEN),
            "keywords": [{"namespace": "AUTHOR", "value": METHODS[number % 5]}],
            "authors": [
                {
                    "name": f"{family}, {given[0]}.",
                    "family_name": family,
                    "given_name": given,
                    "affiliations": [{"text": f"{place[0]}, {place[1]}, {place[2]}", "country": place[3]}],
                }
                for _, family, given, place in team
            ],
        },
    )


def _links(session: Any, rng: Random) -> None:
    """Validated, automatic and open links to proposals, and a few straight to instruments."""
    papers = list(session.scalars(select(Publication.id).order_by(Publication.id)))
    wanted = list(session.scalars(select(Proposal.id).where(Proposal.decision == "accepted").order_by(Proposal.id)))
    machines = list(session.scalars(select(Instrument.id).order_by(Instrument.id)))
    rows = []
    for place, paper in enumerate(papers):
        state = ("validated", "auto", "auto", "candidate")[place % 4]
        direct = place % 9 == 5
        other = rng.choice(machines) if direct else wanted[(place * 5) % len(wanted)]
        points = (
            [("proposal code in the acknowledgements", 6.2, "page 9: “proposal 7-02-011”")]
            if state != "candidate"
            else []
        )
        points += [
            ("shared people", 2.4, "Rossi, G.; Tanaka, K.: 2 of 4 proposers are authors"),
            ("time between experiment and paper", 0.8, "14 months"),
            ("words in common", round(rng.uniform(0.1, 1.9), 2), "hydrogen, palladium, nanoparticles"),
            ("instrument not named", -0.9, "the full text names no instrument"),
        ]
        score = sum(p for _, p, _ in points) - 2.2
        rows.append(
            {
                "left_id": paper,
                "right_id": other,
                "relation": "publication-instrument" if direct else "publication-proposal",
                "state": state,
                "tier": "review" if state == "candidate" else "auto",
                "channel": "team" if state == "candidate" else "identifier",
                "score": score,
                "probability": round(1 / (1 + 2.718**-score), 4),
                "evidence": [{"kind": "prior", "points": -2.2, "detail": "how rare a true pair is"}]
                + [{"kind": kind, "points": value, "detail": detail} for kind, value, detail in points],
                "evidence_digest": str(place),
                "model": "rules-1",
                "found_at": AT,
            }
        )
    session.execute(insert(Link), rows)


def _runs(session: Any) -> None:
    day = timedelta(days=1)
    rows = (
        (1, "harvest", 1, "done", 3, {"seen": 320, "added": 12, "changed": 3, "unchanged": 305, "skipped": 0}, ""),
        (
            2,
            "harvest",
            2,
            "skipped some",
            0,
            {"seen": 412, "added": 4, "changed": 1, "unchanged": 404, "skipped": 3},
            "3 records were skipped.",
        ),
        (
            3,
            "harvest",
            3,
            "stopped",
            12,
            {"seen": 2},
            "2 records, fewer than expect_min = 100: the old state stays.",
        ),
        (4, "match", None, "done", 0, {"seen": 580, "added": 96}, ""),
    )
    for number, kind, source, state, days, counters, message in rows:
        at = datetime.now(UTC) - days * day
        session.execute(
            insert(Run).values(
                id=number,
                kind=kind,
                source_id=source,
                state=state,
                started_at=at,
                heartbeat_at=at,
                ended_at=at + timedelta(seconds=41 * number),
                counters=counters,
                message=message,
            )
        )
    reasons = ("The date 0000-00-00 is no date.", "A proposal without a code.", "Line 212 is not UTF-8.")
    session.execute(
        insert(SkippedRecord),
        [{"run_id": 2, "key": f"row-{i}", "reason": reason} for i, reason in enumerate(reasons, 210)],
    )


@contextmanager
def served(installation: Installation, viewer: Viewer) -> Iterator[str]:
    """The pages of an installation, and what they ask of the API, on a free port for that viewer. Gives the address."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    api = FastAPI()
    for one in (app, api):
        one.state.installation, one.state.viewer_of = installation, lambda: viewer
        add_problem_handlers(one)
    api.include_router(queue_router)
    api.include_router(search_router)
    app.mount("/api/v1", api)
    app.include_router(record_router)
    mount(app, installation, lambda: viewer)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=90)  # a page that is still drawn would end with the process, within a database that cannot


def _opened(home: Path) -> Installation:
    installation = Installation(Settings(home=home))
    installation.prepare()
    return installation


@pytest.fixture(autouse=True)
def _facts_stay() -> Iterator[None]:
    """Decisions have no facts written anew beside the test, which takes the processor from its page; that facts follow
    decisions is proved at the doors (``tests/doors/test_decisions.py``)."""
    with patch.object(Installation, "_refresh_soon"):
        yield


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with twelve years of work."""
    installation = _opened(tmp_path_factory.mktemp("full"))
    fill(installation)
    yield installation
    installation.close()


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation in which nothing was harvested."""
    installation = _opened(tmp_path_factory.mktemp("empty"))
    yield installation
    installation.close()


@pytest.fixture(scope="session")
def full_at(full: Installation) -> Iterator[str]:
    """The address of the full one, for an administrator."""
    with served(full, Viewer("admin", "Ada Example")) as address:
        yield address


@pytest.fixture(scope="session")
def empty_at(empty: Installation) -> Iterator[str]:
    """The address of the empty one, for an administrator."""
    with served(empty, Viewer("admin", "Ada Example")) as address:
        yield address


@pytest.fixture(scope="session")
def viewer_at(full: Installation) -> Iterator[str]:
    """The address of the full one, for somebody who may only look."""
    with served(full, Viewer("viewer", "Vera Example")) as address:
        yield address


class Tab:
    """A window of the browser that remembers every complaint and every request to elsewhere."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.complaints.append(f"asked {request.url}")

    def open(self, path: str, text: str, *, status: int = 200) -> Any:
        """Go there and wait for the text and for every panel. status: that the page must answer with; browsers complain
        of any other than 200, once."""
        answer = self.page.goto(self.address + path)
        assert answer is not None
        assert answer.status == status, path
        page = self.wait(text)
        if status != 200:
            (of_it,) = [one for one in self.complaints if f"status of {status}" in one]
            self.complaints.remove(of_it)
        return page

    def chip(self, words: str) -> Any:
        """Wait until a filter is shown as chosen, and for every panel."""
        self.page.wait_for_selector(f".chip[aria-label='Remove the filter {words}']")
        return self.wait("")

    def wait(self, text: str) -> Any:
        """Wait until the text is on the page (not as the end of a longer number) and no panel is being drawn."""
        drawn = "!document.querySelector('.skeleton') && !document.querySelector('[data-dash-is-loading=true]')"
        said = re.escape(text) if not text[:1].isdigit() else r"(?<!\d)" + re.escape(text)
        there = f"t => {drawn} && new RegExp(t).test(document.body.innerText)"
        self.page.wait_for_function(there, arg=said, timeout=60_000, polling=100)  # ms: each look lays the page out
        return self.page


@pytest.fixture
def tab(browser: Browser) -> Iterator[Callable[..., Tab]]:
    """Opens windows: ``tab(address, width=1280, scheme="light")``; at the end none may have complained."""
    opened: list[Tab] = []

    def make(address: str, *, width: int = 1280, scheme: str = "light") -> Tab:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        opened.append(Tab(context.new_page(), address))
        return opened[-1]

    yield make
    complaints = [complaint for one in opened for complaint in one.complaints]
    for one in opened:
        one.page.context.close()
    assert complaints == []
