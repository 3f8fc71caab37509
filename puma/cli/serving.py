"""Serving: the API and, when they are installed, the dashboards, on one port."""

import ipaddress
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from puma.cli.progress import console
from puma.errors import Refused, WrongUsage
from puma.installation import Installation


def serve_installation(installation: Installation, settings_file: Path, host: str, port: int) -> None:
    """Serve until interrupted, with a worker beside it. Raises Refused for another address than loopback, WrongUsage
    for a port in use."""
    from puma.api import make_app

    if not is_loopback(host):
        raise Refused(
            f"{host} is reachable from other machines, and this version has no sign-in: serve 127.0.0.1. "
            "Whoever reaches that port, also through a proxy, has the role [access] local_role."
        )
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        raise WrongUsage(
            f"Port {port} of {host} cannot be used ({error.strerror}): give another one with --port."
        ) from error
    console.print(f"Open http://{host}:{listening.getsockname()[1]}  (Ctrl-C stops)", markup=False)
    config = uvicorn.Config(make_app(installation), log_level="warning", access_log=False)
    with _worker(installation, settings_file):
        uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def _worker(installation: Installation, settings_file: Path) -> Iterator[None]:
    """A worker in a process of its own, so that pages stay quick; none where workers run elsewhere."""
    if installation.settings.work.url != "embedded:" or not installation.settings.source:
        yield
        return
    command = [sys.executable, "-c", "from puma.cli import main; main()", "--config", str(settings_file), "worker"]
    child = subprocess.Popen(command)
    try:
        yield
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:  # in the middle of a page: what it stored stays, the next run goes on
            child.kill()
            child.wait()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
