"""The state of a page as its address says it, in one order: equal states are equal words."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from puma.errors import WrongUsage

LONGEST = 30_000  # letters of a state: servers and browsers take addresses of about that length


def canonical(query: str, leave: Sequence[str] = ()) -> str:
    """A query string with its pairs in order, each once, without empty ones: equal states are equal strings.

    leave: keys that are left out. Raises WrongUsage for one that is too long.
    """
    if len(query) > LONGEST:
        raise WrongUsage(f"A state has at most {LONGEST} letters.")
    pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=False, errors="replace")
    kept = {(key, "".join(letter for letter in value if letter.isprintable()).strip()) for key, value in pairs}
    return urlencode(sorted((key, value) for key, value in kept if value and key not in leave))
