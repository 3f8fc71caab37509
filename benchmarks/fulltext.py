"""Pages per second of the PDF pipeline with two children, beside plain pdfminer.six and pdftotext in the same run."""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

from puma.fulltext import EXTRACTOR_VERSION, extract_all

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


def with_pipeline(paths: Sequence[Path]) -> int:
    """Pages with text in files read by the whole pipeline: two children, limits, hashes, cleaning."""
    return sum(sum(map(bool, extraction.pages)) for extraction in extract_all(paths, workers=2))


def with_pdftotext(paths: Sequence[Path]) -> int:
    """Pages with text as pdftotext sees them, one process for each file, one after the other."""
    pages = 0
    for path in paths:
        text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=False).stdout
        pages += sum(bool(page.strip()) for page in text.split(b"\f"))
    return pages


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
    """Pages with text and median seconds, start of processes included; the readers take turns, the slow one once."""
    seconds: dict[str, list[float]] = {name: [] for name in readers}
    pages: dict[str, int] = {}
    for number in range(rounds):
        for name, reader in readers.items():
            if number and reader is with_pdfminer:
                continue
            began = time.perf_counter()
            pages[name] = reader(paths)
            seconds[name].append(time.perf_counter() - began)
    middle = {name: statistics.median(taken) for name, taken in seconds.items()}
    return {
        name: {
            "pages": pages[name],
            "seconds": round(middle[name], 3),
            "pages_per_s": round(pages[name] / middle[name], 1),
        }
        for name in readers
    }


def main() -> None:
    """Measure, print a table with ratios and write the same as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pdfs", nargs="*", type=Path, help="files or folders; without any, papers are generated")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of the fast readers; pdfminer.six runs once")
    parser.add_argument("--repeat", type=int, default=1, help="read the list of files this many times in each round")
    parser.add_argument("--json", type=Path, default=Path("build/bench/fulltext.json"), help="where the figures go")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = [f for p in options.pdfs for f in (sorted(p.rglob("*.pdf")) if p.is_dir() else [p])]
        paths = (files or generated(Path(folder), files=20, pages=25)) * options.repeat
        readers: dict[str, Reader] = {"PUMA, two children": with_pipeline}
        if shutil.which("pdftotext"):
            readers["pdftotext"] = with_pdftotext
        else:
            print("pdftotext is not on PATH: it is left out.")
        readers["pdfminer.six"] = with_pdfminer
        results = measured(readers, paths, options.rounds)
    ours = results["PUMA, two children"]["pages_per_s"]
    print(f"{len(paths)} files, {'given' if files else 'generated'}")
    print(f"{'reader':20}{'pages':>8}{'seconds':>10}{'pages/s':>10}{'PUMA is':>12}")
    for name, result in results.items():
        ratio = result["ratio"] = round(ours / result["pages_per_s"], 2)
        print(f"{name:20}{result['pages']:8}{result['seconds']:10}{result['pages_per_s']:10}{ratio:>10} x")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    report = {"extractor": EXTRACTOR_VERSION, "files": len(paths), "generated": not files, "readers": results}
    options.json.write_text(json.dumps(report, indent=2) + "\n")
    print(f"Written: {options.json}")


if __name__ == "__main__":
    main()
