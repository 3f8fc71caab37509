"""What every endpoint is given: the installation, and who asks."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from puma.access import Viewer
from puma.installation import Installation


def _installation(request: Request) -> Installation:
    found: Installation = request.app.state.installation
    return found


def _viewer(request: Request) -> Viewer:
    viewer_of: Callable[[], Viewer] = request.app.state.viewer_of
    return viewer_of()


House = Annotated[Installation, Depends(_installation)]
Asker = Annotated[Viewer, Depends(_viewer)]
