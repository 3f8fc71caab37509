"""Decisions in an installation: search follows at once, the facts within seconds."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import select

from puma import decisions
from puma.access import Viewer
from puma.accounts.erasing import Erased, erase
from puma.entities import Decision
from puma.facts.snapshot import drop_older
from puma.installation.opened import Opened
from puma.keeping import fair, highlights
from puma.requests import Answered, owing
from puma.search.indexing import index_changes, index_records
from puma.storage import Storage, now

if TYPE_CHECKING:
    pass

Kept = TypeVar("Kept")


class Deciding(Opened):
    """What people decide, keep and answer."""

    def decide(self, viewer: Viewer, link_id: int, verdict: str, *, reason: str = "", expected_state: str) -> int:
        """Accept or reject a link; search follows at once, facts within seconds. Returns the decision's number."""
        at = now()
        act = partial(decisions.decide, self.storage, viewer, link_id, verdict, reason=reason)
        number = act(expected_state=expected_state, rule=self.two_persons)
        self.follow_decisions(at)
        return number

    @property
    def two_persons(self) -> decisions.TwoPersons | None:
        """The rule by which two persons decide on links; None where one does."""
        return decisions.rule_of(self.settings.review)

    def follow_decisions(self, since: datetime) -> None:
        """Write what was decided on links since into the search index, and soon into the facts."""
        index_changes(self.storage, self.engine, since)
        self._refresh_soon()

    def undo(self, viewer: Viewer, decision_id: int) -> int:
        """Take a decision back; the facts follow within seconds."""
        return self._tagged(self._settled(lambda: decisions.undo(self.storage, viewer, decision_id)))

    def decide_many(self, viewer: Viewer, link_ids: Sequence[int], verdict: str, reason: str = "") -> decisions.Changed:
        """Accept or reject many undecided links as one act; those decided meanwhile are passed over."""
        act = partial(decisions.decide_many, self.storage, viewer, link_ids, verdict, reason=reason)
        return self._acted(partial(act, rule=self.two_persons))

    def settle(
        self, viewer: Viewer, link_id: int, verdict: str, *, others: int, reason: str = "", expected_state: str
    ) -> decisions.Changed:
        """Decide a link and the ``others`` that rest on the same code, as one act."""
        act = partial(decisions.settle, self.storage, viewer, link_id, verdict, others=others, reason=reason)
        return self._acted(partial(act, expected_state=expected_state, rule=self.two_persons))

    def undo_many(self, viewer: Viewer, decision_ids: Sequence[int]) -> decisions.Changed:
        """Take several verdicts on links back at once."""
        return self._acted(lambda: decisions.undo_many(self.storage, viewer, decision_ids))

    def undo_together(self, viewer: Viewer, decision_id: int) -> decisions.Changed:
        """Take back all verdicts of the act that this decision was part of."""
        return self.undo_many(viewer, decisions.together(self.storage, viewer, decision_id))

    def correct(self, viewer: Viewer, record_id: int, values: Mapping[str, Any], reason: str = "") -> int:
        """Set values of a record by hand; they win over every source. Returns the number of the decision."""
        return self._settled(lambda: decisions.correct_values(self.storage, viewer, record_id, values, reason))

    def merge(self, viewer: Viewer, keep_id: int, other_id: int, reason: str = "") -> int:
        """Make two records of one publication one. Returns the number of the decision."""
        return self._settled(lambda: decisions.merge(self.storage, viewer, keep_id, other_id, reason))

    def separate(
        self, viewer: Viewer, publication_id: int, raw_records: Sequence[int], *,
        taking: Sequence[tuple[str, str]] = (), links: Sequence[int] = (), reason: str = "",
    ) -> int:  # fmt: skip
        """Take a publication apart: what these source records tell is a new one's. Returns the decision's number."""
        act = partial(decisions.separate, self.storage, viewer, publication_id, raw_records)
        return self._settled(lambda: act(taking=taking, links=links, reason=reason))

    def distinct(self, viewer: Viewer, left_id: int, right_id: int, reason: str = "") -> int:
        """Say that two records are two publications. Returns the number of the decision."""
        return decisions.distinct(self.storage, viewer, left_id, right_id, reason)

    def join(self, viewer: Viewer, keep_id: int, other_id: int, reason: str = "") -> int:
        """Make two persons, or two institutions, one. Returns the number of the decision."""
        return self._settled(lambda: decisions.join(self.storage, viewer, keep_id, other_id, reason))

    def split(self, viewer: Viewer, person_id: int, records: Sequence[int], reason: str = "") -> int:
        """Take a person apart: what it was named on in these records is a new one's. Returns the decision's number."""
        return self._settled(lambda: decisions.split(self.storage, viewer, person_id, records, reason))

    def apart(self, viewer: Viewer, left_id: int, right_id: int, reason: str = "") -> int:
        """Say that two persons, or two institutions, are two. Returns the number of the decision."""
        return decisions.apart(self.storage, viewer, left_id, right_id, reason)

    def split_off(
        self, viewer: Viewer, institution_id: int, affiliations: Sequence[int], name: str, *, city: str = "",
        country: str = "", reason: str = "",
    ) -> int:  # fmt: skip
        """Let affiliations of an institution mean a new one of that name. Returns the number of the decision."""
        act = partial(decisions.split_off, self.storage, viewer, institution_id, affiliations, name)
        return self._settled(partial(act, city=city, country=country, reason=reason))

    def establish(
        self, viewer: Viewer, text: str, name: str, *, city: str = "", country: str = "", reason: str = ""
    ) -> int:
        """Make an institution for an affiliation that nobody could place. Returns the number of the decision."""
        act = partial(decisions.establish, self.storage, viewer, text, name)
        return self._settled(partial(act, city=city, country=country, reason=reason))

    def edit_instrument(self, viewer: Viewer, instrument_id: int, given: decisions.Named, reason: str = "") -> int:
        """Set names, periods, group or predecessor of an instrument. Returns the number of the decision."""
        return self._settled(lambda: decisions.edit(self.storage, viewer, instrument_id, given, reason))

    def call(self, viewer: Viewer, kind: str, facility: str, written: str, record_id: int, reason: str = "") -> int:
        """Say which instrument or proposal a name as written means. Returns the number of the decision."""
        return self._settled(lambda: decisions.call(self.storage, viewer, kind, facility, written, record_id, reason))

    def place(self, viewer: Viewer, text: str, institution_id: int, reason: str = "") -> int:
        """Say which institution an affiliation as written is. Returns the number of the decision."""
        return self._settled(lambda: decisions.place(self.storage, viewer, text, institution_id, reason))

    def dismiss(self, viewer: Viewer, about_id: int, subject: str, reason: str = "") -> int:
        """Say that something in the integration queue needs nobody. Returns the number of the decision."""
        return decisions.dismiss(self.storage, viewer, about_id, subject, reason)

    def tag(self, viewer: Viewer, record_id: int, keyword: str) -> int:
        """Give a record a keyword; it is found at once. Returns the number of the decision."""
        return self._tagged(decisions.tag(self.storage, viewer, record_id, keyword))

    def untag(self, viewer: Viewer, record_id: int, keyword: str) -> int:
        """Take a keyword that a person gave away from a record. Returns the number of the decision."""
        return self._tagged(decisions.untag(self.storage, viewer, record_id, keyword))

    def answered(self, answer: Callable[[Storage, decisions.TwoPersons | None], Answered]) -> Answered:
        """Take an answer to a question; where it decides, search follows at once, facts within seconds."""
        at = now()
        done = answer(self.storage, self.two_persons)
        if done.decision:
            index_changes(self.storage, self.engine, at)
            self._refresh_soon()
        return done

    def excuse(self, viewer: Viewer, proposal_id: int, reason: str) -> int:
        """Say that a proposal owes no publication; the facts follow. Returns the number of what was said."""
        word = owing.excuse(self.storage, viewer, proposal_id, reason, at=now())
        self._refresh_soon(whole=True)
        return word

    def owes_again(self, viewer: Viewer, word_id: int) -> str:
        """Take back an excuse or a reminder; returns which. The facts follow an excuse."""
        kind = owing.take_back(self.storage, viewer, word_id, at=now())
        if kind == "excused":
            self._refresh_soon(whole=True)
        return kind

    def answer_fair(
        self, viewer: Viewer, record_id: int, year: int, answers: Mapping[str, tuple[str, str]], *, seen: int
    ) -> list[int]:
        """Answer the FAIR self-assessment; the facts follow within seconds. Returns the numbers of the new answers."""
        kept = fair.answer_questions(self.storage, viewer, record_id, year, answers, seen=seen)
        self._refresh_soon()
        return kept

    def highlight(
        self, viewer: Viewer, record_id: int, summary: str, *, picture: bytes | None, seen: str, since: int
    ) -> int:
        """Write what the public pages say of a publication. Returns the number of the words."""
        return highlights.tell(self.storage, viewer, record_id, summary, picture=picture, seen=seen, since=since)

    def unhighlight(self, viewer: Viewer, number: int) -> int:
        """Put back what the public pages said before these words. Returns the number of the words that say so."""
        return highlights.take_back(self.storage, viewer, number)

    def take_back_fair(self, viewer: Viewer, numbers: Sequence[int]) -> list[int]:
        """Put back what stood before these answers. Returns the numbers of the answers that say so."""
        kept = fair.take_back(self.storage, viewer, numbers)
        self._refresh_soon()
        return kept

    def keep(self, change: Callable[[Storage], Kept]) -> Kept:
        """Change a collection; the facts follow within seconds. The search asks for its records each time anew."""
        done = change(self.storage)
        self._refresh_soon()
        return done

    def erase(self, viewer: Viewer, person_id: int) -> Erased:
        """Erase a person; search, facts and all older facts follow before this returns."""
        from puma.reports import jobs_in  # draws charts, which no other decision should wait for

        at = now()
        done = erase(self.storage, viewer, person_id, at=at)
        jobs_in(self.settings).drop_all()
        index_changes(self.storage, self.engine, at)
        if self.snapshot() is not None:
            self.refresh_facts()
            drop_older(self.facts_folder)
        return done

    def _acted(self, act: Callable[[], decisions.Changed]) -> decisions.Changed:
        at = now()
        done = act()
        index_changes(self.storage, self.engine, at)
        self._refresh_soon()
        return done

    def _settled(self, decide: Callable[[], int]) -> int:
        """Decide something that may change records: the search index follows at once, the facts within seconds."""
        at = now()
        number = decide()
        index_changes(self.storage, self.engine, at)
        self._refresh_soon(whole=True)
        return number

    def _tagged(self, decision: int) -> int:
        """Write the record of a decision on keywords into the search index."""
        with self.storage.reading() as session:
            number = session.scalar(select(Decision.left_id).where(Decision.id == decision))
        index_records(self.storage, self.engine, [number] if number is not None else [])
        return decision
