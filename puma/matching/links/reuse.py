"""Use of data told apart: by those who measured it, by colleagues of their institutions, or by others."""

from collections.abc import Collection
from typing import Literal

Use = Literal["own_data", "same_institution", "reuse"]

SENTENCES: dict[Use, str] = {
    "own_data": "Its own team: an author was on the proposal, or the publication is linked to it.",
    "same_institution": "No author was on the team, but they share an institution with it.",
    "reuse": "No author was on the team, none is of its institutions: reuse by others.",
}


def use_of_data(
    authors: Collection[int],
    team: Collection[int],
    *,
    linked: bool,
    signed: bool = True,
    places: Collection[int] = (),
    team_places: Collection[int] = (),
) -> Use | None:
    """How a publication that cites data stands to those who measured it; None where neither side is known.

    authors, team: known persons. linked: the publication counts as a result of the data's proposal. signed: it has an
    author list, known or not. places: institutions of authors and of the team.
    """
    if linked or set(authors) & set(team):
        return "own_data"
    if not signed or not team:
        return None
    return "same_institution" if set(places) & set(team_places) else "reuse"
