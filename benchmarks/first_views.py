"""The first view of a page in a browser that never saw the server, and fifty viewers at once without a browser.

python -m benchmarks.first_views [--facility DIR] [--views 5] [--viewers 50]

A sample facility is made, or the given one is copied; it is served in a process of its own.
"""

import argparse
import json
import math
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks import RESULTS, record
from benchmarks.review_speed import SWITCHES, program
from dashboards.page import page_at
from puma import listing
from puma.access import Viewer
from puma.installation import Installation
from puma.settings import load_settings

LOOKER = Viewer("user_office", "Ada Example")
SIZE = {"width": 1280, "height": 900}
ROUNDS = 3  # pages that each of the viewers opens, one after the other without reading
STANDS = """() => document.querySelector('#page h1') && !document.querySelector('.skeleton')
  && Array.from(document.querySelectorAll('.dash-graph')).every((one) =>
    one.querySelector('.main-svg') || one.getBoundingClientRect().top > window.innerHeight)"""
"""A page stands when all its parts do, and in the window every chart is drawn."""
FRAME = re.compile("/_dash-component-suites/|/assets/plotly.js")
"""What is Dash's and Plotly's, not our own."""
ASKED_FOR = re.compile('"type": ?"panel", ?"page": ?"[^"]*", ?"name": ?"([^"]*)"')
"""Of a page as it comes: a part that it does not bring along."""
JUMPED = """window.jumped = 0; new PerformanceObserver((list) => list.getEntries().forEach((one) => {
  if (!one.hadRecentInput) window.jumped += one.value })).observe({ type: 'layout-shift', buffered: true })"""


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The installation as its users meet it, in a process of its own, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from puma.cli import main; main()", "--config", str(home / "puma.toml")]
    child = subprocess.Popen([*command, "serve", "--port", str(port)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextmanager
def window(home: Path, path: str) -> Iterator[Any]:
    """A window of a real browser at one of the pages of an installation."""
    from playwright.sync_api import sync_playwright

    with served(home) as base, sync_playwright() as player:
        browser = player.chromium.launch(executable_path=program(), args=SWITCHES.split())
        page = browser.new_page(viewport=SIZE)
        page.set_default_timeout(180_000)  # the machine may be busy
        page.goto(base + path)
        yield page
        browser.close()


def first_views(base: str, paths: Sequence[str], rounds: int) -> list[dict[str, Any]]:
    """What Chromium loads for a page, and until when all its panels stand: in windows that never saw the server, and
    in the same windows once more."""
    from playwright.sync_api import sync_playwright

    found = []
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=program(), args=SWITCHES.split())
        for path in paths:
            views = [_one_view(browser, base + path) for _ in range(rounds)]
            first, again = ([view[key] for view in views] for key in ("first_s", "again_s"))
            told = {"page": path, "rounds": rounds, "kb": views[-1]["kb"], "own_kb": views[-1]["own_kb"]}
            told |= {f"{name}_p50_s": statistics.median(times) for name, times in (("first", first), ("again", again))}
            told |= {f"{name}_p95_s": _p95(times) for name, times in (("first", first), ("again", again))}
            told |= {
                name: statistics.median(view[name] for view in views) for name in ("browser_ms", "requests", "jumped")
            }
            found.append(told)
            times = (
                f"first p50 {told['first_p50_s']:5.2f} s, p95 {told['first_p95_s']:5.2f} s, "
                f"again p50 {told['again_p50_s']:5.2f} s"
            )
            weight = f"{told['requests']:3.0f} requests, {told['kb']:5.0f} kB, of it our own {told['own_kb']:4.0f} kB"
            work = f"{told['browser_ms']:5.0f} ms of a core in the browser, {told['jumped']:.3f} of the window jumped"
            print(f"  {path:14} {times}, {weight}, {work}", flush=True)
        browser.close()
    return found


def _one_view(browser: Any, address: str) -> dict[str, float]:
    """One window: a page for the first time, with its weight and the browser's work, and once more."""
    window = browser.new_context(viewport=SIZE).new_page()
    window.set_default_timeout(180_000)
    watch = window.context.new_cdp_session(window)
    watch.send("Network.enable")
    watch.send("Performance.enable", {"timeDomain": "threadTicks"})  # what others do on this machine does not count
    window.add_init_script(JUMPED)
    urls: dict[str, str] = {}
    sizes: dict[str, float] = {}
    watch.on("Network.responseReceived", lambda e: urls.update({e["requestId"]: e["response"]["url"]}))
    watch.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
    times, seen = [], {}
    for turn in range(2):
        start = time.perf_counter()
        window.goto(address)
        window.wait_for_function(STANDS)
        times.append(time.perf_counter() - start)
        if turn == 0:
            told = {one["name"]: one["value"] for one in watch.send("Performance.getMetrics")["metrics"]}
            seen["browser_ms"] = told["TaskDuration"] * 1000
            window.wait_for_timeout(1500)  # what comes after the last panel
            seen["kb"] = sum(sizes.values()) / 1000
            frame = (size for key, size in sizes.items() if FRAME.search(urls.get(key, "")))
            seen["own_kb"] = seen["kb"] - sum(frame) / 1000
            seen["requests"] = sum(not url.startswith("data:") for url in urls.values())
            seen["jumped"] = window.evaluate("window.jumped")
    window.context.close()
    return {"first_s": times[0], "again_s": times[1], **seen}


def _p95(times: Sequence[float]) -> float:
    """The time that all but one of twenty stay below; of few, the longest."""
    return sorted(times)[max(math.ceil(0.95 * len(times)) - 1, 0)]


def together(base: str, paths: Sequence[str], viewers: int) -> dict[str, Any]:
    """So many viewers at once, each opening pages without a pause: what failed, and how long a whole page took."""
    with ThreadPoolExecutor(viewers) as all_of_them:
        began = time.perf_counter()
        seen = list(all_of_them.map(partial(_opens, base, paths), range(viewers)))
        took = time.perf_counter() - began
    times = [one for some, _, _ in seen for one in some]
    told = {
        "viewers": viewers, "pages": len(times), "requests": sum(count for _, count, _ in seen),
        "failed": sum(failed for _, _, failed in seen), "pages_per_s": len(times) / took,
        "page_p50_s": statistics.median(times), "page_p95_s": _p95(times),
    }  # fmt: skip
    rates = f"a page p50 {told['page_p50_s']:.2f} s, p95 {told['page_p95_s']:.2f} s, {told['pages_per_s']:.1f} pages/s"
    print(f"  {viewers} viewers at once: {told['failed']} of {told['requests']} requests failed, {rates}", flush=True)
    return told


def _opens(base: str, paths: Sequence[str], number: int) -> tuple[list[float], int, int]:
    """One viewer: how long each page took, how many requests that were, and how many of them failed."""
    times, asked, failed = [], 0, 0
    line = HTTPConnection(urlsplit(base).netloc, timeout=300)

    def ask(method: str, path: str, body: str | None = None) -> str:
        nonlocal asked, failed
        referer = {"Referer": base + here, "Accept-Encoding": "gzip", "Content-Type": "application/json"}
        line.request(method, path, body, referer)
        answer = line.getresponse()
        told = answer.read().decode()
        asked, failed = asked + 1, failed + (answer.status != 200)
        return told

    for turn in range(ROUNDS):
        here = paths[(number + turn) % len(paths)]
        page, _ = page_at(here)
        assert page is not None, here
        start = time.perf_counter()
        for panel in ASKED_FOR.findall(ask("GET", here)):
            ask("POST", "/_dash-update-component", _question(here, page.path, panel))
        times.append(time.perf_counter() - start)
    line.close()
    return times, asked, failed


def _question(path: str, page: str, panel: str) -> str:
    """What a browser asks for a panel."""
    key = {"type": "panel", "page": page, "name": panel}
    inputs = (("url", "search", ""), ("scheme", "data", "light"), ("changed", "data", 0))
    state = (("url", "pathname", path), (key, "id", key))
    asked = {
        "output": '{"name":["MATCH"],"page":["MATCH"],"type":"panel"}.children',
        "outputs": {"id": key, "property": "children"},
        "inputs": [{"id": name, "property": what, "value": value} for name, what, value in inputs],
        "state": [{"id": name, "property": what, "value": value} for name, what, value in state],
        "changedPropIds": ["url.search"],
    }
    return json.dumps(asked)


def main() -> None:
    """Make or copy, serve, look and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facility", type=Path, help="a sample facility that is there already; it is copied")
    parser.add_argument("--views", type=int, default=5, help="windows that open each page for the first time")
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--out", type=Path, default=RESULTS / "first_views.json")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "facility"
        if chosen.facility is None:
            command = ["-c", "from puma.cli import main; main()", "demo", "--no-serve", "--dir", str(home)]
            subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
        else:
            shutil.copytree(chosen.facility, home, ignore=shutil.ignore_patterns("world"))
        house = Installation(load_settings(home / "puma.toml"))
        machine = listing.instruments(house.storage, LOOKER)[0].id
        house.close()
        paths = ("/", "/search", f"/instrument/{machine}", "/country/DE", "/data")
        with served(home) as base:
            told: dict[str, Any] = {"processes waiting for a core meanwhile": round(os.getloadavg()[0], 1)}
            told["viewers"] = together(base, paths, chosen.viewers) if chosen.viewers else None
            told["views"] = first_views(base, paths, chosen.views) if chosen.views else []
        record(told, chosen.out)


if __name__ == "__main__":
    main()
