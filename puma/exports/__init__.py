"""Exports: one file per format; each streams rows into a file that its user's program opens without surprises."""

import importlib
import pkgutil
from functools import cache

from puma.errors import WrongUsage
from puma.exports.format import Export

NO_FORMATS = ("citation", "columns", "format")
LARGE = 20_000
"""Rows from which on a file is made in the background for a browser, and for a program that asks for it."""


@cache
def exports() -> dict[str, Export]:
    """All formats by name, as found beside this file."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in NO_FORMATS)
    files = [importlib.import_module(f"puma.exports.{name}") for name in names]
    found: list[Export] = [one for file in files for one in getattr(file, "EXPORTS", None) or [file.EXPORT]]
    return {one.name: one for one in found}


def export(name: str, what: str) -> Export:
    """The format of that name for that list. Raises WrongUsage when there is none, or it cannot hold the list."""
    if name not in exports():
        raise WrongUsage(f"There is no format {name!r}; there are: {', '.join(exports())}.")
    found = exports()[name]
    if found.only and what not in found.only:
        raise WrongUsage(f"{name} holds {', '.join(found.only)}, not {what}.")
    return found


__all__ = ["LARGE", "Export", "export", "exports"]
