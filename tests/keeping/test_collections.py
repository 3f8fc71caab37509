"""Collections: what is added, removed and undone, who sees and changes them, and that nothing hidden shows through."""

from collections.abc import Callable
from dataclasses import asdict
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from puma import decisions, keeping, listing
from puma.access import ANONYMOUS, Viewer
from puma.accounts import audit
from puma.entities import AuditEntry
from puma.errors import Conflict, NotHere, Refused, WrongUsage
from puma.storage import Storage
from tests.keeping.conftest import ADA, ADMIN, BOB, EVERYBODY, OFFICE, fill
from tests.resolve.desk import Desk, publication


def held(desk: Desk, number: int, viewer: Viewer = ADMIN) -> set[int]:
    return set(keeping.members(desk.storage, viewer, [number]))


def test_adding_says_how_many_are_new_and_how_many_were_there(desk: Desk, papers: list[int]) -> None:
    number = keeping.make(desk.storage, ADA, "Ice")
    assert keeping.add(desk.storage, ADA, number, papers[:5]).new == 5
    again = keeping.add(desk.storage, ADA, number, papers[3:9])
    assert (again.new, again.there) == (4, 2)
    assert held(desk, number) == set(papers[:9])
    assert keeping.collection(desk.storage, ADA, number).count == 9


def test_ten_thousand_records_are_added_by_one_statement(desk: Desk, papers: list[int]) -> None:
    number = keeping.make(desk.storage, ADA, "Everything")
    added = keeping.add(desk.storage, ADA, number, [*papers, *range(1_000_000, 1_010_000)])
    assert (added.new, added.there) == (len(papers), 0)


def test_only_documents_that_exist_for_who_adds_are_added(desk: Desk, papers: list[int], secrets: list[int]) -> None:
    number = keeping.make(desk.storage, ADA, "Ice")
    journals = desk.standing("source") + desk.standing("journal")
    added = keeping.add(desk.storage, ADA, number, [*papers[:2], *secrets, *journals, 999_999])
    assert (added.new, added.there) == (2, 0)
    assert held(desk, number) == set(papers[:2])


@pytest.mark.parametrize("title", ["", "   ", "\u200b", "x" * 201])
def test_a_title_is_needed(desk: Desk, title: str) -> None:
    with pytest.raises(WrongUsage, match="title"):
        keeping.make(desk.storage, ADA, title)


def test_a_private_collection_exists_for_its_owner_and_administrators_only(desk: Desk, papers: list[int]) -> None:
    number = keeping.make(desk.storage, BOB, "Bob's")
    keeping.add(desk.storage, BOB, number, papers)
    for viewer in EVERYBODY:
        sees = viewer in (BOB, ADMIN)
        assert [one.id for one in keeping.collections(desk.storage, viewer)] == ([number] if sees else [])
        assert bool(keeping.members(desk.storage, viewer, [number])) is sees
        if not sees:
            for ask in (keeping.collection, listing.members, keeping.delete):
                with pytest.raises(NotHere):
                    ask(desk.storage, viewer, number)
            with pytest.raises(NotHere):
                keeping.add(desk.storage, viewer, number, papers)


def test_accounts_of_one_name_are_two_owners(desk: Desk) -> None:
    one, other = Viewer("viewer", "Ada", account=1), Viewer("viewer", "Ada", account=2)
    number = keeping.make(desk.storage, one, "Mine")
    assert [c.id for c in keeping.collections(desk.storage, Viewer("viewer", "Ada Renamed", account=1))] == [number]
    assert keeping.collections(desk.storage, other) == []
    assert keeping.collections(desk.storage, ADA) == []


def test_a_shared_collection_is_seen_by_all_with_an_account_and_changed_by_its_owner(desk: Desk) -> None:
    number = keeping.make(desk.storage, BOB, "Shared", visibility="internal")
    assert keeping.collections(desk.storage, ANONYMOUS) == []
    may = {viewer.name: keeping.collection(desk.storage, viewer, number).may_change for viewer in EVERYBODY[1:]}
    assert may == {"Ada": False, "Bob": True, "Olga": True, "Anna": True}
    with pytest.raises(Refused, match="Bob"):
        keeping.change(desk.storage, ADA, number, title="Mine now")


