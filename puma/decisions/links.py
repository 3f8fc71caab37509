"""Decisions on links: accept, reject, take back; links show what the log comes to."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select, true, update
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.decisions import log
from puma.decisions.settling import settled_with
from puma.decisions.two_persons import (
    MEANT,
    OPEN,
    STATE_AFTER,
    WORDS,
    TwoPersons,
    Word,
    hands_of,
    logged_words,
    outcome,
    partner_of,
    stand,
    standing,
    words_on,
)
from puma.entities import (
    Dataset,
    Decision,
    Experiment,
    Link,
    ProposalTime,
    Record,
)
from puma.errors import Conflict, NotHere, Refused, WrongUsage
from puma.storage import LOGGED, Storage, chunks, now
from puma.visibility import exists_for

SAID_BEFORE = "You said the same already; it counts once a second person agrees. Nothing was changed."


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of an act: the decisions that were made or taken back, and how many pairs were passed over.

    waiting: how many of the pairs count once a second person says the same.
    """

    decisions: list[int]
    passed: int
    waiting: int = 0


def on_instruments(numbers: Collection[int]) -> ColumnElement[bool]:
    """SQL that is true for links to proposals, experiments, datasets or instruments of these instruments."""
    sides = (
        select(ProposalTime.proposal_id).where(ProposalTime.instrument_id.in_(numbers)),
        select(Experiment.id).where(Experiment.instrument_id.in_(numbers)),
        select(Dataset.id).where(Dataset.instrument_id.in_(numbers)),
    )
    return or_(Link.right_id.in_(numbers), *(Link.right_id.in_(side) for side in sides))


def in_scope(viewer: Viewer) -> ColumnElement[bool]:
    """SQL that is true for links that a viewer may decide: who is bound to own instruments only those of them."""
    if not viewer.is_bound:
        return true()
    return on_instruments(viewer.instruments) if viewer.instruments else false()


def decide(
    storage: Storage,
    viewer: Viewer,
    link_id: int,
    verdict: str,
    *,
    reason: str = "",
    expected_state: str = "candidate",
    rule: TwoPersons | None = None,
) -> int:
    """Accept or reject a link. Returns the number of the decision.

    expected_state: the state that the person saw. rule: of two persons, where it holds: the first one's verdict is kept
    as a word that waits for a second. Raises Conflict when the state changed meanwhile or the viewer said the same
    already, NotHere when the link does not exist for the viewer, Refused when the viewer may not decide, WrongUsage for
    another verdict.
    """
    act = partial(decide_one, storage, viewer, link_id, verdict, reason=reason)
    return act(expected_state=expected_state, rule=rule).decisions[0]


def decide_one(
    storage: Storage, viewer: Viewer, link_id: int, verdict: str, *, reason: str = "", expected_state: str,
    rule: TwoPersons | None = None,
) -> Changed:  # fmt: skip
    """As ``decide``, and says whether it waits for a second person."""
    with storage.writing() as session:
        act = partial(decide_in, session, viewer, link_id, verdict, reason=reason)
        return act(expected_state=expected_state, rule=rule)


def decide_in(
    session: Session, viewer: Viewer, link_id: int, verdict: str, *, reason: str = "", expected_state: str,
    rule: TwoPersons | None, hands: Sequence[str] = (),
) -> Changed:  # fmt: skip
    """As ``decide_one``, in a transaction that does more than that. hands: everybody who can have said it, where that
    is more than the viewer."""
    viewer.must_be("scientist", "Deciding on links")
    if verdict not in STATE_AFTER:
        raise WrongUsage(f"A verdict is accept or reject, not {verdict!r}.")
    link = _link(session, viewer, Link.id == link_id)
    if link.state != expected_state:
        by = f" by {link.decided_by}" if link.decided_by else ""
        raise Conflict(f"This pair is already {link.state}{by}; you saw it as {expected_state}. Nothing was changed.")
    done = _write(session, viewer, [link], verdict, reason, rule, hands)
    if not done.decisions:
        raise Conflict(SAID_BEFORE)
    return done


def decide_many(
    storage: Storage, viewer: Viewer, link_ids: Sequence[int], verdict: str, *, reason: str = "",
    rule: TwoPersons | None = None,
) -> Changed:  # fmt: skip
    """Decide many undecided links in one transaction; those that are decided by now are passed over."""
    _may_decide(viewer, verdict)
    with storage.writing() as session:
        return _many(session, viewer, link_ids, verdict, reason, rule)


