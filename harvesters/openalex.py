"""OpenAlex: works of the open index of the world's research, from its REST interface or from saved answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from pydantic import Field, field_validator

from harvesters._datacite_record import funding
from harvesters._paging import CursorPage, by_cursor
from harvesters._reading import (
    Json,
    affiliation,
    author,
    child,
    count,
    json_cut,
    keywords,
    left_over,
    objects,
    once,
    parsed,
    published,
    related,
    saved_pages,
    text,
    texts,
    when,
)
from puma import harvesting
from puma.claims import Claim
from puma.countries import country_code
from puma.dates import PartialDate
from puma.errors import SkipRecord
from puma.harvesting import ENVIRONMENT, Page, Visit, from_environment
from puma.identifiers import clean_arxiv, clean_doi, clean_issn, clean_orcid, clean_ror, data_doi_facility
from puma.text import plain

TYPES = {
    **dict.fromkeys(("article", "review", "letter", "editorial", "journal-article"), "JOURNAL_ARTICLE"),
    **dict.fromkeys(("proceedings-article", "conference-paper"), "PROCEEDINGS_ARTICLE"),
    **dict.fromkeys(("preprint", "posted-content"), "PREPRINT"),
    "dissertation": "THESIS",
    **dict.fromkeys(("book", "monograph", "edited-book", "reference-book", "proceedings"), "BOOK"),
    **dict.fromkeys(("book-chapter", "book-section", "book-part", "book-track", "reference-entry"), "BOOK_CHAPTER"),
    "data-paper": "DATA_PAPER",
}
"""Type of a work, of the newer schema and of the older, which had Crossref's words; others, like errata, are OTHER."""
NO_WORKS = {
    **dict.fromkeys(("paratext", "component", "supplementary-materials"), "a part of another publication"),
    **dict.fromkeys(
        ("journal", "journal-issue", "journal-volume", "book-series", "book-set", "report-series"), "a series"
    ),
    "grant": "a grant",
}
OPEN_ACCESS = frozenset(("diamond", "gold", "hybrid", "green", "bronze", "closed"))
LEAST_SCORE = 0.3  # below it lie the broader words that OpenAlex adds to the words it found
NO_JOURNALS = frozenset(("repository", "metadata", "igsnCatalog"))
READ = frozenset(
    [
        "id", "doi", "title", "display_name", "publication_year", "publication_date", "ids", "language", "type",
        "type_crossref", "primary_location", "locations", "best_oa_location", "host_venue", "alternate_host_venues",
        "open_access", "authorships", "cited_by_count", "biblio", "is_retracted", "is_paratext", "primary_topic",
        "topics", "keywords", "concepts", "mesh", "sustainable_development_goals", "funders", "grants", "awards",
        "citation_normalized_percentile",
        "referenced_works", "abstract_inverted_index",
        # said elsewhere in the record, or about OpenAlex itself
        "institutions_distinct_count", "countries_distinct_count", "institutions", "corresponding_author_ids",
        "corresponding_institution_ids", "locations_count", "referenced_works_count", "cited_by_api_url", "ngrams_url",
        "relevance_score", "created_date", "updated_date", "type_id", "language_id",
    ]
)  # fmt: skip


class Source(harvesting.Source):
    """Holds authors in order with raw affiliations, ROR, ORCID and countries, open access, citations, subjects.
    Lacks e-mails and proposals; references are OpenAlex numbers. A work's percentile of citations is that
    among works of its subfield, type and year; of works without a subfield there is none.

    Where OpenAlex finds several institutions in one affiliation none is taken: it is often wrong there, and the text
    says more. "Related works" are computed from common subjects and left out. Of the records with the publisher's own
    ORCID only that one is taken, of older ones that of OpenAlex's author. A day that is the first of a month, or of
    January, is what OpenAlex writes for an unknown day or month. The address is https://api.openalex.org.
    """

    filter: str = Field(default="", description="OpenAlex's filter, for example institutions.ror:02550n020")
    api_key: str = Field(
        default="", description="env:NAME of the variable that holds your key; OpenAlex refuses without one"
    )
    only_updated: bool = Field(
        default=False, description="later runs ask only for what changed; your key's plan must allow from_updated_date"
    )
    mailto: str = Field(default="", description="your e-mail address, for their questions about your requests")
    page_size: int = Field(default=200, ge=1, le=200, description="records per answer")

    @field_validator("api_key")
    @classmethod
    def _no_secret(cls, given: str) -> str:
        if given and not given.startswith(ENVIRONMENT):
            raise ValueError('the key is a secret: write api_key = "env:NAME_OF_A_VARIABLE" and set the variable')
        return given


