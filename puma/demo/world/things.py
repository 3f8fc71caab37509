"""The things of the invented world: people, proposals, sessions, papers, datasets, with the truth no source tells."""

from dataclasses import dataclass, field
from datetime import date
from random import Random

from puma.demo.world.vocabulary import Institution, Journal, Phenomenon, Technique, Topic


def draw(rng: Random, chance: float) -> bool:
    """True with the given probability."""
    return rng.random() < chance


@dataclass(slots=True)
class Station:
    """Where a person worked from a (fractional) year on."""

    since: float
    institution: Institution
    department: str


@dataclass(slots=True)
class Person:
    key: str
    given: str
    family: str
    culture: str
    orcid: str
    stations: list[Station]
    until: float
    """Last (fractional) year in which the person takes part in experiments or signs papers."""
    new_family: str = ""
    new_family_from: float = 9999.0
    staff: bool = False
    rank: str = "junior"

    def station(self, year: float) -> Station:
        """Workplace at a (fractional) year; the first one for earlier years."""
        found = self.stations[0]
        for one in self.stations:
            if one.since <= year:
                found = one
        return found

    def family_at(self, year: float) -> str:
        return self.new_family if self.new_family and year >= self.new_family_from else self.family

    @property
    def since(self) -> float:
        return self.stations[0].since


@dataclass(frozen=True, slots=True)
class Instrument:
    """One dated period of an instrument; a reused name has another `pid`, an upgraded instrument keeps its own."""

    name: str
    label: str
    group: str
    start: date
    end: date | None
    commissioning_until: date | None
    techniques: tuple[str, ...]
    pid: str
    successor_of: str
    weight: float

    def runs_on(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class Call:
    code: str
    opens: date
    closes: date
    cycle_start: date
    cycle_end: date
    time_unit: str
    number: int


@dataclass(slots=True)
class Subject:
    """What an experiment or a paper is about."""

    topic: Topic
    phenomenon: Phenomenon
    sample: int
    condition: int
    technique: Technique


@dataclass(slots=True)
class Session:
    code: str
    instrument: Instrument
    start: date
    end: date
    requested_hours: float
    allocated_hours: float
    delivered_hours: float
    mode: str
    report_due: date
    report_received: date | None
    people: list[tuple[Person, str]]


@dataclass(slots=True)
class Proposal:
    code: str
    title: str
    abstract: str
    kind: str
    subject: Subject
    call: Call
    deposited: date
    decision: str
    confidential: bool
    dmp: str
    instruments: list[tuple[Instrument, int, int]]
    """Instrument, requested and allocated time in the unit of the call."""
    people: list[tuple[Person, str]]
    line: int
    sessions: list[Session] = field(default_factory=list)
    datasets: list["Dataset"] = field(default_factory=list)

    @property
    def operation_year(self) -> int | None:
        return self.sessions[0].start.year if self.sessions else None


@dataclass(slots=True)
class Author:
    person: Person
    given: str
    family: str
    affiliations: list[str]
    rors: list[str]
    orcid: str = ""
    swapped: bool = False


@dataclass(slots=True)
class Work:
    """A publication as it really is; records of the sources are made from it."""

    key: str
    doi: str
    kind: str
    """linked, same_team, elsewhere, review, homonym, reuse, lookalike or instrument."""
    type: str
    title: str
    abstract: str
    journal: Journal | None
    published: date
    authors: list[Author]
    consortium: str
    keywords: list[str]
    citations: int
    open_access: str
    volume: str
    pages: str
    references: list[str]
    data_references: list[str]
    proposals: list[Proposal]
    instruments: list[Instrument]
    subject: Subject | None
    initials: bool
    named_instrument: str = ""
    named_code: str = ""
    in_library: bool = True
    in_crossref: bool = False
    library_number: int = 0
    pdf: str = ""
    pdf_kind: str = ""
    copies: list["Copy"] = field(default_factory=list)


@dataclass(slots=True)
class Copy:
    """A second record of a work in the library's mirror of other repositories."""

    number: int
    relation: str
    """same, preprint or erratum."""
    title: str
    doi: str
    published: date
    deleted: bool
    initials: bool
    with_abstract: bool


@dataclass(slots=True)
class Dataset:
    doi: str
    title: str
    abstract: str
    proposal: Proposal
    session: Session
    created: date
    open_on: date
    size_bytes: int
    technique: Technique
    creators: list[Author]
    related: list[str]
    code_shown: str
    """Where the proposal code is visible: doi, title or nowhere."""
    in_catalogue: bool


@dataclass(slots=True)
class Block:
    """All that one team left behind; the unit in which the world is made and written."""

    people: list[Person]
    proposals: list[Proposal]
    works: list[Work]
    datasets: list[Dataset]