def settle(
    storage: Storage,
    viewer: Viewer,
    link_id: int,
    verdict: str,
    *,
    others: int,
    reason: str = "",
    expected_state: str = "candidate",
    rule: TwoPersons | None = None,
) -> Changed:
    """Decide a link and all that rest on the same code of the same proposal, in one transaction.

    others: how many further links the person was told of. Raises Conflict when there are more or fewer by now, or the
    link is in another state than the person saw; NotHere, Refused and WrongUsage as for one link.
    """
    _may_decide(viewer, verdict)
    with storage.writing() as session:
        link = _link(session, viewer, Link.id == link_id)
        _must_be(link, expected_state)
        further = settled_with(session, viewer, [link]).get(link_id, [])
        if len(further) != others:
            raise Conflict(
                f"{len(further)} other pairs rest on the same code by now; you saw {others}. Nothing was changed."
            )
        if link.state not in OPEN:
            raise Conflict(f"This pair is already {link.state}. Nothing was changed.")
        done = _many(session, viewer, [link_id, *further], verdict, reason, rule)
        if not done.decisions:
            raise Conflict(SAID_BEFORE)
        return done


def together(storage: Storage, viewer: Viewer, decision_id: int) -> list[int]:
    """The decisions of the act that made this one, itself among them; the newest first."""
    viewer.must_be("scientist", "Undoing a decision")
    with storage.reading() as session:
        one = session.get(Decision, decision_id)
        if one is None or one.verdict not in (*STATE_AFTER, *MEANT):
            raise NotHere("There is no such decision to undo.")
        if not one.value or "together" not in one.value[0]:
            return [one.id]
        meant = MEANT.get(one.verdict, one.verdict)
        same = (
            select(Decision.id)
            .where(
                Decision.decided_at == one.decided_at, Decision.decided_by == one.decided_by,
                Decision.verdict.in_((meant, WORDS[meant])),
            )
            .order_by(Decision.id.desc())
        )  # fmt: skip
        return list(session.scalars(same))


def undo_many(storage: Storage, viewer: Viewer, decision_ids: Sequence[int]) -> Changed:
    """Take several verdicts back in one transaction; those undone or decided again since are passed over."""
    viewer.must_be("scientist", "Undoing a decision")
    made, passed = [], 0
    with storage.writing() as session:
        for number in sorted(decision_ids, reverse=True):
            decision = session.get(Decision, number)
            if decision is None or decision.verdict not in (*STATE_AFTER, *MEANT):
                raise NotHere("There is no such decision to undo.")
            try:
                made.append(take_back(session, viewer, decision))
            except (Conflict, NotHere):
                passed += 1
    return Changed(made, passed)


def take_back(session: Session, viewer: Viewer, decision: Decision) -> int:
    """Take a verdict back; the link is again what it was before. Returns the number of the undoing row.

    Raises Conflict when it was undone already or the pair was decided again since, Refused when two persons decide and
    it was somebody else's.
    """
    viewer.must_be("scientist", "Undoing a decision")
    word = decision.verdict in MEANT
    of_two = word or bool(partner_of(decision))
    if of_two and (viewer.name or viewer.role) not in hands_of(decision) | {decision.decided_by}:
        raise Refused(f"Two persons decide here: {decision.decided_by} can take this back, and you can say otherwise.")
    link = _link(session, viewer, (Link.left_id == decision.left_id) & (Link.right_id == decision.right_id))
    newest = session.scalar(
        select(func.max(Decision.id)).where(
            Decision.left_id == decision.left_id,
            Decision.right_id == decision.right_id,
            Decision.verdict.in_(STATE_AFTER),
            log.stands(),
        )
    )
    if word:
        log.must_stand(session, decision)
    if (newest or 0) > decision.id if word else newest != decision.id:
        raise Conflict("This decision was undone already, or the pair was decided again since. Nothing was changed.")
    undoing = {"undoes_id": decision.id, "state_before": link.state}
    row = log.write(session, viewer, "undo", decision.left_id, decision.right_id, **undoing)
    if not word:
        before = _standing_before(session, decision)
        session.execute(
            update(Link)
            .where(Link.id == link.id)
            .values(
                state=decision.state_before,
                decided_by=_deciders(partner_of(before), before.decided_by) if before else None,
                decided_at=before.decided_at if before else None,
            )
            .execution_options(**{LOGGED: True})
        )
    if of_two:
        pair = (link.left_id, link.right_id)
        words = logged_words(session, {pair}).get(pair, [])
        stand(session, {standing(link.state if word else str(decision.state_before), words): [link.id]})
    return row


def _may_decide(viewer: Viewer, verdict: str) -> None:
    viewer.must_be("scientist", "Deciding on links")
    if verdict not in STATE_AFTER:
        raise WrongUsage(f"A verdict is accept or reject, not {verdict!r}.")


