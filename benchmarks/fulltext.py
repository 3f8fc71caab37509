"""Pages per second of the whole PDF pipeline with two children, beside plain pdfminer.six and pdftotext."""

import argparse
import hashlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer
from sqlalchemy import func, insert, select

from benchmarks import RESULTS, record
from puma.entities import File, FilePage, Record
from puma.fulltext import EXTRACTOR_VERSION
from puma.runs.files import read_files
from puma.settings import Settings
from puma.storage import Storage, now

OURS = "PUMA, two children"
Reader = Callable[[Sequence[Path]], int]
_TEXT = (
    "neutron scattering diffraction of photons at low temperature shows magnetic order in thin films and small-angle "
    "data were taken on the instrument during proposal beamtime with detectors energies spectra refined structure "
)


_WORDS = _TEXT.split()


def generated(folder: Path, *, files: int, pages: int) -> list[Path]:
    """Papers of about `pages` A4 pages with some 3,500 characters each; every run makes the same ones."""
    style = getSampleStyleSheet()["BodyText"]
    made = []
    for number in range(files):
        path = folder / f"paper{number}.pdf"
        story: list[Paragraph | Spacer] = []
        for paragraph in range(6 * pages):
            start = (7 * number + 13 * paragraph) % len(_WORDS)
            story += [Paragraph(" ".join((_WORDS[start:] + _WORDS) * 3)[:750], style), Spacer(1, 12)]
        SimpleDocTemplate(str(path), pagesize=A4, title=f"Paper {number}").build(story)
        made.append(path)
    return made


def pipeline(folder: Path, paths: Sequence[Path], rounds: int) -> Reader:
    """The whole pipeline: two children, limits, cleaning, and every page stored in a database with its state.

    The databases with the files that wait are made here, one for each round, so that reading alone is measured.
    """
    ready = [_database(folder / f"round{number}", paths) for number in range(rounds)]

    def read(_paths: Sequence[Path]) -> int:
        storage, settings = ready.pop()
        read_files(storage, settings, lambda *_: None)
        with storage.reading() as session:
            pages = session.scalar(select(func.count()).where(FilePage.text != "")) or 0
        storage.close()
        return pages

    return read


def _database(folder: Path, paths: Sequence[Path]) -> tuple[Storage, Settings]:
    folder.mkdir()
    storage = Storage(f"sqlite:///{folder / 'puma.db'}")
    storage.migrate()
    at = now()
    with storage.writing() as session:
        for number, path in enumerate(paths, start=1):
            body = path.read_bytes()
            record = {"id": number, "kind": "file", "visibility": "internal", "created_at": at, "changed_at": at}
            session.execute(insert(Record).values(record))
            file = {"name": path.name, "path": str(path), "sha256": hashlib.sha256(body).hexdigest()}
            session.execute(insert(File).values(id=number, size_bytes=len(body), state="not read", **file))
    return storage, Settings(home=folder)


def copied(path: Path, folder: Path, number: int) -> Path:
    """The same file under a name of its own."""
    copy = folder / f"{number}-{path.parent.name}-{path.name}"
    copy.write_bytes(path.read_bytes())
    return copy


def with_pdftotext(paths: Sequence[Path]) -> int:
    """Pages with text as pdftotext sees them, one process for each file, one after the other."""
    pages = 0
    for path in paths:
        text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=False).stdout
        pages += sum(bool(page.strip()) for page in text.split(b"\f"))
    return pages


def with_pdftotext_twice(paths: Sequence[Path]) -> int:
    """The same with two processes at a time, as many as the pipeline has."""
    with ThreadPoolExecutor(2) as threads:
        return sum(threads.map(lambda path: with_pdftotext([path]), paths))


_PDFMINER = """
import logging, sys
from pdfminer.high_level import extract_text
logging.disable()
pages = 0
for path in sys.argv[1:]:
    try:
        pages += sum(bool(page.strip()) for page in extract_text(path).split("\\f"))
    except Exception:
        pass
print(pages)
"""


def with_pdfminer(paths: Sequence[Path]) -> int:
    """Pages with text as pdfminer.six sees them, all in one process of its own."""
    arguments = [sys.executable, "-c", _PDFMINER, *map(str, paths)]
    return int(subprocess.run(arguments, capture_output=True, check=True, timeout=3600).stdout)


def measured(readers: Mapping[str, Reader], paths: Sequence[Path], rounds: int) -> dict[str, dict[str, float]]:
    """Pages with text, median seconds and median processor seconds, start of processes included; they take turns.

    pages_per_cpu_s does not depend on what else the machine does meanwhile. The slow reader runs once.
    """
    seconds: dict[str, list[float]] = {name: [] for name in readers}
    worked: dict[str, list[float]] = {name: [] for name in readers}
    pages: dict[str, int] = {}
    for number in range(rounds):
        for name, reader in readers.items():
            if number and reader is with_pdfminer:
                continue
            began, before = time.perf_counter(), _processor_seconds()
            pages[name] = reader(paths)
            seconds[name].append(time.perf_counter() - began)
            worked[name].append(_processor_seconds() - before)
    middle = {name: statistics.median(taken) for name, taken in seconds.items()}
    cost = {name: statistics.median(taken) for name, taken in worked.items()}
    return {
        name: {
            "pages": pages[name],
            "seconds": round(middle[name], 3),
            "pages_per_s": round(pages[name] / middle[name], 1),
            "pages_per_cpu_s": round(pages[name] / cost[name], 1),
        }
        for name in readers
    }


def _processor_seconds() -> float:
    """Of this process and of all its children that have ended."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    """Measure, print a table with ratios and write the same as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pdfs", nargs="*", type=Path, help="files or folders; without any, papers are generated")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of the fast readers; pdfminer.six runs once")
    parser.add_argument("--repeat", type=int, default=1, help="read the list of files this many times in each round")
    parser.add_argument("--json", type=Path, default=RESULTS / "fulltext.json", help="where the figures go")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = [f for p in options.pdfs for f in (sorted(p.rglob("*.pdf")) if p.is_dir() else [p])]
        once = files or generated(Path(folder), files=20, pages=25)
        paths = [copied(path, Path(folder), number) for number in range(options.repeat) for path in once]
        readers: dict[str, Reader] = {OURS: pipeline(Path(folder), paths, options.rounds)}
        if shutil.which("pdftotext"):
            readers |= {"pdftotext": with_pdftotext, "pdftotext, two at once": with_pdftotext_twice}
        else:
            print("pdftotext is not on PATH: it is left out.")
        readers["pdfminer.six"] = with_pdfminer
        results = measured(readers, paths, options.rounds)
    ours, own_cost = results[OURS]["pages_per_s"], results[OURS]["pages_per_cpu_s"]
    print(f"{len(paths)} files, {'given' if files else 'generated'}")
    print(f"{'reader':24}{'pages':>8}{'seconds':>10}{'pages/s':>10}{'PUMA is':>12}{'by processor time':>20}")
    for name, result in results.items():
        ratio = result["ratio"] = round(ours / result["pages_per_s"], 2)
        cheaper = result["ratio_by_processor_time"] = round(own_cost / result["pages_per_cpu_s"], 2)
        figures = f"{result['pages']:8}{result['seconds']:10}{result['pages_per_s']:10}"
        print(f"{name:24}{figures}{ratio:>10} x{cheaper:>18} x")
    report = {"extractor": EXTRACTOR_VERSION, "files": len(paths), "generated": not files, "readers": results}
    record(report, options.json)
    print(f"Written: {options.json}")


if __name__ == "__main__":
    main()
