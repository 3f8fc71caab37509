"""Questions to an installation: numbers from the facts, records from the search."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from puma.access import CONFIDENTIAL, Viewer
from puma.accounts.audit import saw
from puma.installation.opened import Opened
from puma.keeping import SavedView, collections, members, save_search
from puma.listing import chosen, must_be_known
from puma.measuring import Answer, Question, ask, choices, records_behind
from puma.search import Answer as SearchAnswer
from puma.search import FacetValue, Sort
from puma.search.asked import Asked as SearchAsked
from puma.search.asked import asked_in
from puma.search.documents import FACETS
from puma.search.people import PERSON, labelled, names_of, standing_for
from puma.search.suggesting import Offer, suggest, values_like

if TYPE_CHECKING:
    pass


class Asking(Opened):
    """What is asked on behalf of a viewer."""

    def ask(self, viewer: Viewer, question: Question) -> Answer:
        """Answer a question from the newest facts."""
        answer = ask(self.snapshot(), viewer, self._among_own(viewer, question))
        if "collection" not in question.by:
            return answer
        shown = {one.id for one in collections(self.storage, viewer)}
        return replace(answer, table=answer.table[answer.table["collection"].isin(shown)].reset_index(drop=True))

    def choices(self, viewer: Viewer, slug: str, by: str) -> list[str]:
        """The values of a dimension that a metric counts anything of in the newest facts."""
        return choices(self.snapshot(), viewer, slug, by)

    def records_behind(self, viewer: Viewer, question: Question, *, part: str = "all") -> list[int]:
        """The numbers of the records behind a total; part: of a rate, see ``puma.measuring``."""
        return records_behind(self.snapshot(), viewer, self._among_own(viewer, question), part=part)

    def chosen(self, viewer: Viewer, what: str, filters: Mapping[str, tuple[str, ...]]) -> list[int] | None:
        """The records of a list that filters leave; None where there is no filter. See ``puma.listing.chosen``."""
        if not filters:
            return None
        asked = self._among_own(viewer, Question("publications", (), filters))
        return chosen(self.snapshot(), viewer, what, asked.filters)

    def must_be_known(self, viewer: Viewer, filters: Mapping[str, tuple[str, ...]]) -> None:
        """Raise WrongUsage for a country, instrument, institution ... that there is not."""
        must_be_known(self.snapshot(), viewer, filters)

    def search(
        self,
        viewer: Viewer,
        text: str,
        *,
        filters: Mapping[str, Sequence[str]] | None = None,
        excluded: Mapping[str, Sequence[str]] | None = None,
        years: tuple[int | None, int | None] = (None, None),
        sort: Sort = "relevance",
        offset: int = 0,
        limit: int = 10,
        facets: Sequence[str] = FACETS,
        facet_size: int = 25,
        collections: Sequence[str] = (),
        since: datetime | None = None,
    ) -> SearchAnswer:
        """Search proposals, publications and datasets. Raises QueryError with the place and a hint."""
        given = SearchAsked(text, filters or {}, excluded or {}, years, sort, collections, since)
        asked = self._standing(given)
        among = self._among(viewer, asked)
        answer = self.engine.search(
            asked.question(viewer, offset=offset, limit=limit, facets=facets, facet_size=facet_size, among=among)
        )
        if PERSON in answer.facets:
            people = self._named(viewer, given, answer.facets[PERSON])
            answer = replace(answer, facets={**answer.facets, PERSON: people})
        hidden = sum(CONFIDENTIAL in str(hit.fields.get("visibility")) for hit in answer.hits)
        saw(self.storage, viewer, "search", hidden)
        if viewer.at_least("viewer") or viewer.open_texts:
            return answer
        hits = [replace(hit, snippets=[one for one in hit.snippets if one.page is None]) for hit in answer.hits]
        return replace(answer, hits=hits)  # whoever may not open a PDF is not shown pieces of it

    def found_ids(self, viewer: Viewer, asked: SearchAsked) -> Iterator[int]:
        """The numbers of all records that a search finds, in its order; memory stays small. Raises QueryError."""
        asked = self._standing(asked)
        return self.engine.ids(asked.question(viewer, highlight=False, among=self._among(viewer, asked)))

    def count(self, viewer: Viewer, asked: SearchAsked) -> int:
        """How many records a search finds."""
        asked = self._standing(asked)
        question = asked.question(viewer, limit=0, highlight=False, among=self._among(viewer, asked))
        return self.engine.search(question).total

    def found_by(self, viewer: Viewer, query: str, since: datetime | None = None) -> list[int]:
        """The numbers of all records that a search finds. query: as in the address of the search page."""
        return list(self.found_ids(viewer, replace(asked_in(query), since=since)))

    def save_search(self, viewer: Viewer, name: str, query: str) -> int:
        """Save a search. Returns its number. Raises QueryError when it cannot be understood."""
        asked_in(query).question(viewer)
        return save_search(self.storage, viewer, name, query)

    def new_since(self, viewer: Viewer, saved: SavedView) -> int:
        """How many records a saved search finds that were first seen after the last visit."""
        return self.count(viewer, replace(asked_in(saved.query), since=saved.seen_at))

    def values_like(
        self, viewer: Viewer, asked: SearchAsked, facet: str, text: str, most: int = 25
    ) -> list[FacetValue]:
        """The values of a facet with words that begin as typed, and how many hits of a search each leaves."""
        question = self._standing(asked).question(viewer, highlight=False, among=self._among(viewer, asked))
        found = values_like(self.engine, question, facet, text, most)
        return self._named(viewer, asked, found) if facet == PERSON else found

    def suggest(self, viewer: Viewer, text: str) -> Offer:
        """What a text that is being typed may stand for, as far as the viewer may know of it."""
        return suggest(self.engine, self.storage, viewer, text)

    def called(self, viewer: Viewer, people: Sequence[str]) -> dict[str, str]:
        """The names of people, by value of the facet of people; whom the viewer may not know of is not in it."""
        if not people:
            return {}
        with self.storage.reading() as session:
            became = standing_for(session, people)
            names = names_of(session, viewer, [became.get(one, one) for one in people])
        return {one: names[now] for one in people if (now := became.get(one, one)) in names}

    def _named(self, viewer: Viewer, asked: SearchAsked, people: Sequence[FacetValue]) -> list[FacetValue]:
        """People under their names; who was chosen by an older number keeps it: a click takes that choice back."""
        with self.storage.reading() as session:
            older = {now: one for one, now in standing_for(session, asked.filters.get(PERSON, ())).items()}
            named = labelled(people, names_of(session, viewer, [one.value for one in people]))
        return [replace(one, value=older.get(one.value, one.value)) for one in named]

    def _standing(self, asked: SearchAsked) -> SearchAsked:
        """The search with persons as they are by now: an address outlives their being put together."""
        chosen = [*asked.filters.get(PERSON, ()), *asked.excluded.get(PERSON, ())]
        if not chosen:
            return asked
        with self.storage.reading() as session:
            became = standing_for(session, chosen)

        def by_now(part: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
            people = {PERSON: [became.get(one, one) for one in part[PERSON]]} if PERSON in part else {}
            return {**part, **people}

        return replace(asked, filters=by_now(asked.filters), excluded=by_now(asked.excluded))

    def _among(self, viewer: Viewer, asked: SearchAsked) -> list[int] | None:
        """The records of the collections of a search, as far as the viewer may know of both."""
        if not asked.collections:
            return None
        numbers = [int(one) for one in asked.collections if one.isascii() and one.isdigit() and len(one) < 16]
        return members(self.storage, viewer, numbers)

    def _among_own(self, viewer: Viewer, question: Question) -> Question:
        """The question with only those collections among its filters that exist for the viewer."""
        chosen = question.filters.get("collection")
        if not chosen:
            return question
        shown = {str(one.id) for one in collections(self.storage, viewer)}
        kept = tuple(one for one in chosen if one in shown) or ("0",)  # no collection has this number
        return replace(question, filters={**question.filters, "collection": kept})
