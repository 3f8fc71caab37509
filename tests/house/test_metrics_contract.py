"""The contract of every metric: its words, its columns, true sums, and nothing that the viewer may not know."""

import math
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import pandas as pd
import pytest

from puma.access import EVERYTHING, ROLES, SEES, Viewer
from puma.dimensions import DIMENSIONS
from puma.errors import Refused, WrongUsage
from puma.facts import Snapshot, refresh
from puma.measuring import Answer, Metric, Question, ask, metrics, records_behind
from puma.measuring.definition import COUNTINGS, POLICIES
from puma.measuring.query import PARTS, value_query
from puma.measuring.receipts import facts_behind
from puma.storage import Storage
from tests.house.small_facility import AT, made

METRICS = Path(__file__).parents[2] / "puma" / "metrics"
NOT_EVERY_RECORD = frozenset({"institution", "root"})
"""Dimensions that say that what was not resolved is not among their rows: shares sum to the total at most."""

MIDDLES = frozenset({"time_to_publication"})
"""Medians: that of a part may be greater than that of the whole."""

NOTHING_LEFT_OUT = frozenset({
    "beam_time_use", "cross_facility_share", "dmp_share", "fair_score", "oversubscription_on_offer",
    "papers_per_beam_day", "papers_per_beam_day_at_once", "pdb_with_paper_share", "pdb_with_raw_data_share",
    "technique_coverage", "topic_coverage",
})  # fmt: skip
"""Rates over all that there is of their kind, or over what is known of all or of none."""

every_metric = pytest.mark.parametrize("slug", sorted(metrics()))


