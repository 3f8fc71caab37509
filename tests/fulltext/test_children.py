"""The children that read PDFs: they die alone, with their parent, and know no secrets."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from puma.errors import PumaError
from puma.fulltext import EXTRACTOR_VERSION, Extraction, Limits, State, extract_all
from puma.fulltext.children import _understood, better, wants_second_reader
from puma.fulltext.extract import Reading
from tests.fulltext.conftest import drawn, endless_cross_reference, extracted, form_bomb

Write = Callable[[str, bytes], Path]


def children_of(parent: int) -> list[int]:
    """The reading children of a process; the parent stands after the name in parentheses."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            its_parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if its_parent == parent and b"extract.py" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def wait_for(happens: Callable[[], bool]) -> None:
    for _ in range(1200):
        if happens():
            return
        time.sleep(0.05)
    pytest.fail("waited for a minute in vain")


def is_busy(pid: int) -> bool:
    """Has used more processor time than its start takes: two seconds."""
    return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13])) > 200


def test_a_child_killed_in_the_middle_fails_only_its_own_file(written: Write, tmp_path: Path) -> None:
    hanging = written("hanging.pdf", endless_cross_reference())
    sound = [drawn(tmp_path / f"sound{number}.pdf", [f"number {number}"]) for number in range(20)]
    found: list[Extraction] = []
    paths = [*sound[:10], hanging, *sound[10:]]
    thread = Thread(target=lambda: found.extend(extract_all(paths, workers=1)))
    thread.start()
    wait_for(lambda: any(map(is_busy, children_of(os.getpid()))))
    for pid in children_of(os.getpid()):
        os.kill(pid, signal.SIGKILL)
    thread.join()
    by_path = {extraction.path: extraction for extraction in found}
    assert by_path[hanging].state is State.BROKEN
    assert by_path[hanging].reason == "its reader was killed from outside"
    assert [by_path[path].pages for path in sound] == [(f"number {number}",) for number in range(20)]


def test_processor_time_is_limited_even_where_the_clock_is_not(written: Write) -> None:
    hanging = written("hanging.pdf", endless_cross_reference())
    extraction = extracted(hanging, limits=Limits(wall_s=300, cpu_s=1))["hanging.pdf"]
    assert (extraction.state, extraction.reason) == (State.TIMED_OUT, "not read within 1 seconds of processor time")


def test_children_end_when_their_parent_is_killed(written: Write) -> None:
    hanging = [written(f"hanging{number}.pdf", endless_cross_reference()) for number in range(2)]
    script = (
        "import sys; from pathlib import Path; from puma.fulltext import extract_all\n"
        "list(extract_all(map(Path, sys.argv[1:])))"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, *map(str, hanging)])
    wait_for(lambda: len(children_of(parent.pid)) == 2)
    children = children_of(parent.pid)
    wait_for(lambda: all(map(is_busy, children)))
    parent.kill()
    parent.wait()
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))


def test_nothing_stays_behind_when_the_caller_stops_early(written: Write, tmp_path: Path) -> None:
    sound = drawn(tmp_path / "sound.pdf", ["first"])
    hanging = [written(f"forms{number}.pdf", form_bomb(12, 12)) for number in range(6)]
    extractions = extract_all([sound, *hanging], workers=2)
    assert next(extractions).pages == ("first",)
    assert children_of(os.getpid())
    extractions.close()  # type: ignore[attr-defined]  # an Iterator by contract, a generator in truth
    assert not children_of(os.getpid())


def test_paths_are_taken_only_as_far_as_results_are_wanted(tmp_path: Path) -> None:
    sound = drawn(tmp_path / "sound.pdf", ["again"])
    taken: list[int] = []

    def endless() -> Iterator[Path]:
        while True:
            taken.append(1)
            yield sound

    extractions = extract_all(endless(), workers=2)
    for _ in range(10):
        next(extractions)
    assert len(taken) <= 10 + 2 * 2 + 1
    extractions.close()  # type: ignore[attr-defined]


