"""Protein Data Bank: entries measured at a facility, from RCSB's interfaces or from saved answers and reports."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from pydantic import Field, model_validator

from harvesters._datacite_record import funding
from harvesters._reading import (
    Json,
    answer,
    author,
    child,
    count,
    day,
    keywords,
    left_over,
    objects,
    once,
    parsed,
    raw,
    related,
    saved_pages,
    text,
    year,
)
from puma import harvesting
from puma.claims import Claim
from puma.errors import SkipRecord, StopRun
from puma.harvesting import Page, RawRecord, Visit
from puma.harvesting.saved import Broken, json_records
from puma.identifiers import clean_doi, clean_orcid
from puma.names import fold

FIELDS = """rcsb_id struct{title} struct_keywords{pdbx_keywords} exptl{method}
audit_author{name identifier_ORCID pdbx_ordinal}
rcsb_accession_info{deposit_date initial_release_date revision_date status_code}
diffrn{id pdbx_serial_crystal_experiment}
diffrn_source{diffrn_id source type pdbx_synchrotron_site pdbx_synchrotron_beamline}
citation{id title year pdbx_database_id_DOI pdbx_database_id_PubMed}
rcsb_primary_citation{title year pdbx_database_id_DOI pdbx_database_id_PubMed}
pdbx_related_exp_data_set{data_reference metadata_reference data_set_type details}
rcsb_external_references{id link type}
pdbx_database_related{db_id db_name}
pdbx_audit_support{funding_organization grant_number}"""
READ = frozenset(re.findall(r"(?:^|[\s}])(\w+)\{", FIELDS)) | {"rcsb_id", "entry", "rcsb_entry_container_identifiers"}
TECHNIQUES = {
    "X-RAY DIFFRACTION": "PaNET01164 macromolecular crystallography",
    "NEUTRON DIFFRACTION": "PaNET01217 neutron diffraction",
    "POWDER DIFFRACTION": "PaNET01030 powder diffraction",
    "INFRARED SPECTROSCOPY": "PaNET01109 infrared spectroscopy",
}
"""Experimental method -> PaNET technique; the others keep their own words."""
SERIAL = {
    "SYNCHROTRON": "PaNET01169 serial synchrotron crystallography",
    "FREE ELECTRON LASER": "PaNET01168 serial femtosecond crystallography",
}
RAW_DATA_ARCHIVES = frozenset(("SB GRID", "PROTEIN DIFFRACTION", "STORE SYNCHROTRON"))
BEAMLINE_IN_TYPE = re.compile(r"(?P<site>.+?)\s+BEAMLINE\s+(?P<beamline>.+)", re.IGNORECASE)
PDB_ID = re.compile(r"[1-9][A-Za-z0-9]{3}|pdb_[0-9a-z]{8}", re.IGNORECASE)
COLUMNS = {
    "rcsb_id": ("entry id", "pdb id", "pdb code", "pdb entry", "structure id", "pdb"),
    "title": ("structure title", "title", "entry title"),
    "deposited": ("deposition date", "deposit date", "deposited", "dep date"),
    "released": ("release date", "initial release date", "released", "rel date"),
    "status": ("status", "status code"),
    "method": ("experimental method", "exp method", "method"),
    "authors": ("structure author", "structure authors", "deposition author", "deposition authors", "authors"),
    "site": ("synchrotron site", "pdbx synchrotron site", "site"),
    "beamline": ("synchrotron beamline", "pdbx synchrotron beamline", "beamline"),
    "source": ("source", "radiation source"),
    "type": ("source type", "type"),
    "doi": ("doi", "citation doi", "primary citation doi"),
    "pmid": ("pubmed id", "pubmed"),
    "raw": ("raw data doi", "raw data", "data reference"),
}
"""What a column of a report says -> its headings, folded."""
PRIMARY = "primary"


class Source(harvesting.Source):
    """Holds entries with depositors and their ORCID, beamline, dates of deposition and release, the paper, and the DOI
    of the raw data where the depositor gave one. Lacks proposals; beamline names are as the depositors wrote them.

    An entry is a dataset: it is supplement to its paper and derived from the raw data. Of an entry measured at several
    places the beamline is that at ``sites``; where it has none there, the facility stays open. Entries that are not
    released are skipped. With url the address is https://data.rcsb.org, asked for what the search service names.
    """

    sites: list[str] = Field(default=[], description="your facility as the PDB writes it, for example ESRF")
    entries: list[str] = Field(default=[], description="entries to ask for by id, in place of sites")
    search_url: str = Field(
        default="https://search.rcsb.org/rcsbsearch/v2/query", description="the search service that names the entries"
    )
    page_size: int = Field(default=100, ge=1, le=300, description="entries per answer")

    @model_validator(mode="after")
    def _says_which(self) -> Source:
        if self.url and not (self.sites or self.entries):
            raise ValueError("with url give sites or entries")
        return self


# --- Fetching --------------------------------------------------------------------------------------------------------


def fetch(source: Source, visit: Visit) -> Iterator[Page]:
    """Pages of entries, in the order of their ids; only what was revised since the last run, if there was."""
    if source.url is None:
        yield from saved_pages(source, visit, cut)
        return
    named = sorted({one.upper() for one in source.entries} or _found(source, visit))
    after = str(visit.cursor["after"]) if visit.cursor else ""
    waiting = [one for one in named if one > after]
    where = f"{source.url.rstrip('/')}/graphql"
    for start in range(0, len(waiting), source.page_size):
        some = waiting[start : start + source.page_size]
        query = f"{{entries(entry_ids:{json.dumps(some)}){{{' '.join(FIELDS.split())}}}}}"
        found = child(answer(visit.transport.get(where, {"query": query}), where), "data").get("entries")
        if not isinstance(found, list):
            raise StopRun(f"{where} answered without a list of entries.")
        records = tuple(raw(own_key(one), one) for one in objects(found) if own_key(one))
        missing = sorted(set(some) - {record.key for record in records})
        gone = tuple((one, "the PDB has no such entry any more") for one in missing)
        yield Page(records, {"after": some[-1]}, total=len(named), skipped=gone)


def _found(source: Source, visit: Visit) -> set[str]:
    """The ids of all entries of the sites, in one answer."""

    def terminal(attribute: str, operator: str, value: object) -> Json:
        wanted = {"attribute": attribute, "operator": operator, "value": value}
        return {"type": "terminal", "service": "text", "parameters": wanted}

    nodes = [terminal("diffrn_source.pdbx_synchrotron_site", "in", source.sites)]
    if visit.since:
        since = f"{visit.since.astimezone(UTC):%Y-%m-%dT00:00:00Z}"
        nodes.append(terminal("rcsb_accession_info.revision_date", "greater_or_equal", since))
    asked = {
        "query": {"type": "group", "logical_operator": "and", "nodes": nodes},
        "return_type": "entry",
        "request_options": {"return_all_hits": True},
    }
    body = visit.transport.get(source.search_url, {"json": json.dumps(asked, separators=(",", ":"))})
    if not body.strip():
        return set()  # its way to say that there is nothing
    found = answer(body, source.search_url)
    if not isinstance(found, dict) or not isinstance(found.get("result_set"), list):
        raise StopRun(f"{source.search_url} answered without a list of entries.")
    listed = found["result_set"]
    ids = {text(one.get("identifier") if isinstance(one, dict) else one).upper() for one in listed} - {""}
    if len(ids) < len(listed):
        raise StopRun(f"{source.search_url} named entries without an id, or twice.")
    return ids


def own_key(record: Json) -> str:
    """The id of the entry."""
    inner = text(child(record, "entry").get("id"))
    flat = _column(record, "rcsb_id") if "rcsb_id" not in record else ""
    return (text(record.get("rcsb_id")) or inner or flat).upper()


def cut(name: str, body: bytes, broken: Broken) -> Iterator[RawRecord]:
    """Entries of a saved file: JSON of the REST or GraphQL interface, or a report as CSV."""
    records = json_records(body, broken) if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in b"{[" else _rows(body, broken)
    number = 0
    for found in records:
        inside = found.get("entries")
        for one in objects(inside) if isinstance(inside, list) else [child(found, "entry") if _wraps(found) else found]:
            number += 1
            yield raw(own_key(one) or f"{name}#{number}", one)


def _wraps(record: Json) -> bool:
    """Whether it is GraphQL's answer about one entry; an entry itself has an "entry" that holds nothing but its id."""
    return "rcsb_id" not in record and "rcsb_id" in child(record, "entry")


