"""Serving: the API and, when they are installed, the dashboards, on one port."""

import ipaddress
import logging
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn

from puma.cli.progress import console
from puma.errors import PumaError, Refused, WrongUsage
from puma.installation import Installation
from puma.installation.warming import warmed
from puma.listing.tending import tended

TURN_S = 0.0005


def serve_installation(installation: Installation, settings_file: Path, host: str, port: int) -> None:
    """Serve until interrupted, with a worker beside it. Raises Refused for another address than loopback while nobody
    can sign in, WrongUsage for a port in use."""
    from puma.accounts import has_accounts
    from puma.accounts.oidc import Provider
    from puma.api import make_app
    from puma.api.problems import WithRequestId

    access = installation.settings.access
    if access.oidc_issuer:
        Provider(access)  # settings that cannot work are told now
    if not is_loopback(host) and (access.demo or not (access.oidc_issuer or has_accounts(installation.storage))):
        raise Refused(
            f"{host} is reachable from other machines, and there is no sign-in yet: `puma user add NAME --role admin` "
            "makes the first account, [access] oidc_issuer names an identity provider. The sample facility stays here."
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
    lines = logging.StreamHandler()
    lines.addFilter(WithRequestId())
    lines.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"))
    logging.getLogger("puma").addHandler(lines)
    app = make_app(installation, hosts_of(host, access.public_url))
    config = uvicorn.Config(app, log_level="warning", access_log=False)
    # When all is answered, uvicorn sends itself the signal that stopped it once more: the worker must be stopped then.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    short_turns()
    with _worker(installation, settings_file), tended(installation.storage), warmed(installation):
        uvicorn.Server(config).run(sockets=[listening])


def short_turns() -> None:
    """Let threads change turns ten times as often as Python does by itself: a decision is taken in a few milliseconds,
    and else waits at each step until whoever draws a page gives way."""
    sys.setswitchinterval(TURN_S)


@contextmanager
def _worker(installation: Installation, settings_file: Path) -> Iterator[None]:
    """A worker in a process of its own, so that pages stay quick; none where workers run elsewhere."""
    from puma.requests.posting import can_post

    settings = installation.settings
    has_work = settings.source or can_post(settings) or _lacks_index(installation)
    if settings.work.url != "embedded:" or not has_work:
        yield
        return
    command = [sys.executable, "-c", "from puma.cli import main; main()", "--config", str(settings_file), "worker"]
    child = None
    try:
        with _held_back():
            child = subprocess.Popen(command)
        yield
    finally:
        if child is not None:
            _stop(child)


@contextmanager
def _held_back() -> Iterator[None]:
    """Let a signal to stop wait until the block is over: a child that is just being started would be left behind."""
    came: list[int] = []
    before = {one: signal.signal(one, lambda number, _: came.append(number)) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    for number in came:
        signal.raise_signal(number)


def _stop(child: subprocess.Popen[bytes]) -> None:
    """End a worker, by force where it takes long."""
    child.terminate()
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:  # in the middle of a page: what it stored stays, the next run goes on
        child.kill()
        child.wait()


def _lacks_index(installation: Installation) -> bool:
    """Whether a worker has to write the search index anew; a server that is away is told on the pages."""
    try:
        return installation.lacks_index
    except PumaError:
        return False


def hosts_of(host: str, public_url: str) -> tuple[str, ...]:
    """The names that a browser may know these pages under; empty for any, where only the operator can know them.

    A page of another site that had its own name point to this machine would otherwise speak with the local role.
    """
    public = urlsplit(public_url).hostname
    if not is_loopback(host) and not public:
        return ()
    return ("localhost", "127.0.0.1", "::1", host, *([public] if public else []))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
