"""How difficult the sample facility is, one dial per trouble, and how large."""

from dataclasses import dataclass, replace
from datetime import date

FIRST_YEAR = 2005
TODAY = date(2026, 6, 30)
"""The day on which the invented world ends; fixed, so that the same seed gives the same bytes on any day."""


@dataclass(frozen=True, slots=True)
class Dials:
    """Shares between 0 and 1 unless said otherwise; each is the probability of one kind of trouble."""

    refused: float = 0.45
    """Proposals that were refused or put on reserve."""
    withdrawn: float = 0.03
    confidential: float = 0.04
    """Proprietary and otherwise confidential proposals."""
    no_paper: float = 0.45
    """Accepted, old enough proposals that never gave a paper."""
    several_proposals: float = 0.18
    """Linked papers that come from two to four proposals."""
    no_proposal: float = 0.46
    """Papers of the library without any proposal here."""
    siblings: tuple[int, int] = (2, 8)
    """Fewest and most proposals of one line of research."""
    synonyms: float = 0.65
    """The paper names sample and phenomenon in other words than the proposal usually does."""
    drift: float = 0.2
    """The paper reports another condition than the one the proposal asked for."""
    no_abstract: float = 0.32
    homonyms: float = 0.07
    """People whose name comes from a small shared pool."""
    initials: float = 0.45
    """Papers whose authors are printed with initials only."""
    swapped: float = 0.02
    """Authors printed with family and given name exchanged."""
    transliterated: float = 0.5
    """Names with special letters that are printed in another spelling."""
    shortened: float = 0.3
    """Double surnames of which one half is printed."""
    married: float = 0.05
    typos: float = 0.015
    no_lead: float = 0.12
    """Linked papers without the main proposer."""
    mobility: float = 0.85
    """Juniors who move to another institution at the end of their contract."""
    hub_staff: float = 0.45
    """Linked papers with a member of the facility among the authors."""
    consortium: float = 0.015
    lag_tail: float = 0.62
    """Sigma of the log-normal time from session to paper (median 1.9 years)."""
    before_proposal: float = 0.02
    """Linked papers dated before the proposal."""
    wrong_year: float = 0.03
    """Records whose year is off by one or two."""
    instrument_missing: float = 0.74
    """Linked papers whose record does not name the instrument."""
    instrument_old: float = 0.05
    """Linked papers whose record names another or a former instrument."""
    code_in_record: float = 0.08
    """Linked papers whose library record carries a proposal code."""
    data_cited: float = 0.30
    """Linked papers of the last year that cite their data; the share grows from zero in 2012."""
    code_in_text: float = 0.50
    """Full texts of linked papers that name a proposal code."""
    broken_identifiers: float = 0.30
    """Identifiers in full texts that a hyphen, space or line break cuts in two."""
    lookalikes: float = 0.06
    """Papers with strings that look like our instruments or codes and are not."""
    reuse: float = 0.03
    """Papers that cite the data of others and had no beam time."""
    duplicates: float = 0.09
    """Library papers with a second record from another repository."""
    in_library: float = 0.84
    in_crossref: float = 0.58

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if isinstance(value, float) and name != "lag_tail" and not 0.0 <= value <= 1.0:
                raise ValueError(f"dial {name} must lie between 0 and 1, not {value}")


REALISTIC = Dials()
EASY = replace(
    REALISTIC,
    several_proposals=0.10,
    no_proposal=0.35,
    siblings=(1, 4),
    synonyms=0.25,
    drift=0.1,
    no_abstract=0.15,
    homonyms=0.02,
    initials=0.15,
    swapped=0.005,
    no_lead=0.05,
    mobility=0.5,
    instrument_missing=0.4,
    instrument_old=0.02,
    code_in_record=0.3,
    data_cited=0.7,
    code_in_text=0.8,
    broken_identifiers=0.1,
    lookalikes=0.02,
    typos=0.005,
)
HARD = replace(
    REALISTIC,
    several_proposals=0.25,
    no_proposal=0.58,
    siblings=(5, 8),
    synonyms=0.9,
    drift=0.4,
    no_abstract=0.40,
    homonyms=0.16,
    initials=0.75,
    swapped=0.04,
    no_lead=0.3,
    mobility=1.0,
    lag_tail=0.75,
    instrument_missing=0.85,
    instrument_old=0.08,
    code_in_record=0.02,
    data_cited=0.15,
    code_in_text=0.3,
    broken_identifiers=0.5,
    lookalikes=0.10,
    typos=0.03,
)


@dataclass(frozen=True, slots=True)
class Size:
    """Numbers to aim at; proposals are exact, the rest within about ten per cent."""

    proposals: int
    publications: int
    datasets: int
    pdfs: int
    staff_per_instrument: int
    code_block: int
    """Numbers reserved per call and scientific area in proposal codes."""

    @property
    def teams(self) -> int:
        return max(8, self.proposals // 7)


Sizes: dict[str, Size] = {
    "small": Size(600, 900, 400, 40, 2, 20),
    "medium": Size(6_000, 9_000, 4_000, 400, 4, 120),
    "large": Size(135_000, 215_000, 90_000, 400, 12, 2_500),
}