def fetch(source: Source, visit: Visit) -> Iterator[Page]:
    """Pages of works, in the order of OpenAlex's cursor."""
    if source.url is None:
        yield from saved_pages(source, visit, json_cut(own_key))
        return
    where = source.url.rstrip("/")
    where = where if where.endswith("/works") else f"{where}/works"
    key = from_environment(source.api_key, "api_key")
    since = ""
    if key and source.only_updated and visit.since:
        since = f"from_updated_date:{visit.since.astimezone(UTC):%Y-%m-%d}"
    wanted = {
        "filter": ",".join(part for part in (source.filter, since) if part),
        "per-page": str(source.page_size),
        "mailto": source.mailto,
        "api_key": key,
    }
    asked = {name: value for name, value in wanted.items() if value}

    def ask(cursor: str) -> bytes:
        return visit.transport.get(where, {**asked, "cursor": cursor})

    def cut(found: Json) -> CursorPage | None:
        if not isinstance(found.get("results"), list):
            return None
        meta = child(found, "meta")
        works = [(own_key(one), one) for one in objects(found["results"])]
        return CursorPage(works, text(meta.get("next_cursor")), count(meta.get("count")))

    yield from by_cursor(ask, cut, "*", where, visit)


def own_key(record: Json) -> str:
    """OpenAlex's own identifier of the work, as it writes it."""
    return text(record.get("id")) or text(child(record, "ids").get("openalex"))


def read(payload: bytes, source: Source) -> list[Claim]:
    """The publication or dataset of one work. Raises SkipRecord."""
    record = parsed(payload)
    own = own_key(record)
    kind = text(record.get("type"))
    title = text(record.get("title")) or text(record.get("display_name"))
    if not own:
        raise SkipRecord("it has no identifier of OpenAlex")
    if kind in NO_WORKS or record.get("is_paratext") is True:
        raise SkipRecord(f"it is {NO_WORKS.get(kind, 'a part of another publication')}, not a publication")
    if not title:
        raise SkipRecord("it has no title")
    doi = clean_doi(text(record.get("doi"))) or clean_doi(text(child(record, "ids").get("doi")))
    places = _places(record)
    venue = next((one for one in places if _is_journal(one)), {})
    values: dict[str, Any] = {
        "doi": doi,
        "title": title,
        "abstract": _abstract(record.get("abstract_inverted_index")),
        "publisher": text(venue.get("host_organization_name")) or text(venue.get("publisher")),
        "authors": once(_author(one) for one in objects(record.get("authorships"))),
        "keywords": once(_keywords(record)),
        "related": once(_related(record, doi, places)),
    }
    date = _date(record)
    keys = ((("doi", doi),) if doi else ()) + (("source", f"{source.name}:{own}"),)
    left = left_over(record, READ)
    if kind in ("dataset", "database"):
        facility = (doi and data_doi_facility(doi)) or source.facility
        values |= {"facility": facility, "year": date.date.year if date else None, "url": _landing_page(places)}
        return [Claim("dataset", keys, values, left)]
    values |= {"type": _type(record, kind, places), **published(date), **_bibliography(record, venue, places)}
    return [Claim("publication", keys, values, left)]


