"""A real OpenSearch on loopback for tests and measurements: its jars fetched by Maven, some nodes in one process."""

import contextlib
import fcntl
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "puma-tests" / "opensearch-2.19.1.0"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
START_S = 180
TRIES = 4
PORTS = range(20_000, 32_000)
"""Below those that a system hands out itself to whoever asks for any or calls somebody."""


class NotToBeHad(Exception):
    """There is no OpenSearch here; the message is a sentence that says why."""


class Cluster:
    """Some nodes of one cluster; they end with this process at the latest, because they read from it.

    lasting: for measurements, a server that takes longer to start and is faster then.
    """

    def __init__(self, nodes: int, *, heap_mb: int = 512, lasting: bool = False) -> None:
        jars = fetched()
        for left in reversed(range(TRIES)):  # another process may take a free port between our looking and the start
            said = self._start(jars, nodes, heap_mb, lasting=lasting)
            if not said:
                break
            if not left or "bind" not in said:
                raise RuntimeError(f"OpenSearch does not start: {said}")
        self._wait_for_nodes(nodes)

    def _start(self, jars: Path, nodes: int, heap_mb: int, *, lasting: bool) -> str:
        """Start the process and wait until its nodes answer; returns what it said when it did not."""
        self._folder = Path(tempfile.mkdtemp(prefix="puma-opensearch-"))
        first = _free_ports(2 * nodes)
        self.urls = [f"http://127.0.0.1:{first + number}" for number in range(nodes)]
        self._log = (self._folder / "log").open("w+", encoding="utf-8")
        heap = [f"-Xms{heap_mb}m", f"-Xmx{heap_mb}m"]
        quick = [] if lasting else ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        program = ["java", *heap, *quick, "-cp", f"{jars}/*", HERE / "Cluster.java"]
        given = [self._folder / "nodes", nodes, first]
        self._process = subprocess.Popen(
            [str(word) for word in [*program, *given]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=self._folder,
        )
        if self._wait_for("ready"):
            return ""
        self._log.seek(0)
        said = self._log.read()[-1500:] or "nothing"
        self.close()
        return said

    def stop(self, number: int) -> None:
        """Stop a node, the first is 1."""
        self._tell(f"stop {number}")

    def start(self, number: int) -> None:
        """Start a stopped node again, with the data it had."""
        self._tell(f"start {number}")

    def size_mb(self) -> float:
        """Megabytes of all data."""
        return sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file()) / 1e6

    def cpu_s(self) -> float:
        """Seconds that all nodes have spent on a processor, where the system tells it (Linux)."""
        told = Path(f"/proc/{self._process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """End all nodes and remove their data."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        assert self._wait_for("done"), line

    def _wait_for(self, word: str) -> bool:
        assert self._process.stdout is not None
        return any(line.strip() == word for line in iter(self._process.stdout.readline, ""))

    def _wait_for_nodes(self, nodes: int) -> None:
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.urls[0]}/_cat/nodes", timeout=5) as told:
                if len(told.read().splitlines()) == nodes:
                    return
            time.sleep(0.3)
        raise RuntimeError(f"Not all of {nodes} nodes have found each other.")


def fetched() -> Path:
    """The folder of the jars, fetched into a cache at first need. Raises NotToBeHad."""
    for program in ("java", "javac"):
        if not shutil.which(program):
            raise NotToBeHad("There is no Java development kit on this machine: apt-get install default-jdk-headless.")
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    with CACHE.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not CACHE.exists():
            if not shutil.which("mvn"):
                raise NotToBeHad("OpenSearch's jars are not here and neither is Maven: apt-get install maven.")
            beside = Path(tempfile.mkdtemp(dir=CACHE.parent))
            command = ["mvn", "-B", "-q", "-U", "-f", str(HERE / "pom.xml"), COPY, f"-DoutputDirectory={beside}"]
            got = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
            if got.returncode:
                shutil.rmtree(beside, ignore_errors=True)
                raise NotToBeHad(f"Maven does not bring OpenSearch's jars: {(got.stdout + got.stderr)[-300:]}")
            beside.rename(CACHE)
    return CACHE


def _free_ports(number: int) -> int:
    """The first of so many neighbouring free ports."""
    for _ in range(50):
        first = random.choice(PORTS)
        with contextlib.ExitStack() as held:
            try:
                for port in range(first, first + number):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        return first
    raise RuntimeError("There are no free ports.")


@contextlib.contextmanager
def shared(folder: Path) -> Iterator[str]:
    """The address of a one-node cluster that all processes of a test run share; who started it ends it.

    `users` is held in common by whoever asks it; who started it waits for all of them. Whoever comes after that starts
    another one.
    """
    address = folder / "opensearch.address"
    own: Cluster | None = None
    with (folder / "opensearch.lock").open("w") as lock, (folder / "opensearch.users").open("w") as users:
        with _locked(lock.fileno(), fcntl.LOCK_EX):
            if not address.exists():
                own = Cluster(1)
                address.write_text(own.urls[0], "ascii")
            fcntl.flock(users, fcntl.LOCK_SH)
            url = address.read_text("ascii")
        try:
            yield url
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            if own is not None:
                with _locked(lock.fileno(), fcntl.LOCK_EX), _locked(users.fileno(), fcntl.LOCK_EX):
                    address.unlink()
                    own.close()


@contextlib.contextmanager
def _locked(file: int, how: int) -> Iterator[None]:
    fcntl.flock(file, how)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)
