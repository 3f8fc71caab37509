"""Decisions: append-only, undone in order, refused to those who may not, and stronger than every harvest."""

import pytest
from sqlalchemy import func, select

from puma import decisions, listing
from puma.access import ANONYMOUS, Viewer
from puma.entities import Decision, Link, Publication
from puma.errors import Conflict, NotHere, Refused, WrongUsage
from puma.facts import Snapshot
from puma.installation import Installation

OFFICE = Viewer("user_office", "Office")
SCIENTIST = Viewer("scientist", "Ada")


def first_candidate(house: Installation) -> listing.Candidate:
    return listing.candidates(house.storage, SCIENTIST, limit=1).items[0]


def state_of(house: Installation, link_id: int) -> tuple[str, str | None]:
    with house.storage.reading() as session:
        link = session.get(Link, link_id)
        assert link is not None
        return link.state, link.decided_by


def test_a_rejected_pair_is_not_suggested_again_by_the_next_match(own_copy: Installation) -> None:
    link = first_candidate(own_copy)
    decisions.decide(own_copy.storage, SCIENTIST, link.link_id, "reject", reason="another team")
    own_copy.match(lambda what, done, total: None)
    assert state_of(own_copy, link.link_id) == ("rejected", "Ada")
    left = {item.link_id for item in listing.candidates(own_copy.storage, SCIENTIST, limit=1000).items}
    assert link.link_id not in left


def test_undo_restores_what_was_and_the_log_only_grows(own_copy: Installation) -> None:
    link = first_candidate(own_copy)
    before = state_of(own_copy, link.link_id)
    with own_copy.storage.reading() as session:
        rows = session.scalar(select(func.count()).select_from(Decision)) or 0
    accepted = decisions.decide(own_copy.storage, SCIENTIST, link.link_id, "accept")
    assert state_of(own_copy, link.link_id) == ("validated", "Ada")
    decisions.undo(own_copy.storage, SCIENTIST, accepted)
    assert state_of(own_copy, link.link_id) == before
    rejected = decisions.decide(own_copy.storage, SCIENTIST, link.link_id, "reject")
    with pytest.raises(Conflict):
        decisions.undo(own_copy.storage, SCIENTIST, accepted)
    over = decisions.decide(own_copy.storage, OFFICE, link.link_id, "accept", expected_state="rejected")
    decisions.undo(own_copy.storage, OFFICE, over)
    assert state_of(own_copy, link.link_id) == ("rejected", "Ada")
    assert rejected < over
    with own_copy.storage.reading() as session:
        assert session.scalar(select(func.count()).select_from(Decision)) == rows + 5


def tables(snapshot: Snapshot, viewer: Viewer) -> dict[str, list[str]]:
    """Every table as somebody sees it, rows in order."""
    connection = snapshot.connect(viewer)
    names = [row[0] for row in connection.execute("SHOW TABLES").fetchall()]
    return {
        name: [row[0] for row in connection.execute(f"SELECT t::VARCHAR FROM {name} t ORDER BY 1").fetchall()]
        for name in names
        if not name.startswith("mended_")
    }


def test_facts_that_follow_decisions_are_the_same_as_facts_written_anew(own_copy: Installation) -> None:
    whole = own_copy.refresh_facts()
    credited = tables(whole, OFFICE)["window_papers"]
    items = listing.candidates(own_copy.storage, OFFICE, limit=60).items
    for verdicts in (("accept", "reject", "accept"), ("accept", "accept", "reject")):
        chosen, items = items[:30], items[30:]
        made = [
            decisions.decide(own_copy.storage, OFFICE, one.link_id, verdicts[place % 3])
            for place, one in enumerate(chosen)
        ]
        decisions.undo(own_copy.storage, OFFICE, made[0])
        mended = own_copy.refresh_facts(after_decisions=True)
        assert mended.mended.publications >= {one.left.record_id for one in chosen}
        assert (mended.folder / "links.parquet").samefile(whole.folder / "links.parquet")
    anew = own_copy.refresh_facts()
    assert not anew.mended
    for viewer in (OFFICE, ANONYMOUS):
        then, now = tables(mended, viewer), tables(anew, viewer)
        assert {name for name in then if then[name] != now[name]} == set()
    assert {name: mended.rows[name] for name in anew.rows} == anew.rows
    assert credited != tables(anew, OFFICE)["window_papers"]


def test_who_may_not_decide_is_refused_and_secrets_do_not_exist(own_copy: Installation) -> None:
    link = first_candidate(own_copy)
    with pytest.raises(Refused):
        decisions.decide(own_copy.storage, Viewer("viewer", "Bob"), link.link_id, "accept")
    with pytest.raises(WrongUsage):
        decisions.decide(own_copy.storage, SCIENTIST, link.link_id, "maybe")
    seen = {item.link_id for item in listing.candidates(own_copy.storage, SCIENTIST, limit=5000).items}
    everything = {item.link_id for item in listing.candidates(own_copy.storage, OFFICE, limit=5000).items}
    for secret in sorted(everything - seen)[:3]:
        with pytest.raises(NotHere):
            decisions.decide(own_copy.storage, SCIENTIST, secret, "accept")


def test_a_correction_wins_and_the_page_says_whose_it_is(own_copy: Installation) -> None:
    with own_copy.storage.reading() as session:
        number = session.scalar(select(Publication.id).where(Publication.year.is_not(None)).limit(1))
    assert number is not None
    decisions.correct(own_copy.storage, OFFICE, number, "year", 1999, "typing error in the library")
    found = listing.record(own_copy.storage, OFFICE, number)
    assert found is not None
    year = next(shown for shown in found.fields if shown.name == "year")
    assert year.value == "1999"
    assert year.origin.startswith("corrected by Office")
    assert any("typing error" in line for line in found.history)
    with pytest.raises(WrongUsage):
        decisions.correct(own_copy.storage, OFFICE, number, "colour", "red")
    with pytest.raises(Refused):
        decisions.correct(own_copy.storage, SCIENTIST, number, "year", 2000)
