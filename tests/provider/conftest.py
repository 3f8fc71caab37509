"""A small house that provides, with titles that try the format, and a real port on which it serves."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from puma.api import make_app
from puma.installation import Installation
from puma.provider import announced
from puma.settings import Settings
from tests.resolve.desk import Desk, dataset, instrument, proposal, publication

PAPERS = 7
NASTY = "Spins <b>in</b> & out of “ice” ]]> \u202eevil β-NMR 𝔽ₚ"
SANS = "PaNET01189 small-angle neutron scattering"
POWDER = "PaNET01100 neutron powder diffraction"
Make = Callable[..., Installation]


def author(family: str, given: str, *places: str, **more: Any) -> dict[str, Any]:
    """An author as sources claim one."""
    named = {"name": f"{family}, {given}", "family_name": family, "given_name": given, "orcid": None, **more}
    return named | {"affiliations": [{"text": place, "ror": None, "country": None} for place in places]}


def paper(number: int, **values: Any) -> Any:
    """Paper number so-and-so of the small house."""
    told: dict[str, Any] = {
        "title": NASTY if number == 0 else f"Paper {number} on spin ice",
        "type": "JOURNAL_ARTICLE",
        "journal": "Physical Review B",
        "issn": "2469-9950",
        "volume": "12",
        "issue": "3",
        "pages": "100-107",
        "published_on": f"20{10 + number}-05-0{number + 1}",
        "published_precision": "day",
        "year": 2010 + number,
        "abstract": "We looked at ice & found a < b.",
        "keywords": [{"namespace": "AUTHOR", "value": "spin ice"}],
        "authors": [
            author("Curie", "Marie", "Université de Paris, Paris, France", orcid="0000-0002-1825-0097"),
            author("van der Berg", "Jan"),
        ],
    }
    return publication(("doi", f"10.5555/p{number}"), **{**told, **values})


def filled(house: Installation) -> Desk:
    """Seven papers, two public datasets, one of a refused proposal, an instrument with its technique."""
    desk = Desk(house.storage, {"library": 10, "office": 20, "catalogue": 30})
    desk.hand_in("office", instrument("D7", label="Diffuse scattering D7", techniques=[SANS]))
    desk.hand_in("office", proposal("OP-1", decision="accepted"), proposal("RE-1", decision="refused"))
    desk.hand_in("library", *(paper(number) for number in range(PAPERS)))
    for number, code in enumerate(("OP-1", "", "RE-1")):
        data = {"instrument_name": "D7", "created_on": f"2020-03-0{number + 1}", "year": 2020, "size_bytes": 10**number}
        named = {"proposal_code": code} if code else {}
        techniques = [SANS if number == 0 else POWDER]
        data |= {"formula": "La2CuO4", "wavelength": 4.5, "temperature": 1.8} if number == 0 else {"temperature": 300.0}
        desk.hand_in("catalogue", dataset(f"10.5555/d{number}", **data, **named, techniques=techniques))
    return desk


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Empty houses, each in its folder; the ledger looks at the database at every request."""
    monkeypatch.setattr(announced, "LOOK_AGAIN_S", 0)
    made: list[Installation] = []

    def build(name: str = "first", **public: Any) -> Installation:
        house = Installation(Settings(home=tmp_path / name, public=public))  # type: ignore[arg-type]
        (tmp_path / name).mkdir(exist_ok=True)
        house.prepare()
        made.append(house)
        return house

    yield build
    for house in made:
        house.close()


@contextmanager
def serving(house: Installation) -> Iterator[str]:
    """The address of a house that serves on a port of its own."""
    server = uvicorn.Server(uvicorn.Config(make_app(house), port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
        assert thread.is_alive()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
