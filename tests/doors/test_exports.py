"""Exported files as the programs of their users read them."""

import codecs
import csv
import io
import zipfile
from datetime import UTC, date, datetime

import pytest
from fastapi.testclient import TestClient
from python_calamine import CalamineWorkbook

from puma.access import EVERYTHING, Viewer
from puma.api import make_app
from puma.api.exporting import behind
from puma.exports import exports
from puma.exports.bibtex import entry, escaped
from puma.exports.format import inert
from puma.installation import Installation
from puma.listing.owed import TOLD
from puma.measuring import Question, ask

ROWS = [
    {"id": 1, "title": "=cmd|' /C calc'!A0", "year": 2019, "published_on": date(2019, 5, 1), "open": True},
    {"id": 2, "title": "+49 and -1 and @x, Ünïcode β-NMR\nnew line", "year": None, "published_on": None, "open": False},
    {
        "id": 3,
        "title": "x" * 40_000,
        "year": 2020,
        "published_on": datetime(2020, 1, 2, 3, 4, tzinfo=UTC),
        "open": None,
    },
]
COLUMNS = ("id", "title", "year", "published_on", "open")


def written(name: str) -> bytes:
    file = io.BytesIO()
    assert exports()[name].write(COLUMNS, iter(ROWS), file, "three rows\nof a test") == 3
    return file.getvalue()


@pytest.mark.parametrize("name", sorted(exports()))
def test_every_format_writes_nothing_but_a_frame_for_no_rows(name: str) -> None:
    file = io.BytesIO()
    assert exports()[name].write(COLUMNS, iter(()), file, "nothing") == 0
    assert exports()[name].suffix.startswith(".")
    assert exports()[name].help


def test_a_workbook_gives_back_every_value() -> None:
    words = ["  two  spaces ", "_x000D_", "a\tb\nc", "Ψ 中 🧲", "007", "1e5", "https://x.org/?a=1&b=<2>", "#REF!"]
    days = [date(1905, 6, 30), datetime(2024, 2, 29, 23, 59, tzinfo=UTC)]
    values: list[object] = [0.1, -273.15, 9_007_199_254_740_991, False, *words, *days]
    file = io.BytesIO()
    exports()["xlsx"].write(("value",), ({"value": one} for one in values), file, "values")
    file.seek(0)
    read = [row[0] for row in CalamineWorkbook.from_filelike(file).get_sheet_by_name("Data").to_python()[1:]]
    assert read == [one.replace(tzinfo=None) if isinstance(one, datetime) else one for one in values]


def test_a_csv_for_excel_is_the_other_one_after_a_byte_order_mark() -> None:
    plain, marked = written("csv"), written("csv-excel")
    assert marked == codecs.BOM_UTF8 + plain
    assert not plain.startswith(codecs.BOM_UTF8)
    assert marked.decode("utf-8-sig").splitlines()[0] == ",".join(COLUMNS)


def test_a_csv_with_semicolons_is_what_excel_reads_where_a_comma_is_decimal() -> None:
    file = io.BytesIO()
    rows = [{"name": "a;b, c", "share": 0.25, "year": 2019, "code": "1.5"}]
    exports()["csv-semicolon"].write(("name", "share", "year", "code"), rows, file, "shares")
    assert file.getvalue() == codecs.BOM_UTF8 + b'name;share;year;code\r\n"a;b, c";0,25;2019;1.5\r\n'


def test_a_workbook_has_typed_cells_and_no_formulas() -> None:
    body = written("xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    data = book.get_sheet_by_name("Data").to_python()
    assert data[0] == list(COLUMNS)
    assert data[1] == [1.0, "=cmd|' /C calc'!A0", 2019.0, date(2019, 5, 1), True]
    assert data[2][1] == ROWS[1]["title"]
    assert data[3][3] == datetime(2020, 1, 2, 3, 4)
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        assert not [name for name in parts.namelist() if "/sheet" in name and b"<f>" in parts.read(name)]
    long = book.get_sheet_by_name("Long texts").to_python()
    assert "".join(long[1][2:]) == "x" * 40_000
    about = [row[0] for row in book.get_sheet_by_name("About").to_python()]
    assert "3 rows." in about


def test_a_csv_is_inert_in_a_spreadsheet_and_whole_for_a_program() -> None:
    lines = written("csv").decode("utf-8")
    assert "'=cmd" in lines
    assert "'+49" in lines
    assert "x" * 40_000 in lines
    assert "2020-01-02T03:04:00Z" in lines


def test_numbers_that_begin_with_a_sign_stay_numbers() -> None:
    assert inert("-12.5") == "-12.5"
    assert inert("-12.5 °C") == "'-12.5 °C"
    assert inert("β-NMR") == "β-NMR"


def test_bibtex_keeps_special_characters_readable_for_latex() -> None:
    assert escaped("50 % of A_x & B {c} \\d ~") == r"50 \% of A\_x \& B \{c\} \textbackslash{}d \textasciitilde{}"
    text = entry(
        {
            "id": 7,
            "type": "JOURNAL_ARTICLE",
            "title": "La2-xSrxCuO4",
            "authors": "Müller, K.; Doe, J.",
            "year": 2019,
            "doi": "10.1/x",
        }
    )
    assert text.startswith("@article{Muller2019_7,")
    assert "author = {Müller, K. and Doe, J.}" in text
    assert "title = {{La2-xSrxCuO4}}" in text


def test_the_records_behind_a_number_are_exported_in_every_format_that_holds_them(installation: Installation) -> None:
    client = TestClient(make_app(installation))
    year = ask(installation.snapshot(), EVERYTHING, Question("publications", filters={"year": ("2019",)}))
    for name in ("csv", "jsonl", "ris", "docx"):
        answer = client.get(f"/api/v1/exports/behind.{name}?metric=publications&year=2019")
        assert answer.status_code == 200, answer.text
        assert int(answer.headers["X-Total-Count"]) == year.total
    assert client.get("/api/v1/exports/behind.bibtex?metric=proposals").status_code == 422
    assert client.get("/api/v1/exports/behind.csv?metric=transferred_bytes").status_code == 404


def test_the_file_of_owed_papers_tells_of_reminders_who_may_open_their_page(installation: Installation) -> None:
    address = "/api/v1/exports/behind.{}?metric=publication_debt&part=numerator"
    client = TestClient(make_app(installation), base_url="http://127.0.0.1", client=("127.0.0.1", 1))
    for name in ("csv", "jsonl", "xlsx"):
        assert client.get(address.format(name)).status_code == 200
    (head, *rows) = csv.reader(client.get(address.format("csv")).text.splitlines())
    assert head[:7] == ["id", "code", "title", *TOLD]
    assert len(rows) > 5
    assert all(row[4] for row in rows), "each had a first session"
    asked = {"metric": "publication_debt", "chosen": {}, "policy": "standard", "holds": "proposals"}
    cases = ("scientist", "numerator", True), ("viewer", "numerator", False), ("admin", "rest", False)
    for role, part, told in cases:
        columns = behind(installation, Viewer(role), {**asked, "part": part}).columns
        assert (set(TOLD) <= set(columns)) == told, (role, part)
