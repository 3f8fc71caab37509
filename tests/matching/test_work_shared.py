"""Who does the work changes nothing: one process, several, a Dask cluster; a killed child costs time, not results."""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

import puma.matching.links.grids
import puma.matching.links.rows
import puma.matching.links.score
from benchmarks.matching.scale_data import Made, invent
from puma.errors import TryLater, WrongUsage
from puma.matching.links.evidence import Policy
from puma.matching.links.grids import grids
from puma.matching.links.score import Scored, compare, score_compared, score_pairs
from puma.matching.persons import clusters
from puma.matching.persons.clusters import cluster_mentions
from puma.matching.persons.mentions import Mention
from puma.names import PersonName
from puma.settings import WorkSettings
from puma.work import Hands, Lent, Own, Shared, hands, in_turn, lent


@pytest.fixture(scope="module")
def made() -> Made:
    return invent(150, 301, seed=4)


@pytest.fixture(scope="module")
def serial(made: Made) -> list[Scored]:
    return score_pairs(grids(made.works, made.bids))


@pytest.fixture(autouse=True)
def _share_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(puma.matching.links.score, "WORTH_SHARING", 10)
    for room in (puma.matching.links.score, puma.matching.links.grids):
        monkeypatch.setattr(room, "BLOCK", 40)


def processes(count: int) -> Executor:
    return ProcessPoolExecutor(count, mp_context=get_context("fork"))  # starts at once


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_any_number_of_shards_gives_the_same_links(made: Made, serial: Sequence[Scored], count: int) -> None:
    with ThreadPoolExecutor(2) as threads:
        who = Shared(lambda: threads, count)
        assert score_pairs(grids(made.works, made.bids, hands=who), hands=who) == serial
    assert serial


@pytest.fixture(scope="module")
def authors(made: Made) -> list[Mention]:
    return [
        Mention(work.work_id, place, PersonName(*reversed(made.persons[options[0][0] - 1])), title=work.title)
        for work in made.works[:120]
        for place, options in enumerate(work.authors, start=1)
    ]


@pytest.fixture(scope="module")
def persons(authors: Sequence[Mention]) -> list[int | None]:
    return cluster_mentions(authors)


@pytest.mark.parametrize("count", [2, 7])
def test_any_number_of_shards_gives_the_same_persons(
    authors: Sequence[Mention], persons: Sequence[int | None], count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "WORTH_SHARING", 1)
    monkeypatch.setattr(clusters, "TOGETHER", 30)
    with ThreadPoolExecutor(2) as threads:
        assert cluster_mentions(authors, hands=Shared(lambda: threads, count)) == persons
    assert len(set(persons)) < len(authors)