@pytest.fixture(scope="module")
def facility(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """The facts of the small facility with its secrets."""
    yield from facts(tmp_path_factory.mktemp("facility"), secrets=True)


@pytest.fixture(scope="module")
def open_facility(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """The same facility where no secret was ever harvested."""
    yield from facts(tmp_path_factory.mktemp("open"), secrets=False)


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The facts of a database in which there is nothing yet."""
    folder = tmp_path_factory.mktemp("nothing")
    storage = Storage(f"sqlite:///{folder / 'puma.db'}")
    storage.migrate()
    return refresh(storage, folder / "facts", AT)


def facts(folder: Path, *, secrets: bool) -> Iterator[Snapshot]:
    storage = Storage(f"sqlite:///{folder / 'puma.db'}")
    storage.migrate()
    yield made(storage, folder / "facts", secrets=secrets)
    storage.close()


def cuts(one: Metric) -> list[str]:
    """What a metric can be cut by."""
    return [dimension.slug for dimension in one.dimensions]


def filters(one: Metric) -> list[str]:
    """What a metric can be filtered by: what people say of themselves is a cut only."""
    return [cut for cut in cuts(one) if not DIMENSIONS[cut].whole]


def policies(one: Metric, by: Sequence[str], counting: str) -> list[str]:
    """The link policies under which this is another question; one where the query names none."""
    names_one = "{policy}" in value_query(one, by, {}, "{policy}", counting).sql
    return [*POLICIES] if one.follows_links or names_one else [*POLICIES][:1]


def is_count(one: Metric) -> bool:
    """Whether the total is a number of records, so that the list behind it is as long."""
    return not one.is_rate and one.numerator in (
        f"count(DISTINCT {one.record})",
        f"nullif(count(DISTINCT {one.record}), 0)",
    )


def weight(facility: Snapshot, question: Question, records: Sequence[int]) -> float:
    """How many records these are; under the wide policy, where candidates are weighed, what they weigh together."""
    if question.policy != "wide" or not metrics()[question.slug].weighed:
        return len(records)
    rows = facts_behind(facility, EVERYTHING, question)
    weights = dict(zip(rows["record"].to_pylist(), rows["weight"].to_pylist(), strict=True))
    assert all(0.9 <= one <= 1 for one in weights.values())
    return round(sum(weights[record] for record in records), 9)


def columns(one: Metric, by: Sequence[str]) -> set[str]:
    numbered = {f"{cut}_id" for cut in by if DIMENSIONS[cut].names}
    return {*by, *numbered, "value", *(("numerator", "denominator") if one.is_rate else ())}


# Words


def test_there_is_one_file_per_metric_named_after_it() -> None:
    there = {path.stem for path in METRICS.glob("*.py")} - {"__init__"}
    assert there == metrics().keys()
    assert len(there) >= 10


@every_metric
def test_a_metric_says_what_it_counts_and_by_which_date(slug: str) -> None:
    one = metrics()[slug]
    words = [one.label, one.unit, one.counts, one.date_rule, *([one.out_of] if one.is_rate else [])]
    assert all(text and text == text.strip() for text in words)
    assert all(text and not text.endswith(".") for text in words), "the rule puts the full stops"
    assert one.label[0].isupper()
    assert one.rule().count("Date: ") == 1
    assert one.rule().endswith(".")
    assert ".." not in one.rule()
    assert bool(one.denominator) == bool(one.out_of)
    assert one.role in ROLES
    assert "year" in [dimension.slug for dimension in one.dimensions]


@pytest.mark.parametrize("slug", sorted(slug for slug, one in metrics().items() if one.is_rate and not one.fewest))
def test_a_rate_says_how_many_it_leaves_out_and_why(slug: str) -> None:
    """Rates about people say it in their rule alone: how many are left out could be about few of them."""
    words = [why for why, _ in metrics()[slug].left_out]
    assert len(set(words)) == len(words)
    assert bool(words) != (slug in NOTHING_LEFT_OUT)


@every_metric
def test_a_metric_is_a_small_file(slug: str) -> None:
    assert len((METRICS / f"{slug}.py").read_text(encoding="utf-8").splitlines()) <= 60


def test_two_metrics_never_share_a_label() -> None:
    labels = [one.label for one in metrics().values()]
    assert sorted(labels) == sorted(set(labels))


# Answers


@every_metric
def test_an_empty_database_answers_nought_or_nothing_everywhere(nothing: Snapshot, slug: str) -> None:
    one = metrics()[slug]
    for by in [(), *((dimension.slug,) for dimension in one.dimensions)]:
        answer = ask(nothing, EVERYTHING, Question(slug, by))
        assert answer.total in (0, None)
        assert set(answer.table.columns) == columns(one, by)
        assert len(answer.table) == (0 if by else 1)
    assert records_behind(nothing, EVERYTHING, Question(slug)) == []


@every_metric
def test_an_answer_has_the_documented_columns_and_explains_itself(facility: Snapshot, slug: str) -> None:
    one = metrics()[slug]
    first, second = cuts(one)[:2]
    for by in chain(((cut,) for cut in cuts(one)), ((cut, first if cut != first else second) for cut in cuts(one))):
        answer = ask(facility, EVERYTHING, Question(slug, by))
        assert set(answer.table.columns) == columns(one, by), by
        assert list(answer.table.index) == list(range(len(answer.table))), by
        assert not answer.table.duplicated([f"{c}_id" if DIMENSIONS[c].names else c for c in by]).any(), by
        assert answer.footnotes[0] == one.rule(), by
        assert answer.as_of == AT
        assert any("version 1" in note for note in answer.footnotes), by
        assert answer.total == ask(facility, EVERYTHING, Question(slug)).total, by


@every_metric
def test_the_facility_of_the_tests_has_something_to_say(facility: Snapshot, slug: str) -> None:
    one = metrics()[slug]
    answer = ask(facility, EVERYTHING, Question(slug))
    assert answer.total
    assert answer.total > 0
    if one.is_rate:
        assert answer.numerator is not None
        assert answer.denominator
        assert answer.total == answer.numerator / answer.denominator
        assert one.unit != "share" or 0 < answer.total <= 1


@every_metric
def test_rows_are_at_most_the_total_and_sum_to_it_where_a_record_has_one_value(facility: Snapshot, slug: str) -> None:
    for cut in cuts(metrics()[slug]):
        _is_within_the_total(metrics()[slug], cut, ask(facility, EVERYTHING, Question(slug, (cut,))))


def _is_within_the_total(one: Metric, cut: str, answer: Answer) -> None:
    if one.is_rate:
        told = answer.table.dropna(subset=["numerator"])
        assert one.unit != "share" or (told["numerator"] <= told["denominator"]).all(), cut
        untold = answer.table.drop(index=told.index)
        assert one.fewest or not len(untold), "only what is about too few people has no numerator"
        assert untold[["value", "denominator"]].isna().all().all(), cut
        shown = answer.table["value"].dropna()
        assert one.unit != "share" or shown.between(0, 1).all(), cut
        assert len(shown) == (answer.table["denominator"] >= one.least).sum(), cut
    elif answer.total is not None and not answer.hidden and one.slug not in MIDDLES:
        assert (answer.table["value"].dropna() <= answer.total).all(), cut
        one_each = not DIMENSIONS[cut].many and DIMENSIONS[cut].ways[one.fact].join == ""
        if is_count(one) and one_each and one.slug != "users":
            assert answer.table["value"].sum() == answer.total, cut


@every_metric
def test_shares_sum_to_the_total(facility: Snapshot, slug: str) -> None:
    one = metrics()[slug]
    for cut in cuts(one):
        if not one.fractional or not DIMENSIONS[cut].ways[one.fact].share:
            with pytest.raises(WrongUsage, match="Fractional counting"):
                ask(facility, EVERYTHING, Question(slug, (cut,), counting="fractional"))
            continue
        for policy in policies(one, (cut,), "fractional"):
            _sums_up(facility, one, Question(slug, (cut,), policy=policy, counting="fractional"))


def _sums_up(facility: Snapshot, one: Metric, question: Question) -> None:
    answer, (cut,) = ask(facility, EVERYTHING, question), question.by
    if one.is_rate:
        for part in ("numerator", "denominator"):
            summed, whole = answer.table[part].sum(), getattr(answer, part)
            assert whole > 0, cut
            if cut in NOT_EVERY_RECORD:
                assert summed <= whole + 1e-9, cut
            else:
                assert math.isclose(summed, whole, abs_tol=1e-9), cut
        return
    total = ask(facility, EVERYTHING, Question(one.slug, policy=question.policy)).total
    assert total is not None
    assert (answer.table["value"] > 0).all(), cut
    if cut in NOT_EVERY_RECORD:
        assert answer.table["value"].sum() <= total + 1e-9, cut
    else:
        assert math.isclose(answer.table["value"].sum(), total, abs_tol=1e-9), cut


@every_metric
def test_a_year_answers_the_same_as_a_row_and_as_a_filter(facility: Snapshot, slug: str) -> None:
    one = metrics()[slug]
    rows = ask(facility, EVERYTHING, Question(slug, ("year",))).table
    assert len(rows) >= (3 if slug == "industrial_hours" else 5), "industry has three sessions in this facility"
    assert list(rows["year"]) == sorted(rows["year"])
    for year, value in zip(rows["year"], rows["value"], strict=True):
        filtered = ask(facility, EVERYTHING, Question(slug, filters={"year": (str(year),)}))
        assert same(value, filtered.total)
    years = f"{rows['year'].min()}-{rows['year'].max()}"
    assert ask(facility, EVERYTHING, Question(slug, filters={"year": (years,)})).total == (
        ask(facility, EVERYTHING, Question(slug)).total
    )
    assert ask(facility, EVERYTHING, Question(slug, filters={"year": ("1850",)})).total in (0, None)
    if is_count(one) and slug != "users":
        assert rows["value"].sum() == ask(facility, EVERYTHING, Question(slug)).total


@every_metric
def test_a_cumulative_year_is_the_filter_up_to_it_and_what_cannot_be_added_up_is_refused(
    facility: Snapshot, slug: str
) -> None:
    one = metrics()[slug]
    if one.never_added_up:
        with pytest.raises(WrongUsage, match="not given cumulative"):
            ask(facility, EVERYTHING, Question(slug, ("year",), cumulative=True))
        return
    yearly, sums = (ask(facility, EVERYTHING, Question(slug, ("year",), cumulative=yes)) for yes in (False, True))
    dated = sums.table[sums.table["year"].notna()]
    first = int(dated["year"].min())
    assert list(dated["year"]) == list(range(first, int(yearly.table["year"].max()) + 1)), "no year is left out"
    for year, value in zip(dated["year"], dated["value"], strict=True):
        until = ask(facility, EVERYTHING, Question(slug, filters={"year": (f"{first}-{int(year)}",)}))
        assert math.isclose(value, until.total or 0), "counted up to the year, not summed up over years"
    assert any(note.startswith("Cumulative: ") for note in sums.footnotes)
    assert (sums.total, set(sums.table.columns)) == (yearly.total, set(yearly.table.columns))


@every_metric
def test_the_cumulative_parts_of_a_second_cut_end_with_their_sums(facility: Snapshot, slug: str) -> None:
    one = metrics()[slug]
    cut = next(dimension.slug for dimension in one.dimensions if dimension.slug != "year")
    if one.never_added_up:
        assert one.is_rate or one.finish or one.fewest or "DISTINCT proposal_id" in one.numerator
        return
    yearly, sums = (ask(facility, EVERYTHING, Question(slug, ("year", cut), cumulative=yes)) for yes in (False, True))
    last = sums.table[sums.table["year"] == sums.table["year"].max()].set_index(cut)["value"]
    whole = yearly.table[yearly.table["year"].notna()].groupby(cut)["value"].sum()
    assert last.to_dict() == pytest.approx(whole.to_dict())


def test_a_cut_by_place_says_of_how_many_author_places_none_is_known(facility: Snapshot) -> None:
    of_linked = "FROM authorships WHERE record_id IN (SELECT id FROM works WHERE countable AND linked_standard)"
    for cut, column in (("institution", "institution_id"), ("sector", "institution_id"), ("country", "country")):
        sql = f"SELECT count(*) - count({column}), count(*) {of_linked}"
        told = facility.connect(EVERYTHING).execute(sql).fetchone()
        assert told is not None
        assert told[0] > 0
        answer = ask(facility, EVERYTHING, Question("publications", (cut,)))
        assert f"{told[0] / told[1] * 100:.1f}" in answer.unresolved
        assert f"({told[0]} of {told[1]})" in answer.unresolved
        assert any(answer.unresolved[1:] in note for note in answer.footnotes)
    assert not ask(facility, EVERYTHING, Question("publications", ("type",))).unresolved
    few = Question("publications", ("country",), {"year": ("2017",), "instrument": ("D1",)})
    assert not ask(facility, EVERYTHING, few).unresolved, "no share of so few"


def test_cumulative_needs_years(facility: Snapshot) -> None:
    with pytest.raises(WrongUsage, match="has to be cut by year"):
        ask(facility, EVERYTHING, Question("publications", ("type",), cumulative=True))


@every_metric
def test_a_row_answers_the_same_as_a_filter(facility: Snapshot, slug: str) -> None:
    for cut in filters(metrics()[slug]):
        table = ask(facility, EVERYTHING, Question(slug, (cut,))).table
        for row in table[table[cut].notna()].to_dict("records"):
            filtered = ask(facility, EVERYTHING, Question(slug, filters={cut: (str(row[cut]),)}))
            assert same(row["value"], filtered.total), (row, filtered.total)


def same(one: float, other: float | None) -> bool:
    return math.isnan(one) if other is None else one == other


@every_metric
def test_the_list_behind_a_count_is_as_long_as_the_count(facility: Snapshot, slug: str) -> None:
    one = metrics()[slug]
    for policy in POLICIES:
        for filters in ({}, {"year": ("2017-2018",)}, {"instrument": ("D1",)}, {"country": ("FR",), "year": ("2017",)}):
            if not {*filters} <= {dimension.slug for dimension in one.dimensions}:
                continue
            question = Question(slug, filters=filters, policy=policy)
            behind = records_behind(facility, EVERYTHING, question)
            assert behind == sorted(set(behind))
            total = ask(facility, EVERYTHING, question).total
            if is_count(one) and total is not None:
                assert weight(facility, question, behind) == total


@pytest.mark.parametrize("slug", sorted(slug for slug, one in metrics().items() if one.is_rate))
def test_the_numerator_and_the_rest_of_a_rate_are_all_records_behind_it(facility: Snapshot, slug: str) -> None:
    for policy in POLICIES:
        question = Question(slug, policy=policy)
        every, counted, rest = (
            records_behind(facility, EVERYTHING, question, part=part) for part in ("all", "numerator", "rest")
        )
        assert sorted([*counted, *rest]) == every
        answer = ask(facility, EVERYTHING, question)
        if answer.metric.counted_only:
            assert every == [], "whom it counts is told to nobody"
            continue
        if answer.metric.denominator == f"count(DISTINCT {answer.metric.record})" and answer.metric.unit == "share":
            shown = (answer.numerator or 0, answer.denominator or 0)  # of a number that is not shown there is no list
            assert (weight(facility, question, counted), weight(facility, question, every)) == shown
        left_out = records_behind(facility, EVERYTHING, question, part="left out")
        assert not {*left_out} & {*every}
        assert len(left_out) == sum(answer.left_out.values())


def test_which_people_a_rate_counts_is_for_the_user_office_alone(facility: Snapshot) -> None:
    question = Question("industrial_users_share")
    with pytest.raises(Refused, match="user office"):
        records_behind(facility, Viewer("viewer"), question, part="numerator")
    assert records_behind(facility, Viewer("user_office"), question, part="numerator")
    with pytest.raises(WrongUsage, match="has no part"):
        records_behind(facility, EVERYTHING, Question("publications"), part="rest")


@pytest.mark.parametrize("slug", [slug for slug, one in metrics().items() if one.counted_only])
def test_what_people_say_of_themselves_is_counted_and_no_more(facility: Snapshot, slug: str) -> None:
    one, admin = metrics()[slug], EVERYTHING
    assert one.fewest
    assert ask(facility, admin, Question(slug)).total
    assert not any(records_behind(facility, admin, Question(slug), part=part) for part in PARTS)
    with pytest.raises(Refused, match="kept nowhere"):
        facts_behind(facility, admin, Question(slug))
    for cut in {*cuts(one)} - {*filters(one)}:
        with pytest.raises(WrongUsage, match="few people"):
            ask(facility, admin, Question(slug, filters={cut: ("woman",)}))


@every_metric
def test_the_policies_are_nested(facility: Snapshot, slug: str) -> None:
    if is_count(metrics()[slug]):
        totals = [ask(facility, EVERYTHING, Question(slug, policy=policy)).total for policy in POLICIES]
        assert totals == sorted(total for total in totals if total is not None)


@every_metric
def test_a_question_that_cannot_be_asked_is_refused_in_a_sentence(facility: Snapshot, slug: str) -> None:
    for wrong in (
        Question(slug, ("colour",)),
        Question(slug, filters={"colour": ("red",)}),
        Question(slug, policy="generous"),
        Question(slug, counting="twice"),
        Question(slug, filters={"year": ("soon",)}),
        Question(slug, filters={"year": ("99999",)}),
    ):
        with pytest.raises(WrongUsage) as error:
            ask(facility, EVERYTHING, wrong)
        assert str(error.value).endswith(".")


@every_metric
def test_a_filter_is_never_code(facility: Snapshot, slug: str) -> None:
    hostile = "x' OR '1'='1"
    for cut in filters(metrics()[slug]):
        if cut != "year":
            assert ask(facility, EVERYTHING, Question(slug, filters={cut: (hostile,)})).total in (0, None), cut


# Who may know


def told(answer: Answer) -> tuple[object, ...]:
    """What an answer says, without the numbers of records, which differ between two databases."""
    names = [name for name in answer.table.columns if not name.endswith("_id")]
    columns = [[_plain(value) for value in answer.table[name].tolist()] for name in names]
    rows = sorted(zip(*columns, strict=True), key=repr)
    return names, rows, answer.total, answer.numerator, answer.denominator, answer.hidden, answer.footnotes


def _plain(value: object) -> object:
    """A value of a table; of sums that were made in another order the last digits do not tell."""
    if value is None or value is pd.NA or value != value:
        return -1
    return round(float(value), 12) + 0.0 if isinstance(value, int | float) else value  # and nought has no sign


@every_metric
@pytest.mark.parametrize(
    "role", sorted({sees: role for role, sees in SEES.items() if "restricted" not in sees}.values())
)
def test_an_answer_is_the_same_with_and_without_what_the_viewer_may_not_know(
    facility: Snapshot, open_facility: Snapshot, slug: str, role: str
) -> None:
    one, viewer = metrics()[slug], Viewer(role)
    if not viewer.at_least(one.role):
        for snapshot in (facility, open_facility):
            with pytest.raises(Refused):
                ask(snapshot, viewer, Question(slug))
        return
    for by in chain([()], ((cut,) for cut in cuts(one))):
        for counting in COUNTINGS:
            if counting == "fractional" and not (by and DIMENSIONS[by[0]].ways[one.fact].share and one.fractional):
                continue
            for policy in policies(one, by, counting):
                question = Question(slug, by, policy=policy, counting=counting)
                assert told(ask(facility, viewer, question)) == told(ask(open_facility, viewer, question))
    assert len(records_behind(facility, viewer, Question(slug))) == (
        len(records_behind(open_facility, viewer, Question(slug)))
    )


def test_the_secrets_of_the_facility_would_be_seen_in_the_numbers(facility: Snapshot, open_facility: Snapshot) -> None:
    """Else the test above could not fail."""
    for slug in ("proposals", "experiments", "publications", "users"):
        totals = [ask(snapshot, EVERYTHING, Question(slug)).total for snapshot in (facility, open_facility)]
        assert totals[0] != totals[1], slug


@pytest.mark.parametrize("slug", [slug for slug, one in metrics().items() if one.role != ROLES[0]])
def test_the_list_behind_a_number_needs_the_same_role(facility: Snapshot, slug: str) -> None:
    below = Viewer(ROLES[ROLES.index(metrics()[slug].role) - 1])
    with pytest.raises(Refused):
        records_behind(facility, below, Question(slug))
