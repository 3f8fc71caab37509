"""A folder of PDF files, whose names may say to which DOI or proposal they belong."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from harvesters._reading import LONGEST_KEY, count, left_over, parsed, text
from puma import harvesting
from puma.claims import Claim
from puma.errors import SkipRecord, WrongUsage
from puma.harvesting import Page, RawRecord, Visit
from puma.identifiers import clean_arxiv, clean_doi, clean_proposal_code, fold_code

PAGE = 100
BLOCK = 1 << 20
DOI_NAME = re.compile(r"(?:doi[_ .-]*)?(10\.\d{4,9})[_/.](.+)", re.IGNORECASE)
CODE_NAME = re.compile(
    r"(?:proposal[_ -]*)?"
    r"(?!(?:19|20)\d\d(?:[_ ]|$))"  # a year
    r"(?=(?:[^\d_ ]*\d){3})"  # three digits at least
    r"([A-Z]{0,8}(?:-[A-Z]{1,8}){0,3}-?\d[\dA-Z]{0,9}(?:-[\dA-Z]{1,8}){0,4})(?:[_ ].*)?"
)
READ = frozenset(("name", "path", "sha256", "size"))
SHA256 = re.compile(r"[0-9a-f]{64}")


class Source(harvesting.Source):
    """Holds the files, their sizes and digests; lacks everything that is known about them, except what their names say.

    "10.1107_S2052252519008285.pdf" (or %2F or a dot for the underscore) belongs to that DOI, "1704.00452.pdf" to that
    of arXiv, "MA-1234.pdf" or "MA-1234_report.pdf" to the proposal MA-1234 of the source's facility, and
    "source=library%3A42.pdf" to the record 42 of the source library. Only names that end in .pdf are looked at.
    """


def fetch(source: Source, visit: Visit) -> Iterator[Page]:
    """Pages of files in the order of their names; links that lead out of the folder are not followed."""
    if source.path is None:
        raise WrongUsage(f'Source "{source.name}" needs a path: the folder of PDF files.')
    folder = source.path.resolve()
    if not folder.is_dir():
        raise WrongUsage(f'Source "{source.name}": there is no folder {source.path}.')
    after = str(visit.cursor["after"]) if visit.cursor else ""
    held = _pdfs(folder)
    names = [name for name in held if name > after]
    for start in range(0, len(names), PAGE):
        some = names[start : start + PAGE]
        records, skipped = [], []
        for name in some:
            try:
                records.append(RawRecord(name[:LONGEST_KEY], _payload(folder, name)))
            except SkipRecord as reason:
                skipped.append((name, str(reason)))
            except OSError as error:
                skipped.append((name, f"it cannot be opened ({type(error).__name__})"))
        yield Page(tuple(records), {"after": some[-1]}, total=len(held), skipped=tuple(skipped))


def _pdfs(folder: Path) -> list[str]:
    found = (path for path in folder.rglob("*") if path.suffix.lower() == ".pdf" and not path.is_dir())
    names = (path.relative_to(folder).as_posix() for path in found)
    return sorted(name for name in names if not any(part.startswith(".") for part in name.split("/")))


def _payload(folder: Path, name: str) -> bytes:
    path = (folder / name).resolve(strict=True)
    if not path.is_relative_to(folder):
        raise SkipRecord("it is a link that leads out of the folder")
    if not path.is_file():
        raise SkipRecord("it is no ordinary file")
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
    if not size:
        raise SkipRecord("it is empty")
    said = {"name": Path(name).name, "path": str(path), "sha256": digest.hexdigest(), "size": size}
    return json.dumps(said, sort_keys=True).encode()


def read(payload: bytes, source: Source) -> list[Claim]:
    """The file of one record, and what it belongs to. Raises SkipRecord."""
    record = parsed(payload)
    name, sha256 = text(record.get("name")), text(record.get("sha256"))
    if not name or not SHA256.fullmatch(sha256):
        raise SkipRecord("it has no name or no digest")
    owner = owner_of(name, source.facility)
    path = record.get("path")
    values = {
        "name": name,
        "path": path if isinstance(path, str) else None,
        "sha256": sha256,
        "media_type": "application/pdf",
        "size_bytes": count(record.get("size")),
        "of": list(owner) if owner else None,
    }
    return [Claim("file", (("sha256", sha256),), values, left_over(record, READ))]


def owner_of(name: str, facility: str) -> tuple[str, str] | None:
    """The key of the record that a file name speaks of: ("doi", ...), ("code", "EPNS/ma1234"), or None."""
    stem = unquote(re.sub(r"\.pdf$", "", name, flags=re.IGNORECASE))
    if (found := DOI_NAME.fullmatch(stem)) and (doi := clean_doi(f"{found[1]}/{found[2]}")):
        return "doi", doi
    if stem.startswith("source="):
        return "source", stem.removeprefix("source=")
    if arxiv := clean_arxiv(stem):
        return "doi", f"10.48550/arxiv.{arxiv}"
    code = CODE_NAME.fullmatch(stem)
    if facility and code and clean_proposal_code(code[1]):
        return "code", f"{facility}/{fold_code(code[1])}"
    return None