def test_what_is_too_much_for_memory_is_in_a_file_and_gives_the_same_links(
    made: Made, serial: Sequence[Scored], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(puma.matching.links.rows, "IN_MEMORY", 100_000)
    m = grids(made.works, made.bids)
    pairs = compare(m)
    assert isinstance(pairs.features, np.memmap)
    assert score_compared(m, pairs, least=Policy().review) == serial


def test_more_hands_than_publications_are_no_trouble(made: Made) -> None:
    few = grids(made.works[:12], made.bids)
    with ThreadPoolExecutor(2) as threads:
        assert score_pairs(few, hands=Shared(lambda: threads, 50)) == score_pairs(few)


@pytest.mark.slow
def test_children_of_this_process_give_the_same_links_and_persons(
    made: Made,
    serial: Sequence[Scored],
    authors: Sequence[Mention],
    persons: Sequence[int | None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clusters, "WORTH_SHARING", 1)
    with hands(WorkSettings(processes=2)) as who:
        assert who.count == 2
        assert score_pairs(grids(made.works, made.bids), hands=who) == serial
        assert cluster_mentions(authors, hands=who) == persons


def double(number: int) -> int:
    return 2 * number


def dies_once(job: tuple[Path, int]) -> int:
    mark, number = job
    if number == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def dies(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def fails(number: int) -> int:
    raise ValueError(f"{number} is no good")


@pytest.mark.slow
def test_a_killed_child_costs_time_and_no_result(tmp_path: Path) -> None:
    pool = Shared(lambda: processes(2), 2)
    assert pool.map(dies_once, [(tmp_path / "died", n) for n in range(20)]) == [2 * n for n in range(20)]
    assert (tmp_path / "died").exists()
    assert pool.map(double, [4, 5]) == [8, 10]
    pool.close()


@pytest.mark.slow
def test_what_is_done_beside_is_done_again_when_its_child_was_killed(tmp_path: Path) -> None:
    pool = Shared(lambda: processes(1), 1)
    made = pool.beside(dies_once, (tmp_path / "died", 3))
    assert made() == 6
    assert pool.beside(double, 4)() == 8
    pool.close()


@pytest.mark.slow
def test_parts_that_are_done_in_turn_outlive_whoever_did_them(tmp_path: Path) -> None:
    pool = Shared(lambda: processes(2), 2)
    assert list(in_turn(pool, dies_once, ((tmp_path / "died", n) for n in range(9)))) == [2 * n for n in range(9)]
    assert (tmp_path / "died").exists()
    pool.close()


@pytest.mark.parametrize(("count", "ahead"), [(1, 1), (2, 3)])
def test_no_more_parts_are_made_than_hands_can_take(count: int, ahead: int) -> None:
    made: list[int] = []

    def parts() -> Iterator[int]:
        for number in range(10):
            made.append(number)
            yield number

    with ThreadPoolExecutor(count) as threads:
        found = in_turn(Shared(lambda: threads, count), double, parts())
        assert next(found) == 0
        assert len(made) == ahead
        assert list(found) == [2 * n for n in range(1, 10)]


def taken(job: tuple[Lent[list[int]], int]) -> int:
    several, place = job
    return several.here()[place]


@pytest.mark.parametrize("near", [False, True])
def test_what_is_lent_is_the_same_whether_it_comes_in_a_file_or_with_the_part(*, near: bool) -> None:
    with ThreadPoolExecutor(2) as threads:
        who = Shared(lambda: threads, 2, near=near)
        for several in ([3, 4, 5], [6, 7, 8]):
            with lent(who, several) as loan:
                assert (loan.file is not None) == near
                assert list(in_turn(who, taken, ((loan, place) for place in range(3)))) == several
            assert loan.file is None or not loan.file.exists()


@pytest.mark.slow
def test_work_that_kills_whoever_does_it_ends_with_a_sentence() -> None:
    pool = Shared(lambda: processes(1), 1)
    with pytest.raises(TryLater, match="killed"):
        pool.map(dies, [1, 2, 3])
    pool.close()


def test_an_error_of_the_task_is_raised_as_it_is() -> None:
    with ThreadPoolExecutor(1) as threads, pytest.raises(ValueError, match="no good"):
        Shared(lambda: threads, 1).map(fails, [1, 2])


def test_one_process_is_this_process() -> None:
    with hands(WorkSettings(processes=1)) as who:
        assert isinstance(who, Own)
        assert who.map(double, [1, 2]) == [2, 4]
        assert who.beside(double, 3)() == 6


def test_a_scheduler_without_dask_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(WrongUsage, match="dask"), hands(WorkSettings(url="tcp://127.0.0.1:1")):
        pass


@pytest.mark.slow
@pytest.mark.skipif(find_spec("distributed") is None, reason="needs the extra [dask]")
def test_a_dask_cluster_gives_the_same_links(made: Made, serial: Sequence[Scored]) -> None:
    from distributed import LocalCluster

    cluster = LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None)
    try:
        with hands(WorkSettings(url=cluster.scheduler_address)) as who:
            shared: Hands = who
            assert shared.count == 2
            assert score_pairs(grids(made.works, made.bids), hands=shared) == serial
    finally:
        cluster.close()