def _type(record: Json, kind: str, places: list[dict[str, Any]]) -> str:
    """The type; an "article" is one of proceedings where the publisher says so."""
    found = TYPES.get(kind, "OTHER")
    words = [text(record.get("type_crossref")), *(text(one.get("raw_type")) for one in places[:1])]
    if found == "JOURNAL_ARTICLE" and "proceedings-article" in words:
        return "PROCEEDINGS_ARTICLE"
    return found


def _places(record: Json) -> list[dict[str, Any]]:
    """Where the work can be found, the version of record's place first, all in one shape: source and place in one."""
    newer = objects(record.get("primary_location")) + objects(record.get("locations"))
    found = [{**one, **{name: value for name, value in child(one, "source").items() if name != "id"}} for one in newer]
    older = objects(record.get("host_venue")) + objects(record.get("alternate_host_venues"))
    found += [{**one, "landing_page_url": one.get("url"), "type": one.get("type")} for one in older]
    return found


def _is_journal(place: Json) -> bool:
    return bool(text(place.get("display_name"))) and text(place.get("type")) not in NO_JOURNALS


def _landing_page(places: list[dict[str, Any]]) -> str:
    return next((url for one in places if (url := text(one.get("landing_page_url")))), "")


def _abstract(index: object) -> str:
    """The text of an inverted index: each word with the places where it stands."""
    if not isinstance(index, dict):
        return ""
    placed = [
        (place, word)
        for word, places in index.items()
        if isinstance(places, list)
        for place in places
        if isinstance(place, int)
    ]
    return plain(text(" ".join(word for _, word in sorted(placed))))


def _author(authorship: Json) -> dict[str, Any] | None:
    person = child(authorship, "author")
    orcid = authorship["raw_orcid"] if "raw_orcid" in authorship else person.get("orcid")
    return author(
        text(authorship.get("raw_author_name")) or text(person.get("display_name")),
        orcid=clean_orcid(text(orcid)),
        affiliations=once(_affiliations(authorship)),
    )


def _affiliations(authorship: Json) -> Iterator[dict[str, Any]]:
    """Affiliations as written, each with the one institution that OpenAlex found in it; without text its name."""
    institutions = {text(one.get("id")): one for one in objects(authorship.get("institutions"))}
    words = texts(authorship.get("raw_affiliation_strings")) or texts(authorship.get("raw_affiliation_string"))
    stated = {
        text(one.get("raw_affiliation_string")): [
            institutions[n] for n in texts(one.get("institution_ids")) if n in institutions
        ]
        for one in objects(authorship.get("affiliations"))
    }
    if not stated and len(words) == 1:
        stated = {words[0]: list(institutions.values())}
    countries = {code for one in texts(authorship.get("countries")) if (code := country_code(one))}
    everywhere = next(iter(countries)) if len(countries) == 1 else None
    for place in dict.fromkeys([*stated, *words]):
        found = _narrowest(stated.get(place, []))
        codes = {code for one in found if (code := country_code(text(one.get("country_code"))))}
        ror = clean_ror(text(found[0].get("ror"))) if len(found) == 1 else None
        if place:
            yield affiliation(place, ror, next(iter(codes)) if len(codes) == 1 else everywhere if not found else None)
    if not words and not stated:
        for one in _narrowest(list(institutions.values())):
            code = country_code(text(one.get("country_code")))
            yield affiliation(text(one.get("display_name")), clean_ror(text(one.get("ror"))), code)


