"""Datasets past their embargo: open, closed and not known beside each other, the share between its bounds."""

from collections.abc import Iterator

import pytest

from dashboards.frame.languages import said_in
from puma.installation import Installation
from puma.settings import load_settings
from tests.dashboards.test_cumulative import drawn, figure, link, words
from tests.resolve.desk import Desk, dataset, instrument


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Twelve datasets shown to be open, two closed, six of which nobody knows, three without an embargo."""
    folder = tmp_path_factory.mktemp("opened")
    (folder / "puma.toml").write_text("", "utf-8")
    made = Installation(load_settings(folder / "puma.toml"))
    made.prepare()
    desk = Desk(made.storage, {"office": 10})
    told = [("2020-01-01", True)] * 12 + [("2020-01-01", False)] * 2 + [("2020-01-01", None)] * 6 + [(None, True)] * 3
    desk.hand_in("office", instrument("D17"), settle=False)
    for number, (day, free) in enumerate(told):
        values = {"open_on": day} if day else {}
        desk.hand_in("office", dataset(f"10.5/{number}", open_now=free, year=2018 + number % 2, **values), settle=False)
    desk.settle()
    made.refresh_facts()
    yield made
    made.close()


def test_the_share_stands_between_its_bounds_and_leads_to_what_is_not_known(house: Installation) -> None:
    card = drawn(house, "/data", "opened")
    assert "Open on time: between 60\u202f% and 90\u202f% of 20 datasets" in words(card).replace(".0\u202f%", "\u202f%")
    assert "3 datasets without a known end of their embargo are in none" in words(card)
    assert "metric=datasets_of_unknown_openness" in link(card, "Of 6 no catalogue says it")
    assert {trace.name: sum(trace.y) for trace in figure(card).data} == {"Open": 12, "Closed": 2, "Not known": 6}
    assert link(card, "CSV").startswith("data:text/csv;charset=utf-8,Year%2COpen%2CClosed%2CNot%20known")
    sums = drawn(house, "/data", "opened", "?sum=opened")
    assert link(sums, "Per year") == "?"
    assert {trace.name: trace.y[-1] for trace in figure(sums).data} == {"Open": 12, "Closed": 2, "Not known": 6}


def test_it_is_said_in_french_and_german(house: Installation) -> None:
    card = drawn(house, "/data", "opened")
    assert "Von 6 sagt es kein Katalog" in words(said_in("de", card))
    assert "Ouverts à temps : entre" in words(said_in("fr", card)).replace("\u00a0", " ")
