"""The tables themselves: CSV files or sheets of one workbook, read as rows of text, complete or not at all."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import PurePosixPath

from python_calamine import CalamineError, CalamineWorkbook

from puma.errors import StopRun
from puma.harvesting import Source, Transport
from puma.harvesting.saved import saved_payloads
from puma.harvesting.transport import BadStatus
from puma.text import clean_text

Row = dict[str, str]
Skipped = list[tuple[str, str]]

TABLES: dict[str, tuple[str, ...]] = {
    "instruments": (
        "facility", "name", "label", "group", "start", "end", "commissioning_until", "techniques", "pid",
        "successor_of",
    ),
    "operation": ("facility", "instrument", "year", "call", "hours_for", "amount", "unit"),
    "calls": ("code", "facility", "opens", "closes", "cycle_start", "cycle_end", "time_unit"),
    "proposals": (
        "facility", "code", "title", "abstract", "type", "scientific_area", "call", "deposited_on", "operation_year",
        "decision", "confidential", "dmp", "pdf", "techniques",
    ),
    "proposal_instruments": ("proposal", "instrument", "requested", "allocated", "unit"),
    "participants": (
        "proposal", "person_key", "given_name", "family_name", "orcid", "email", "institution", "institution_ror",
        "country", "role",
    ),
    "sessions": (
        "code", "proposal", "instrument", "start", "end", "requested_hours", "allocated_hours", "delivered_hours",
        "mode", "report_due", "report_received", "lost_to_machine", "lost_to_instrument", "lost_to_user",
        "lost_to_cancellation",
    ),
    "session_participants": (
        "session", "person_key", "mode", "given_name", "family_name", "orcid", "email", "gender", "career_stage",
    ),
    "publications": (
        "source_id", "doi", "type", "title", "abstract", "journal", "issn", "published_on", "authors", "affiliations",
        "keywords", "citations", "open_access", "pdf",
    ),
    "datasets": (
        "source_id", "facility", "doi", "title", "abstract", "proposal", "instrument", "session", "created_on",
        "open_on", "size_bytes", "techniques", "creators", "related", "formula", "wavelength", "energy", "temperature",
    ),
    "contributions": ("country", "group", "valid_from", "valid_to", "share"),
    "journals": ("issn", "title", "list", "list_version", "valid_from", "valid_to"),
}  # fmt: skip
"""Columns of each table that are read; what stands in others is kept with the raw record and told as left over."""

NEEDED: dict[str, tuple[str, ...]] = {
    "instruments": ("name",),
    "calls": ("code",),
    "operation": ("instrument", "hours_for", "amount"),
    "proposals": ("code",),
    "proposal_instruments": ("proposal", "instrument"),
    "participants": ("proposal",),
    "sessions": ("code",),
    "session_participants": ("session", "person_key"),
    "publications": ("title",),
    "datasets": ("title",),
    "contributions": ("country", "share"),
    "journals": ("issn",),
}
"""Columns without which a file is not the table that its name says."""

LONGEST_CELL = 10_000_000
csv.field_size_limit(LONGEST_CELL)


def saved_tables(source: Source, skipped: Skipped) -> dict[str, list[Row]]:
    """The tables under ``source.path``: <table>.csv in a folder or archive, or the sheets of one .xlsx.

    Files and sheets with other names, and rows that do not fit their header, go to ``skipped``. Raises StopRun when a
    table cannot be read to its end, or when there is none: tables point at each other, so a part is worse than nothing.
    """
    assert source.path is not None
    tables: dict[str, list[Row]] = {}
    for name, body in saved_payloads(source.path, max_mb=source.max_answer_mb):
        file = PurePosixPath(name.lower().removesuffix(".gz"))
        if file.suffix == ".xlsx":
            for sheet, lines in _sheets(name, body, int(source.max_answer_mb * 1_000_000)):
                _add(tables, sheet, f"{name}, {sheet}", enumerate(lines, start=1), skipped)
        elif file.suffix == ".csv":
            _add(tables, file.stem, name, csv_lines(name, body), skipped)
    if not tables:
        raise StopRun(f"In {source.path} there is none of the tables {', '.join(TABLES)}.")
    return tables


def asked_tables(source: Source, web: Transport, skipped: Skipped) -> dict[str, list[Row]]:
    """The tables at ``source.url``/<table>.csv; one that does not exist is left out. Raises StopRun as above."""
    assert source.url is not None
    tables: dict[str, list[Row]] = {}
    for table in TABLES:
        name = f"{table}.csv"
        try:
            body = web.get(f"{source.url.rstrip('/')}/{name}")
        except BadStatus as bad:
            if bad.status in (404, 410):
                continue
            raise
        _add(tables, table, name, csv_lines(name, body), skipped)
    if not tables:
        raise StopRun(f'Source "{source.name}": under its url there is none of the tables {", ".join(TABLES)}.')
    return tables


def csv_lines(name: str, body: bytes) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of a CSV file in UTF-8 with commas, semicolons or tabs. Raises StopRun when it is broken."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StopRun(f"{name} is not in UTF-8 (byte {error.start}).") from None
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in lines:
            yield lines.line_num, cells
    except csv.Error as error:
        raise StopRun(f"{name} cannot be read on from line {lines.line_num}: {error}.") from None


def _sheets(name: str, body: bytes, limit: int) -> Iterator[tuple[str, list[list[str]]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if sum(member.file_size for member in archive.infolist()) > limit:
                raise StopRun(f"{name} unpacks to more than {limit / 1_000_000:g} MB (max_answer_mb).")
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(body))
        for sheet in workbook.sheet_names:
            lines = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            yield sheet.strip().lower(), [[_cell(value) for value in line] for line in lines]
    except (zipfile.BadZipFile, CalamineError) as error:
        raise StopRun(f"{name} cannot be opened as a workbook ({type(error).__name__}).") from None


def _cell(value: object) -> str:
    """A cell of a workbook as it would stand in a CSV file."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time().isoformat() == "00:00:00" else value.isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _add(
    tables: dict[str, list[Row]],
    table: str,
    place: str,
    lines: Iterable[tuple[int, Sequence[str]]],
    skipped: Skipped,
) -> None:
    """Puts the rows of one file under the name of their table."""
    if table not in TABLES:
        skipped.append((place, f"no table is called {table!r}"))
        return
    header: list[str] = []
    rows = tables.setdefault(table, [])
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if not header:
            header = [clean_text(cell).lower().replace(" ", "_") for cell in cells]
            if missing := [column for column in NEEDED[table] if column not in header]:
                raise StopRun(f"{place} has no column {', '.join(missing)}.")
        elif len(cells) != len(header):
            skipped.append((f"{place}, line {number}", f"{len(cells)} cells under {len(header)} columns"))
        else:
            named = zip(header, cells, strict=True)
            rows.append({column: text for column, cell in named if (text := clean_text(cell))})
