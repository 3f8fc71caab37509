"""Short links: a name for a page and its state, worked out from them, so that the same state has the same name."""

import hashlib
import re
from base64 import urlsafe_b64encode

from sqlalchemy import insert, select

from puma.access import Viewer
from puma.entities import ShortLink
from puma.errors import NotHere, WrongUsage
from puma.keeping.ownership import TO_KEEP
from puma.keeping.states import canonical
from puma.storage import Storage, now

SHORTEST = 10  # letters, six bits each
PAGE = re.compile(r"/(?:[a-z][a-z0-9_-]{0,40}(?:/[0-9]{1,15})?)?")
"""Pages that a link may lead to: those of this program, with or without the number of a record."""


def short_link(storage: Storage, viewer: Viewer, path: str, query: str) -> str:
    """The short name of a page and its state, which is kept for good. It holds no data: whoever follows it sees what
    their own role may. Raises WrongUsage for what is no page of this program."""
    viewer.must_be(TO_KEEP, "Making a short link")
    if not PAGE.fullmatch(path):
        raise WrongUsage("A short link leads to a page of this program, like /search.")
    state = canonical(query)
    digest = urlsafe_b64encode(hashlib.sha256(f"{path}?{state}".encode()).digest()).decode().rstrip("=")
    with storage.writing() as session:
        for length in range(SHORTEST, len(digest) + 1):  # longer only where another state begins alike
            held = session.get(ShortLink, digest[:length])
            if held is None:
                row = {"id": digest[:length], "path": path, "query": state, "made_at": now()}
                session.execute(insert(ShortLink).values(**row))
            if held is None or (held.path, held.query) == (path, state):
                return digest[:length]
    raise WrongUsage("This state has no short name.")  # two states with one SHA-256


def long_link(storage: Storage, link_id: str) -> str:
    """The address that a short link stands for, from its slash on. Raises NotHere when there is none."""
    with storage.reading() as session:
        found = session.execute(select(ShortLink.path, ShortLink.query).where(ShortLink.id == link_id)).first()
    if found is None:
        raise NotHere("There is no such short link.")
    return f"{found.path}?{found.query}" if found.query else str(found.path)
