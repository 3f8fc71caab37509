"""The page Reports as its user meets it: empty, filled by a dashboard, freezing, deleting and bringing back."""

import re

import pytest

from dashboards.drawing.reports import report_box
from dashboards.frame.languages import said_in
from dashboards.frame.state import State
from dashboards.page import Desk, pages
from puma import reports
from puma.access import Viewer
from puma.errors import Conflict, WrongUsage
from puma.installation import Installation
from puma.languages import catalogue
from puma.measuring import Question
from puma.reports.reasons import HEADS

PAGE = pages()["/reports"]
READER = Viewer("viewer", "Vera")


def desk(house: Installation, search: str = "", rest: str = "", viewer: Viewer = READER) -> Desk:
    return Desk(house, viewer, State.read(search), rest)


def test_the_empty_page_says_what_a_frozen_report_is_and_where_to_begin(own_copy: Installation) -> None:
    words = str(PAGE.panels["frozen"](desk(own_copy)))
    assert "No frozen reports yet" in words
    assert "Open a dashboard" in words
    assert "No recipes yet" in str(PAGE.panels["recipes"](desk(own_copy)))
    assert PAGE.panels["gone"](desk(own_copy)) is None


def test_the_button_of_a_dashboard_takes_its_filters_along(own_copy: Installation) -> None:
    words = str(report_box(desk(own_copy, "?year=2015-2019&type=THESIS&policy=strict"), "country", "FR"))
    for form in ("html", "pdf", "xlsx", "pptx"):
        assert f"/api/v1/reports/country.{form}?year=2015-2019&type=THESIS&policy=strict&name=FR" in words
    assert "/reports?kind=country&year=2015-2019&type=THESIS&policy=strict&name=FR" in words
    assert "Freeze" not in str(report_box(desk(own_copy, viewer=Viewer()), "facility"))


def test_what_the_form_freezes_is_what_the_dashboard_showed(own_copy: Installation) -> None:
    here = desk(own_copy, "?kind=country&name=FR&type=THESIS&year=2012-2019")
    assert "Type: Thesis" in str(PAGE.panels["make"](here))
    form = {"kind": "country", "name": "FR", "years": "2012–2019", "policy": "standard", "note": "council"}
    done = PAGE.acts["freeze"](here, "", form)
    (one,) = reports.frozen_reports(own_copy.storage, READER)
    assert one.recipe == reports.recipe("country", "FR", {"year": ("2012-2019",), "type": ("THESIS",)})
    assert "council" in str(PAGE.panels["frozen"](desk(own_copy)))
    assert "Nothing changed" in str(PAGE.panels["changes"](desk(own_copy, rest=str(one.id))))
    assert done.back == ("drop-frozen", str(one.id))
    back = PAGE.acts["drop-frozen"](desk(own_copy), str(one.id), {}).back
    assert back is not None
    assert one.title in str(PAGE.panels["gone"](desk(own_copy)))
    PAGE.acts[back[0]](desk(own_copy), back[1], {})
    assert len(reports.frozen_reports(own_copy.storage, READER)) == 1


def test_what_changed_within_a_table_alone_is_not_called_unchanged(own_copy: Installation) -> None:
    PAGE.acts["freeze"](desk(own_copy), "", {"kind": "facility", "name": "", "years": "", "policy": "standard"})
    (one,) = reports.frozen_reports(own_copy.storage, READER)
    number = own_copy.records_behind(READER, Question("publications", (), {"type": ("JOURNAL_ARTICLE",)}))[0]
    own_copy.correct(Viewer("user_office", "Olga"), number, {"type": "BOOK_CHAPTER"})
    own_copy.refresh_facts()
    words = str(PAGE.panels["changes"](desk(own_copy, rest=str(one.id))))
    assert "Within the tables" in words
    assert "Publications per year, by type" in words
    assert f"/record/{number}" in words
    assert "Nothing changed" not in words