def _rows(body: bytes, broken: Broken) -> Iterator[dict[str, Any]]:
    """Rows of a report by their headings; a row without an id belongs to the entry before it and adds nothing."""
    try:
        lines = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))
        header: list[str] = []
        for cells in lines:
            if not header:
                header = cells if any(fold(cell) in COLUMNS["rcsb_id"] for cell in cells) else []
                continue
            row = {name: cell for name, cell in zip(header, cells, strict=False) if name and cell.strip()}
            if len(cells) > len(header):
                broken.append((f"line {lines.line_num}", "it has more cells than the header"))
            elif _column(row, "rcsb_id"):
                yield row
    except (UnicodeDecodeError, csv.Error) as error:
        broken.append(("its rest", f"no CSV in UTF-8: {error}"))
        return
    if not header:
        broken.append(("payload", "it is neither JSON nor a report with a column of entry ids"))


def _column(row: Json, name: str) -> str:
    return next((text(value) for heading, value in row.items() if fold(heading) in COLUMNS[name]), "")


# --- Reading ---------------------------------------------------------------------------------------------------------


def read(payload: bytes, source: Source) -> list[Claim]:
    """The dataset of one entry. Raises SkipRecord."""
    record = parsed(payload)
    own = own_key(record)
    left = left_over(record, READ)
    if "rcsb_id" not in record and "struct" not in record:
        known = {heading for headings in COLUMNS.values() for heading in headings}
        left = tuple(sorted(name for name in record if fold(name) not in known))
        record = _of_row(record)
    if not PDB_ID.fullmatch(own):
        raise SkipRecord("it has no id of the PDB")
    accession = child(record, "rcsb_accession_info")
    if text(accession.get("status_code")) not in ("", "REL"):
        raise SkipRecord("it is not released yet")
    title = text(child(record, "struct").get("title"))
    if not title:
        raise SkipRecord("it has no title")
    # The wwPDB registers one DOI per entry, made of the id of four characters.
    doi = clean_doi(f"10.2210/pdb{own[-4:].lower()}/pdb") if len(own) == 4 or own.startswith("PDB_0000") else None
    measured = _measured(record, source)
    deposited, released = accession.get("deposit_date"), accession.get("initial_release_date")
    people = sorted(objects(record.get("audit_author")), key=lambda one: count(one.get("pdbx_ordinal")) or 0)
    values = {
        "doi": doi,
        "facility": source.facility if measured["here"] else None,
        "title": title,
        "publisher": "Worldwide Protein Data Bank",
        "authors": once(
            author(text(one.get("name")), orcid=clean_orcid(text(one.get("identifier_ORCID")))) for one in people
        ),
        "instrument_name": measured["beamline"],
        "techniques": _techniques(record, measured["source"]),
        "keywords": once(_keywords(record)),
        "related": once(_related(record, own)),
        "created_on": day(deposited),
        "year": year(deposited) or year(released),
        "open_on": day(released),
    }
    keys = ((("doi", doi),) if doi else ()) + (("source", f"{source.name}:{own}"),)
    return [Claim("dataset", keys, values, left)]