def test_only_the_user_office_shows_a_collection_to_everybody(desk: Desk, papers: list[int]) -> None:
    with pytest.raises(Refused):
        keeping.make(desk.storage, BOB, "Public", visibility="public")
    number = keeping.make(desk.storage, OFFICE, "Public", visibility="public")
    keeping.add(desk.storage, OFFICE, number, papers)
    (shown,) = keeping.collections(desk.storage, ANONYMOUS)
    assert (shown.count, shown.made_by, shown.may_change) == (len(papers), "", False)
    assert {row.added_by for row in listing.members(desk.storage, ANONYMOUS, number).rows} == {""}


def test_who_did_not_sign_in_keeps_nothing(desk: Desk) -> None:
    with pytest.raises(Refused):
        keeping.make(desk.storage, ANONYMOUS, "Nobody's")


def test_deleting_and_renaming_are_undone(desk: Desk, papers: list[int]) -> None:
    number = keeping.make(desk.storage, ADA, "Ice", "about ice")
    keeping.add(desk.storage, ADA, number, papers)
    before = keeping.collection(desk.storage, ADA, number)
    renamed = keeping.change(desk.storage, ADA, number, title="Snow", visibility="internal")
    keeping.undo(desk.storage, ADA, renamed)
    deleted = keeping.delete(desk.storage, ADA, number)
    assert keeping.collections(desk.storage, ADA) == []
    assert [one.change for one in keeping.deleted(desk.storage, ADA)] == [deleted]
    keeping.undo(desk.storage, ADA, deleted)
    assert keeping.collection(desk.storage, ADA, number) == before
    assert keeping.deleted(desk.storage, ADA) == []


def test_a_change_is_undone_once_by_who_made_it_and_not_across_a_newer_one(desk: Desk, papers: list[int]) -> None:
    number = keeping.make(desk.storage, BOB, "Ice", visibility="internal")
    first = keeping.change(desk.storage, BOB, number, title="Snow")
    second = keeping.change(desk.storage, BOB, number, title="Rain")
    with pytest.raises(Conflict, match="again since"):
        keeping.undo(desk.storage, BOB, first)
    with pytest.raises(NotHere):
        keeping.undo(desk.storage, OFFICE, second)
    keeping.undo(desk.storage, BOB, second)
    with pytest.raises(Conflict, match="already"):
        keeping.undo(desk.storage, BOB, second)
    keeping.undo(desk.storage, BOB, first)
    assert keeping.collection(desk.storage, BOB, number).title == "Ice"


@pytest.mark.parametrize("seed", range(4))
def test_random_adds_removes_and_undos_come_to_what_a_set_comes_to(desk: Desk, papers: list[int], seed: int) -> None:
    rng = Random(seed)
    number = keeping.make(desk.storage, ADA, "Ice")
    model: dict[int, int | None] = {}  # record: the change that added it
    done: dict[int, tuple[str, dict[int, int | None]]] = {}
    for _ in range(40):
        some = rng.sample(papers, rng.randint(1, 6))
        what = rng.choice(["add", "remove", "undo"])
        if what == "add":
            added = keeping.add(desk.storage, ADA, number, some)
            new = {one: added.change for one in some if one not in model}
            assert (added.new, added.there) == (len(new), len(some) - len(new))
            model.update(new)
            done[added.change] = ("add", dict(new))
        elif what == "remove":
            removed = keeping.remove(desk.storage, ADA, number, some)
            gone = {one: model.pop(one) for one in some if one in model}
            assert (removed.new, removed.there) == (len(gone), len(some) - len(gone))
            done[removed.change] = ("remove", gone)
        elif done:
            change = rng.choice(list(done))
            kind, records = done.pop(change)
            keeping.undo(desk.storage, ADA, change)
            rest = {one: by for one, by in model.items() if by != change}
            model = rest if kind == "add" else {**records, **model}
        assert held(desk, number) == set(model)
        assert keeping.collection(desk.storage, ADA, number).count == len(model)