def _narrowest(institutions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the institutions of which another one of the list is a part."""
    above = {higher for one in institutions for higher in texts(one.get("lineage")) if higher != text(one.get("id"))}
    return [one for one in institutions if text(one.get("id")) not in above]


def _keywords(record: Json) -> Iterator[dict[str, str]]:
    topics = objects(record.get("topics"))
    fields = [text(child(child(record, "primary_topic"), name).get("display_name")) for name in ("subfield", "field")]
    yield from keywords("OPENALEX_FIELD", fields)
    yield from keywords("OPENALEX_TOPIC", [text(one.get("display_name")) for one in topics])
    for namespace, name in (("OPENALEX_KEYWORD", "keywords"), ("OPENALEX_CONCEPT", "" if topics else "concepts")):
        found = [one for one in objects(record.get(name)) if _score(one) >= LEAST_SCORE]
        yield from keywords(namespace, [text(one.get("display_name")) or text(one.get("keyword")) for one in found])
    yield from keywords("MESH", [text(one.get("descriptor_name")) for one in objects(record.get("mesh"))])
    goals = objects(record.get("sustainable_development_goals"))
    yield from keywords("SDG", [text(one.get("display_name")) for one in goals])
    for one in objects(record.get("funders")):
        yield from funding(text(one.get("display_name")), [])
    for one in objects(record.get("grants")) + objects(record.get("awards")):
        funder = text(one.get("funder_display_name"))
        yield from funding(funder, texts(one.get("award_id")) or texts(one.get("funder_award_id")))


def _percentile(value: object) -> float | None:
    """OpenAlex's share of similar works that are cited less, as 0 to 100; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return round(100 * value, 4)


def _score(word: Json) -> float:
    try:
        return float(text(word.get("score")) or 1)
    except ValueError:
        return 0.0


def _related(record: Json, doi: str | None, places: list[dict[str, Any]]) -> Iterator[dict[str, str] | None]:
    """Other identifiers of the same work, its versions elsewhere, and the works it refers to."""
    ids = child(record, "ids")
    for scheme in ("pmid", "pmcid"):
        number = text(ids.get(scheme)).rstrip("/").rpartition("/")[2]
        yield related("IsIdenticalTo", scheme, f"PMC{number}" if scheme == "pmcid" and number.isdigit() else number)
    for one in places:
        page = text(one.get("landing_page_url"))
        if arxiv := clean_arxiv(page):
            yield related("IsIdenticalTo", "arxiv", arxiv)
        elif (other := clean_doi(page)) and other != doi:
            yield related("HasVersion", "doi", other)
    for work in texts(record.get("referenced_works")):
        yield related("References", "openalex", work.rpartition("/")[2])


def _date(record: Json) -> PartialDate | None:
    """The day; where it is the first of a month only the month is known, of January only the year."""
    written = text(record.get("publication_date"))
    for unknown in ("-01-01", "-01"):
        if len(written) == 10 and written.endswith(unknown):
            return when(written.removesuffix(unknown))
    return when(written) or when(text(record.get("publication_year")))


def _bibliography(record: Json, venue: Json, places: list[dict[str, Any]]) -> dict[str, Any]:
    biblio, access = child(record, "biblio"), child(record, "open_access")
    pages = [page for name in ("first_page", "last_page") if (page := text(biblio.get(name)))]
    status = text(access.get("oa_status")).lower()
    free = [*objects(record.get("best_oa_location")), *places]
    pdfs = [text(one.get("pdf_url")) for one in free] + [text(access.get("oa_url"))]
    issns = [text(venue.get("issn_l")), *texts(venue.get("issn"))]
    return {
        "journal": text(venue.get("display_name")),
        "issn": next((issn for one in issns if (issn := clean_issn(one))), None),
        "volume": text(biblio.get("volume")),
        "issue": text(biblio.get("issue")),
        "pages": "-".join(dict.fromkeys(pages)),
        "language": text(record.get("language")),
        "citations": count(record.get("cited_by_count")),
        "citation_percentile": _percentile(child(record, "citation_normalized_percentile").get("value")),
        "open_access": status if status in OPEN_ACCESS else None,
        "license": next((words for one in [*places[:1], *free] if (words := text(one.get("license")))), ""),
        "pdf_url": next((url for n, url in enumerate(pdfs) if url and (n < len(free) or url.endswith(".pdf"))), ""),
        "retracted": True if record.get("is_retracted") is True else None,
    }
