"""`puma serve` stopped as a machine stops it: its worker goes with it."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from puma.installation import Installation
from puma.settings import load_settings

SOURCE = '[[source]]\nname = "office"\nharvester = "tables"\npath = "tables"\n'
PATIENCE_S = 60


def children(of: int) -> set[int]:
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if int(told[1]) == of and told[0] != "Z":
            found.add(int(stat.parent.name))
    return found


def as_in_a_terminal() -> None:
    """Ctrl-C stops it: what a shell runs in its background ignores that, and so do the children of these tests then."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="Processes are told by /proc here.")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_stop_takes_its_worker_with_it(tmp_path: Path, how: signal.Signals) -> None:
    (tmp_path / "puma.toml").write_text(SOURCE, "utf-8")
    house = Installation(load_settings(tmp_path / "puma.toml"))
    house.prepare()
    house.close()
    command = [sys.executable, "-c", "from puma.cli import main; main()", "serve", "--port", "0"]
    server = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=as_in_a_terminal
    )
    try:
        assert server.stdout is not None
        assert any("Open http://" in line for line in server.stdout)
        until = time.monotonic() + PATIENCE_S
        while not (workers := children(server.pid)) and time.monotonic() < until:
            time.sleep(0.05)
        assert workers
        server.send_signal(how)
        server.communicate(timeout=PATIENCE_S)
        assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    finally:
        server.kill()
