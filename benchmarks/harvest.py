"""A whole harvest of an OAI-PMH list from a loopback server, beside Sickle only iterating it; and Crossref dumps.

python -m benchmarks.harvest [--records 100000] [--page 500]      (pip install sickle)
"""

import argparse
import json
import multiprocessing
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks import RESULTS, record
from benchmarks.ingest import payloads
from puma.harvesting import harvester
from puma.harvesting.saved import json_records

ANSWER = (
    '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    "<responseDate>2026-03-02T12:00:00Z</responseDate><request>http://library.example/oai</request>"
    "<ListRecords>{records}{token}</ListRecords></OAI-PMH>"
)
RECORD = (
    "<record><header><identifier>oai:library.example:{n}</identifier><datestamp>2025-01-01</datestamp></header>"
    '<metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title>{authors}'
    "<dc:date>{year}-0{month}-1{day}</dc:date><dc:type>article</dc:type><dc:identifier>doi:10.5555/oai.{n}"
    "</dc:identifier><dc:source>Journal of {word}</dc:source><dc:description>{abstract}</dc:description>"
    "<dc:language>en</dc:language></oai_dc:dc></metadata></record>"
)


def page_of(number: int, size: int, records: int) -> bytes:
    """One answer of the list: invented records of five authors."""
    chance = random.Random(number)
    words = [f"word{n}" for n in range(3000)]
    found = []
    for n in range(number * size, min((number + 1) * size, records)):
        authors = "".join(
            f"<dc:creator>Family{chance.randrange(40_000)}, Given{chance.randrange(3_000)}</dc:creator>"
            for _ in range(5)
        )
        said = {"title": " ".join(chance.choices(words, k=11)), "abstract": " ".join(chance.choices(words, k=120))}
        when = {"year": 2000 + n % 25, "month": 1 + n % 9, "day": n % 10, "word": words[n % 400]}
        found.append(RECORD.format(n=n, authors=authors, **said, **when))
    more = str(number + 1) if (number + 1) * size < records else ""
    token = f'<resumptionToken completeListSize="{records}">{more}</resumptionToken>'
    return ANSWER.format(records="".join(found), token=token).encode()


def serve(size: int, records: int, ready: Any) -> None:
    """The repository, in a process of its own; its answers are made before the clock starts."""
    pages = [page_of(number, size, records) for number in range((records + size - 1) // size)]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # a body does not wait until its head was acknowledged

        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            body = pages[int(asked.get("resumptionToken", ["0"])[0])]
            self.send_response(200)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed for each request."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ready.put(f"http://127.0.0.1:{server.server_address[1]}/oai")
    server.serve_forever()


@contextmanager
def repository(size: int, records: int) -> Iterator[str]:
    """The address of a repository with so many records."""
    ready: Any = multiprocessing.Queue()
    process = multiprocessing.Process(target=serve, args=(size, records, ready), daemon=True)
    process.start()
    try:
        yield ready.get()
    finally:
        process.terminate()


OURS = """
import resource, sys, time
from puma.harvesting import harvester
from puma.runs.harvest import harvest
from puma.storage import Storage
storage = Storage(sys.argv[2]); storage.migrate()
source = harvester("oai_pmh").Source(name="library", harvester="oai_pmh", url=sys.argv[1], allow_private=True)
start = time.perf_counter()
report = harvest(storage, source, progress=lambda what, done, total: None)
assert report.state == "done", (report.state, report.message)
print(time.perf_counter() - start, report.counters["added"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
SICKLE = """
import resource, sys, time
from sickle import Sickle
start = time.perf_counter()
count = sum(1 for _ in Sickle(sys.argv[1]).ListRecords(metadataPrefix="oai_dc"))
print(time.perf_counter() - start, count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def timed(program: str, *words: str) -> tuple[float, int, float]:
    """(seconds, records, peak MB) of a program in a process of its own."""
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True)
    seconds, records, peak = done.stdout.split()
    return float(seconds), int(records), float(peak)


def crossref_dump(folder: Path, records: int) -> dict[str, float]:
    """Records per second of reading a dump into claims, and of json.loads of the same lines."""
    file = folder / "works.jsonl.gz"
    payloads(file, records)
    reader = harvester("crossref")
    source = reader.Source(name="dump", harvester="crossref", path=file)
    raw = [json.dumps(one).encode() for one in json_records(_unpacked(file))]

    def rate(read: Callable[[bytes], object]) -> float:
        start = time.perf_counter()
        for payload in raw:
            read(payload)
        return len(raw) / (time.perf_counter() - start)

    return {"claims_per_s": rate(lambda payload: reader.read(payload, source)), "json_loads_per_s": rate(json.loads)}


def _unpacked(file: Path) -> bytes:
    import gzip

    return gzip.decompress(file.read_bytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--page", type=int, default=500)
    chosen = parser.parse_args()
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for records in (chosen.records // 5, chosen.records):
            with repository(chosen.page, records) as url:
                took, count, peak = timed(OURS, url, f"sqlite:///{folder}/{records}.db")
                line = f"{records:,} records, stored: {count / took:,.0f}/s, peak {peak:.0f} MB"
                results[str(records)] = {"ours_per_s": count / took, "ours_peak_mb": peak}
                try:
                    other, iterated, held = timed(SICKLE, url)
                    line += (
                        f"; Sickle iterating: {iterated / other:,.0f}/s, peak {held:.0f} MB; ratio {other / took:.2f}"
                    )
                    results[str(records)] |= {"sickle_per_s": iterated / other, "ratio": other / took}
                except subprocess.CalledProcessError:
                    line += "; Sickle is not installed"
                print(line)
        results["crossref"] = crossref_dump(Path(folder), min(chosen.records, 20_000))
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    dump = results["crossref"]
    print(f"Crossref dump: {dump['claims_per_s']:,.0f} records/s; json.loads alone {dump['json_loads_per_s']:,.0f}/s")
    print(f"peak of this process {own:.0f} MB")
    record(results, RESULTS / "harvest.json")


if __name__ == "__main__":
    main()
