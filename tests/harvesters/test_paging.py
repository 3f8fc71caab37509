"""Lists read by skip and limit: whole although they move, and never endless."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from harvesters._paging import by_skip
from puma.errors import StopRun, TryLater
from puma.harvesting import Transport, Visit

Rows = list[dict[str, Any]]


def rows(count: int) -> Rows:
    return [{"id": f"{number}"} for number in range(count)]


def read(ask: Callable[[str, int], object], cursor: Mapping[str, Any] | None = None) -> list[str]:
    visit = Visit(cast(Transport, None), datetime(2026, 3, 2, tzinfo=UTC), cursor=cursor)
    pages = by_skip(["things"], ask, lambda one: str(one["id"]), visit)
    return [record.key for page in pages for record in page.records]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
@pytest.mark.parametrize("count", [0, 1, 2, 6, 7])
def test_every_record_is_met_once_whatever_the_size_of_a_page(count: int, limit: int) -> None:
    held = rows(count)
    assert read(lambda name, skip: held[skip : skip + limit]) == [one["id"] for one in held]


@pytest.mark.parametrize("limit", [2, 3])
def test_a_record_that_vanishes_while_the_list_is_read_does_not_take_another_one_with_it(limit: int) -> None:
    held = rows(10)
    asked: list[int] = []

    def ask(name: str, skip: int) -> Rows:
        asked.append(skip)
        if len(asked) == 3:
            del held[0]  # everything moves by one place
        return held[skip : skip + limit]

    assert set(read(ask)) >= {one["id"] for one in rows(10)[1:]}


def test_a_run_that_goes_on_after_the_list_moved_begins_anew() -> None:
    held = rows(6)[1:]
    found = read(lambda name, skip: held[skip : skip + 2], {"collection": "things", "skip": 2, "last": "1"})
    assert found == ["1", "2", "3", "4", "5"]


def test_a_list_that_never_stands_still_is_tried_later_and_one_that_ignores_the_place_is_stopped() -> None:
    held = rows(50)

    def moving(name: str, skip: int) -> Rows:
        held.insert(0, {"id": f"new {len(held)}"})
        return held[skip : skip + 5]

    with pytest.raises(TryLater, match="moves while it is read"):
        read(moving)
    for limit in (1, 2):
        with pytest.raises(StopRun, match="again and again"):
            read(lambda name, skip, limit=limit: rows(5)[:limit])  # type: ignore[misc]
