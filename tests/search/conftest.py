"""Forty handwritten records, the fields they are indexed with, and the engines that every question is asked of."""

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial

import pytest

from puma.search import Document, EmbeddedEngine, Engine, IndexField
from puma.search.index_field import closed_pages
from puma.search.opensearch import OpenSearchEngine
from puma.search.opensearch_server import Server
from tests.search.opensearch.cluster import NotToBeHad, shared

FIELDS = (
    IndexField("title", "text", boost=3),
    IndexField("code", "keyword", boost=2),
    IndexField("doi", "keyword", boost=2),
    IndexField("authors", "text", boost=2, facet=True, many=True),
    IndexField("person", "key", boost=0, facet=True, many=True, stored=False),
    IndexField("abstract", "text"),
    IndexField("type", "keyword", boost=0, facet=True),
    IndexField("instruments", "keyword", facet=True, many=True),
    IndexField("country", "keyword", boost=0, facet=True, many=True),
    IndexField("year", "integer", facet=True),
    IndexField("deposited", "date", facet=True),
    IndexField("open", "boolean", facet=True),
    IndexField("pages", "text", boost=0.5, many=True),
    *(IndexField(closed_pages(one), "text", boost=0.5, many=True, needs=one) for one in ("open", "staff", "admin")),
)
WORDS = {item.name: item for item in FIELDS if not item.needs and item.mapping != "key"}
WORDS |= {"author": WORDS["authors"], "instrument": WORDS["instruments"]}
WORDS |= {"kelvin": IndexField("kelvin", "integer", boost=0, steps=1_000)}
PERSONS = {"Cotte Marine": "7", "Cotté Marine": "7", "Industry Ann": "20", "Blundell Tom": "100"}
"""Who was recognised."""


def record(
    key: int, title: str, year: int | None, visibility: str = "public", authors: Sequence[str] = (), **more: object
) -> Document:
    people = {"authors": authors, "person": [PERSONS.get(name, f"~{name}") for name in authors]}
    return {"id": key, "kind": "publication", "visibility": visibility, "title": title, "year": year, **people, **more}


ARTICLE, PROCEEDINGS = "JOURNAL_ARTICLE", "PROCEEDINGS_ARTICLE"
VAN_GOGH = "Degradation of chrome yellow in Van Gogh paintings"
RECORDS: tuple[Document, ...] = (
    record(1, VAN_GOGH, 2015, authors=["Cotte Marine", "Monico Letizia"], instruments=["ID21"], country=["FR", "IT"],
           type=ARTICLE, doi="10.1021/ac102424h", open=True, deposited=date(2015, 3, 31),
           pages=["Van Gogh used chrome yellow.", "The painting was darkened. X-ray fluorescence of the paintings."]),
    record(2, "A painter's letters", 2011, authors=["Gogh Theo van"], type="BOOK", country=["NL"],
           abstract="Letters of the brothers; a painting by Gogh, van der Weyden another."),
    record(3, "Sunflowers by van Gogh", 2018, authors=["Vanmeert Frederik"], instruments=["P06"], type=ARTICLE,
           abstract="Macroscopic XRPD of the pigment.", country=["BE", "NL"], open=False),
    record(4, "Painted surfaces of van Gogh", 2019, authors=["Cotte Marine"], type="THESIS", country=["FR"]),
    record(5, "Pigments under light", 2016, authors=["Cotté Marine", "Susini Jean"], instruments=["ID21", "ID16A"],
           type=ARTICLE, country=["FR"], pages=["Introduction", "as in the van Gogh", "paintingsque", "a painting"]),
    record(6, "Superconductivity of La2-xSrxCuO4", 1998, authors=["Müller K. A."], type=ARTICLE, country=["CH"],
           doi="10.1103/PhysRevB.58.1234", abstract="Neutron study of La₂₋ₓSrₓCuO₄ at low temperature."),
    record(7, "Superconductivity of La2CuO4", 1999, authors=["Müller K. A."], type=ARTICLE, country=["CH", "DE"]),
    record(8, "A C++ library for Rietveld refinement", 2007, authors=["Rodríguez-Carvajal Juan"], type=PROCEEDINGS),
    record(9, "A C library for Rietveld refinement", 2003, authors=["Rodríguez-Carvajal Juan"], type=PROCEEDINGS),
    record(10, "Ca2+ binding of calmodulin", 2012, authors=["O'Brien Sean"], instruments=["BM29"], type=ARTICLE,
           country=["IE", "US"], doi="10.1038/nature12345", deposited=date(2012, 12, 1)),
    record(11, "Calmodulin without metal", 2012, authors=["O'Brien Sean"], instruments=["BM29"], type=ARTICLE,
           country=["IE"], doi="10.1038/nature1234", deposited=date(2013, 1, 2)),
    record(12, "Detector response", 2002, authors=["Knoll G. F."], type=ARTICLE,
           doi="10.1016/S0168-9002(00)00123-4"),
    record(13, "Chromium in paint layers", 2014, kind="proposal", code="IH-CH-659", authors=["Cotte Marine"],
           instruments=["ID21"], type="PROPOSAL_ACCEPTED", country=["FR"], deposited=date(2014, 2, 28)),
    record(14, "Chromium in glass", 2014, "staff", kind="proposal", code="IH-CH-660", authors=["Cotte Marine"],
           instruments=["ID21"], type="PROPOSAL_REFUSED", country=["FR"], deposited=date(2014, 2, 28)),
    record(15, "Secret alloy of van Gogh paintings", 2015, "admin", kind="proposal", code="IN-1",
           authors=["Industry Ann"], instruments=["ID21"], type="PROPOSAL_ACCEPTED", country=["LI"],
           pages=["unobtainium van Gogh painting"]),
    record(16, "Happiness of crystals", 2020, authors=["Bragg William"], type="BOOK_CHAPTER", country=["GB"]),
    record(17, "A happy crystal", 2021, authors=["Bragg Lawrence"], type="BOOK_CHAPTER", country=["GB", "AU"]),
    record(18, "量子力学とX線回折", 2010, authors=["湯川 秀樹"], type="BOOK", country=["JP"]),
    record(19, "Рентгеновская дифракция", 2009, authors=["Иоффе А. Ф."], type="BOOK", country=["RU"]),
    record(20, "Dynamics of Łódź clay – a study", 2013, authors=["Skłodowska Maria"], type=ARTICLE, country=["PL"]),
    record(21, "Neutron reflectometry of polymer films", 2005, authors=["Russell Thomas"], instruments=["D17"],
           type=ARTICLE, country=["US"]),
    record(22, "Neutron reflectometry of lipid films", 2006, authors=["Fragneto Giovanna"], instruments=["D17"],
           type=ARTICLE, country=["FR"]),
    record(23, "X-ray reflectometry of lipid films", 2006, authors=["Fragneto Giovanna"], instruments=["ID10"],
           type=ARTICLE, country=["FR"]),
    record(24, "Small-angle scattering of micelles", 2017, authors=["Narayanan Theyencheri"], instruments=["ID02"],
           type=ARTICLE, country=["FR"], pages=["SAXS of micelles", "neutron contrast, SANS"]),
    record(25, "<b>Bold</b> & brave beams", 2008, authors=["Script <i>Ann</i>"], type=ARTICLE,
           pages=['<script>alert("beam")</script> & more beams']),
    record(26, "Time-resolved studies", 2022, authors=["Wulff Michael"], instruments=["ID09"], type=ARTICLE,
           country=["FR", "US", "DE"]),
    record(27, "Time resolved imaging", 2022, authors=["Rack Alexander"], instruments=["ID19"], type=ARTICLE,
           country=["FR"]),
    record(28, "Lysozyme", 2001, authors=["Blundell Tom"], type=ARTICLE, country=["GB"]),
    record(29, "Lysozyme", 2001, authors=["Blundell Tom"], type="THESIS", country=["GB"]),
    record(30, "Lysozyme again", 2004, authors=["Blundell Tom"], type="THESIS", country=["GB"],
           pages=["x " * 300 + "needle"]),
    record(31, "Undated notes on lysozyme", None, authors=["Anonymous"]),
    record(32, "Perovskite", 2023, "staff", authors=["Cotte Marine"], instruments=["ID21"], type=ARTICLE),
    record(33, "Perovskites for cells", 2023, authors=["Snaith Henry"], type=ARTICLE, country=["GB"]),
    record(34, "Solar cells", 2023, authors=["Grätzel Michael"], type=ARTICLE, abstract="A perovskite absorber."),
    record(35, "Solar absorbers", 2024, authors=["Grätzel Michael"], type=ARTICLE, pages=["", "perovskite here"]),
    record(36, "Ships and shipping", 2000, "admin", authors=["Mary Rose"], instruments=["ID21"], country=["GB"]),
    record(37, "Pressure on iron", 2019, authors=["Mezouar Mohamed"], instruments=["ID27"], country=["FR"]),
    record(38, "Iron under pressure", 2019, authors=["Fiquet Guillaume"], instruments=["ID27"], country=["FR"]),
    record(39, "Iron, pressure and temperature", 2020, "staff", authors=["Fiquet Guillaume"], instruments=["ID27"]),
    record(40, "The and of with", 1995, authors=["Stop Word"], type="BOOK"),
)  # fmt: skip

