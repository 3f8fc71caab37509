"""Whatever is asked under whatever filters: the number, the list behind it, its rows and its click tell the same."""

import random

import duckdb
import pytest

from puma.access import EVERYTHING, Viewer
from puma.dimensions import DIMENSIONS
from puma.facts import Snapshot
from puma.measuring import Metric, Question, ask, metrics, records_behind
from puma.measuring.definition import POLICIES
from puma.measuring.receipts import facts_behind, value_of

READER = Viewer("viewer")
ASKED = 25  # questions of each seed
OWN_WORDS = {slug for slug, one in metrics().items() if one.counted_only}


def drawn(snapshot: Snapshot, viewer: Viewer, dice: random.Random) -> Question:
    """A metric under up to two filters, each with one or two of the values that it has."""
    slug = dice.choice([one for one in metrics() if one not in OWN_WORDS and viewer.at_least(metrics()[one].role)])
    policy = dice.choice([*POLICIES])
    cuts = dice.sample([one.slug for one in metrics()[slug].dimensions], 2)
    filters = {}
    for cut in cuts[: dice.randint(0, 2)]:
        table = ask(snapshot, viewer, Question(slug, (cut,), policy=policy)).table
        values = [str(int(one)) if cut == "year" else str(one) for one in table[cut].dropna()]
        if values:
            filters[cut] = tuple(dice.sample(values, min(len(values), dice.randint(1, 2))))
    return Question(slug, (), filters, policy)


def is_count(one: Metric) -> bool:
    return one.numerator in (f"count(DISTINCT {one.record})", f"nullif(count(DISTINCT {one.record}), 0)")


@pytest.mark.parametrize("seed", range(4))
def test_a_number_is_what_its_list_its_rows_and_a_click_on_them_make_of_it(facility: Snapshot, seed: int) -> None:
    dice = random.Random(seed)
    viewer = (EVERYTHING, READER)[seed % 2]
    for _ in range(ASKED):
        asked = drawn(facility, viewer, dice)
        one, answer = metrics()[asked.slug], ask(facility, viewer, asked)
        if answer.total is None and one.fewest:
            assert records_behind(facility, viewer, asked) == [], asked
            continue
        connection = duckdb.connect()
        connection.register("behind", facts_behind(facility, viewer, asked))
        again = value_of(connection, one, asked.policy, "behind")
        if answer.total is not None:
            assert again.value == pytest.approx(answer.total, abs=1e-9), asked
        if is_count(one):
            number = len(records_behind(facility, viewer, asked))
            if asked.policy == "wide" and one.weighed:  # a candidate weighs 90 % at least
                assert 0.9 * number <= (answer.total or 0) + 1e-9 <= number + 2e-9, asked
            else:
                assert number == (answer.total or 0), asked
        _rows_and_clicks(facility, viewer, asked, dice)


def _rows_and_clicks(facility: Snapshot, viewer: Viewer, asked: Question, dice: random.Random) -> None:
    """The rows of a further cut against its filter; and of two, those that stand on each other against their sum."""
    one = metrics()[asked.slug]
    free = [cut.slug for cut in one.dimensions if cut.slug not in asked.filters]
    if not free:
        return
    cut = dice.choice(free)
    rows = ask(facility, viewer, Question(asked.slug, (cut,), asked.filters, asked.policy)).table
    for row in rows[rows[cut].notna()].to_dict("records")[:6]:
        value = str(int(row[cut])) if cut == "year" else str(row[cut])
        clicked = ask(facility, viewer, Question(asked.slug, (), {**asked.filters, cut: (value,)}, asked.policy))
        if row["value"] == row["value"]:
            assert clicked.total == pytest.approx(row["value"], abs=1e-9), (asked, cut, value)
    single = [slug for slug in free if slug != "year" and not DIMENSIONS[slug].many]
    if one.never_added_up or not single:
        return
    parts = Question(asked.slug, ("year", dice.choice(single)), asked.filters, asked.policy)
    stacked = ask(facility, viewer, parts).table["value"].sum()
    assert stacked == pytest.approx(ask(facility, viewer, asked).total or 0, abs=1e-6), parts
