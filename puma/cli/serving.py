"""Serving: the API and, when they are installed, the dashboards, on one port."""

import ipaddress
import socket

import uvicorn

from puma.cli.progress import console
from puma.errors import Refused, WrongUsage
from puma.installation import Installation


def serve_installation(installation: Installation, host: str, port: int) -> None:
    """Serve until interrupted. Raises Refused for another address than loopback, WrongUsage for a port in use."""
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
    uvicorn.Server(config).run(sockets=[listening])


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
