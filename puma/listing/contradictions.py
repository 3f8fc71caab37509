"""Contradictions: records whose sources disagree on a type or a date, and what each of them says."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.decisions import Period, checked
from puma.entities import HarvestSource, Record, StoredClaim
from puma.errors import WrongUsage
from puma.listing.doubts import Doubt, Option, dismissed
from puma.listing.record import names_of
from puma.storage import chunks
from puma.visibility import exists_for


@dataclass(frozen=True, slots=True)
class Compared:
    """What of a kind is compared: the first field that is said, its first ``letters``; "" for all. ``fields`` are what
    a person's choice sets."""

    kind: str
    label: str
    fields: tuple[str, ...]
    letters: int = 0
    says_nothing: str = ""

    @property
    def said(self) -> ColumnElement[Any]:
        """SQL of what a claim says."""
        values: Any = StoredClaim.values
        words: Any = func.coalesce(*(func.nullif(values[name].as_string(), "") for name in self.fields), None)
        if self.letters:
            words = func.substr(words, 1, self.letters)
        found: ColumnElement[Any] = func.nullif(words, self.says_nothing) if self.says_nothing else words
        return found


COMPARED = (
    Compared("publication", "type", ("type",), says_nothing="OTHER"),
    Compared("publication", "year", ("published_on", "year"), 4),
    Compared("proposal", "decision", ("decision",)),
    Compared("proposal", "type", ("type",)),
    Compared("proposal", "operation year", ("operation_year",)),
    Compared("experiment", "first day", ("starts_at",), 10),
    Compared("dataset", "year", ("created_on", "year"), 4),
)
"""Types and dates by which numbers are cut."""


def contradictions(session: Session, viewer: Viewer) -> list[Doubt]:
    """Records on which sources contradict each other, kind by kind; what a person set is settled."""
    gone = dismissed(session)
    found = [doubt for compared in COMPARED for doubt in _of(session, viewer, compared)] + _periods(session, viewer)
    return [doubt for doubt in found if doubt.key not in gone]


def _of(session: Session, viewer: Viewer, compared: Compared) -> list[Doubt]:
    of_kind = StoredClaim.kind == compared.kind, StoredClaim.source_id.is_not(None)
    differ = (
        select(StoredClaim.record_id)
        .where(*of_kind)
        .group_by(StoredClaim.record_id)
        .having(func.count(compared.said.distinct()) > 1)
    )
    numbers = session.scalars(select(Record.id).where(Record.id.in_(differ), exists_for(viewer))).all()
    told: dict[int, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    corrected: set[int] = set()
    for some in chunks(numbers):
        rows = session.execute(
            select(StoredClaim, compared.said, HarvestSource.name)
            .outerjoin(HarvestSource, HarvestSource.id == StoredClaim.source_id)
            .where(StoredClaim.record_id.in_(some))
            .order_by(HarvestSource.precedence, StoredClaim.id)
        )
        for claim, said, source in rows:
            if claim.claimed_by and any(name in claim.values for name in compared.fields):
                corrected.add(claim.record_id)
            elif said is not None and source:
                told[claim.record_id][str(said)].append((source, claim))
    open_ones = [number for number in numbers if number not in corrected]
    titles: dict[int, tuple[str, str]] = {}
    for some in chunks(open_ones):
        titles |= names_of(session, [(compared.kind, number) for number in some])
    found = [_doubt(compared, number, told[number], *titles.get(number, ("", ""))) for number in open_ones]
    return sorted(found, key=lambda doubt: (-_gap(doubt), doubt.about_id))


def _periods(session: Session, viewer: Viewer) -> list[Doubt]:
    """Instruments whose periods, as several sources state them, cannot all be right, with what each says."""
    query = (
        select(StoredClaim, HarvestSource.name)
        .outerjoin(HarvestSource, HarvestSource.id == StoredClaim.source_id)
        .join(Record, Record.id == StoredClaim.record_id)
        .where(StoredClaim.kind == "instrument", exists_for(viewer))
        .order_by(StoredClaim.record_id, HarvestSource.precedence, StoredClaim.id)
    )
    told: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    settled: set[int] = set()
    for claim, source in session.execute(query):
        if said := claim.values.get("periods"):
            told[claim.record_id][json.dumps(said)].append(source or "")
            settled |= {claim.record_id} if claim.claimed_by else set()
    names = names_of(session, [("instrument", number) for number in told])
    found = []
    for number, stated in told.items():
        together = [Period.read(one) for said in stated for one in json.loads(said) if one.get("starts_on")]
        wrong = _wrong(list(dict.fromkeys(together)))
        if number in settled or not wrong:
            continue
        options = tuple(
            Option(_told(json.loads(said)), ", ".join(dict.fromkeys(by)), number, (("periods", said),))
            for said, by in stated.items()
        )
        key = f"contradiction/{number}/periods/{sha256('|'.join(sorted(stated)).encode()).hexdigest()[:32]}"
        detail = f"instrument · periods · {wrong}"
        found.append(Doubt(key, "contradictions", names[number][0], 1, detail, number, options=options))
    return found


def _wrong(periods: Sequence[Period]) -> str:
    """What is wrong with periods, in a sentence; empty when they can be right."""
    try:
        if periods:
            checked(periods)
    except WrongUsage as error:
        return str(error)
    return ""


def _told(said: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(f"{one.get('label') or ''} {one.get('starts_on') or '?'} – {one.get('ends_on') or 'open'}".strip()
                     for one in said)  # fmt: skip


def _doubt(compared: Compared, number: int, told: dict[str, list[Any]], title: str, code: str) -> Doubt:
    options = tuple(
        Option(said, ", ".join(dict.fromkeys(source for source, _ in claims)), number, _values(compared, claims))
        for said, claims in told.items()
    )
    key = "/".join(("contradiction", str(number), compared.label, "|".join(sorted(told))))
    detail = " · ".join(word for word in (compared.kind, compared.label, code) if word)
    return Doubt(key, "contradictions", title or code, 1, detail, number, options=options)


def _values(compared: Compared, claims: Sequence[Any]) -> tuple[tuple[str, str], ...]:
    """What choosing a side sets: the fields as its first claim has them."""
    values = claims[0][1].values
    return tuple((name, str(values[name])) for name in compared.fields if values.get(name))


def _gap(doubt: Doubt) -> int:
    """How far apart years or days are; types differ or they do not."""
    years = [int(option.label[:4]) for option in doubt.options if option.label[:4].isdigit()]
    return max(years) - min(years) if years else 0