def _measured(record: Json, source: Source) -> dict[str, Any]:
    """Where it was measured: at the source's sites if there, else at the first place that has a beamline."""
    places = []
    for one in objects(record.get("diffrn_source")):
        site, beamline = text(one.get("pdbx_synchrotron_site")), text(one.get("pdbx_synchrotron_beamline"))
        if said := BEAMLINE_IN_TYPE.fullmatch(text(one.get("type"))):
            site, beamline = site or said["site"], beamline or said["beamline"]
        if beamline.upper().startswith(f"{site.upper()} ") and site:
            beamline = beamline[len(site) :].strip()
        beamline = re.sub(r"^BEAMLINE\s+", "", beamline, flags=re.IGNORECASE)
        here = not source.sites or fold(site) in {fold(name) for name in source.sites}
        places.append({"here": here, "beamline": beamline, "source": text(one.get("source")).upper()})
    places.sort(key=lambda place: (not place["here"], not place["beamline"]))
    return places[0] if places else {"here": not source.sites, "beamline": "", "source": ""}


def _techniques(record: Json, radiation: str) -> list[str]:
    serial = any(text(one.get("pdbx_serial_crystal_experiment")) == "Y" for one in objects(record.get("diffrn")))
    found = [SERIAL[radiation]] if serial and radiation in SERIAL else []
    for one in objects(record.get("exptl")):
        method = text(one.get("method")).upper()
        found += [TECHNIQUES.get(method, method.lower())] if method else []
    return list(dict.fromkeys(found))


