"""The doors of reports: files with the figures of the screen, long ones in the background, recipes by name."""

import codecs
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import sleep
from typing import Any, BinaryIO

import pytest
from docx import Document
from fastapi.testclient import TestClient
from lxml import etree
from python_calamine import CalamineWorkbook

from puma import reports
from puma.access import EVERYTHING, Viewer
from puma.api import make_app
from puma.errors import Conflict, NotHere, WrongUsage
from puma.exports import exports
from puma.installation import Installation
from puma.measuring import Question
from puma.measuring.spelling import amount
from puma.reports import Job, Jobs, Order, recipe
from puma.reports import making as background
from puma.reports.content import Told

READER = Viewer("viewer", "Vera")
ADDRESS = "http://localhost:8050"


@pytest.fixture
def door(own_copy: Installation) -> TestClient:
    return TestClient(make_app(own_copy), base_url=ADDRESS, client=("127.0.0.1", 1))


def shown(body: bytes) -> dict[str, str]:
    page = etree.fromstring(body, etree.HTMLParser())
    heads, texts = ([part.text or "" for part in page.iter(name)] for name in ("dt", "dd"))
    return dict(zip(heads, texts, strict=True))


def test_a_report_has_the_figures_of_the_screen_under_its_filters(own_copy: Installation, door: TestClient) -> None:
    filters = {"year": ("2012-2019",), "type": ("JOURNAL_ARTICLE", "THESIS"), "country": ("FR",)}
    query = [(key, value) for key, values in filters.items() for value in values]
    figures = shown(door.get("/api/v1/reports/facility.html", params=query).content)
    asked = own_copy.ask(EVERYTHING, Question("publications", (), filters))
    assert figures["Publications"] == amount(asked.total)
    assert amount(asked.total) != amount(own_copy.ask(EVERYTHING, Question("publications")).total)
    visits = own_copy.ask(EVERYTHING, Question("user_visits", (), {key: filters[key] for key in ("year", "country")}))
    assert figures["User visits"].startswith(amount(visits.total))
    made = reports.make(
        own_copy.storage, own_copy.snapshot(), EVERYTHING, recipe("facility", "", filters), facility="E"
    )
    assert made.aside["user_visits"] == ("type",)  # and the report says so


def test_two_instruments_of_one_name_are_told_apart_by_their_number(own_copy: Installation, door: TestClient) -> None:
    table = own_copy.ask(EVERYTHING, Question("publications", ("instrument",))).table
    row = table[table["instrument_id"].notna()].iloc[0]
    figures = shown(door.get("/api/v1/reports/instrument.html", params={"name": str(row["instrument_id"])}).content)
    assert figures["Publications"] == amount(row["value"])


def test_the_doors_freeze_compare_delete_and_bring_back(door: TestClient) -> None:
    asked = {"kind": "country", "name": "FR", "filters": {"year": ["2012-2019"]}, "note": "council"}
    one = door.post("/api/v1/reports/frozen", json=asked).json()
    at = f"/api/v1/reports/frozen/{one['id']}"
    assert one["note"] == "council"
    told = door.get(at).json()
    publications = next(number for number in told["numbers"] if number["metric"] == "publications" and not number["by"])
    assert len(publications["records"]) == publications["total"] == one["publications"]
    assert all(number["difference"] in (0, None) for number in door.get(f"{at}/changes").json()["numbers"])
    first, second = (door.get(f"{at}/file.html").content for _ in range(2))
    assert first == second
    assert door.get(f"{at}/file.docx").status_code == 404
    assert door.delete(at).status_code == 200
    assert door.get(at).status_code == 404
    assert door.post(f"{at}/restore").json()["id"] == one["id"]


