"""What is kept of a frozen report: one archive with its files, its numbers with their rules, the rows behind them."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from dataclasses import fields as dataclass_fields
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from puma.access import Viewer
from puma.errors import WrongUsage
from puma.facts import Snapshot
from puma.measuring import Metric, Question
from puma.measuring.receipts import facts_behind
from puma.reports.content import Report, Told
from puma.reports.formats import write_report
from puma.reports.page import page
from puma.reports.workbook import workbook

ALWAYS = (1980, 1, 1, 0, 0, 0)
"""The date of the files in the archive: equal reports are equal archives."""
PAGE, BOOK, SLIDES, CONTENT = "report.html", "report.xlsx", "report.pptx", "content.json"


@dataclass(frozen=True, slots=True)
class Part:
    """One number or table: its title, what was asked, the rule of then, the value of then, and where its rows are."""

    title: str
    question: Question
    rule: Metric
    total: float | None
    rows: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A frozen report, opened: its files as they were, its parts, the publications that it lists by number.

    slides: empty where it was frozen before reports had some.
    """

    page: str
    workbook: bytes
    slides: bytes
    parts: Sequence[Part]
    listed: Sequence[int]
    facts: Callable[[Part], pa.Table]


def packed(report: Report, snapshot: Snapshot, viewer: Viewer, tell: Told = lambda *_: None) -> bytes:
    """The archive of a report that was just made of this snapshot for this viewer."""
    heads = [(one.metric.label, one.question, one.metric, one.total) for one in report.numbers]
    tables = [(one.title, one.answer.question, one.answer.metric, one.answer.total) for one in report.sections]
    parts, file = [], io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, (title, question, rule, total) in enumerate(heads + tables):
            tell("records", place, len(heads) + len(tables))
            rows = facts_behind(snapshot, viewer, question)
            parts.append(_told(title, question, rule, total) | {"rows": f"rows/{place:02}.parquet"})
            _write(archive, f"rows/{place:02}.parquet", _parquet(rows))
        _write(archive, PAGE, page(report).encode())
        _write(archive, BOOK, workbook(report))
        _write(archive, SLIDES, write_report(report, "pptx"))
        content = {"parts": parts, "listed": list(report.listed)}
        _write(archive, CONTENT, json.dumps(content, sort_keys=True).encode())
    return file.getvalue()


def opened(body: bytes, sha256: str) -> Kept:
    """A frozen report from its archive. Raises WrongUsage when it is not what was frozen."""
    if hashlib.sha256(body).hexdigest() != sha256:
        raise WrongUsage("This frozen report is not what was frozen: its bytes were changed. Restore a backup.")
    archive = zipfile.ZipFile(io.BytesIO(body))
    content = json.loads(archive.read(CONTENT))
    return Kept(
        page=archive.read(PAGE).decode(),
        workbook=archive.read(BOOK),
        slides=archive.read(SLIDES) if SLIDES in archive.namelist() else b"",
        parts=[_part(told) for told in content["parts"]],
        listed=content["listed"],
        facts=lambda part: pq.read_table(io.BytesIO(archive.read(part.rows))),
    )


def _write(archive: zipfile.ZipFile, name: str, body: bytes) -> None:
    entry = zipfile.ZipInfo(name, ALWAYS)
    entry.compress_type = zipfile.ZIP_STORED if name.endswith((".parquet", ".xlsx", ".pptx")) else zipfile.ZIP_DEFLATED
    archive.writestr(entry, body)


def _parquet(rows: pa.Table) -> bytes:
    """Rows by their records, so that numbers of records take a byte or two each, and of equal records by all else,
    so that equal rows are equal bytes in whatever order the cores found them."""
    file = io.BytesIO()
    columns = sorted(rows.column_names, key=lambda name: name != "record")
    ordered = rows.sort_by([(name, "ascending") for name in columns])
    plain = {"record": "DELTA_BINARY_PACKED"}
    dictionary = [name for name in ordered.column_names if name != "record" and _is_word(ordered.schema, name)]
    pq.write_table(ordered, file, compression="zstd", use_dictionary=dictionary or False, column_encoding=plain)
    return file.getvalue()


def _is_word(schema: pa.Schema, name: str) -> bool:
    return bool(pa.types.is_string(schema.field(name).type) or pa.types.is_large_string(schema.field(name).type))


def _told(title: str, question: Question, rule: Metric, total: float | None) -> dict[str, Any]:
    asked = {**asdict(question), "filters": {key: list(values) for key, values in question.filters.items()}}
    words = {name: value for name, value in asdict(rule).items() if name != "finish"}
    return {"title": title, "question": asked, "rule": words, "total": total}


def _part(told: Mapping[str, Any]) -> Part:
    asked, rule = told["question"], dict(told["rule"])
    filters = {key: tuple(values) for key, values in asked["filters"].items()}
    question = Question(asked["slug"], tuple(asked["by"]), filters, asked["policy"], asked["counting"])
    fields = {one.name for one in dataclass_fields(Metric)}  # another version may have had others
    words: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in rule.items() if name in fields
    }
    return Part(told["title"], question, Metric(**words), told["total"], told["rows"])
