"""What the matcher knows of a publication and of a proposal, gathered from all tables, before they are compared."""

from dataclasses import dataclass
from datetime import date


@dataclass(slots=True, unsafe_hash=True)  # not frozen, which takes several times as long to make
class Work:
    """A publication. Sets hold record numbers of proposals, persons, institutions, instruments.

    authors: for each author the persons it may be, with probabilities. A set of proposals comes with how it was found:
    named by the source, in the text beside an acknowledgement, elsewhere in the text, through data.
    names_elsewhere: it says that something was measured at another source or in a laboratory.
    """

    work_id: int
    title: str
    text: str = ""
    day: date | None = None
    day_is_vague: bool = False
    authors: tuple[tuple[tuple[int, float], ...], ...] = ()
    orcids: frozenset[int] = frozenset()
    institutions: frozenset[int] = frozenset()
    stated: frozenset[int] = frozenset()
    thanked: frozenset[int] = frozenset()
    mentioned: frozenset[int] = frozenset()
    names_unknown_codes: bool = False
    supplements: frozenset[int] = frozenset()
    cites_data_of: frozenset[int] = frozenset()
    instruments: frozenset[int] = frozenset()
    names_facility: bool = False
    names_elsewhere: bool = False
    has_text: bool = False

    @property
    def identified(self) -> frozenset[int]:
        """All proposals that an identifier leads to."""
        return self.stated | self.thanked | self.mentioned | self.supplements | self.cites_data_of


@dataclass(slots=True, unsafe_hash=True)  # not frozen, which takes several times as long to make
class Bid:
    """A proposal with what became of it. ``first_day``: first beam time, else about half a year after the deposit.

    last_day: last beam time; None when no session is known.
    """

    proposal_id: int
    code: str
    title: str
    text: str = ""
    team: frozenset[int] = frozenset()
    leader: int | None = None
    local_contacts: frozenset[int] = frozenset()
    institutions: frozenset[int] = frozenset()
    instruments: frozenset[int] = frozenset()
    first_day: date | None = None
    last_day: date | None = None
    had_beam: bool = True
