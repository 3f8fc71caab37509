"""What an OAI-PMH request asks for: its arguments judged as the protocol says, and tokens that hold a whole list."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

ARGUMENTS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "Identify": (frozenset(), frozenset()),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"})),
    "ListSets": (frozenset(), frozenset({"resumptionToken"})),
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset()),
    "ListIdentifiers": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"})),
    "ListRecords": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"})),
}
"""Verb -> the arguments that it needs, and those that it may have."""
LISTS = ("ListIdentifiers", "ListRecords")
LONGEST = 4000  # characters of an argument
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class OaiError(Exception):
    """An error condition of the protocol, told inside of an answer with status 200."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class List:
    """A list and how far it was read. first, last: seconds since 1970, both included. after: stamp and number of the
    last record that was given. given: how many were. expires: when its token does, 0 for a list that begins."""

    prefix: str
    set: str = ""
    first: int | None = None
    last: int | None = None
    after: tuple[int, int] | None = None
    given: int = 0
    expires: int = 0

    def token(self) -> str:
        """The list as a text for whoever goes on with it: nothing is kept here, so no restart forgets it."""
        body = json.dumps(asdict(self), separators=(",", ":")).encode()
        return urlsafe_b64encode(_sum(body) + body).rstrip(b"=").decode()


def list_of_token(token: str, at: datetime) -> List:
    """The list that a token holds. Raises OaiError for one that is damaged, not ours, or expired."""
    bad = OaiError("badResumptionToken", "The resumption token is not one of this repository's.")
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        if raw[:_SUM] != _sum(raw[_SUM:]):
            raise bad
        values = json.loads(raw[_SUM:])
        after = values.pop("after")
        found = List(**values, after=(int(after[0]), int(after[1])))
    except (ValueError, TypeError, KeyError) as error:
        raise bad from error
    if found.expires < at.timestamp():
        raise OaiError("badResumptionToken", "The resumption token has expired: begin the list again.")
    return found


_SUM = 9


def _sum(body: bytes) -> bytes:
    """Shows damage. It is no secret: a token holds nothing that could not be asked for anyway."""
    return sha256(body).digest()[:_SUM]


def arguments(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The arguments of a request, with its verb. Raises OaiError (badVerb, badArgument)."""
    given = dict(pairs)
    verb = given.get("verb", "")
    if verb not in ARGUMENTS or sum(name == "verb" for name, _ in pairs) > 1:
        raise OaiError("badVerb", f"The verb is missing, repeated or unknown; there are: {', '.join(ARGUMENTS)}.")
    if len(given) != len(pairs):
        raise OaiError("badArgument", "An argument is repeated.")
    if any(len(value) > LONGEST for value in given.values()):
        raise OaiError("badArgument", "An argument is too long.")
    names = given.keys() - {"verb"}
    needed, possible = ARGUMENTS[verb]
    if verb in LISTS and "resumptionToken" in names:
        if len(names) > 1:
            raise OaiError("badArgument", "A resumption token stands alone.")
        return given
    if missing := needed - names:
        raise OaiError("badArgument", f"{verb} needs {' and '.join(sorted(missing))}.")
    if more := names - needed - possible:
        raise OaiError("badArgument", f"{verb} has no argument {' or '.join(sorted(more))}.")
    return given


def list_of(given: Mapping[str, str]) -> List:
    """The list that a request without token begins. Raises OaiError for dates that are none or do not fit."""
    since, until = given.get("from"), given.get("until")
    if since is not None and until is not None and len(since) != len(until):
        raise OaiError("badArgument", "from and until have different granularities.")
    first = _seconds("from", since)
    last = _seconds("until", until)
    if last is not None and until is not None and _DAY.fullmatch(until):
        last += round(timedelta(days=1).total_seconds()) - 1
    if first is not None and last is not None and first > last:
        raise OaiError("badArgument", "from is later than until.")
    return List(given["metadataPrefix"], given.get("set", ""), first, last)


def _seconds(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if _DAY.fullmatch(text) or _SECOND.fullmatch(text):
        try:
            found = datetime.fromisoformat(text.replace("Z", ""))
            return round((found.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
        except ValueError:
            pass
    raise OaiError("badArgument", f"{name} is a day (2026-01-31) or a second in UTC (2026-01-31T12:00:00Z).")