def _must_be(link: Link, expected_state: str) -> None:
    if link.state != expected_state:
        by = f" by {link.decided_by}" if link.decided_by else ""
        raise Conflict(f"This pair is already {link.state}{by}; you saw it as {expected_state}. Nothing was changed.")


def _many(
    session: Session, viewer: Viewer, link_ids: Sequence[int], verdict: str, reason: str, rule: TwoPersons | None
) -> Changed:
    """Decide the undecided ones among these links as one act: the rows of an act share their moment."""
    wanted = list(dict.fromkeys(link_ids))
    there = {link.id: link for some in chunks(wanted) for link in session.scalars(_known(viewer, Link.id.in_(some)))}
    found = [there[number] for number in wanted if number in there and there[number].state in OPEN]
    done = _write(session, viewer, found, verdict, reason, rule)
    return replace(done, passed=len(wanted) - len(done.decisions))


def _link(session: Session, viewer: Viewer, which: ColumnElement[bool]) -> Link:
    link: Link | None = session.scalar(_known(viewer, which))
    if link is None:
        raise NotHere("There is no such link.")
    return link


def _known(viewer: Viewer, which: ColumnElement[bool]) -> Select[Any]:
    """The links that exist for the viewer and that he may decide, held until the end of the transaction."""
    left, right = aliased(Record), aliased(Record)
    return (
        select(Link)
        .join(left, left.id == Link.left_id)
        .join(right, right.id == Link.right_id)
        .where(which, exists_for(viewer, left), exists_for(viewer, right), in_scope(viewer))
        .order_by(Link.id)  # whoever locks several does so in one order
        .with_for_update(of=Link)
    )


def _write(
    session: Session, viewer: Viewer, links: Sequence[Link], verdict: str, reason: str, rule: TwoPersons | None,
    hands: Sequence[str] = (),
) -> Changed:  # fmt: skip
    """Write the verdict on each of these links into the log, and onto the links; those are left out about which the
    same person said the same already."""
    me, at = viewer.name or viewer.role, now()
    word = Word(verdict, me, frozenset(hands or (me,)))
    words = words_on(session, [link for link in links if rule and rule.holds_for(link)])
    came = {link.id: outcome(link, words[link.id], word) if link.id in words else ("settles", "") for link in links}
    told = [link for link in links if came[link.id][0] != "said"]
    act: dict[str, Any] = {"together": len(told)} if len(told) > 1 else {}
    act |= {"hands": sorted(word.hands)} if hands and rule else {}
    pairs: list[dict[str, Any]] = []
    said: dict[tuple[str | None, str | None], list[int]] = defaultdict(list)
    decided: dict[str, list[int]] = defaultdict(list)
    for link in told:
        comes, partner = came[link.id]
        value = act | ({"with": partner} if partner else {})
        pair = {"left_id": link.left_id, "right_id": link.right_id, "state_before": link.state}
        pair |= {"probability": link.probability, "value": [value] if value else []}
        pairs.append(pair | {"verdict": verdict if comes == "settles" else WORDS[verdict]})
        if comes == "settles":
            decided[_deciders(partner, me)].append(link.id)
            said[None, None] += [link.id] if link.said else []
        else:
            others = [one for one in words[link.id] if one.hands != word.hands]
            said[standing(link.state, [*others, word])].append(link.id)
    made = log.write_each(session, viewer, verdict, pairs, reason=reason, decided_at=at)
    for by, numbers in decided.items():
        values = {"state": STATE_AFTER[verdict], "decided_by": by, "decided_at": at}
        for some in chunks(numbers):
            session.execute(update(Link).where(Link.id.in_(some)).values(**values).execution_options(**{LOGGED: True}))
    stand(session, said)
    return Changed(made, len(links) - len(made), sum(one["verdict"] != verdict for one in pairs))


def _deciders(partner: str, by: str) -> str:
    """Who decided, as it stands on the link."""
    return f"{partner} and {by}"[:300] if partner else by


def _standing_before(session: Session, decision: Decision) -> Decision | None:
    """The decision that stood before this one, when its pair had been decided before."""
    if decision.state_before not in STATE_AFTER.values():
        return None
    return session.scalar(
        select(Decision)
        .where(
            Decision.left_id == decision.left_id,
            Decision.right_id == decision.right_id,
            Decision.id < decision.id,
            Decision.verdict.in_(STATE_AFTER),
            log.stands(),
        )
        .order_by(Decision.id.desc())
        .limit(1)
    )