def test_what_changed_is_told_in_french_and_german_and_what_people_wrote_stays(own_copy: Installation) -> None:
    form = {"kind": "facility", "name": "", "years": "", "policy": "standard", "note": "Council of May"}
    PAGE.acts["freeze"](desk(own_copy), "", form)
    (one,) = reports.frozen_reports(own_copy.storage, READER)
    number = own_copy.records_behind(READER, Question("publications", (), {"type": ("JOURNAL_ARTICLE",)}))[0]
    own_copy.correct(Viewer("user_office", "Type"), number, {"type": "BOOK_CHAPTER"})
    own_copy.refresh_facts()
    here = desk(own_copy, rest=str(one.id))
    for code, told in {
        "fr": ("Pourquoi", "Effet", "Corrigée par une personne", "Au sein des tableaux", "Figé", "faits du", "face à"),
        "de": ("Warum", "Wirkung", "Von einer Person berichtigt", "Art", "Eingefroren", "Fakten vom", "gegenüber"),
    }.items():
        parts = " ".join(str(said_in(code, PAGE.panels[name](here))) for name in ("one", "changes"))
        words = re.sub(r"data-value='[^']*'", "", parts)  # by which rows are sorted, and nobody reads
        assert [one for one in told if one not in words] == []
        assert "Council of May" in words
        assert re.search(r"' \(', '?\w*\(?'?Type'", words), "the name of who corrected it is no word of the program"
        assert [one for one in ("against", "Why", "Corrected", " by ", "FROZEN") if one in words] == []
    assert [one for one in HEADS.values() for code in ("fr", "de") if not catalogue(code).holds(one)] == []


def test_a_recipe_is_kept_once_by_its_name_and_frozen_from_the_list(own_copy: Installation) -> None:
    form = {"kind": "facility", "name": "", "years": "2018", "policy": "standard", "title": "Each year"}
    PAGE.acts["keep"](desk(own_copy), "", form)
    with pytest.raises(Conflict):
        PAGE.acts["keep"](desk(own_copy), "", form)
    (kept,) = reports.recipes(own_copy.storage, READER)
    assert "Each year" in str(PAGE.panels["recipes"](desk(own_copy)))
    PAGE.acts["freeze"](desk(own_copy), str(kept.id), {})
    assert [one.recipe for one in reports.frozen_reports(own_copy.storage, READER)] == [kept.recipe]
    PAGE.acts["drop-recipe"](desk(own_copy), str(kept.id), {})
    assert reports.recipes(own_copy.storage, READER) == []


def test_a_recipe_is_made_and_frozen_for_another_subject_and_other_years(own_copy: Installation) -> None:
    form = {"kind": "country", "name": "FR", "years": "2018", "policy": "standard", "title": "Of a country"}
    PAGE.acts["keep"](desk(own_copy), "", form)
    (kept,) = reports.recipes(own_copy.storage, READER)
    typed = {f"name-{kept.id}": "DE", f"years-{kept.id}": "2015–2016", "name": "IT", "years": "2001"}
    PAGE.acts["freeze"](desk(own_copy), str(kept.id), typed)
    PAGE.acts["freeze"](desk(own_copy), str(kept.id), {f"name-{kept.id}": "", f"years-{kept.id}": " "})
    frozen = [one.recipe for one in reports.frozen_reports(own_copy.storage, READER)]
    other, again = sorted(frozen, key=lambda asked: asked.span)
    assert again == kept.recipe
    assert other == reports.recipe("country", "DE", {"year": ("2015-2016",)})
    done = PAGE.acts["begin"](desk(own_copy), f"html/{kept.id}", typed)
    assert "It is being made" in str(done.words)
    with pytest.raises(WrongUsage):
        PAGE.acts["begin"](desk(own_copy), "docx", {})
    assert f"name-{kept.id}" in str(PAGE.panels["recipes"](desk(own_copy)))


def test_a_frozen_report_that_is_not_there_is_said_in_words(own_copy: Installation) -> None:
    for rest in ("999", "x", "1" * 40):
        assert "No such report" in str(PAGE.panels["one"](desk(own_copy, rest=rest)))
