"""Evidence: what speaks for and against a link, how identifiers count, and in which sentence a reviewer reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Tier = Literal["auto", "review", "low"]


@dataclass(slots=True, unsafe_hash=True)  # not frozen, which takes four times as long: there are a million
class Evidence:
    """One line of a link's ledger; the points of all lines add up to the score."""

    kind: str
    points: float
    detail: str

    def as_json(self) -> dict[str, Any]:
        """The line as it is stored."""
        return {"kind": self.kind, "points": self.points, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of evidence and the two things that a reviewer may read of it.

    What can be seen in the records themselves is told as it is, whichever way its points go: the model weighs it beside
    all else. Of what only the model can judge, as of rivals, the points say which it is.
    weight: points of an identifier, set by hand because few pairs have any; of all other kinds the model gives points.
    """

    name: str
    favour: str
    against: str
    weight: float | None = None
    identifier: bool = False

    def sentence(self, favours: bool) -> str:
        """The sentence of what favours the pair, or the other one."""
        return self.favour if favours else self.against


def _identifier(name: str, weight: float, sentence: str) -> Kind:
    return Kind(name, sentence, sentence, weight, weight > 0)


KINDS: tuple[Kind, ...] = (
    Kind(
        "prior", "What is true of a pair of which nothing is known.",
        "What is true of a pair of which nothing is known.",
    ),
    _identifier("code_stated", 12.0, "The source of the publication names the proposal."),
    _identifier(
        "code_in_acknowledgement", 11.0,
        "The proposal's code stands in the full text beside words of an acknowledgement or of the facility.",
    ),
    _identifier("code_in_text", 6.0, "The proposal's code stands in the full text."),
    _identifier("data_supplement", 11.0, "Data measured for the proposal is a supplement of the publication."),
    _identifier("data_cited", 9.5, "The publication cites data measured for the proposal."),
    _identifier(
        "data_of_others", -10.5,
        "It cites data of the proposal, but none of its authors was on the team: a reuse of open data.",
    ),
    _identifier(
        "data_of_few", -2.0,
        "It cites data of the proposal, but hardly any of its authors was on the team: it may be a reuse of open data.",
    ),
    _identifier("other_code", -0.3, "The publication names other proposals, and not this one."),
    _identifier("too_early", -0.3, "The publication is older than the beam time."),
    Kind(
        "team_share", "Members of the proposal's team sign the publication; rare names weigh more.",
        "Less than half of the proposal's team signs the publication.",
    ),
    Kind(
        "author_share", "Half of the authors or more were on the proposal's team.",
        "Less than half of the authors are known to have been on the proposal's team.",
    ),
    Kind(
        "no_shared_author", "Somebody of the proposal's team is among the authors.",
        "None of the authors is known to have been on the proposal's team.",
    ),
    Kind(
        "only_here", "It explains authors that no other proposal explains.",
        "Its authors are explained by other proposals as well.",
    ),
    Kind(
        "orcid", "The publication states the ORCID iD of somebody on the team.",
        "The publication states no ORCID iD of the team.",
    ),
    Kind(
        "local_contact", "The proposal's local contact is an author.",
        "The proposal's local contact is not among the authors.",
    ),
    Kind(
        "all_text", "Titles, abstracts and keywords use the same rare words.",
        "Titles, abstracts and keywords have few rare words in common.",
    ),
    Kind(
        "institutions", "The same institutions stand on proposal and publication.",
        "No institution is known to stand on both.",
    ),
    Kind(
        "instrument", "The publication names an instrument on which the proposal had beam time.",
        "Nothing that is held of the publication names an instrument of the proposal.",
    ),
    Kind(
        "facility", "The publication names the facility.",
        "Nothing that is held of the publication names the facility.",
    ),
    Kind(
        "elsewhere", "Nothing says that the measurements were done elsewhere.",
        "The publication says that measurements were done elsewhere.",
    ),
    Kind(
        "lag", "The time from beam time to publication is a usual one.",
        "The time from beam time to publication is unusual.",
    ),
    Kind("no_beam", "The proposal had beam time.", "The proposal was refused or got no beam time."),
    Kind(
        "rivals", "No other proposal fits this publication as well.",
        "Other proposals fit this publication as well or better.",
    ),
    Kind(
        "other_works", "The publication is among those that fit the proposal best.",
        "Other publications fit the proposal better.",
    ),
)  # fmt: skip
BY_NAME = {kind.name: kind for kind in KINDS}
WEIGHTED = tuple(kind for kind in KINDS if kind.weight is not None)
IDENTIFIERS = frozenset(kind.name for kind in KINDS if kind.identifier)
CONTRADICTING: Mapping[str, float] = {
    "other_code": -0.1, "too_early": -0.1, "data_of_others": -0.1, "data_of_few": -0.1, "elsewhere": -0.5,
    "no_beam": -0.5,
}  # fmt: skip
"""Kinds that forbid a link without an identifier to be automatic, when their points are below these; the points of
the first four are set by hand, so that they do whatever a model says."""
DOUBTED_BY = {"data_cited": {"data_of_few", "data_of_others"}, "data_supplement": {"data_of_others"}}
"""Identifiers that do not count as such beside other kinds: an identifier of another sort has to be there."""
TWO = 1.5
"""So many people of a proposal have to sign for a link without an identifier to be automatic: one for sure and another
rather than not, or one who is known by an ORCID iD. One namesake on the same topic is not enough."""
HELD_BACK = "Fewer than two of the proposal's people surely sign: without an identifier the link is not automatic."
ASIDE = frozenset({"other_code", "too_early"})
"""Kinds whose points are set by hand, and of which the model knows as well: they stand in no pair's way to teach it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """From which probability on a pair is what.

    auto: with an identifier among its evidence. alone: without one, when two people of the proposal sign (`TWO`) and
    nothing contradicts; above 1 it never is. review: from here on people are asked.
    """

    auto: float = 0.95
    review: float = 0.02
    alone: float = 2.0


def probability(score: float) -> float:
    """The probability that a score (log-odds) stands for."""
    return 1 / (1 + exp(-max(-40.0, min(40.0, score))))


def tier_of(chance: float, ledger: Sequence[Evidence], policy: Policy, *, signing: float = 0.0) -> Tier:
    """Which tier a pair is in. ``signing``: how many people of the proposal sign, as `features.signing` counts."""
    if chance >= policy.auto:
        kinds = {line.kind for line in ledger if line.points}
        if any(not DOUBTED_BY.get(kind, set()) & kinds for kind in kinds & IDENTIFIERS):
            return "auto"
        contradicted = any(line.points < CONTRADICTING.get(line.kind, -np.inf) for line in ledger)
        if chance >= policy.alone and signing >= TWO and not contradicted:
            return "auto"
    return "review" if chance >= policy.review else "low"
