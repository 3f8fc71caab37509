"""Parameters of addresses: filters by dimension, and no parameter that nobody knows.

What is left out unseen gives a list or a number that is wrong: a misspelt filter is refused with what there is.
"""

from typing import Any

from fastapi import FastAPI, Request

from puma.dimensions import DIMENSIONS
from puma.errors import WrongUsage

_FILTERS = [
    {
        "name": slug, "in": "query", "required": False, "description": one.help,
        "schema": {"type": "array", "items": {"type": "string"}},
    }
    for slug, one in DIMENSIONS.items()
]  # fmt: skip
FILTERED: dict[str, Any] = {"parameters": _FILTERS}
"""What the API's document says of an endpoint that takes every dimension as a filter."""


def filters_of(request: Request) -> dict[str, tuple[str, ...]]:
    """The values by dimension that an address asks for."""
    asked = request.query_params
    return {slug: tuple(asked.getlist(slug)) for slug in DIMENSIONS if slug in asked}


def only_known(request: Request) -> None:
    """Raise WrongUsage for a parameter that the API's document does not name for this address."""
    given = request.query_params.keys()
    if not given:
        return
    held = request.app.state
    if not hasattr(held, "known_parameters"):
        held.known_parameters = _known(request.app)
    known = held.known_parameters.get((request.scope["route"].path_format, request.method.lower()))
    if known is not None and (unknown := sorted(given - known)):
        there = f"there are: {', '.join(sorted(known))}" if known else "there are none"
        raise WrongUsage(f"There is no parameter {unknown[0][:100]!r} here; {there}.")


def _known(app: FastAPI) -> dict[tuple[str, str], frozenset[str]]:
    """The parameters of each path and method."""
    return {
        (path, method): frozenset(one["name"] for one in told.get("parameters", ()) if one["in"] == "query")
        for path, methods in app.openapi()["paths"].items()
        for method, told in methods.items()
    }
