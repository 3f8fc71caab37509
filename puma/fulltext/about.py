"""What a PDF says of itself (title, author, programs, dates), kept by the digest of its bytes, apart from its text."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

_SHA256 = re.compile(r"[0-9a-f]{64}")
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


def kept_at(folder: Path, sha256: str, suffix: str) -> Path | None:
    """Where something about the file of these bytes is kept below the files folder; None for no digest."""
    return folder / "pdf" / sha256[:2] / f"{sha256}{suffix}" if _SHA256.fullmatch(sha256) else None


def keep_about(folder: Path, sha256: str, metadata: Mapping[str, str]) -> None:
    """Keep what a file says of itself, whole or not at all; nothing is kept of a file that says nothing."""
    path = kept_at(folder, sha256, ".json")
    if path is not None and metadata:
        keep(path, json.dumps(dict(metadata), ensure_ascii=False, sort_keys=True).encode("utf-8", "replace"))


def keep(path: Path, body: bytes) -> None:
    """Write a file so that a reader sees all of it or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(body)
    os.replace(part, path)


def about(folder: Path, sha256: str | None) -> About:
    """What the file of these bytes says of itself; empty when nothing is kept, or nothing that can be read."""
    path = kept_at(folder, sha256 or "", ".json")
    try:
        found = json.loads(path.read_bytes()) if path is not None else {}
    except (OSError, ValueError):
        found = {}
    return told(found) if isinstance(found, dict) else About()


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
