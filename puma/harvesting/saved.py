"""Payloads saved earlier, in place of a service: files, folders, globs, .gz and .zip, each within bounds."""

from __future__ import annotations

import gzip
import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

from puma.errors import SkipRecord, WrongUsage

MAX_PAYLOAD_MB = 1000.0  # one payload in memory; a dump in one piece is the largest that is known
MAX_ARCHIVE_FACTOR = 20  # all members of one archive together, as a multiple of the largest payload

Broken = list[tuple[str, str]]  # (file or place, reason); the same shape as Page.skipped


def saved_payloads(
    path: Path, *, after: str | None = None, broken: Broken | None = None, max_mb: float = MAX_PAYLOAD_MB
) -> Iterator[tuple[str, bytes]]:
    """(name, body) of each saved payload under ``path``, unpacked, in the order of their names.

    path: a file, a folder (with its subfolders; hidden files are left out) or a glob. The name is relative to the
    folder; of a member of an archive it is "archive.zip/member". after: the name to go on behind, when a run is
    resumed. broken: what cannot be read is appended here with its reason and the rest goes on; without it SkipRecord
    is raised. max_mb: largest payload, after unpacking. Raises WrongUsage when there is no file.
    """
    files = _files(path)
    names = [name for name, _ in files]
    start = 0
    if after is not None:
        start = next((n for n, name in enumerate(names) if after == name or after.startswith(f"{name}/")), 0)
    limit = int(max_mb * 1_000_000)
    for name, file in files[start:]:
        skipping = after is not None and after.startswith(f"{name}/") and name.lower().endswith(".zip")
        if name == after:
            continue
        try:
            if name.lower().endswith(".zip"):
                for member, body in _members(file, name, limit, broken):
                    if not skipping:
                        yield member, body
                    skipping = skipping and member != after
            else:
                yield name, _file_body(file, name, limit)
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, SkipRecord) as error:
            _report(broken, name, _reason(error))


def json_records(body: bytes, broken: Broken | None = None) -> Iterator[dict[str, Any]]:
    """The records in a JSON payload: a list, JSON lines, or what lies under items, results, data or message.

    An object without such a wrapper is itself the one record. broken: lines and items that are no JSON object are
    appended here as ("line 7", reason) and the rest goes on; without it SkipRecord is raised at the first.
    """
    try:
        found = _loads(body)
    except SkipRecord as error:
        lines = [(number, line) for number, line in enumerate(body.split(b"\n"), start=1) if line.strip()]
        if not _are_json_lines([line for _, line in lines[:2]]):
            _report(broken, "payload", str(error))
            return
        for number, line in lines:
            try:
                yield _object(_loads(line))
            except SkipRecord as line_error:
                _report(broken, f"line {number}", str(line_error))
        return
    for number, item in enumerate(_unwrapped(found), start=1):
        try:
            yield _object(item)
        except SkipRecord as error:
            _report(broken, f"item {number}", str(error))


def _files(path: Path) -> list[tuple[str, Path]]:
    if path.is_file():
        return [(path.name, path)]
    if path.is_dir():
        folder, found = path, [file for file in path.rglob("*") if file.is_file()]
    else:
        at = next((n for n, part in enumerate(path.parts) if any(sign in part for sign in "*?[")), None)
        if at is None:
            raise WrongUsage(f"There is no file or folder {path}.")
        folder = Path(*path.parts[:at])
        found = [file for file in folder.glob(str(Path(*path.parts[at:]))) if file.is_file()]
    named = sorted((file.relative_to(folder).as_posix(), file) for file in found)
    visible = [(name, file) for name, file in named if not any(part.startswith(".") for part in name.split("/"))]
    if not visible:
        raise WrongUsage(f"There are no files in {path}.")
    return visible


def _file_body(file: Path, name: str, limit: int) -> bytes:
    if not name.lower().endswith(".gz"):
        with file.open("rb") as plain:
            return _bounded(plain, limit)
    with gzip.open(file) as unpacked:
        return _bounded(unpacked, limit)


def _members(file: Path, name: str, limit: int, broken: Broken | None) -> Iterator[tuple[str, bytes]]:
    """Members of an archive, read one by one and never written to disk."""
    left = limit * MAX_ARCHIVE_FACTOR
    with zipfile.ZipFile(file) as archive:
        for member in sorted(archive.infolist(), key=lambda info: info.filename):
            inner = PurePosixPath(member.filename.replace("\\", "/"))
            if member.is_dir() or any(part.startswith((".", "__MACOSX")) and part != ".." for part in inner.parts):
                continue
            full = f"{name}/{inner}"
            try:
                if inner.is_absolute() or ".." in inner.parts:
                    raise SkipRecord("its name leads out of the archive")
                if inner.suffix.lower() in (".zip", ".gz"):
                    raise SkipRecord("an archive inside an archive is not opened")
                if left <= 0:
                    raise SkipRecord("the archive unpacks to too much")
                with archive.open(member) as opened:
                    body = _bounded(opened, min(limit, left))
            except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
                _report(broken, full, _reason(error))
            except SkipRecord as error:
                _report(broken, full, str(error))
            else:
                left -= len(body)
                yield full, body


def _bounded(file: IO[bytes] | gzip.GzipFile, limit: int) -> bytes:
    body = file.read(limit + 1)
    if len(body) > limit:
        raise SkipRecord(f"larger than {limit / 1_000_000:g} MB")
    return body


def _reason(error: Exception) -> str:
    if isinstance(error, SkipRecord):
        return str(error)
    if isinstance(error, RuntimeError) and "encrypt" in str(error):
        return "it is encrypted"
    return f"it cannot be opened or unpacked ({type(error).__name__})"


def _report(broken: Broken | None, place: str, reason: str) -> None:
    if broken is None:
        raise SkipRecord(f"{place}: {reason}")
    broken.append((place, reason))


def _loads(text: bytes) -> object:
    try:
        return json.loads(text, parse_constant=lambda _: None)  # NaN and Infinity say nothing
    except (ValueError, RecursionError) as error:
        raise SkipRecord(f"no JSON: {str(error)[:200]}") from None


def _are_json_lines(first: list[bytes]) -> bool:
    """Whether one of the first lines is an object by itself, from its first column on."""
    for line in first:
        try:
            if line.startswith((b"{", b"\xef\xbb\xbf{")) and isinstance(_loads(line), dict):
                return True
        except SkipRecord:
            continue
    return False


def _unwrapped(found: object) -> list[object]:
    if isinstance(found, list):
        return found
    if isinstance(found, dict):
        for name in ("items", "results", "data"):
            if isinstance(found.get(name), list):
                return list(found[name])
        for name in ("message", "data"):
            if isinstance(found.get(name), dict):
                return _unwrapped(found[name])
    return [found]


def _object(item: object) -> dict[str, Any]:
    if isinstance(item, dict):
        return item
    raise SkipRecord(f"no JSON object but {json.dumps(item)[:60]}")