def _keywords(record: Json) -> Iterator[dict[str, str]]:
    words = text(child(record, "struct_keywords").get("pdbx_keywords"))
    yield from keywords("PDB", [words.replace(",", ";")])
    for grant in objects(record.get("pdbx_audit_support")):
        yield from funding(text(grant.get("funding_organization")), [text(grant.get("grant_number"))])


def _related(record: Json, own: str) -> Iterator[dict[str, str] | None]:
    """The paper, the raw data, other papers that the entry names, and related entries."""
    yield related("IsIdenticalTo", "pdb", own)
    primary = objects(record.get("rcsb_primary_citation"))
    others = objects(record.get("citation"))
    primary += [one for one in others if text(one.get("id")) == PRIMARY]
    for one in primary:
        yield related("IsSupplementTo", "doi", clean_doi(text(one.get("pdbx_database_id_DOI"))) or "")
        yield related("IsSupplementTo", "pmid", text(one.get("pdbx_database_id_PubMed")))
    for one in others:
        if text(one.get("id")) != PRIMARY:
            yield related("References", "doi", clean_doi(text(one.get("pdbx_database_id_DOI"))) or "")
    for one in objects(record.get("pdbx_related_exp_data_set")):
        written = text(one.get("data_reference")) or text(one.get("metadata_reference"))
        yield related("IsDerivedFrom", "text", written)
    for one in objects(record.get("rcsb_external_references")):
        if text(one.get("type")).upper() in RAW_DATA_ARCHIVES:
            yield related("IsDerivedFrom", "text", clean_doi(text(one.get("id"))) or text(one.get("link")))
    for one in objects(record.get("pdbx_database_related")):
        yield related("IsRelatedTo", text(one.get("db_name")), text(one.get("db_id")))


def _of_row(row: Json) -> dict[str, Any]:
    """A row of a report in the shape of RCSB's interface."""
    said = {name: _column(row, name) for name in COLUMNS}
    people = re.split(r"\s*[;|]\s*|(?<=\.),\s+", said["authors"])
    return {
        "struct": {"title": said["title"]},
        "rcsb_accession_info": {
            "deposit_date": said["deposited"],
            "initial_release_date": said["released"],
            "status_code": said["status"],
        },
        "exptl": [{"method": method} for method in re.split(r"\s*[;,]\s*", said["method"])],
        "audit_author": [{"name": name} for name in people if name],
        "diffrn_source": [
            {
                "source": said["source"],
                "type": said["type"],
                "pdbx_synchrotron_site": said["site"],
                "pdbx_synchrotron_beamline": said["beamline"],
            }
        ],
        "rcsb_primary_citation": {"pdbx_database_id_DOI": said["doi"], "pdbx_database_id_PubMed": said["pmid"]},
        "pdbx_related_exp_data_set": [{"data_reference": said["raw"]}],
    }
