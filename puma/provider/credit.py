"""What other installations may fetch: which publication, by DOI, is credited to which facility here; signed."""

import threading
from datetime import datetime

import orjson

from puma import seals
from puma.access import ANONYMOUS
from puma.errors import NotHere, TryLater
from puma.facts import Snapshot
from puma.settings import Settings

PROTOCOL = "puma-credit/1"
KEY_FILE = "federation.key"

_SQL = """
SELECT w.doi, f.code, CASE WHEN bool_or(c.strict) THEN 'validated' ELSE 'auto' END
FROM publication_facilities c JOIN works w ON w.id = c.publication_id JOIN facilities f ON f.id = c.facility_id
WHERE c.standard AND w.countable AND w.linked_standard AND w.doi IS NOT NULL AND w.doi <> ''
GROUP BY ALL ORDER BY ALL
"""


class Credits:
    """The list of one installation, made once for each version of its facts."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._known: tuple[object, list[str], bytes] = (None, [], b"")

    def told(self, snapshot: Snapshot | None, at: datetime) -> bytes:
        """The signed list: a line with the seal, then ``["10.1000/x","EPNS","validated"]`` a line.

        It holds what everybody may know, and of that three things only: DOI, code of the facility, and whether a
        person validated the link. Raises NotHere where the installation does not share, TryLater before it has facts.
        """
        if not self._settings.federation.share:
            raise NotHere("This installation does not share its credits: [federation] share is not switched on.")
        if snapshot is None:
            raise TryLater("There are no facts yet: ask again after the first harvest.")
        facilities, body = self._made(snapshot)
        statement = {
            "protocol": PROTOCOL,
            "at": at.isoformat(),
            "as_of": snapshot.as_of.isoformat(),
            "facilities": facilities,
            "total": body.count(b"\n"),
        }
        return seals.sealed(statement, body, seals.key_in(self._settings.files_folder / KEY_FILE))

    def public_key(self) -> str:
        """What others write into their settings."""
        return seals.public_of(seals.key_in(self._settings.files_folder / KEY_FILE))

    def _made(self, snapshot: Snapshot) -> tuple[list[str], bytes]:
        mark = (snapshot.folder, snapshot.version, snapshot.as_of)
        with self._lock:
            if self._known[0] != mark:
                rows = snapshot.connect(ANONYMOUS).execute(_SQL).fetchall()
                body = b"".join(orjson.dumps(row) + b"\n" for row in rows)
                self._known = (mark, sorted({code for _, code, _ in rows}), body)
            return self._known[1], self._known[2]
