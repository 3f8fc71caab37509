"""The rows of one settled record: its own, and those of its authors, participants, keywords and other parts."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.sql.schema import ScalarElementColumnDefault

from puma.claims import COLUMNS, column_value, says
from puma.entities import (
    RECORD_KINDS,
    Authorship,
    AuthorshipAffiliation,
    Entity,
    ExperimentParticipant,
    InstitutionName,
    InstrumentPeriod,
    Keyword,
    Participant,
    PersonName,
    ProposalTime,
    Relation,
    TechniqueUse,
)
from puma.fields import fields_of
from puma.names import parse_name

Values = Mapping[str, Any]
Row = dict[str, Any]

PART_TABLES: dict[str, tuple[type[Entity], ...]] = {
    "publication": (Authorship, AuthorshipAffiliation, Keyword, Relation, TechniqueUse),
    "dataset": (Authorship, AuthorshipAffiliation, Keyword, Relation, TechniqueUse),
    "proposal": (ProposalTime, Participant, Keyword, TechniqueUse),
    "experiment": (ExperimentParticipant,),
    "instrument": (InstrumentPeriod, TechniqueUse),
    "institution": (InstitutionName,),
    "person": (PersonName,),
}
"""The tables that hold the parts of a kind; their rows are written anew when the record changes."""


def owner_column(table: type[Entity]) -> str:
    """The column by which a part belongs to its record."""
    owners = ("record_id", "proposal_id", "experiment_id", "instrument_id", "institution_id", "person_id")
    return next(name for name in owners if name in table.__table__.c and not table.__table__.c[name].nullable)


@dataclass(slots=True)
class Rows:
    """Rows to write, by table; affiliations by digest, to be numbered before anything refers to them."""

    own: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    parts: dict[type[Entity], list[Row]] = field(default_factory=lambda: defaultdict(list))
    affiliations: dict[str, Row] = field(default_factory=dict)

    def affiliation(self, text: str | None, ror: str | None, country: str | None) -> str | None:
        """The digest of an affiliation as written; the same text with the same facts is one affiliation."""
        if not (text or ror):
            return None
        said = "|".join((text or "", ror or "", country or ""))
        digest = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        if digest not in self.affiliations:
            self.affiliations[digest] = {
                "digest": digest,
                "text": text or "",
                "stated_ror": ror,
                "stated_country": country,
                "country": country,
            }
        return digest


OF_FACILITY = frozenset(kind for kind, entity in RECORD_KINDS.items() if "facility_id" in entity.__table__.c)


def _unsaid(entity: type[Entity]) -> dict[str, Any]:
    """What each described column holds when nobody says anything about it."""
    found: dict[str, Any] = {}
    for column in fields_of(entity):
        sql = entity.__table__.c[column.name]
        if isinstance(sql.default, ScalarElementColumnDefault):
            found[column.name] = sql.default.arg
        else:
            found[column.name] = None if sql.nullable else column.kind.python()
    return found


def _references(entity: type[Entity]) -> dict[str, None]:
    """The references that are filled after a run, from the words beside them; open again when a record changes."""
    made_here = {"id", "facility_id", "group_id"}
    return {c.name: None for c in entity.__table__.c if c.foreign_keys and c.name not in made_here}


REFERENCES_OPEN = {kind: _references(entity) for kind, entity in RECORD_KINDS.items()}
UNSAID = {kind: _unsaid(entity) for kind, entity in RECORD_KINDS.items()}


def own_row(kind: str, record_id: int, values: Values, facility_id: int | None) -> Row:
    """The record's row in its own table: every described column, empty where nobody said anything."""
    row: Row = {"id": record_id}
    for name in COLUMNS[kind]:
        value = values.get(name)
        if says(value):
            row[name] = column_value(kind, name, value)
        else:
            row[name] = UNSAID[kind][name]
    row.update(REFERENCES_OPEN[kind])
    if kind in OF_FACILITY:
        row["facility_id"] = facility_id
    return row


PersonOf = Callable[[tuple[str, str]], int | None]


def part_rows(rows: Rows, kind: str, record_id: int, values: Values, person_of: PersonOf) -> None:
    """Add the rows of a record's parts to ``rows``."""
    for part, write in WRITERS.items():
        items = values.get(part)
        if items and part in values:
            write(rows, kind, record_id, items, person_of)


