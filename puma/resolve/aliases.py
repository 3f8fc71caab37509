"""What people said that words mean: other names of instruments and proposals, institutions of affiliations."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from puma.entities import Affiliation, Decision, Facility, Identifier, Institution, Record
from puma.identifiers import fold_code
from puma.names import fold
from puma.storage import chunks, update_rows

ALIAS = "alias"
"""The scheme of other names that people gave a record; no source ever claims it."""


def alias_key(kind: str, facility: str, written: str) -> str:
    """The identifier of another name: code of the facility (may be empty), and the name as it is compared."""
    return f"{facility}/{fold_code(written) if kind == 'proposal' else fold(written)}"


def aliases(session: Session, kind: str) -> dict[str, int]:
    """Records of a kind by the other names that people gave them."""
    which = select(Identifier.value, Identifier.record_id).where(Identifier.kind == kind, Identifier.scheme == ALIAS)
    return dict(session.execute(which).all())


def facility_codes(session: Session) -> dict[int | None, str]:
    """The codes of facilities by number; empty for none."""
    return {None: "", **dict(session.execute(select(Facility.id, Facility.code)).all())}


def settle_affiliations(session: Session, into: Mapping[int, int] | None = None) -> None:
    """What a person decided on a text holds for every affiliation that is written so, also for later ones.

    into: institutions that are another one now.
    """
    undoing = aliased(Decision)
    decided = session.execute(
        select(Decision.verdict, Decision.value, Decision.left_id, Decision.right_id, Decision.decided_by)
        .join(Record, Record.id == Decision.left_id)
        .where(Decision.verdict.in_(("resolve", "split")), Record.kind == "institution")
        .where(~select(undoing.id).where(undoing.undoes_id == Decision.id).exists())
        .order_by(Decision.id)
    ).all()
    said: dict[str, tuple[int, str]] = {}
    for verdict, value, left, right, by in decided:
        for text in value[0]["texts"] if verdict == "split" else [value[0]["text"]]:
            meant = left if verdict == "resolve" else right or 0
            said[text] = (into or {}).get(meant, meant), by
    countries = _countries(session, {institution for institution, _ in said.values()})
    rows = []
    for some in chunks(sorted(said)):
        columns = Affiliation.id, Affiliation.text, Affiliation.institution_id, Affiliation.decided_by
        for number, text, held, decider in session.execute(select(*columns).where(Affiliation.text.in_(some))):
            institution, by = said[text]
            if held != institution or decider is None:
                country = countries.get(institution)
                found = {"institution_id": institution, "country": country, "probability": 1.0, "decided_by": by}
                rows.append({"id": number, **found})
    update_rows(session, Affiliation, rows)


def _countries(session: Session, institutions: Collection[int]) -> dict[int, str | None]:
    found: dict[int, str | None] = {}
    for some in chunks(sorted(institutions)):
        query = select(Institution.id, Institution.country).where(Institution.id.in_(some))
        found |= dict(session.execute(query).all())
    return found
