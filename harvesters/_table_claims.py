"""What a row of each table claims: words checked against the lists, dates, numbers and identifiers cleaned."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from harvesters import _table_cells as cells
from harvesters._conditions import Parameter, conditions
from harvesters._reading import (
    RELATION_TYPES,
    affiliation,
    author,
    count,
    day,
    keywords,
    once,
    published,
    related,
    when,
    year,
)
from harvesters._table_files import TABLES, Row
from puma.claims import Claim, Key
from puma.conditions import CONDITIONS
from puma.errors import SkipRecord
from puma.harvesting import Source
from puma.identifiers import clean_doi, clean_issn, clean_orcid, clean_ror, fold_code
from puma.names import fold

_KNOWN = {table: frozenset((*columns, "facility")) for table, columns in TABLES.items()}

IN_UNITS = {"formula": "", **{name: one.unit for name, one in CONDITIONS.items()}}
DECISIONS = ("accepted", "refused", "reserve", "withdrawn")
ROLES = ("proposer", "co_proposer", "local_contact")
MODES = ("on-site", "remote", "hybrid", "mail-in")
HOURS_FOR = ("available", "public", "commissioning", "maintenance")
LOSSES = ("lost_to_machine", "lost_to_instrument", "lost_to_user", "lost_to_cancellation")
GENDERS = {"woman": "woman", "female": "woman", "man": "man", "male": "man", "non-binary": "non-binary"}
GENDERS["diverse"] = "non-binary"
CAREER_STAGES = {
    **dict.fromkeys(("student", "bachelor student", "master student", "undergraduate"), "student"),
    **dict.fromkeys(("doctoral student", "phd student", "doctoral", "phd"), "doctoral student"),
    **dict.fromkeys(("postdoc", "postdoctoral researcher", "postdoctoral"), "postdoc"),
    **dict.fromkeys(("senior scientist", "scientist", "researcher", "professor", "senior"), "senior scientist"),
    **dict.fromkeys(("other", "engineer", "technician"), "other"),
}
"""What people say of themselves, as forms word it; other words, and that they would rather not say, are unknown."""
OPEN_ACCESS = ("diamond", "gold", "hybrid", "green", "bronze", "closed")
PUBLICATION_TYPES = (
    "JOURNAL_ARTICLE", "PROCEEDINGS_ARTICLE", "BOOK", "BOOK_CHAPTER", "THESIS", "PREPRINT", "DATA_PAPER", "OTHER",
)  # fmt: skip
_WORDED_RELATION = re.compile(r"([A-Za-z]+)[:\s]\s*(.+)")


def claims_of(found: dict[str, Any], source: Source) -> list[Claim]:
    """The claims of one raw record. Raises SkipRecord with the reason when the row lacks what identifies it."""
    reader = _READERS.get(found.get("table", ""))
    if reader is None:
        raise SkipRecord("it is no row of a known table")
    claims = reader(found, source)
    return [replace(claims[0], unread=_unread(found)), *claims[1:]]


def _unread(found: dict[str, Any]) -> tuple[str, ...]:
    """Columns that no reader knows, of the row itself by name, of the rows that hang on it with their table."""
    table: str = found["table"]
    rows: list[Row] = found.get("rows") or [found["row"]]
    names = {name for row in rows for name in row.keys() - _KNOWN[table]}
    for part, hanging in (("times", "proposal_instruments"), ("participants", "participants")):
        if table == "proposals":
            names |= {f"{hanging}.{name}" for row in found.get(part, ()) for name in row.keys() - _KNOWN[hanging]}
    return tuple(sorted(names))


def _instrument(found: dict[str, Any], source: Source) -> list[Claim]:
    """Rows of one machine: its periods, in order; what the latest row says stands for the machine."""
    rows: list[Row] = sorted(found["rows"], key=lambda row: row.get("start", ""))
    last, facility = rows[-1], _facility(rows[0], source)
    pid = next((row["pid"] for row in reversed(rows) if row.get("pid")), None)
    values = {
        "facility": facility,
        "name": last.get("name") or last.get("label"),
        "label": last.get("label"),
        "pid": pid,
        "group": next((row["group"] for row in reversed(rows) if row.get("group")), None),
        "successor_of": next((row["successor_of"] for row in rows if row.get("successor_of")), None),
        "periods": [
            {
                "label": row.get("label") or row.get("name"),
                "starts_on": day(row.get("start")),
                "ends_on": day(row.get("end")),
                "commissioning_until": day(row.get("commissioning_until")),
            }
            for row in rows
        ],
        "techniques": list(dict.fromkeys(word for row in rows for word in cells.several(row.get("techniques")))),
    }
    name = last.get("label") or last.get("name", "")
    keys: tuple[Key, ...] = (("name", f"{facility}/{fold(name)}"), *((("pid", pid),) if pid else ()))
    return [Claim("instrument", keys, values)]


def ending_the_day_after(claim: Claim) -> Claim:
    """An instrument whose periods were written with their last day, as [start, end) like all others."""
    periods = [
        {**one, "ends_on": str(date.fromisoformat(one["ends_on"]) + timedelta(days=1)) if one["ends_on"] else None}
        for one in claim.values.get("periods", ())
    ]
    return replace(claim, values={**claim.values, "periods": periods}) if periods else claim


def _call(found: dict[str, Any], source: Source) -> list[Claim]:
    row: Row = found["row"]
    facility, code = _facility(row, source), _code(row)
    values = {
        "facility": facility,
        "code": code,
        "opens_on": day(row.get("opens")),
        "closes_on": day(row.get("closes")),
        "cycle_starts_on": day(row.get("cycle_start")),
        "cycle_ends_on": day(row.get("cycle_end")),
        "time_unit": cells.unit(row.get("time_unit")),
    }
    return [Claim("call", (("code", f"{facility}/{fold_code(code)}"),), values)]


def _proposal(found: dict[str, Any], source: Source) -> list[Claim]:
    row: Row = found["row"]
    facility, code = _facility(row, source), _code(row)
    people, participants = [], []
    for listed in found.get("participants", []):
        person = _person(listed, source)
        if person is None:
            continue
        people.append(person)
        participants.append(
            {
                "person": list(person.keys[0]),
                "name": ", ".join(part for part in (person.values["family_name"], person.values["given_name"]) if part),
                "role": cells.word(listed.get("role"), ROLES),
                "affiliation": listed.get("institution"),
                "ror": clean_ror(listed.get("institution_ror", "")),
                "country": cells.country(listed.get("country", "")),
            }
        )
    values = {
        "facility": facility,
        "code": code,
        "title": row.get("title"),
        "abstract": row.get("abstract"),
        "type": row.get("type"),
        "scientific_area": row.get("scientific_area"),
        "call_code": row.get("call"),
        "deposited_on": day(row.get("deposited_on")),
        "operation_year": year(row.get("operation_year")),
        "decision": cells.word(row.get("decision"), DECISIONS),
        "confidential": cells.flag(row.get("confidential")),
        "dmp": row.get("dmp"),
        "pdf_url": row.get("pdf"),
        "techniques": list(dict.fromkeys(cells.several(row.get("techniques")))),
        "times": [_time(listed) for listed in found.get("times", []) if listed.get("instrument")],
        "participants": participants,
    }
    key = f"{facility}/{fold_code(code)}"
    keys: tuple[Key, ...] = (("code", key), ("source", f"{source.name}:proposals:{key}"))
    return [Claim("proposal", keys, values), *_unrepeated(people)]


def _session(found: dict[str, Any], source: Source) -> list[Claim]:
    row: Row = found["row"]
    facility, code = _facility(row, source), _code(row)
    named = [(_person(one["person"], source), _part(one, source)) for one in found.get("participants", [])]
    values = {
        "facility": facility,
        "code": code,
        "proposal_code": row.get("proposal"),
        "instrument_name": row.get("instrument"),
        "starts_at": cells.moment(row.get("start")),
        "ends_at": cells.moment(row.get("end")),
        "requested_hours": cells.number(row.get("requested_hours")),
        "allocated_hours": cells.number(row.get("allocated_hours")),
        "delivered_hours": cells.number(row.get("delivered_hours")),
        "mode": cells.word(row.get("mode"), MODES),
        "report_due_on": day(row.get("report_due")),
        "report_received_on": day(row.get("report_received")),
        **{name: cells.number(row.get(name)) for name in LOSSES},
        "participants": [{"person": list(person.keys[0]), **part} for person, part in named if person],
    }
    people = _unrepeated(person for person, _ in named if person)
    return [Claim("experiment", (("code", f"{facility}/{fold_code(code)}"),), values), *people]


def _part(one: dict[str, Any], source: Source) -> dict[str, str | None]:
    """How somebody took part in a session, and what they say of themselves where the source may tell it."""
    part = {"mode": cells.word(one.get("mode"), MODES)}
    if getattr(source, "self_declared", False):
        for name, words in (("gender", GENDERS), ("career_stage", CAREER_STAGES)):
            if said := words.get(cells.word(one.get(name), [*words]) or ""):
                part[name] = said
    return part


def _publication(found: dict[str, Any], source: Source) -> list[Claim]:
    row: Row = found["row"]
    if not row.get("title"):
        raise SkipRecord("it has no title")
    doi = clean_doi(row.get("doi", ""))
    values = {
        "doi": doi,
        "type": cells.word(row.get("type"), PUBLICATION_TYPES) or ("OTHER" if row.get("type") else None),
        "title": row["title"],
        "abstract": row.get("abstract"),
        "journal": row.get("journal"),
        "issn": clean_issn(row.get("issn", "")),
        **published(when(row.get("published_on", ""))),
        "authors": _authors(row.get("authors"), row.get("affiliations")),
        "keywords": once(keywords("", [row.get("keywords", "")])),
        "citations": count(row.get("citations")),
        "open_access": cells.word(row.get("open_access"), OPEN_ACCESS),
        "pdf_url": row.get("pdf"),
    }
    own = row.get("source_id") or row["doi"]
    keys: tuple[Key, ...] = (*((("doi", doi),) if doi else ()), ("source", f"{source.name}:{own}"))
    return [Claim("publication", keys, values)]


def _dataset(found: dict[str, Any], source: Source) -> list[Claim]:
    row: Row = found["row"]
    doi = clean_doi(row.get("doi", ""))
    linked = [(_WORDED_RELATION.fullmatch(text), text) for text in cells.several(row.get("related"))]
    values = {
        "facility": row.get("facility") or source.facility or None,
        "doi": doi,
        "title": row.get("title"),
        "abstract": row.get("abstract"),
        "proposal_code": row.get("proposal"),
        "session_code": row.get("session"),
        "instrument_name": row.get("instrument"),
        "created_on": day(row.get("created_on")),
        "year": year(row.get("created_on")),
        "open_on": day(row.get("open_on")),
        "size_bytes": count(row.get("size_bytes")),
        **conditions(Parameter(name, row.get(name), unit) for name, unit in IN_UNITS.items()),
        "techniques": cells.several(row.get("techniques")),
        "authors": _authors(row.get("creators"), None),
        "related": once(
            related(worded[1], "", worded[2])
            if worded and worded[1] in RELATION_TYPES
            else related("IsRelatedTo", "", text)
            for worded, text in linked
        ),
    }
    keys: tuple[Key, ...] = (
        *((("doi", doi),) if doi else ()),
        ("source", f"{source.name}:{row.get('doi', '').lower() or row['source_id']}"),
    )
    return [Claim("dataset", keys, values)]


def _operation(found: dict[str, Any], source: Source) -> list[Claim]:
    """Beam time in a year or for a call; without a unit it is in hours."""
    row: Row = found["row"]
    facility, amount = _facility(row, source), cells.number(row.get("amount"))
    hours_for, unit = cells.word(row.get("hours_for"), HOURS_FOR), cells.unit(row.get("unit") or "hour")
    if hours_for is None or unit is None:
        word = row.get("unit") if hours_for else row.get("hours_for", "(empty)")
        raise SkipRecord(f"{word!r} is not one of {', '.join(cells.UNITS if hours_for else HOURS_FOR)}")
    if amount is None or not row.get("instrument"):
        raise SkipRecord("it has no amount" if amount is None else "it names no instrument")
    values = {
        "facility": facility,
        "instrument_name": row["instrument"],
        "year": year(row.get("year")),
        "call_code": row.get("call"),
        "hours_for": hours_for,
        "amount": amount,
        "unit": unit,
    }
    if not (values["year"] or values["call_code"]):
        raise SkipRecord("it says neither year nor call")
    named = (facility, fold(row["instrument"]), row.get("year", ""), fold_code(row.get("call", "")), hours_for)
    return [Claim("operation", (("source", f"{source.name}:operation:{'/'.join(named)}"),), values)]


def _contribution(found: dict[str, Any], source: Source) -> list[Claim]:
    row: Row = found["row"]
    country, share = cells.country(row.get("country", "")), cells.share(row.get("share", ""))
    if country is None:
        raise SkipRecord(f"{row.get('country', '(empty)')!r} is no known country")
    if share is None:
        raise SkipRecord(f"{row.get('share', '(empty)')!r} is no share between 0 and 1, or in per cent with its sign")
    values = {
        "facility": source.facility or None,
        "country": country,
        "group": row.get("group"),
        "valid_from": day(row.get("valid_from")),
        "valid_to": day(row.get("valid_to")),
        "share": share,
    }
    stable = "/".join((country, row.get("group", ""), row.get("valid_from", "")))
    return [Claim("contribution", (("source", f"{source.name}:contributions:{stable}"),), values)]


def _journal(found: dict[str, Any], source: Source) -> list[Claim]:
    row: Row = found["row"]
    issn = clean_issn(row["issn"])
    if issn is None:
        raise SkipRecord(f"{row['issn']!r} is no valid ISSN")
    claims = [Claim("journal", (("issn", issn),), {"issn": issn, "title": row.get("title")})]
    if row.get("list"):
        values = {
            "issn": issn,
            "title": row.get("title"),
            "list": row["list"],
            "list_version": row.get("list_version"),
            "valid_from": day(row.get("valid_from")),
            "valid_to": day(row.get("valid_to")),
        }
        stable = "/".join((issn, row["list"], row.get("list_version", ""), row.get("valid_from", "")))
        claims.append(Claim("journal_listing", (("source", f"{source.name}:journals:{stable}"),), values))
    return claims


_READERS: dict[str, Callable[[dict[str, Any], Source], list[Claim]]] = {
    "instruments": _instrument,
    "calls": _call,
    "proposals": _proposal,
    "sessions": _session,
    "publications": _publication,
    "datasets": _dataset,
    "contributions": _contribution,
    "operation": _operation,
    "journals": _journal,
}


def _person(row: Row, source: Source) -> Claim | None:
    """A user; None when the row names nobody. Without a key of the user office the ORCID iD or the name is the key."""
    family, given = row.get("family_name", ""), row.get("given_name", "")
    found = author("" if family else given, family, given)
    if found is None:
        return None
    orcid = clean_orcid(row.get("orcid", ""))
    key = row.get("person_key") or orcid or f"{fold_code(row.get('proposal', ''))}/{fold(found['name'])}"
    email = row.get("email", "")
    values = {
        "family_name": found["family_name"],
        "given_name": found["given_name"],
        "orcid": orcid,
        "email": email if "@" in email else None,
        "user": True,
    }
    keys: tuple[Key, ...] = (("source", f"{source.name}:{key}"), *((("orcid", orcid),) if orcid else ()))
    return Claim("person", keys, values)


def _unrepeated(people: Iterable[Claim]) -> list[Claim]:
    return list({person.keys[0]: person for person in people}.values())


def _authors(names: str | None, places: str | None) -> list[dict[str, Any]]:
    """Authors in order. As many affiliations as authors: one each; otherwise each author has all of them."""
    written = cells.several(names)
    stated = [text.strip() for text in places.split(";")] if places else []
    each = [[text] for text in stated] if len(stated) == len(written) else [stated] * len(written)
    found = (
        author(name, affiliations=[affiliation(text) for text in texts if text])
        for name, texts in zip(written, each, strict=True)
    )
    return [item for item in found if item]


def _time(row: Row) -> dict[str, Any]:
    return {
        "instrument": row["instrument"],
        "requested": cells.number(row.get("requested")),
        "allocated": cells.number(row.get("allocated")),
        "unit": cells.unit(row.get("unit")),
    }


def _facility(row: Row, source: Source) -> str:
    facility = row.get("facility") or source.facility
    if not facility:
        raise SkipRecord("it names no facility, and neither does the source")
    return facility


def _code(row: Row) -> str:
    """The code as written. Raises SkipRecord for words that say that there is none."""
    if not fold_code(row["code"]):
        raise SkipRecord(f"{row['code'][:60]!r} is no code")
    return row["code"]
