"""What a PDF says of itself: title, author, programs, dates, as its information dictionary has them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

_DATE = re.compile(
    r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?\d*(?:(Z)|([+-])(\d\d)'?(\d\d)?'?)?.*", re.ASCII | re.DOTALL
)
_EMPTY = {"untitled", "untitled document", "unknown", "anonymous", "title", "author", "microsoft word"}


@dataclass(frozen=True, slots=True)
class About:
    """What stands in a file's own words; empty where it says nothing. creator: the program that wrote the text,
    producer: the one that made the PDF of it. Dates without a zone are read as UTC."""

    title: str = ""
    author: str = ""
    subject: str = ""
    keywords: str = ""
    creator: str = ""
    producer: str = ""
    created: datetime | None = None
    modified: datetime | None = None


def storable(metadata: Mapping[str, str]) -> dict[str, str]:
    """The entries as both databases take them: halves of characters and NUL are replaced."""
    return {
        name.replace("\0", ""): value.replace("\0", "").encode("utf-8", "replace").decode()
        for name, value in metadata.items()
    }


def told(metadata: Mapping[str, object]) -> About:
    """The entries of a PDF's information dictionary in order; placeholders of programs are left out."""

    def words(name: str) -> str:
        value = metadata.get(name)
        said = " ".join(value.split()) if isinstance(value, str) else ""
        return "" if said.casefold() in _EMPTY else said

    return About(
        title=words("Title"),
        author=words("Author"),
        subject=words("Subject"),
        keywords=words("Keywords"),
        creator=words("Creator"),
        producer=words("Producer"),
        created=day_of(words("CreationDate")),
        modified=day_of(words("ModDate")),
    )


def day_of(written: str) -> datetime | None:
    """The instant that a PDF writes as D:20090827210229+02'00', in UTC; None when it is none."""
    found = _DATE.fullmatch(written)
    if found is None:
        return None
    year, *rest = (int(found[part]) if found[part] else None for part in range(1, 7))
    month, day, hour, minute, second = rest
    zone = timedelta(hours=int(found[9] or 0), minutes=int(found[10] or 0)) * (-1 if found[8] == "-" else 1)
    try:
        at = datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, second or 0, tzinfo=timezone(zone))
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
