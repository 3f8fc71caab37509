"""Keywords that people give: kept with who and when, through harvests, merges and splits, and taken away again."""

import pytest

from puma import decisions, listing
from puma.access import ANONYMOUS
from puma.entities import Keyword
from puma.errors import Conflict, NotHere, Refused, WrongUsage
from tests.keeping.conftest import ADA, BOB, OFFICE
from tests.resolve.desk import Desk, publication


def given(desk: Desk, number: int) -> list[tuple[str, str]]:
    return [(one.value, one.added_by) for one in listing.given_keywords(desk.storage, OFFICE, number)]


def test_a_keyword_is_cleaned_and_kept_with_who_and_when(desk: Desk, papers: list[int]) -> None:
    decisions.tag(desk.storage, ADA, papers[0], "  spin\u200b \t ice, ")
    (one,) = listing.given_keywords(desk.storage, ADA, papers[0])
    assert (one.value, one.added_by, one.removable) == ("spin ice", "Ada", True)
    assert one.added_at is not None
    shown = listing.record(desk.storage, ADA, papers[0])
    assert shown is not None
    assert ("USER", "spin ice") in shown.keywords


@pytest.mark.parametrize("keyword", ["", " , ", "x" * 101, "\u202e"])
def test_no_word_and_a_sentence_are_no_keywords(desk: Desk, papers: list[int], keyword: str) -> None:
    with pytest.raises(WrongUsage):
        decisions.tag(desk.storage, ADA, papers[0], keyword)


def test_a_record_has_a_keyword_once_whatever_its_case(desk: Desk, papers: list[int]) -> None:
    decisions.tag(desk.storage, ADA, papers[0], "Spin Ice")
    with pytest.raises(Conflict):
        decisions.tag(desk.storage, BOB, papers[0], "spin ice")


def test_a_keyword_survives_a_harvest_that_says_the_same_word_and_one_that_says_nothing(
    desk: Desk, papers: list[int]
) -> None:
    decisions.tag(desk.storage, ADA, papers[0], "ice")
    for keywords in ([{"namespace": "USER", "value": "ice"}, {"namespace": "AUTHOR", "value": "ice"}], []):
        desk.hand_in("library", publication(("doi", "10.1/0"), title="Paper 0, again", keywords=keywords))
        assert given(desk, papers[0]) == [("ice", "Ada")]
        spaces = [row for row in desk.rows(Keyword, "namespace", "value") if row[1] == "ice"]
        assert len(spaces) == 1 + bool(keywords)


def test_a_keyword_follows_a_merge_and_comes_back_with_a_split(desk: Desk, papers: list[int]) -> None:
    desk.hand_in("office", publication(("source", "office:twin"), title="Paper 0", year=2010))
    twin = max(desk.standing("publication"))
    added = decisions.tag(desk.storage, ADA, twin, "ice")
    merged = decisions.merge(desk.storage, OFFICE, papers[0], twin)
    assert given(desk, papers[0]) == [("ice", "Ada")]
    decisions.undo(desk.storage, OFFICE, merged)
    assert (given(desk, papers[0]), given(desk, twin)) == ([], [("ice", "Ada")])
    decisions.merge(desk.storage, OFFICE, papers[0], twin)
    decisions.undo(desk.storage, ADA, added)  # on the record that it stands on now
    assert given(desk, papers[0]) == []


def test_a_keyword_is_taken_away_by_who_gave_it_and_by_the_user_office(desk: Desk, papers: list[int]) -> None:
    decisions.tag(desk.storage, ADA, papers[0], "ice")
    with pytest.raises(Refused, match="Ada"):
        decisions.untag(desk.storage, BOB, papers[0], "ice")
    removed = decisions.untag(desk.storage, OFFICE, papers[0], "ICE")
    assert given(desk, papers[0]) == []
    decisions.undo(desk.storage, OFFICE, removed)
    assert given(desk, papers[0]) == [("ice", "Ada")]  # again hers
    with pytest.raises(Conflict):
        decisions.undo(desk.storage, OFFICE, removed)
    decisions.untag(desk.storage, ADA, papers[0], "ice")


def test_what_somebody_else_added_is_undone_by_the_user_office_only(desk: Desk, papers: list[int]) -> None:
    added = decisions.tag(desk.storage, ADA, papers[0], "ice")
    with pytest.raises(Refused):
        decisions.undo(desk.storage, BOB, added)
    decisions.undo(desk.storage, OFFICE, added)
    assert given(desk, papers[0]) == []


def test_a_keyword_of_a_source_is_not_taken_away_by_hand(desk: Desk, papers: list[int]) -> None:
    keywords = [{"namespace": "USER", "value": "ice"}]
    desk.hand_in("library", publication(("doi", "10.1/0"), title="Paper 0", keywords=keywords))
    with pytest.raises(NotHere):
        decisions.untag(desk.storage, OFFICE, papers[0], "ice")


def test_a_record_that_one_may_not_know_of_takes_no_keyword(desk: Desk, papers: list[int], secrets: list[int]) -> None:
    with pytest.raises(NotHere):
        decisions.tag(desk.storage, BOB, secrets[0], "ice")
    with pytest.raises(Refused):
        decisions.tag(desk.storage, ANONYMOUS, papers[0], "ice")
    decisions.tag(desk.storage, OFFICE, secrets[0], "ice")
    assert listing.given_keywords(desk.storage, BOB, secrets[0]) == []