def test_recipes_are_run_again_with_other_years_and_subjects(own_copy: Installation, door: TestClient) -> None:
    asked = {"kind": "country", "name": "FR", "filters": {"year": ["2012-2015"]}, "title": "French years"}
    number = door.post("/api/v1/reports/recipes", json=asked).json()["id"]
    assert door.post("/api/v1/reports/recipes", json=asked).status_code == 409
    as_kept = shown(door.get(f"/api/v1/reports/recipes/{number}/file.html").content)
    other = shown(door.get(f"/api/v1/reports/recipes/{number}/file.html?name=DE&year=2016").content)
    for figures, country, year in ((as_kept, "FR", "2012-2015"), (other, "DE", "2016")):
        found = own_copy.ask(EVERYTHING, Question("publications", (), {"country": (country,), "year": (year,)}))
        assert figures["Publications"] == amount(found.total)
    assert door.delete(f"/api/v1/reports/recipes/{number}").status_code == 200
    with pytest.raises(NotHere):
        reports.recipe_named(own_copy.storage, EVERYTHING, "French years")
    assert door.post(f"/api/v1/reports/recipes/{number}/restore").status_code == 200


def test_a_recipe_is_run_by_its_name_on_the_command_line(
    own_copy: Installation, puma: Callable[..., Any], tmp_path: Path
) -> None:
    reports.save_recipe(own_copy.storage, EVERYTHING, "French years", recipe("country", "FR", {"year": ("2012-2015",)}))
    file, config = tmp_path / "de.html", own_copy.settings.home / "puma.toml"
    done = puma("--config", config, "report", "--recipe", "French years", "DE", "--years", "2016", "-o", file)
    assert done.returncode == 0, done.stderr
    found = own_copy.ask(EVERYTHING, Question("publications", (), {"country": ("DE",), "year": ("2016",)}))
    assert shown(file.read_bytes())["Publications"] == amount(found.total)
    assert puma("--config", config, "report", "--recipe", "No such").returncode == 2


def finished(jobs: Jobs, viewer: Viewer, job: Job) -> Job:
    for _ in range(600):
        found = jobs.job(viewer, job.id)
        if found.state in ("done", "failed"):
            return found
        sleep(0.05)
    raise AssertionError("the job does not end")


