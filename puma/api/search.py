"""Searching over HTTP: hits and facets, values of a facet, what is offered while typing, and all hits as a file."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from puma import __version__, listing
from puma.access import Viewer
from puma.api.asking import Asker, House
from puma.api.exporting import TABLES, Table, answered
from puma.errors import NotHere
from puma.exports import export as find_format
from puma.installation import Installation
from puma.search import Hit, Sort
from puma.search.asked import NOT, Asked
from puma.search.documents import FACETS
from puma.storage import now

search_router = APIRouter()

Some = list[str]


class Wanted(BaseModel):
    """What is looked for: the same keys as in the address of the search page. ``-`` before a facet excludes."""

    model_config = ConfigDict(populate_by_name=True)

    q: str = Field("", max_length=2000)
    kind: Some = []
    category: Some = []
    year: str = Field("", pattern=r"^(\d{4})?-?(\d{4})?$", description="2019, 2015-2018, 2015- or -2018")
    instrument: Some = []
    technique: Some = Field([], description="label or PaNET id; narrower techniques are found too")
    person: Some = Field([], description="number of a person, as the facet of that name gives it")
    author: Some = Field([], description="a name as it is written")
    institution: Some = []
    country: Some = []
    journal: Some = []
    keyword: Some = []
    open_access: Some = []
    formula: Some = Field([], description="of the sample of data, as its source writes it")
    wavelength_band: Some = Field([], description="of data, as the facet of that name gives it: 0.5–1 Å")
    energy_band: Some = Field([], description="likewise: 8000–15000 eV")
    temperature_band: Some = Field([], description="likewise: 1–20 K")
    not_kind: Some = Field([], alias="-kind")
    not_category: Some = Field([], alias="-category")
    not_year: Some = Field([], alias="-year")
    not_instrument: Some = Field([], alias="-instrument")
    not_technique: Some = Field([], alias="-technique")
    not_person: Some = Field([], alias="-person")
    not_author: Some = Field([], alias="-author")
    not_institution: Some = Field([], alias="-institution")
    not_country: Some = Field([], alias="-country")
    not_journal: Some = Field([], alias="-journal")
    not_keyword: Some = Field([], alias="-keyword")
    not_open_access: Some = Field([], alias="-open_access")
    not_formula: Some = Field([], alias="-formula")
    not_wavelength_band: Some = Field([], alias="-wavelength_band")
    not_energy_band: Some = Field([], alias="-energy_band")
    not_temperature_band: Some = Field([], alias="-temperature_band")
    first_year: int | None = Field(None, ge=1800, le=2200)
    last_year: int | None = Field(None, ge=1800, le=2200)
    collection: Some = Field([], description="numbers of collections; a record is in one of them")
    since: str = Field("", max_length=40, description="first seen after this instant: 2026-03-02T10:31:00Z")
    sort: Sort = "relevance"

    def asked(self) -> Asked:
        """The same as the pages have it."""
        values = self.model_dump(by_alias=True)
        keys = (*FACETS, *(NOT + name for name in FACETS))
        several = {key: values[key] for key in keys if isinstance(values.get(key), list)}
        span = self.year or "-".join(str(year or "") for year in (self.first_year, self.last_year))
        more = {"collection": self.collection, "since": [self.since]}
        return Asked.read({**several, **more, "q": [self.q], "sort": [self.sort], "year": [span]})


class WantedPage(Wanted):
    """A page of it."""

    offset: int = Field(0, ge=0, le=10_000_000)
    limit: int = Field(10, ge=1, le=1000)


class WantedValues(Wanted):
    """Values of a facet of it."""

    like: str = Field("", max_length=200, description="the beginning of a word of the value")
    most: int = Field(25, ge=1, le=200)


@search_router.get("/search")
def search(house: House, asker: Asker, wanted: Annotated[WantedPage, Query()]) -> dict[str, Any]:
    """Search proposals, publications and datasets with their full text."""
    asked = wanted.asked()
    answer = house.search(
        asker,
        asked.text,
        filters=asked.filters,
        excluded=asked.excluded,
        years=asked.years,
        sort=asked.sort,
        offset=wanted.offset,
        limit=wanted.limit,
        facets=FACETS,
        collections=asked.collections,
        since=asked.since,
    )
    return {
        "total": answer.total,
        "incomplete": answer.incomplete,
        "took_ms": answer.took_ms,
        "hits": [_hit(hit) for hit in answer.hits],
        "facets": {name: [asdict(value) for value in values] for name, values in answer.facets.items()},
    }


def _hit(hit: Hit) -> dict[str, Any]:
    fields = {name: value for name, value in hit.fields.items() if name not in ("pages", "visibility")}
    return {"id": hit.id, "fields": fields, "snippets": [asdict(snippet) for snippet in hit.snippets]}


@search_router.get("/search/values/{facet}")
def values(facet: str, house: House, asker: Asker, wanted: Annotated[WantedValues, Query()]) -> list[dict[str, Any]]:
    """The most frequent values of a facet among the hits, those with a word that begins as ``like`` says.

    The facet's own choice is left aside, as always when it is counted.
    """
    if facet not in FACETS or facet == "year":
        raise NotHere(f"There is no facet {facet!r} of words; there are: {', '.join(FACETS)}.")
    found = house.values_like(asker, wanted.asked(), facet, wanted.like, wanted.most)
    return [asdict(value) for value in found]


@search_router.get("/suggest")
def suggest(house: House, asker: Asker, q: Annotated[str, Query(max_length=2000)] = "") -> dict[str, Any]:
    """What the end of a text may stand for, from three letters on: people, instruments, institutions, codes ..."""
    return asdict(house.suggest(asker, q))


def _about(house: House, asker: Asker, asked: Asked, query: str, total: int) -> dict[str, Any]:
    """What an exported search says of itself."""
    return {
        "what": "records found by a search",
        "facility": house.settings.facility.name,
        "query": query,
        "words": asked.text,
        "filters": {name: list(some) for name, some in asked.filters.items()},
        "excluded": {name: list(some) for name, some in asked.excluded.items()},
        "years": list(asked.years),
        "collections": list(asked.collections),
        "sort": asked.sort,
        "total": total,
        "seen_as": asker.role,
        "exported_at": f"{now():%Y-%m-%dT%H:%M:%SZ}",
        "program": f"PUMA {__version__}",
    }


@search_router.get("/exports/search.manifest.json")
def manifest(house: House, asker: Asker, request: Request, wanted: Annotated[Wanted, Query()]) -> dict[str, Any]:
    """What an export of this search holds: question, date, version, number and order of its records, columns."""
    asked = wanted.asked()
    digest, total = hashlib.sha256(), 0
    for number in house.found_ids(asker, asked):
        digest.update(f"{number}\n".encode())
        total += 1
    told = _about(house, asker, asked, request.url.query, total)
    return {**told, "ids_sha256": digest.hexdigest(), "columns": listing.FOUND}


@search_router.get("/exports/search.{format_}")
def export_found(
    format_: str, house: House, asker: Asker, request: Request, wanted: Annotated[Wanted, Query()]
) -> Response:
    """All hits of a search in their order, whatever their number. Its manifest is named in a Link header."""
    said = {"what": SEARCH, "query": request.url.query, "wanted": wanted.model_dump(by_alias=True)}
    return answered(house, asker, request, find_format(format_, SEARCH), said)


def _found(house: Installation, viewer: Viewer, said: Mapping[str, Any]) -> Table:
    """All hits of a search as a list to be written."""
    asked, query = Wanted.model_validate(said["wanted"]).asked(), str(said["query"])
    total = house.count(viewer, asked)
    told = _about(house, viewer, asked, query, total)
    lines = [f"{name}: {value}" for name, value in told.items() if value not in ("", {}, [None, None])]
    lines += ["", *(f"Column {name}: {meaning}" for name, meaning in listing.FOUND.items())]
    rows = listing.found_rows(house.storage, viewer, house.found_ids(viewer, asked))
    portions = listing.found_portions(viewer, lambda: house.found_ids(viewer, asked))
    link = {"Link": f'</api/v1/exports/search.manifest.json?{query}>; rel="describedby"; type="application/json"'}
    title = f"Search for {asked.text}" if asked.text else "Records found by a search"
    name = f"puma-search-{now():%Y-%m-%d}"
    return Table(name, title[:200], SEARCH, tuple(listing.FOUND), rows, total, "\n".join(lines), link, portions)


SEARCH = "search"
TABLES[SEARCH] = _found
