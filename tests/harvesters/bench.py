"""A repository on loopback, a database, and harvests of the one into the other through the real transport."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from faulty.library import Library
from faulty.server import Fault
from stored import Stored, stored

from puma.harvesting import harvester
from puma.harvesting.transport import Web
from puma.runs.harvest import harvest
from puma.runs.ledger import RunReport
from puma.storage import Storage

_references: dict[tuple[str, ...], Stored] = {}


def run(storage: Storage, settings: dict[str, Any], waits: list[float], **how: bool) -> RunReport:
    """One harvest as the command line does it, but for its pauses: they are only noted."""
    source = harvester(settings["harvester"]).Source.model_validate({"allow_private": True, **settings})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("puma.runs.harvest.Web", partial(Web, pause=waits.append))
        return harvest(storage, source, progress=lambda *_: None, **how)


class Bench:
    """A library and a database of its own. ``change`` sets the library's fault, ``waits`` are the pauses made."""

    def __init__(
        self, new_storage: Callable[[], Storage], library: Library, change: Callable[[Fault | None], None]
    ) -> None:
        self.storage, self.library, self.change = new_storage(), library, change
        self.waits: list[float] = []
        self._new_storage = new_storage

    def settings(self, **more: Any) -> dict[str, Any]:
        own = {"name": "library", "harvester": "oai_pmh", "url": self.library.url}
        return {**own, "max_answer_mb": 10, "timeout_s": 5.0, **more}

    def harvest(self, *, full: bool = False, accept_missing: bool = False, **settings: Any) -> RunReport:
        return run(self.storage, self.settings(**settings), self.waits, full=full, accept_missing=accept_missing)

    def reference(self) -> Stored:
        """What a first harvest of the library, as it is now and well, leaves behind."""
        self.change(None)
        held = tuple(item.xml() for item in self.library.items)
        if held not in _references:
            storage = self._new_storage()
            assert run(storage, self.settings(), self.waits).state == "done"
            _references[held] = stored(storage)
        return _references[held]


Make = Callable[[Library], Bench]
