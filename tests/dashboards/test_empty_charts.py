"""A chart without values says why, and what would bring some; it never says what is not so."""

import pytest

from dashboards.frame.languages import said_in
from puma.installation import Installation
from puma.languages import catalogue
from puma.measuring.definition import metrics

from .test_cumulative import drawn, words


@pytest.mark.parametrize(("path", "panel", "advice"), [
    ("/users", "several", "Load the sessions of a second facility"),
    ("/users", "authors", "Load a second facility's sources"),
    ("/users", "genders", "People say it to the user office"),
    ("/citations", "listed", "The table journals is the facility's list"),
    ("/proposals", "late", "The table sessions has the columns report_due and report_received."),
    ("/data", "datasets", "Catalogues of data bring them"),
])  # fmt: skip
def test_an_empty_chart_says_what_would_fill_it(full: Installation, path: str, panel: str, advice: str) -> None:
    said = words(drawn(full, path, panel))
    assert advice in said
    assert "there is none yet" not in said, "publications are linked, and it is something else that lacks"


def test_what_would_fill_an_empty_chart_is_said_in_every_language(full: Installation) -> None:
    advice = {one.filled_by for one in metrics().values() if one.filled_by}
    assert [text for text in sorted(advice) for code in ("fr", "de") if not catalogue(code).holds(text)] == []
    assert "Laden Sie die Sitzungen einer zweiten Einrichtung" in words(said_in("de", drawn(full, "/users", "several")))


def test_fewer_filters_are_proposed_to_who_has_set_some(full: Installation) -> None:
    assert "Fewer filters" not in words(drawn(full, "/users", "new"))
    assert "as soon as it has enough" in words(drawn(full, "/users", "new"))
    assert "Fewer filters" in words(drawn(full, "/users", "new", "?year=2014"))