def test_a_merged_record_is_followed_and_a_split_one_is_back_in_its_place(desk: Desk, papers: list[int]) -> None:
    desk.hand_in("office", publication(("source", "office:twin"), title="Paper 0", year=2010))
    twin = max(desk.standing("publication"))
    only_twin = keeping.make(desk.storage, ADA, "Twin")
    both = keeping.make(desk.storage, ADA, "Both")
    keeping.add(desk.storage, ADA, only_twin, [twin])
    keeping.add(desk.storage, ADA, both, [twin, papers[0]])
    merged = decisions.merge(desk.storage, OFFICE, papers[0], twin)
    assert held(desk, only_twin) == held(desk, both) == {papers[0]}
    assert keeping.collection(desk.storage, ADA, both).count == 1
    assert keeping.add(desk.storage, ADA, both, [twin]).there == 1  # the old number leads to what it became
    decisions.undo(desk.storage, OFFICE, merged)
    assert held(desk, only_twin) == {twin}
    assert held(desk, both) == {twin, papers[0]}


def test_a_withdrawn_record_is_not_counted_until_its_source_has_it_again(desk: Desk, papers: list[int]) -> None:
    number = keeping.make(desk.storage, ADA, "Ice")
    keeping.add(desk.storage, ADA, number, papers)
    one = publication(("doi", "10.1/3"), title="Paper 3", year=2013)
    desk.take_back("library", one)
    assert keeping.collection(desk.storage, ADA, number).count == len(papers) - 1
    desk.hand_in("library", one)
    assert keeping.collection(desk.storage, ADA, number).count == len(papers)


def answers(storage: Storage, viewer: Viewer, number: int) -> dict[str, Any]:
    """All that a viewer is told of collections, without mere instants."""
    asked: dict[str, Callable[[], Any]] = {
        "all": lambda: [asdict(one) for one in keeping.collections(storage, viewer)],
        "one": lambda: asdict(keeping.collection(storage, viewer, number)),
        "members": lambda: sorted(keeping.members(storage, viewer, [number])),
        "rows": lambda: asdict(listing.members(storage, viewer, number)),
        "changes": lambda: [(one.what, one.records) for one in keeping.my_changes(storage, viewer, number)],
        "added again": lambda: keeping.add(storage, viewer, number, keeping.members(storage, viewer, [number])).there,
    }
    found: dict[str, Any] = {}
    for name, ask in asked.items():
        try:
            found[name] = ask()
        except (NotHere, Refused) as error:
            found[name] = type(error).__name__
    return _timeless(found)


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(one) for key, one in value.items() if not key.endswith("_at")}
    return [_timeless(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("viewer", EVERYBODY[:3], ids=lambda viewer: viewer.role)
def test_a_hidden_proposal_in_a_shared_collection_changes_no_answer(
    viewer: Viewer, storage: Storage, tmp_path: Any
) -> None:
    other = Storage(f"sqlite:///{tmp_path}/without.db")
    other.migrate()
    told = []
    for place, secrets in ((storage, True), (other, False)):
        desk = fill(place, secrets=secrets)
        number = keeping.make(place, BOB, "Shared", visibility="internal")
        keeping.add(place, BOB, number, desk.standing("publication")[:4])
        if secrets:
            keeping.add(place, OFFICE, number, desk.standing("proposal"))
            keeping.remove(place, OFFICE, number, [desk.number("proposal", "code", f"EPNS/op{n}") for n in range(3)])
            assert keeping.collection(place, OFFICE, number).count == 6
        told.append(answers(place, viewer, number))
    assert told[0] == told[1]
    other.close()


def test_who_reads_confidential_titles_in_a_collection_or_a_feed_stands_in_the_audit(
    desk: Desk, papers: list[int], secrets: list[int]
) -> None:
    number = keeping.make(desk.storage, OFFICE, "Ice")
    keeping.add(desk.storage, OFFICE, number, [*papers[:3], *secrets])
    where = audit.place.set(f"/collections/{number}")
    try:
        for viewer in (OFFICE, OFFICE, BOB):  # twice within a moment is one view
            if viewer is OFFICE:
                assert listing.members(desk.storage, viewer, number).total == 5
            listing.newest(desk.storage, viewer, [*papers, secrets[0]], 20)
    finally:
        audit.place.reset(where)
    seen = select(AuditEntry.detail, AuditEntry.count).where(AuditEntry.act == "saw").order_by(AuditEntry.id)
    with desk.storage.reading() as session:
        assert session.execute(seen).all() == [(f"collection {number}", 2), ("newest records", 1)]