def test_a_long_pdf_is_made_in_the_background(
    own_copy: Installation, door: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "LONG", 1)
    address = "/api/v1/reports/country.pdf?name=FR&year=2016"
    begun = door.get(address, headers={"accept": "application/json"})
    assert begun.status_code == 202
    led = door.get(address, headers={"accept": "text/html"}, follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (303, "/reports")
    place = begun.headers["location"]
    for _ in range(600):
        if door.get(place).json()["state"] in ("done", "failed"):
            break
        sleep(0.1)
    assert door.get(f"{place}/file").content.startswith(b"%PDF")


def test_a_job_tells_its_progress_and_belongs_to_who_asked(tmp_path: Path) -> None:
    jobs, told = Jobs(tmp_path / "reports"), []
    order = Order("report", "Facility", "html", "text/html", ".html")

    def make(file: BinaryIO, tell: Told) -> None:
        tell("tables", 1, 2)
        told.append(next(iter(jobs.mine(READER))))
        file.write(b"whole")

    job = jobs.begin(READER, order, make)
    assert finished(jobs, READER, job).state == "done"
    assert (told[0].state, told[0].words, told[0].done, told[0].total) == ("running", "tables", 1, 2)
    assert jobs.file(READER, job.id)[1].read_bytes() == b"whole"
    with pytest.raises(NotHere):
        jobs.job(Viewer("viewer", "Somebody"), job.id)
    with pytest.raises(NotHere):
        jobs.job(Viewer("user_office", "Vera"), job.id)

    def fail(file: BinaryIO, tell: Told) -> None:
        raise WrongUsage("No such thing.")

    failed = finished(jobs, READER, jobs.begin(READER, order, fail))
    assert (failed.state, failed.words) == ("failed", "No such thing.")
    with pytest.raises(Conflict, match="not ready"):
        jobs.file(READER, failed.id)
    jobs.close()


# -- lists as files

ROWS: list[dict[str, Any]] = [
    {"id": 1, "title": "Spin\x0b ice", "authors": "Müller, Karl; Doe, J.", "year": 2019, "journal": "PRL",
     "volume": "3", "doi": "10.1/x", "type": "JOURNAL_ARTICLE", "instruments": "D22; IN5", "open": True,
     "published_on": date(2019, 5, 1)},
    {"id": 2, "title": "=1+1", "authors": "", "year": 2021, "instruments": None, "open": None, "published_on": None},
    {"id": 3, "title": "Older", "authors": "Adam, A.", "year": 2019, "instruments": "IN5", "open": False},
]  # fmt: skip
COLUMNS = tuple(ROWS[0])


def written(name: str) -> io.BytesIO:
    file = io.BytesIO()
    assert exports()[name].write(COLUMNS, iter(ROWS), file, "three rows\nof a test") == 3
    file.seek(0)
    return file


def paragraphs(name: str) -> list[tuple[str, str]]:
    return [(str(one.style.name), one.text) for one in Document(written(name)).paragraphs]  # type: ignore[union-attr]


def test_a_word_document_lists_citations_by_year_the_newest_first() -> None:
    found = paragraphs("docx")
    heads = [text for style, text in found if style == "Heading 1"]
    assert heads == ["2021 (1)", "2019 (2)"]
    cited = [text for style, text in found if style == "List Paragraph"]
    assert cited[1].startswith("Adam, A. (2019). Older.")
    assert cited[2] == "Müller, K. & Doe, J. (2019). Spin ice. PRL, 3. https://doi.org/10.1/x"
    links = [rel.target_ref for rel in Document(written("docx")).part.rels.values() if rel.is_external]
    assert links == ["https://doi.org/10.1/x"]


def test_a_word_document_by_instrument_has_a_publication_under_each_of_its_instruments() -> None:
    heads = [text for style, text in paragraphs("docx-instruments") if style == "Heading 1"]
    assert heads == ["D22 (1)", "IN5 (2)", "Instrument not known (1)"]


def test_a_word_document_that_nobody_could_open_is_refused_aloud() -> None:
    with pytest.raises(WrongUsage, match="at most"):
        exports()["docx"].write(("id",), ({"id": number} for number in range(20_001)), io.BytesIO(), "many")


def test_a_data_package_says_what_its_columns_are() -> None:
    archive = zipfile.ZipFile(written("datapackage"))
    package = json.loads(archive.read("datapackage.json"))
    (resource,) = package["resources"]
    types = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
    assert types["year"] == "integer"
    assert types["published_on"] == "date"
    assert (types["open"], types["title"]) == ("boolean", "string")
    raw = archive.read(resource["path"])
    assert resource["encoding"] == "utf-8"
    assert not raw.startswith(codecs.BOM_UTF8)
    lines = raw.decode().splitlines()
    assert lines[0].split(",") == [field["name"] for field in resource["schema"]["fields"]]
    assert any(line.startswith("2,=1+1,") for line in lines)
    assert all(field.get("description") for field in resource["schema"]["fields"] if field["name"] not in ("open",))


def test_a_workbook_says_what_its_columns_mean() -> None:
    book = CalamineWorkbook.from_filelike(written("xlsx"))
    words = {row[0]: row[1] for row in book.get_sheet_by_name("Definitions").to_python()[1:]}
    assert words["year"] == "Year: calendar year of publication"
    assert words["authors"] == "authors in their order, ; between"
    assert words.keys() == set(COLUMNS)


def test_the_whole_list_is_sent_as_a_word_document(door: TestClient) -> None:
    answer = door.get("/api/v1/exports/publications.docx")
    cited = [
        one
        for one in Document(io.BytesIO(answer.content)).paragraphs
        if one.style and one.style.name == "List Paragraph"
    ]
    assert len(cited) == int(answer.headers["x-total-count"]) > 100
