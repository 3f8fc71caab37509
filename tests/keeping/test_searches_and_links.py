"""Saved searches belong to one person; a short link is the same for the same state and never changes."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import insert

from puma import keeping
from puma.access import ANONYMOUS, Viewer
from puma.entities import Run, ShortLink
from puma.errors import Conflict, NotHere, Refused, WrongUsage
from puma.storage import Storage, now
from tests.keeping.conftest import ADA, ADMIN, BOB

AT = datetime(2020, 1, 1, tzinfo=UTC)


def test_a_saved_search_is_seen_by_its_owner_alone(storage: Storage) -> None:
    number = keeping.save_search(storage, ADA, " Ice ", "?year=2019&q=ice&page=7&sort=newest&x=")
    (one,) = keeping.saved_searches(storage, ADA)
    assert (one.name, one.query) == ("Ice", "q=ice&year=2019")
    for viewer in (BOB, ADMIN, ANONYMOUS, Viewer("viewer", "Ada", account=5)):
        assert keeping.saved_searches(storage, viewer) == []
        with pytest.raises(NotHere):
            keeping.mark_seen(storage, viewer, number)
        with pytest.raises(NotHere):
            keeping.restore_search(storage, viewer, number)
    with pytest.raises(Refused):
        keeping.save_search(storage, ANONYMOUS, "Ice", "q=ice")


def test_two_searches_of_one_person_have_two_names(storage: Storage) -> None:
    first = keeping.save_search(storage, ADA, "Ice", "q=ice")
    keeping.save_search(storage, BOB, "Ice", "q=ice")
    with pytest.raises(Conflict):
        keeping.save_search(storage, ADA, "Ice", "q=snow")
    keeping.rename_search(storage, ADA, first, "Ice")  # its own name is free for it
    keeping.forget_search(storage, ADA, first)
    keeping.save_search(storage, ADA, "Ice", "q=snow")
    with pytest.raises(Conflict):
        keeping.restore_search(storage, ADA, first)


def test_a_deleted_search_has_no_feed_until_it_is_restored(storage: Storage) -> None:
    number = keeping.save_search(storage, ADA, "Ice", "q=ice")
    feed = keeping.saved_search(storage, ADA, number).feed
    assert keeping.by_feed(storage, feed).id == number
    keeping.forget_search(storage, ADA, number)
    with pytest.raises(NotHere):
        keeping.by_feed(storage, feed)
    keeping.restore_search(storage, ADA, number)
    assert keeping.new_feed(storage, ADA, number) != feed
    with pytest.raises(NotHere):
        keeping.by_feed(storage, feed)


def test_a_visit_during_a_harvest_has_seen_only_what_was_there_before_it(storage: Storage) -> None:
    number = keeping.save_search(storage, ADA, "Ice", "q=ice")
    begun = now()
    run = {"kind": "harvest", "state": "running", "started_at": begun, "heartbeat_at": begun, "counters": {}}
    with storage.writing() as session:
        session.execute(insert(Run).values(id=1, message="", **run))
    keeping.mark_seen(storage, ADA, number)
    assert keeping.saved_search(storage, ADA, number).seen_at == begun
    with storage.writing() as session:
        session.execute(Run.__table__.update().values(state="done"))
    keeping.mark_seen(storage, ADA, number)
    assert keeping.saved_search(storage, ADA, number).seen_at > begun


def test_a_visit_never_goes_back_in_time(storage: Storage) -> None:
    early = {"kind": "harvest", "state": "running", "started_at": now() - timedelta(minutes=5), "counters": {}}
    number = keeping.save_search(storage, ADA, "Ice", "q=ice")
    before = keeping.saved_search(storage, ADA, number).seen_at
    with storage.writing() as session:
        session.execute(insert(Run).values(id=1, message="", heartbeat_at=now(), **early))
    keeping.mark_seen(storage, ADA, number)
    assert keeping.saved_search(storage, ADA, number).seen_at == before


def test_the_same_state_in_any_order_has_the_same_short_link(storage: Storage) -> None:
    parts = ("q=spin+ice", "country=FR", "country=DE", "year=2015-2018", "page=2")
    names = {keeping.short_link(storage, ADA, "/search", "&".join(some)) for some in permutations(parts)}
    names.add(keeping.short_link(storage, BOB, "/search", "?" + "&".join([*parts, "country=FR", "empty="])))
    (name,) = names
    assert keeping.long_link(storage, name) == "/search?country=DE&country=FR&page=2&q=spin+ice&year=2015-2018"
    assert keeping.short_link(storage, ADA, "/instrument/12", "&".join(parts)) != name


def test_a_state_of_two_hundred_values_has_a_short_name(storage: Storage) -> None:
    state = "&".join(f"author=Author+number+{n}" for n in range(200))
    name = keeping.short_link(storage, ADA, "/search", state)
    assert len(name) == 10
    assert keeping.long_link(storage, name).count("author=") == 200


def test_a_name_that_is_taken_by_another_state_grows_by_a_letter(storage: Storage) -> None:
    name = keeping.short_link(storage, ADA, "/search", "q=ice")
    with storage.writing() as session:
        session.execute(ShortLink.__table__.update().values(query="q=snow"))  # as if both began alike
    longer = keeping.short_link(storage, ADA, "/search", "q=ice")
    assert longer[:-1] == name
    assert keeping.short_link(storage, ADA, "/search", "q=ice") == longer
    assert keeping.long_link(storage, name) == "/search?q=snow"


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "search", "/search/../x", "/a?b", "/Search\n"]
)
def test_a_short_link_leads_to_pages_of_this_program_only(storage: Storage, path: str) -> None:
    with pytest.raises(WrongUsage):
        keeping.short_link(storage, ADA, path, "q=ice")


def test_a_state_beyond_all_measure_is_refused(storage: Storage) -> None:
    with pytest.raises(WrongUsage):
        keeping.short_link(storage, ADA, "/search", "q=" + "x" * 40_000)
    with pytest.raises(Refused):
        keeping.short_link(storage, ANONYMOUS, "/search", "q=ice")
    with pytest.raises(NotHere):
        keeping.long_link(storage, "nothing")
