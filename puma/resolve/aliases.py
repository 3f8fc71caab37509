"""What people said that words mean: other names of instruments and proposals, institutions of affiliations."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from puma.entities import Affiliation, Decision, Facility, Identifier, Institution
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


def settle_affiliations(session: Session) -> None:
    """What a person decided on a text holds for every affiliation that is written so, also for later ones."""
    undoing = aliased(Decision)
    decided = session.execute(
        select(Decision.value, Decision.left_id, Decision.decided_by, Institution.country)
        .join(Institution, Institution.id == Decision.left_id)
        .where(Decision.verdict == "resolve", ~select(undoing.id).where(undoing.undoes_id == Decision.id).exists())
        .order_by(Decision.id)
    ).all()
    said = {value[0]["text"]: (institution, country, by) for value, institution, by, country in decided}
    texts: Sequence[str] = sorted(said)
    rows = []
    for some in chunks(texts):
        for number, text in session.execute(
            select(Affiliation.id, Affiliation.text).where(Affiliation.text.in_(some), Affiliation.decided_by.is_(None))
        ):
            institution, country, by = said[text]
            found = {"institution_id": institution, "country": country, "probability": 1.0, "decided_by": by}
            rows.append({"id": number, **found})
    update_rows(session, Affiliation, rows)