def _authors(rows: Rows, kind: str, record_id: int, items: list[Values], person_of: PersonOf) -> None:
    for position, author in enumerate(items, start=1):
        family, given = author.get("family_name"), author.get("given_name")
        name = author.get("name") or ", ".join(word for word in (family, given) if word)
        if not family:
            parsed = parse_name(name)
            family, given = parsed.family, parsed.given
        rows.parts[Authorship].append(
            {
                "record_id": record_id,
                "position": position,
                "name": name,
                "family_name": family or name,
                "given_name": given or None,
                "orcid": author.get("orcid"),
            }
        )
        for place in author.get("affiliations") or ():
            digest = rows.affiliation(place.get("text"), place.get("ror"), place.get("country"))
            if digest:
                rows.parts[AuthorshipAffiliation].append(
                    {"record_id": record_id, "position": position, "affiliation_id": digest}
                )


def _participants(rows: Rows, kind: str, record_id: int, items: list[Values], person_of: PersonOf) -> None:
    for position, person in enumerate(items, start=1):
        key = person.get("person")
        person_id = person_of((key[0], key[1])) if key else None
        if kind == "experiment":
            said = {name: person.get(name) for name in ("mode", "gender", "career_stage")}
            rows.parts[ExperimentParticipant].append({"experiment_id": record_id, "person_id": person_id, **said})
            continue
        rows.parts[Participant].append(
            {
                "proposal_id": record_id,
                "person_id": person_id,
                "affiliation_id": rows.affiliation(person.get("affiliation"), person.get("ror"), person.get("country")),
                "position": position,
                "name": person.get("name") or "",
                "role": person.get("role"),
            }
        )


def _times(rows: Rows, kind: str, record_id: int, items: list[Values], person_of: PersonOf) -> None:
    for time in items:
        rows.parts[ProposalTime].append(
            {
                "proposal_id": record_id,
                "instrument_name": time.get("instrument") or "",
                "requested": _number(time.get("requested")),
                "allocated": _number(time.get("allocated")),
                "unit": time.get("unit"),
            }
        )


def _number(value: object) -> float | None:
    return float(str(value)) if says(value) else None


def _periods(rows: Rows, kind: str, record_id: int, items: list[Values], person_of: PersonOf) -> None:
    for period in items:
        days = {
            name: date.fromisoformat(period[name]) if period.get(name) else None
            for name in ("starts_on", "ends_on", "commissioning_until")
        }
        rows.parts[InstrumentPeriod].append({"instrument_id": record_id, "label": period.get("label") or "", **days})


def _keywords(rows: Rows, kind: str, record_id: int, items: list[Values], person_of: PersonOf) -> None:
    seen = {(word["namespace"][:300], word["value"][:300]) for word in items if word.get("value")}
    rows.parts[Keyword].extend(
        {"record_id": record_id, "namespace": namespace, "value": value} for namespace, value in sorted(seen)
    )


def _related(rows: Rows, kind: str, record_id: int, items: list[Values], person_of: PersonOf) -> None:
    rows.parts[Relation].extend(
        {"record_id": record_id, "type": one["type"], "scheme": one["scheme"], "value": one["value"]}
        for one in items
        if one.get("value")
    )


def _techniques(rows: Rows, kind: str, record_id: int, items: list[str], person_of: PersonOf) -> None:
    rows.parts[TechniqueUse].extend({"record_id": record_id, "name": name[:300]} for name in dict.fromkeys(items))


def _names(rows: Rows, kind: str, record_id: int, items: list[Any], person_of: PersonOf) -> None:
    if kind == "person":
        rows.parts[PersonName].extend({"person_id": record_id, "name": name} for name in dict.fromkeys(items))
        return
    rows.parts[InstitutionName].extend(
        {"institution_id": record_id, "name": one["name"], "kind": one.get("kind") or "alias"} for one in items
    )


WRITERS: dict[str, Callable[[Rows, str, int, Any, PersonOf], None]] = {
    "authors": _authors,
    "participants": _participants,
    "times": _times,
    "periods": _periods,
    "keywords": _keywords,
    "related": _related,
    "techniques": _techniques,
    "names": _names,
}
