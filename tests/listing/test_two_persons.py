"""Where two persons decide: one word changes nothing, the second settles, a third one where they disagree."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select, update

from puma import decisions
from puma.access import Viewer
from puma.decisions import TwoPersons
from puma.decisions.two_persons import Word, state_met
from puma.decisions.two_persons import standing as standing_words
from puma.entities import Decision, Link
from puma.errors import Conflict, Refused
from puma.linking.store import store_links
from puma.listing import Candidate, about_pairs, candidates, doubt_counts, doubts, heaps, pace, validated
from puma.listing.candidates import links_seen
from puma.listing.queue import Asked, standing
from puma.storage import Storage, now
from tests.listing.conftest import AT, BOB, NINA, SECRET

RULE = TwoPersons(frozenset(("auto", "review", "low")), frozenset())
CARA, OLGA = Viewer("scientist", "Cara"), Viewer("user_office", "Olga")

Numbers = dict[tuple[int, int], int]


def say(house: Storage, viewer: Viewer, link: int, verdict: str = "accept", state: str = "candidate") -> int:
    return decisions.decide(house, viewer, link, verdict, expected_state=state, rule=RULE)


def one(house: Storage, link: int) -> Candidate:
    return candidates(house, OLGA, link_id=link).items[0]


def waiting(house: Storage, viewer: Viewer) -> list[int]:
    return [pair.link_id for pair in candidates(house, viewer, order="grouped", limit=100).items]


def links_of(house: Storage) -> Sequence[tuple[object, ...]]:
    with house.reading() as session:
        columns = (Link.id, Link.state, Link.said, Link.said_by, Link.decided_by, Link.decided_at)
        return [tuple(row) for row in session.execute(select(*columns).order_by(Link.id))]


def test_a_pair_counts_once_a_second_person_says_the_same(house: Storage, numbers: Numbers) -> None:
    link = numbers[1, 51]
    say(house, NINA, link)
    assert (one(house, link).state, one(house, link).said, one(house, link).said_by) == ("candidate", "accept", "Nina")
    assert validated(house, OLGA).rows is not None
    assert not list(validated(house, OLGA).rows)
    say(house, BOB, link)
    pair = one(house, link)
    assert (pair.state, pair.said, pair.decided_by) == ("validated", "", "Nina and Bob")
    assert [row["decided_by"] for row in validated(house, OLGA).rows] == ["Nina and Bob"]
    assert [past.verdict for past in about_pairs(house, OLGA, [pair])[link].history] == ["accept", "for"]


def test_a_pair_leaves_the_queue_of_who_spoke_and_is_offered_to_others(house: Storage, numbers: Numbers) -> None:
    link, before = numbers[1, 51], waiting(house, NINA)
    assert waiting(house, BOB) == before
    say(house, NINA, link)
    assert waiting(house, BOB) == before
    assert waiting(house, NINA) == [number for number in before if number != link]
    assert [candidates(house, viewer, second=True).total for viewer in (NINA, BOB)] == [0, 1]
    assert [pair.link_id for pair in candidates(house, BOB, second=True).items] == [link]
    assert pace(house, NINA, now()).done == 1


def test_the_same_person_twice_is_no_second_person(house: Storage, numbers: Numbers) -> None:
    link = numbers[1, 51]
    say(house, NINA, link)
    with pytest.raises(Conflict, match="said the same already"):
        say(house, NINA, link)
    say(house, NINA, link, "reject")  # who thinks again takes the own word's place
    assert (one(house, link).state, one(house, link).said) == ("candidate", "reject")
    say(house, BOB, link, "reject")
    assert one(house, link).state == "rejected"


def test_who_spoke_stands_on_the_pair_as_they_are_known_however_they_were_asked() -> None:
    asked = Word("accept", "Cara (asked by Nina)", frozenset(("Cara",)))
    outside = Word("accept", "Zoe (asked by Nina)", frozenset(("Zoe", "Nina")))
    assert standing_words("candidate", [asked]) == ("accept", "Cara")
    assert standing_words("candidate", [outside]) == ("accept", "Zoe (asked by Nina)")
    assert standing_words("candidate", [outside, Word("accept", "Nina", frozenset(("Nina",)))]) == ("accept", "Nina")
    assert standing_words("validated", [asked]) == (None, None)


def test_who_disagree_leave_it_to_a_third(house: Storage, numbers: Numbers) -> None:
    link = numbers[1, 51]
    say(house, NINA, link)
    say(house, BOB, link, "reject")
    assert (one(house, link).state, one(house, link).said) == ("candidate", "both")
    assert link not in {*waiting(house, NINA), *waiting(house, BOB), *waiting(house, CARA)}
    say(house, CARA, link, "reject")
    assert (one(house, link).state, one(house, link).decided_by) == ("rejected", "Bob and Cara")


def test_a_disagreement_stands_in_the_integration_queue_until_a_third_person_decides(
    house: Storage, numbers: Numbers
) -> None:
    link = numbers[1, 51]
    decisions.decide(house, NINA, link, "accept", reason="same team", rule=RULE)
    say(house, BOB, link, "reject")
    say(house, NINA, numbers[3, 51])
    doubt = doubts(house, OLGA, "disagreements").items[0]
    assert (doubt.key, doubt.title, doubt.about_id) == (f"disagreement/{link}", "Paper 1", 1)
    assert doubt.options[0].values == (("Nina", "yes: same team"), ("Bob", "no"))
    assert doubt_counts(house, OLGA)["disagreements"] == 1
    say(house, OLGA, link)
    assert doubts(house, OLGA, "disagreements").total == 0
    secret = numbers[5, SECRET]
    say(house, OLGA, secret)
    say(house, Viewer("admin", "Abel"), secret, "reject")
    assert doubts(house, OLGA, "disagreements").total == 1
    with pytest.raises(Refused):
        doubts(house, NINA, "disagreements")


def test_what_is_decided_is_changed_by_two_persons_only(house: Storage, numbers: Numbers) -> None:
    link = numbers[1, 51]
    say(house, NINA, link)
    settled = say(house, BOB, link)
    say(house, CARA, link, "reject", "validated")
    assert (one(house, link).state, one(house, link).said) == ("validated", "reject")
    with pytest.raises(Refused):
        decisions.undo(house, CARA, settled)
    say(house, OLGA, link, "reject", "validated")
    assert one(house, link).state == "rejected"


def test_each_word_is_taken_back_and_everything_is_as_before(house: Storage, numbers: Numbers) -> None:
    link, seen = numbers[2, 51], [links_of(house)]
    made = []
    for viewer, verdict, state in (
        (NINA, "accept", "auto"), (BOB, "reject", "auto"), (CARA, "accept", "auto"), (BOB, "reject", "validated"),
        (OLGA, "reject", "validated"),
    ):  # fmt: skip
        made.append((viewer, say(house, viewer, link, verdict, state)))
        seen.append(links_of(house))
    assert [state for _, state, *_ in (rows[link - seen[0][0][0]] for rows in seen)] == [
        "auto", "auto", "auto", "validated", "validated", "rejected",
    ]  # fmt: skip
    for (viewer, number), before in zip(reversed(made), reversed(seen[:-1]), strict=True):
        decisions.undo(house, viewer, number)
        assert links_of(house) == before
        with pytest.raises(Conflict):
            decisions.undo(house, viewer, number)


def test_many_at_once_are_one_of_two_and_the_second_act_settles_them(house: Storage, numbers: Numbers) -> None:
    before = links_of(house)
    heap = next(found for found in heaps(house, NINA) if found.least == 0.5)
    first = decisions.decide_many(house, NINA, heap.links, "accept", rule=RULE)
    assert (len(first.decisions), first.waiting) == (len(heap.links), len(heap.links))
    assert not next(found for found in heaps(house, NINA) if found.least == 0.5).links
    assert next(found for found in heaps(house, BOB) if found.least == 0.5).links == heap.links
    assert decisions.decide_many(house, NINA, heap.links, "accept", rule=RULE).passed == len(heap.links)
    half = links_of(house)
    second = decisions.decide_many(house, BOB, heap.links, "accept", rule=RULE)
    assert second.waiting == 0
    assert {one(house, link).state for link in heap.links} == {"validated"}
    decisions.undo_many(house, BOB, decisions.together(house, BOB, second.decisions[0]))
    assert links_of(house) == half
    decisions.undo_many(house, NINA, decisions.together(house, NINA, first.decisions[3]))
    assert links_of(house) == before


def test_a_code_settles_what_is_still_open_to_the_person(house: Storage, numbers: Numbers) -> None:
    coded = [numbers[paper, 51] for paper in (1, 2, 3)]
    say(house, NINA, coded[2])
    assert about_pairs(house, NINA, [one(house, coded[0])])[coded[0]].settles == (coded[1],)
    done = decisions.settle(house, NINA, coded[0], "accept", others=1, rule=RULE)
    assert (len(done.decisions), done.waiting) == (2, 2)
    again = decisions.settle(house, BOB, coded[0], "accept", others=2, rule=RULE)
    assert (len(again.decisions), again.waiting) == (3, 0)
    assert {one(house, link).state for link in coded} == {"validated"}


def test_the_rule_holds_where_the_settings_say(house: Storage, numbers: Numbers) -> None:
    sure = TwoPersons(frozenset(("auto",)), frozenset(("publication-proposal",)))
    decisions.decide(house, NINA, numbers[1, 51], "accept", rule=sure)
    decisions.decide(house, NINA, numbers[2, 51], "accept", expected_state="auto", rule=sure)
    assert [one(house, numbers[paper, 51]).state for paper in (1, 2)] == ["validated", "auto"]
    other = TwoPersons(RULE.tiers, frozenset(("publication-dataset",)))
    decisions.decide(house, NINA, numbers[3, 51], "accept", rule=other)
    assert one(house, numbers[3, 51]).state == "validated"


def test_a_rule_that_is_switched_off_makes_no_word_a_decision_and_on_again_remembers_them(
    house: Storage, numbers: Numbers
) -> None:
    before = links_of(house)
    say(house, NINA, numbers[1, 51])
    said = links_of(house)
    with house.writing() as session:
        assert decisions.follow_rule(session, None) == 1
    assert links_of(house) == before
    assert numbers[1, 51] in waiting(house, NINA)
    with house.writing() as session:
        assert decisions.follow_rule(session, RULE) == 1
        assert decisions.follow_rule(session, RULE) == 0
    assert links_of(house) == said


def test_a_word_survives_a_match_that_finds_the_pair_no_more(house: Storage, numbers: Numbers) -> None:
    say(house, NINA, numbers[1, 51])
    with house.writing() as session:
        store_links(session, ["publication-proposal"], [], model="m", at=AT)
    with house.reading() as session:
        assert session.scalars(select(Link.id).where(Link.state.in_(("candidate", "auto")))).all() == [numbers[1, 51]]
    say(house, BOB, numbers[1, 51])
    assert one(house, numbers[1, 51]).state == "validated"


def test_a_word_on_a_record_that_was_merged_still_counts_as_one(house: Storage, numbers: Numbers) -> None:
    say(house, NINA, numbers[1, 51])
    with house.writing() as session:  # as when paper 1 became part of paper 5
        session.execute(update(Link).where(Link.id == numbers[1, 51]).values(left_id=5))
        decisions.follow_rule(session, RULE)
    say(house, BOB, numbers[1, 51])
    assert (one(house, numbers[1, 51]).state, one(house, numbers[1, 51]).decided_by) == ("validated", "Nina and Bob")


def test_the_kept_queue_of_each_follows_every_word_and_is_the_same_as_one_read_anew(
    house: Storage, numbers: Numbers
) -> None:
    links = [number for (_, right), number in numbers.items() if right != SECRET]
    made = []
    for step, link in enumerate([*links[::4], *links[::4], links[0]]):
        viewer = (NINA, BOB, CARA)[step % 3]
        try:
            verdict = "accept" if step % 4 else "reject"
            made.append((viewer, say(house, viewer, link, verdict, one(house, link).state)))
        except Conflict:
            continue
        if step % 6 == 5:
            decisions.undo(house, *made.pop())
        if step % 3:
            continue
        for who in (NINA, BOB):
            found = []
            for keep in (True, False):
                with house.reading() as session:
                    asked = Asked(links_seen(who), state_met(session, who))
                    with standing(house, session, asked, keep=keep) as queue:
                        pairs = queue.grouped(session, who, asked, range(sum(queue.sizes)))
                        lots = queue.by_lot(session, asked, range(100))
                        found.append((+queue.states, +queue.drawn, list(queue.sizes), set(queue.said), lots, pairs))
            assert found[0] == found[1]
    with house.reading() as session:
        assert session.scalars(select(Decision.id).where(Decision.verdict == "for")).first()
