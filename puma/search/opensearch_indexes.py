"""Index, alias, generation: which index on the server is in use, which is being built, which are rubbish."""

import contextlib
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from puma.errors import NotHere, TryLater
from puma.search.engine import RebuildNeeded
from puma.search.opensearch_server import WRITE_PATIENCE_S, Answered, Server

SIGN_S = 20.0  # between two signs of life of a rebuild
DEAD_S = 120.0  # without a sign: what it left is removed
TOOK_TOO_LONG = 408  # what was waited for has not come in time

# Nobody reads an index before it is whole, so its journal need not be on disk after each request, and other nodes get
# their copies at the end, as files: made document by document they would cost as much as the index itself.
_BUILT = {"translog.durability": "async", "auto_expand_replicas": "false", "number_of_replicas": 0}
_IN_USE = {"translog.durability": "request", "auto_expand_replicas": "0-1"}


class Indexes:
    """The indexes of one name. The alias carries the fingerprint of the fields: programs of two versions never mix."""

    def __init__(self, server: Server, name: str, mark: str) -> None:
        self._server = server
        self._name = name
        self._own = re.compile(rf"{re.escape(name)}-[0-9a-f]{{10}}-(\d{{6}})")
        self.alias = f"{name}-{mark}"

    def alias_in_use(self, body: Mapping[str, Any]) -> str:
        """The alias to write to; the first index is made when there is none. Raises RebuildNeeded for other fields."""
        aliases = self._aliases()
        if not any(self.alias in names for names in aliases.values()):
            if any(aliases.values()):
                raise RebuildNeeded("The search index was written for other fields. `puma index` rebuilds it.")
            with self.building(body) as building:
                building.swap()
        return self.alias

    def check_empty(self) -> None:
        """Called when the alias is not there. Raises RebuildNeeded when there is an index for other fields."""
        if any(self._aliases().values()):
            raise RebuildNeeded("The search index was written for other fields. `puma index` rebuilds it.")

    def _aliases(self) -> dict[str, set[str]]:
        """Index -> its aliases, for those of this name."""
        try:
            found = self._server.ask("GET", f"/{self._name}-*/_alias")
        except NotHere:
            return {}
        return {index: set(told["aliases"]) for index, told in found.items() if self._own.fullmatch(index)}

    @contextlib.contextmanager
    def building(self, body: Mapping[str, Any]) -> Iterator["Building"]:
        """A new index that nobody reads yet; removed when it is not swapped in. Raises TryLater beside another one."""
        found = self._aliases()
        for index, names in found.items():
            if not names:
                self._remove_dead(index)
        numbers = [int(match[1]) for index in found if (match := self._own.fullmatch(index))]
        index = f"{self.alias}-{max(numbers, default=0) + 1:06}"
        meta = {"_meta": {"alive_at": time.time()}}
        given = {"settings": {**body["settings"], **_BUILT}, "mappings": {**body["mappings"], **meta}}
        try:
            self._server.ask("PUT", f"/{index}", given, patience_s=WRITE_PATIENCE_S)
        except Answered as refusal:
            if refusal.kind == "resource_already_exists_exception":
                raise _another() from refusal
            raise
        building = Building(self._server, self, index)
        try:
            yield building
        except BaseException:
            if not building.swapped:
                with contextlib.suppress(NotHere, TryLater):
                    self.remove(index)
            raise

    def _remove_dead(self, index: str) -> None:
        try:
            told = self._server.ask("GET", f"/{index}/_mapping")
        except NotHere:
            return
        alive_at = told[index]["mappings"].get("_meta", {}).get("alive_at", 0.0)
        if time.time() - alive_at < DEAD_S:
            raise _another()
        self.remove(index)

    def remove(self, index: str) -> None:
        """Delete an index; one that is gone already is no error."""
        with contextlib.suppress(NotHere):
            self._server.ask("DELETE", f"/{index}", patience_s=WRITE_PATIENCE_S)

    def swap(self, index: str) -> None:
        """Point the alias to this index in one step, then remove all others of this name."""
        old = self._aliases()
        actions: list[dict[str, Any]] = [{"add": {"index": index, "alias": self.alias}}]
        actions += [{"remove_index": {"index": other}} for other in old if other != index]
        self._server.ask("POST", "/_aliases", {"actions": actions}, patience_s=WRITE_PATIENCE_S)


class Building:
    """One index while it is filled."""

    def __init__(self, server: Server, indexes: Indexes, index: str) -> None:
        self._server = server
        self._indexes = indexes
        self._signed = time.monotonic()
        self.index = index
        self.swapped = False

    def sign_of_life(self) -> None:
        """Tell others, now and then, that this rebuild goes on."""
        if time.monotonic() - self._signed > SIGN_S:
            meta = {"_meta": {"alive_at": time.time()}}
            self._server.ask("PUT", f"/{self.index}/_mapping", meta, patience_s=WRITE_PATIENCE_S)
            self._signed = time.monotonic()

    def swap(self) -> None:
        """From now on this index answers, is copied to other nodes, and is on disk when the server says so."""
        self._server.ask("POST", f"/{self.index}/_flush", patience_s=WRITE_PATIENCE_S)
        self._server.ask("PUT", f"/{self.index}/_settings", {"index": _IN_USE}, patience_s=WRITE_PATIENCE_S)
        self._wait_for_copies()
        self._indexes.swap(self.index)
        self.swapped = True

    def _wait_for_copies(self) -> None:
        """The old index stays until a node may stop; copies that take longer are left to the server."""
        until = time.monotonic() + WRITE_PATIENCE_S
        health = {"wait_for_status": "green", "timeout": f"{SIGN_S:.0f}s"}
        while time.monotonic() < until:
            try:
                self._server.ask("GET", f"/_cluster/health/{self.index}", params=health, patience_s=WRITE_PATIENCE_S)
                return
            except Answered as not_yet:
                if not_yet.status != TOOK_TOO_LONG:
                    raise
            self.sign_of_life()


def _another() -> TryLater:
    return TryLater(f"The search index is being rebuilt by somebody else; if not, try again in {DEAD_S:.0f} seconds.")
