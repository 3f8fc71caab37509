"""Data package: a CSV and the datapackage.json that says what its columns are, in one ZIP, for programs of others."""

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, BinaryIO

from puma.exports.columns import meanings
from puma.exports.format import Export, Rows, as_cell

SCHEMA = "https://datapackage.org/profiles/2.0/datapackage.json"
TYPES = ((bool, "boolean"), (int, "integer"), (float, "number"), (datetime, "datetime"), (date, "date"))
"""The order matters: yes and no are numbers to Python, instants are days."""


def write(columns: Sequence[str], rows: Rows, file: BinaryIO, about: str) -> int:
    """Write the CSV as rows come, then its description by what was seen in it; memory does not grow.

    Text stays as it is: a program reads this, not a spreadsheet (for that there are csv and xlsx).
    """
    seen: dict[str, set[str]] = {name: set() for name in columns}
    count = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("data.csv", "w", force_zip64=True) as raw, _text(raw) as text:
            writer = csv.writer(text)
            writer.writerow(columns)
            for row in rows:
                for name in columns:
                    if row.get(name) is not None:
                        seen[name].add(_type(row[name]))
                writer.writerow([as_cell(row.get(name)) for name in columns])
                count += 1
        archive.writestr("datapackage.json", json.dumps(_package(seen, about, count), ensure_ascii=False, indent=1))
    return count


def _text(raw: Any) -> io.TextIOWrapper:
    return io.TextIOWrapper(raw, encoding="utf-8", errors="replace", newline="")


def _type(value: object) -> str:
    return next((name for kind, name in TYPES if isinstance(value, kind)), "string")


def _package(seen: dict[str, set[str]], about: str, count: int) -> dict[str, Any]:
    words = meanings(list(seen))
    fields = [
        {"name": name, "type": _one(kinds), **({"description": words[name]} if words[name] else {})}
        for name, kinds in seen.items()
    ]
    first, _, more = about.partition("\n")
    resource = {
        "name": "data",
        "type": "table",
        "path": "data.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {"fields": fields, "missingValues": [""], **({"primaryKey": ["id"]} if "id" in seen else {})},
    }
    package = {"$schema": SCHEMA, "name": "export", "title": first, "resources": [resource], "rows": count}
    return package | ({"description": more} if more else {})


def _one(kinds: set[str]) -> str:
    """The type that holds all values of a column."""
    if kinds == {"integer", "number"}:
        return "number"
    return next(iter(kinds)) if len(kinds) == 1 else "string"


EXPORT = Export("datapackage", "application/zip", ".zip", "CSV with datapackage.json, for programs", write)