MakeEngine = Callable[..., Engine]
"""Opens an engine on one place again and again: given fields, and newest_by and title as the engines take them."""


@pytest.fixture(scope="session")
def opensearch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real OpenSearch, shared by all processes of the test run."""
    base = tmp_path_factory.getbasetemp()
    try:
        with shared(base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) as url:
            yield url
    except NotToBeHad as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session", params=["embedded", "opensearch"])
def engine_kind(request: pytest.FixtureRequest) -> str:
    """Each of the two engines: what is asked of one is asked of the other."""
    return str(request.param)


@pytest.fixture(scope="session")
def new_place(
    engine_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], MakeEngine]:
    """Makes empty places for an index; each opens engines on itself."""
    if engine_kind == "embedded":
        return lambda: partial(EmbeddedEngine, tmp_path_factory.mktemp("index"))
    server = Server(request.getfixturevalue("opensearch"))
    return lambda: partial(OpenSearchEngine, server, name=f"test-{secrets.token_hex(6)}")


@pytest.fixture
def make_engine(new_place: Callable[[], MakeEngine]) -> MakeEngine:
    """An empty place of one's own."""
    return new_place()


@pytest.fixture(scope="session")
def forty(new_place: Callable[[], MakeEngine]) -> Engine:
    """The forty records, to be read only."""
    engine = new_place()(FIELDS, newest_by="year", title="title")
    engine.rebuild(RECORDS)
    return engine


@pytest.fixture(scope="session")
def embedded_forty(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The forty records in the embedded engine, whatever else is asked."""
    engine = EmbeddedEngine(tmp_path_factory.mktemp("index"), FIELDS, newest_by="year", title="title")
    engine.rebuild(RECORDS)
    return engine


@pytest.fixture(scope="session")
def words() -> dict[str, IndexField]:
    """What may stand before a colon."""
    return WORDS


@pytest.fixture(scope="session")
def fields() -> tuple[IndexField, ...]:
    """How the forty records are indexed."""
    return FIELDS


@pytest.fixture(scope="session")
def records() -> tuple[Document, ...]:
    """The forty records."""
    return RECORDS
