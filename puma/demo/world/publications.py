"""Publications: those that came from proposals, with lag and changed words, and the many that did not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import TypeVar

from puma.demo.world.authors import list_authors, staff_authors, strangers
from puma.demo.world.dials import FIRST_YEAR, TODAY, Dials
from puma.demo.world.experiments import Office, year_of
from puma.demo.world.instruments import instruments
from puma.demo.world.science import (
    capital,
    choose_subject,
    fill,
    headline,
    other_topic,
    paper_abstract,
    paper_title,
    sibling,
    slots,
    survey_abstract,
    survey_title,
)
from puma.demo.world.teams import Team
from puma.demo.world.things import Author, Copy, Dataset, Instrument, Proposal, Subject, Work, draw
from puma.demo.world.vocabulary import Journal, journals, sentences, techniques, topics

LINKED_TYPES = ("JOURNAL_ARTICLE", "PROCEEDINGS_ARTICLE", "THESIS", "PREPRINT", "BOOK_CHAPTER", "OTHER")
LINKED_WEIGHTS = (83, 7, 5, 2.5, 1, 1.5)
Kept = TypeVar("Kept")
PREPRINT_PREFIX = "10.99930"
THESIS_PREFIX = "10.99940"


@dataclass(slots=True)
class Library:
    """What grows while the world is made: numbers, and a small memory of papers and data that later papers may cite."""

    works: int = 0
    records: int = 100_000
    papers: list[str] = field(default_factory=list)
    data: list[tuple[str, float]] = field(default_factory=list)

    def remember(self, rng: Random, work: Work, datasets: Sequence[Dataset]) -> None:
        """Keeps a bounded random selection."""
        if work.doi and work.journal:
            _keep(rng, self.papers, work.doi, 1500)
        for one in datasets:
            _keep(rng, self.data, (one.doi, year_of(one.open_on)), 600)


def _keep(rng: Random, kept: list[Kept], new: Kept, most: int) -> None:
    if len(kept) < most:
        kept.append(new)
    else:
        kept[rng.randrange(most)] = new


@lru_cache(maxsize=512)
def _journals_for(area: str, year: int) -> tuple[tuple[Journal, ...], tuple[float, ...]]:
    found = tuple(one for one in journals() if area in one.fields and one.since <= year)
    return found, tuple(
        accumulate(one.weight * (1.0 + (0.09 * (year - 2010) if one.open_access == "gold" else 0)) for one in found)
    )


def open_access(rng: Random, journal: Journal | None, year: int, kind: str) -> str:
    """gold, hybrid, green, bronze or closed; the open share grows from a tenth to three quarters."""
    if kind == "PREPRINT" or kind == "THESIS" and draw(rng, 0.7):
        return "green"
    if journal and journal.open_access == "gold":
        return "gold"
    progress = min(1.0, max(0.0, (year - 2006) / 18.0))
    roll = rng.random()
    if roll < 0.04 + 0.30 * progress:
        return "green"
    if roll < 0.04 + 0.62 * progress and journal and journal.open_access == "hybrid":
        return "hybrid"
    return "bronze" if roll > 0.95 else "closed"


def citations(rng: Random, published: date, journal: Journal | None, kind: str) -> int:
    """Log-normal with a heavy tail, growing for a decade after publication."""
    age = max(0.05, (TODAY - published).days / 365.25)
    typical = 14.0 * age / (age + 3.5) * {"JOURNAL_ARTICLE": 1.0, "BOOK_CHAPTER": 0.5}.get(kind, 0.2)
    if journal and journal.high_impact:
        typical *= 3.2
    return int(typical * rng.lognormvariate(0.0, 1.05))


@dataclass(slots=True)
class Press:
    """Makes the works of one team; the random source is the team's own, the library is the world's."""

    rng: Random
    office: Office
    team: Team
    library: Library
    dials: Dials

    def linked(self, mean: float, proposals: list[Proposal]) -> list[Work]:
        """Papers of the productive proposals; `mean` is the number of papers per productive proposal."""
        rng = self.rng
        ready = [one for one in proposals if one.sessions and one.kind != "proprietary"]
        productive = [one for one in ready if not draw(rng, self.dials.no_paper)]
        found: list[Work] = []
        for proposal in productive:
            count = 1
            while draw(rng, 1.0 - 1.0 / mean) and count < 10:
                count += 1
            for _ in range(count):
                work = self._from(proposal, productive)
                if work is not None:
                    found.append(work)
        return found

    def _from(self, proposal: Proposal, productive: list[Proposal]) -> Work | None:
        rng, dials = self.rng, self.dials
        lag = min(8.5, max(0.3, 1.9 * rng.lognormvariate(0.0, dials.lag_tail)))
        published = proposal.sessions[-1].end + timedelta(days=int(365 * lag))
        if draw(rng, dials.before_proposal):
            published = proposal.deposited - timedelta(days=rng.randint(30, 400))
        if published > TODAY or published.year < FIRST_YEAR:
            return None
        used = [proposal]
        others = [one for one in productive if one is not proposal and one.sessions[0].end < published]
        if others and draw(rng, dials.several_proposals * 1.35):
            near = sorted(
                others, key=lambda one: (one.line != proposal.line, abs((one.deposited - proposal.deposited).days))
            )
            used += near[: rng.choice((1, 1, 1, 2, 3))]
        subject = (
            sibling(rng, proposal.subject, proposal.deposited.year) if draw(rng, dials.drift) else proposal.subject
        )
        subject.technique = proposal.subject.technique
        kind = rng.choices(LINKED_TYPES, LINKED_WEIGHTS)[0]
        participants = [person for one in used for person, role in one.people if role != "local_contact"]
        contact = proposal.people[-1][0] if draw(rng, dials.hub_staff) else None
        authors = list_authors(
            rng,
            self.team,
            self.office,
            participants,
            contact,
            proposal.deposited,
            published,
            dials,
            alone=kind == "THESIS",
        )
        places = list(dict.fromkeys(one.sessions[0].instrument for one in used))
        work = self._work("linked", kind, subject, published, authors)
        work.proposals, work.instruments = used, places
        self._cite_data(work)
        if draw(rng, 1.0 - dials.instrument_missing):
            work.named_instrument = rng.choice(places).name
        elif draw(rng, dials.instrument_old / max(0.01, dials.instrument_missing)):
            work.named_instrument = rng.choice([one.name for one in instruments() if one.group == places[0].group])
        if draw(rng, dials.code_in_record):
            work.named_code = rng.choice(used).code
        if draw(rng, dials.consortium):
            work.consortium = f"{rng.choice(('HELIX', 'NOVA', 'TERRA', 'QUANTA', 'AQUA'))} Consortium"
        return work

    def _cite_data(self, work: Work) -> None:
        rng = self.rng
        share = self.dials.data_cited * min(1.0, max(0.0, (work.published.year - 2012) / 13.0))
        for proposal in work.proposals:
            if proposal.datasets and draw(rng, share):
                chosen = rng.choice(proposal.datasets)
                work.data_references.append(chosen.doi)
                if work.doi and draw(rng, 0.35):
                    chosen.related.append(work.doi)

    def unlinked(self, count: int, lines: list[Proposal]) -> list[Work]:
        """Papers without a proposal here: other work and sources, reviews, namesakes, look-alikes, reuse of data."""
        dials, base = self.dials, max(0.05, self.dials.no_proposal)
        kinds = ("elsewhere", "same_team", "review", "homonym", "instrument", "lookalike", "reuse")
        rest = max(0.1, 1.0 - (dials.lookalikes + dials.reuse) / base)
        weights = (
            0.28 * rest,
            0.30 * rest,
            0.11 * rest,
            0.25 * rest,
            0.06 * rest,
            dials.lookalikes / base,
            dials.reuse / base,
        )
        found = [self._unlinked(self.rng.choices(kinds, weights)[0], lines) for _ in range(count)]
        return [one for one in found if one is not None]

    def _unlinked(self, kind: str, lines: list[Proposal]) -> Work | None:
        rng, dials, team = self.rng, self.dials, self.team
        first = max(FIRST_YEAR + 0.4, team.since + 1.0)
        when = first + (min(TODAY.year + 0.49, team.until + 2.0) - first) * rng.random() ** 0.8
        published = date(FIRST_YEAR, 1, 1) + timedelta(days=int((when - FIRST_YEAR) * 365.25))
        if published > TODAY:
            return None
        earlier = published.year - 1
        subject = choose_subject(rng, rng.choice(team.topics), earlier)
        if kind == "reuse" and not any(open_from <= year_of(published) for _, open_from in self.library.data):
            kind = "same_team"
        if kind == "elsewhere" and lines:
            subject = sibling(rng, rng.choice(lines).subject, earlier)
        elif kind in {"same_team", "reuse"}:
            subject = choose_subject(rng, other_topic(rng, rng.choice(team.topics)), earlier)
        elif kind in {"homonym", "lookalike"}:
            subject = choose_subject(rng, rng.choice(team.topics if draw(rng, 0.4) else topics()), earlier)
        if kind == "instrument":
            return self._instrument_paper(published)
        if kind == "homonym" or (kind == "lookalike" and draw(rng, 0.7)):
            model = rng.choice(team.members)
            authors = strangers(
                rng, model, published, subject.topic.area, dials, self.office.seed, f"H{self.library.works:07d}"
            )
        else:
            year = year_of(published)
            present = [one for one in team.members if one.since <= year <= one.until] or [team.leader]
            contact = None
            if draw(rng, 0.12):
                contact = rng.choice([person for people in self.office.contacts.values() for person in people])
            authors = list_authors(rng, team, self.office, present, contact, published, published, dials, alone=False)
        type_ = "JOURNAL_ARTICLE"
        if kind == "review" and draw(rng, 0.3):
            type_ = "BOOK_CHAPTER"
        elif kind in {"same_team", "elsewhere"}:
            type_ = rng.choices(LINKED_TYPES, LINKED_WEIGHTS)[0]
        foreign = kind == "lookalike" and draw(rng, 0.5)
        work = self._work(kind, type_, subject, published, authors, area="LS" if foreign else "")
        if foreign:
            work.subject = None
        if kind == "review":
            work.title = survey_title(
                rng, subject.topic, "chapter_titles" if type_ == "BOOK_CHAPTER" else "review_titles"
            )
            work.abstract = survey_abstract(rng, subject.topic) if work.abstract else ""
        elif kind == "elsewhere" and work.abstract:
            work.abstract = f"{work.abstract} {rng.choice(sentences()['elsewhere'])}"
        elif kind == "lookalike":
            self._lookalike(work)
        elif kind == "reuse" and self.library.data:
            before = [doi for doi, open_from in self.library.data if open_from <= year_of(published)]
            if before:
                work.data_references = rng.sample(before, min(len(before), rng.randint(1, 3)))
                if work.abstract and draw(rng, 0.5):
                    extra = fill(rng, rng.choice(sentences()["reuse"]), {"doi": work.data_references[0]})
                    work.abstract = f"{work.abstract} {extra}"
        return work

    def _lookalike(self, work: Work) -> None:
        rng = self.rng
        names = sorted({one.name for one in instruments() if any(letter.isdigit() for letter in one.name)})
        words = {
            "z": rng.choice(names),
            "w": f"{rng.choice(('MA', 'SC', 'CH', 'HC'))}-{rng.randint(20, 900)}",
            "m": rng.choice(("85", "87", "87", "82")),
        }
        if work.subject is None:
            texts = sentences()
            case = rng.randrange(len(texts["lookalike_titles"]))
            work.title = fill(rng, texts["lookalike_titles"][case], words)
            work.abstract = work.abstract and fill(rng, texts["lookalike_abstracts"][case], words)
            work.keywords = [texts["lookalike_keywords"][case]]
        else:
            sentence = fill(rng, rng.choice(sentences()["lookalike_sentences"]), words)
            work.abstract = f"{work.abstract} {sentence}".strip()

    def _instrument_paper(self, published: date) -> Work | None:
        rng = self.rng
        running: list[Instrument] = [one for one in instruments() if one.runs_on(published)]
        if not running:
            return None
        place = rng.choice(running)
        technique = techniques()[place.techniques[0]]
        topic = rng.choice([one for one in topics() if technique.key in one.techniques] or list(topics()))
        authors = staff_authors(rng, self.office, place, published, self.dials)
        kind = "PROCEEDINGS_ARTICLE" if draw(rng, 0.3) else "JOURNAL_ARTICLE"
        work = self._work("instrument", kind, choose_subject(rng, topic, published.year), published, authors, area="IN")
        words = {
            "L": capital(place.label), "i": place.name, "t": technique.name, "T": capital(technique.name),
            "y": str(place.start.year),
        }  # fmt: skip
        texts = list(sentences()["instrument_abstract"])
        work.title = headline(fill(rng, rng.choice(sentences()["instrument_titles"]), words))
        work.abstract = " ".join(fill(rng, one, words) for one in [texts[0], *rng.sample(texts[1:], 3)])
        work.keywords = ["instrumentation", technique.name]
        work.instruments = [place]
        if draw(rng, 0.6):
            work.named_instrument = place.name
        return work

    def _work(
        self, kind: str, type_: str, subject: Subject, published: date, authors: list[Author], area: str = ""
    ) -> Work:
        rng, dials, library = self.rng, self.dials, self.library
        library.works += 1
        serial = (library.works * 7_919 + 104_729) % 999_983
        journal: Journal | None = None
        doi = ""
        volume = str(published.year - 1955 + rng.randrange(40))
        pages = str(serial)
        if type_ in {"JOURNAL_ARTICLE", "PROCEEDINGS_ARTICLE"}:
            shelf = "PROC" if type_ == "PROCEEDINGS_ARTICLE" else area or subject.topic.area
            found, weights = _journals_for(shelf, published.year)
            journal = rng.choices(found, cum_weights=weights)[0]
            doi = f"{journal.prefix}/{journal.short}.{volume}.{serial:06d}"
            if type_ == "PROCEEDINGS_ARTICLE" and draw(rng, 0.25) or draw(rng, 0.02):
                doi = ""
        elif type_ == "PREPRINT":
            doi = f"{PREPRINT_PREFIX}/preprint.{published:%y%m}.{serial:06d}"
        elif type_ == "THESIS" and draw(rng, 0.3):
            doi = f"{THESIS_PREFIX}/thesis-{serial:06d}"
        elif type_ == "BOOK_CHAPTER":
            doi = f"10.99919/b978-{serial:06d}"
        words = slots(rng, subject, dials.synonyms)
        keywords = [*rng.sample(subject.topic.keywords, min(3, len(subject.topic.keywords))), subject.technique.name]
        if draw(rng, 0.4):
            keywords.append(words["s"])
        title = paper_title(rng, subject, type_, dials)
        abstract = "" if draw(rng, dials.no_abstract) else paper_abstract(rng, subject, dials)
        references = rng.sample(library.papers, min(len(library.papers), rng.randint(3, 9)))
        return Work(
            key=f"W{library.works:07d}",
            doi=doi,
            kind=kind,
            type=type_,
            title=title,
            abstract=abstract,
            journal=journal,
            published=published,
            authors=authors,
            consortium="",
            keywords=keywords,
            citations=citations(rng, published, journal, type_),
            open_access=open_access(rng, journal, published.year, type_),
            volume=volume,
            pages=pages,
            references=references,
            data_references=[],
            proposals=[],
            instruments=[],
            subject=subject,
            initials=draw(rng, dials.initials),
        )


def file_records(rng: Random, work: Work, library: Library, dials: Dials) -> None:
    """Decides which sources hold the work, and adds copies from other repositories."""
    work.in_library = draw(rng, dials.in_library)
    work.in_crossref = bool(work.doi) and work.type in {"JOURNAL_ARTICLE", "PROCEEDINGS_ARTICLE", "BOOK_CHAPTER"}
    work.in_crossref = work.in_crossref and (not work.in_library or draw(rng, dials.in_crossref))
    if not work.in_crossref:
        work.in_library = True
    if not work.in_library:
        return
    library.records += rng.randint(1, 4)
    work.library_number = library.records
    if work.type != "JOURNAL_ARTICLE" or not draw(rng, dials.duplicates):
        return
    library.records += 1
    relation = rng.choices(("same", "preprint", "erratum"), (66, 26, 8))[0]
    doi, title, published = "", work.title, work.published
    if relation == "preprint":
        published -= timedelta(days=rng.randint(60, 400))
        doi = f"{PREPRINT_PREFIX}/preprint.{published:%y%m}.{library.records}"
        if work.subject and work.kind in {"linked", "same_team", "elsewhere"} and draw(rng, 0.35):
            title = paper_title(rng, work.subject, work.type, dials)
    elif relation == "erratum":
        published += timedelta(days=rng.randint(60, 500))
        title = f"{rng.choice(('Erratum', 'Corrigendum'))}: {title}"
        doi = f"{work.doi}.e" if work.doi else ""
    else:
        doi = rng.choice(("", "", f"https://doi.org/{work.doi.upper()}.", f"doi:{work.doi}")) if work.doi else ""
        title = rng.choice((title, title.upper(), title.rstrip("?"), title.replace(":", " -"), title.replace("-", " ")))
        if draw(rng, dials.wrong_year * 4):
            published = published.replace(year=published.year + 1, day=min(published.day, 28))
    work.copies.append(
        Copy(
            library.records, relation, title, doi, min(published, TODAY), relation == "same" and draw(rng, 0.12),
            draw(rng, 0.7), draw(rng, 0.5),
        )
    )  # fmt: skip