def test_a_child_knows_nothing_of_our_environment(
    written: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUMA_DATABASE_PASSWORD", "geheim")
    sound = drawn(tmp_path / "sound.pdf", ["first"])
    extractions = extract_all([sound, written("hanging.pdf", endless_cross_reference())], workers=1)
    next(extractions)
    (child,) = children_of(os.getpid())
    environment = Path(f"/proc/{child}/environ").read_bytes()
    extractions.close()  # type: ignore[attr-defined]
    assert b"PYTHONUTF8" in environment
    assert b"geheim" not in environment


def test_the_pdf_libraries_are_never_loaded_in_the_parent(tmp_path: Path) -> None:
    sound = drawn(tmp_path / "sound.pdf", ["first"])
    script = (
        "import sys; from pathlib import Path; from puma.fulltext import extract_all\n"
        "assert [e.pages for e in extract_all([Path(sys.argv[1])])] == [('first',)]\n"
        "print(sorted(name for name in sys.modules if name in ('pypdfium2', 'pdfminer')))"
    )
    output = subprocess.run([sys.executable, "-c", script, str(sound)], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "[]"


def test_limits_too_low_to_start_are_an_error_and_not_a_thousand_broken_files(tmp_path: Path) -> None:
    sound = drawn(tmp_path / "sound.pdf", ["first"])
    with pytest.raises(PumaError, match="does not start within 10 MiB"):
        extracted(sound, limits=Limits(memory_mb=10))


def test_a_relative_path_is_found_and_told_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn(tmp_path / "sound.pdf", ["first"])
    monkeypatch.chdir(tmp_path)
    assert [(e.path, e.pages) for e in extract_all([Path("sound.pdf")])] == [(Path("sound.pdf"), ("first",))]


def test_a_name_that_is_no_unicode_is_read(tmp_path: Path) -> None:
    path = drawn(tmp_path / "sound.pdf", ["first"]).rename(tmp_path / os.fsdecode(b"caf\xe9\n.pdf"))
    assert [extraction.pages for extraction in extract_all([path])] == [("first",)]


@pytest.mark.parametrize("said", [b"", b"{", b"[]\n", b"null\n", b'{"reading": {"state": "fine"}}\n', b"[" * 100_000])
def test_a_child_that_talks_nonsense_is_not_believed(said: bytes) -> None:
    assert _understood(said) == (None, True)


def test_pdfminer_is_asked_only_where_pdfium_failed_or_found_nothing() -> None:
    asked = {state for state in State if wants_second_reader(Reading(state, "pdfium"))}
    assert asked == {State.BROKEN, State.NO_TEXT}
    assert wants_second_reader(Reading(State.TEXT, "pdfium", ("a", ""), 2, {}, 1))


@pytest.mark.parametrize(
    ("first", "second", "wins"),
    [
        (State.BROKEN, State.TIMED_OUT, "pdfminer"),
        (State.BROKEN, State.BROKEN, "pdfminer"),
        (State.BROKEN, State.ENCRYPTED, "pdfminer"),
        (State.NO_TEXT, State.TIMED_OUT, "pdfium"),
        (State.NO_TEXT, State.NO_TEXT, "pdfium"),
    ],
)
def test_without_text_the_reading_that_says_most_wins(first: State, second: State, wins: str) -> None:
    assert better(Reading(first, "pdfium"), Reading(second, "pdfminer")).reader == wins


def test_with_text_the_longer_reading_wins() -> None:
    short, long = Reading(State.TEXT, "pdfium", ("a",)), Reading(State.TEXT, "pdfminer", ("a", "bc"))
    assert better(short, long) is long
    assert better(long, short) is long


def test_the_version_names_both_readers() -> None:
    assert "pypdfium2-" in EXTRACTOR_VERSION
    assert "pdfminer.six-" in EXTRACTOR_VERSION
