"""The rule of two persons: what one says about a pair counts once a second, different person says the same."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, case, or_, select, update
from sqlalchemy.orm import Session

from puma.access import Viewer
from puma.decisions import log
from puma.entities import Decision, Link
from puma.settings import ReviewSettings
from puma.storage import LOGGED, chunks

OPEN = ("candidate", "auto")
STATE_AFTER = {"accept": "validated", "reject": "rejected"}
WORDS = {"accept": "for", "reject": "against"}
"""What the log calls a verdict that waits for a second person, so that nothing that counts verdicts counts it."""
MEANT = {word: verdict for verdict, word in WORDS.items()}
BOTH = "both"
"""What stands on a pair about which two persons said different things."""


@dataclass(frozen=True, slots=True)
class TwoPersons:
    """Which pairs two persons decide. tiers: of the matcher; relations: kinds of links, none for all of them."""

    tiers: frozenset[str]
    relations: frozenset[str]

    def holds_for(self, link: Link) -> bool:
        """Whether this pair needs a second person."""
        return link.tier in self.tiers and (not self.relations or link.relation in self.relations)


@dataclass(frozen=True, slots=True)
class Word:
    """What one person said about a pair. hands: all who can have said it, as who asks also holds the link to answer."""

    verdict: str
    by: str
    hands: frozenset[str]


def rule_of(review: ReviewSettings) -> TwoPersons | None:
    """The rule of the settings; None where one person decides alone."""
    if not review.two_persons:
        return None
    return TwoPersons(frozenset(review.two_persons_tiers), frozenset(review.two_persons_relations))


def logged_words(session: Session, pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], list[Word]]:
    """What persons said about these pairs since they were decided last: the newest word of each, the oldest first."""
    found: dict[tuple[int, int], list[Word]] = defaultdict(list)
    for lefts in chunks(sorted({left for left, _ in pairs})):
        rows = session.scalars(
            select(Decision)
            .where(Decision.left_id.in_(lefts), Decision.verdict.in_((*WORDS, *MEANT)), log.stands())
            .order_by(Decision.id)
        )
        for row in rows:
            words = found[row.left_id, row.right_id or 0]
            words[:] = [] if row.verdict in STATE_AFTER else [one for one in words if one.hands != hands_of(row)]
            if row.verdict in MEANT:
                words.append(Word(MEANT[row.verdict], row.decided_by, hands_of(row)))
    return {pair: words for pair, words in found.items() if words and pair in pairs}


def words_on(session: Session, links: Sequence[Link]) -> dict[int, list[Word]]:
    """What persons said about these links since they were decided last; of a link that came from a record which was
    merged, what stands on itself."""
    logged = logged_words(session, {(link.left_id, link.right_id) for link in links})
    found = {}
    for link in links:
        words = logged.get((link.left_id, link.right_id), [])
        if not words and link.said in STATE_AFTER:
            words = [Word(link.said or "", link.said_by or "", frozenset({link.said_by or ""}))]
        found[link.id] = words
    return found


def hands_of(decision: Decision) -> frozenset[str]:
    """Everybody who can have taken a decision."""
    told = decision.value[0].get("hands") if decision.value else None
    return frozenset(told or [decision.decided_by])


def partner_of(decision: Decision) -> str:
    """Who had said the same before, of a decision that two persons took; else nothing."""
    return str(decision.value[0].get("with", "")) if decision.value else ""


def outcome(link: Link, words: Sequence[Word], word: Word) -> tuple[Literal["settles", "waits", "said"], str]:
    """What a further word comes to, and who said the same before: it settles the pair, waits, or was said; pure."""
    others = [one for one in words if not one.hands & word.hands]
    same = next((one.by for one in others if one.verdict == word.verdict), "")
    if same or (STATE_AFTER[word.verdict] == link.state and not others):
        return "settles", same
    return ("said" if any((one.hands, one.verdict) == (word.hands, word.verdict) for one in words) else "waits"), ""


def standing(state: str, words: Iterable[Word]) -> tuple[str | None, str | None]:
    """What stands on a link of that state after these words: accept, reject or both, and who said it first; pure."""
    told = list(words)
    verdicts = {one.verdict for one in told}
    if not verdicts or {STATE_AFTER[verdict] for verdict in verdicts} == {state}:
        return None, None
    by = next((hand for one in told for hand in one.hands if len(one.hands) == 1), told[0].by)
    return (BOTH if len(verdicts) > 1 else told[0].verdict), by


def state_met(session: Session, viewer: Viewer) -> Any:
    """SQL: the state of a link as this viewer meets it. One about which the viewer had a word, or two persons said
    different things, waits for somebody else: its state is "said"."""
    closed = said_by(viewer)
    if session.scalar(select(Link.id).where(closed).limit(1)) is None:
        return Link.state  # what all who may see the same ask alike
    return case((and_(Link.state.in_(OPEN), closed), "said"), else_=Link.state)


def said_by(viewer: Viewer) -> ColumnElement[bool]:
    """SQL that is true for links that wait for another person than this viewer."""
    me = viewer.name or viewer.role
    return and_(Link.said.is_not(None), or_(Link.said == BOTH, Link.said_by == me))


def open_to(viewer: Viewer) -> ColumnElement[bool]:
    """SQL that is true for the other links."""
    return or_(Link.said.is_(None), and_(Link.said != BOTH, Link.said_by != (viewer.name or viewer.role)))


def for_a_second(viewer: Viewer) -> ColumnElement[bool]:
    """SQL that is true for links that wait for this viewer as the second person."""
    return and_(Link.said.in_(tuple(STATE_AFTER)), Link.said_by != (viewer.name or viewer.role))


def follow_rule(session: Session, rule: TwoPersons | None) -> int:
    """Let what stands on links be what the rule of the settings makes of the log; returns how many links changed.

    Where the rule holds no more, a word of one person is nobody's decision: the pair waits as before it.
    """
    pairs = select(Decision.left_id, Decision.right_id).where(Decision.verdict.in_(MEANT), log.stands()).distinct()
    logged = logged_words(session, {(left, right or 0) for left, right in session.execute(pairs)}) if rule else {}
    held = session.scalars(select(Link).where(Link.said.in_((*STATE_AFTER, BOTH)))).all()
    there = {(link.left_id, link.right_id): link for link in held}
    for lefts in chunks(sorted({left for left, _ in logged})):
        for link in session.scalars(select(Link).where(Link.left_id.in_(lefts))):
            there[link.left_id, link.right_id] = link
    changed = 0
    for pair, link in there.items():
        holds = rule is not None and rule.holds_for(link)
        kept = holds and pair not in logged and link.said is not None  # of a record that was merged
        wanted = standing(link.state, logged.get(pair, ()) if holds else ())
        if not kept and (link.said, link.said_by) != wanted:
            stand(session, {wanted: [link.id]}, logged=False)
            changed += 1
    return changed


def stand(
    session: Session, wanted: Mapping[tuple[str | None, str | None], Sequence[int]], *, logged: bool = True
) -> None:
    """Write onto links what stands on them. logged: whether the log of decisions tells that they changed."""
    for (said, by), numbers in wanted.items():
        for some in chunks(numbers):
            change = update(Link).where(Link.id.in_(some)).values(said=said, said_by=by)
            session.execute(change.execution_options(**{LOGGED: logged}))
