"""State of the data: a print of all that exports read, by which one that was cut off knows whether to go on."""

import hashlib
from typing import Any

from sqlalchemy import BigInteger, Select, cast, func, select
from sqlalchemy.orm import Session

from puma.entities import (
    Affiliation,
    AffiliationInstitution,
    Authorship,
    AuthorshipAffiliation,
    Decision,
    Entity,
    Identifier,
    InstrumentPeriod,
    Keyword,
    Link,
    Participant,
    ProposalTime,
    Record,
    TechniqueUse,
)

GROWING: tuple[type[Entity], ...] = (
    Identifier, Keyword, Authorship, AuthorshipAffiliation, AffiliationInstitution, Participant, ProposalTime,
    InstrumentPeriod, TechniqueUse, Decision,
)  # fmt: skip
"""Tables whose rows come and go with a change of their record; a new row has a number of its own."""


def state_of(session: Session) -> str:
    """Equal as long as records, what stands beside them, links and decisions are: 64 hexadecimal digits.

    Counts, highest numbers and the last change, and of links, whose points a matching writes anew in their place, also
    the sum of the points: a look at every row of an index, some tenths of a second at a million links.
    """
    queries: list[Select[*tuple[Any, ...]]] = [
        select(
            func.count(), func.max(Record.changed_at), func.count(Record.deleted_at), func.max(Record.deleted_at),
            func.count(Record.merged_into_id), func.sum(Record.merged_into_id),
        ),
        select(
            func.count(), func.max(Affiliation.id), func.count(Affiliation.decided_by), func.count(Affiliation.country)
        ),
        select(Link.state, func.count(), func.max(Link.id), func.max(Link.decided_at), _points())
        .group_by(Link.state).order_by(Link.state),
    ]  # fmt: skip
    queries += [select(func.count(), func.max(table.id)) for table in GROWING]  # type: ignore[attr-defined]  # all have it
    told = [[str(value) for value in row] for query in queries for row in session.execute(query)]
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _points() -> Any:
    """Whole numbers: a sum of others would depend on the order in which they are added."""
    return func.sum(cast(Link.score * 10_000, BigInteger))
