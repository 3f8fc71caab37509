"""Pages in the reader's language: every text of the program, no text of a record, and the way to choose."""

import ast
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import plotly.graph_objects as go
import pytest
import requests
from dash import dcc, html

import dashboards
from dashboards.drawing.figures import ranking
from dashboards.drawing.lists import _cell
from dashboards.drawing.markup import Around, AsIs, held, with_code
from dashboards.frame.controls import chip_row
from dashboards.frame.languages import drawn_in, said_in, spoken
from dashboards.frame.state import State
from dashboards.people.crowd import somebody
from puma import decisions
from puma.access import Viewer
from puma.dimensions import DIMENSIONS
from puma.installation import Installation
from puma.languages import FOLDER, LANGUAGES, catalogue, language_of, sentences
from puma.linking.derived import TELLING
from puma.listing import Named, candidates, records
from puma.matching.links.evidence import KINDS
from puma.matching.links.reuse import SENTENCES
from puma.measuring.definition import metrics
from puma.measuring.spelling import RATIOS, singular
from tests.dashboards.spoken import keys, on_pages

ADA = Viewer("admin", "Ada Example")
OTHERS = [code for code in LANGUAGES if code != "en"]
SPACES = "\u2009\u202f\u00a0"


@pytest.mark.parametrize(
    ("kept", "accepted", "code"),
    [
        ("", "", "en"),
        ("", "fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        ("", "it-IT, de;q=0.7", "de"),
        ("de", "fr", "de"),
        ("qps", "fr", "qps"),
        ("xx'\"", "fr", "fr"),
        ("", "zz;;,,q=", "en"),
    ],
)
def test_a_choice_comes_before_what_the_browser_says(kept: str, accepted: str, code: str) -> None:
    assert language_of(kept, accepted) == code


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Publications", "Publications"),
        ("France", "Frankreich"),
        ("2 March 2026", "2. März 2026"),
        ("12.5", "12,5"),
        ("1\u2009234.5\u2009%", "1\u2009234,5\u2009%"),
        ("EPNS-12-345", "EPNS-12-345"),
        ("10.1038/nature1234", "10.1038/nature1234"),
        ("A title that nobody translated.", "A title that nobody translated."),
    ],
)
def test_numbers_days_and_countries_follow_the_language_and_what_is_unknown_stays(text: str, said: str) -> None:
    assert catalogue("de").say(text) == ("Publikationen" if text == "Publications" else said)


def test_words_of_records_and_of_other_languages_are_never_translated() -> None:
    page = html.Div([AsIs("Publications"), html.A("English", lang="en"), html.Code("Publications"), "Publications"])
    assert said_in("de", page).children[0] == "Publications"
    assert said_in("de", page).children[1].children == "English"
    assert said_in("de", page).children[2].children == "Publications"
    assert said_in("de", page).children[3] == "Publikationen"
    assert page.children[3] == "Publications"  # what pages share was copied


def test_what_is_read_is_said_and_what_is_sent_is_not() -> None:
    page = html.Div([html.Button("Publications", title="Publications", value="Publications", id="Publications")])
    said = said_in("de", page).children[0]
    assert (said.children, said.title) == ("Publikationen", "Publikationen")
    assert (said.value, said.id) == ("Publications", "Publications")
    choices = dcc.Dropdown(options=[{"label": "Publications", "value": "Publications"}])
    assert said_in("de", choices).options == [{"label": "Publikationen", "value": "Publications"}]


def test_a_figure_says_its_axes_and_legend_and_keeps_its_values() -> None:
    figure = go.Figure(go.Bar(x=["Publications"], y=[1], name="Publications", customdata=["?type=Publications"]))
    figure.update_layout(yaxis={"title": {"text": "Publications"}})
    drawn = drawn_in(figure.to_plotly_json(), catalogue("de").say)
    assert drawn["layout"]["yaxis"]["title"]["text"] == drawn["data"][0]["name"] == "Publikationen"
    assert list(drawn["data"][0]["customdata"]) == ["?type=Publications"]


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_no_gap_that_its_text_lacks(code: str) -> None:
    held = tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    assert len(held) > 1000
    assert [text for text, said in held.items() if said.count("{") > text.count("{")] == []


@pytest.fixture(scope="module")
def texts(full: Installation, empty: Installation) -> list[str]:
    """What the program says on all its pages, full and empty, to those who see most and least; one pair has a past."""
    seen = set[str]()
    nowhere = {"/country": "FR", "/instrument": "1", "/group": "1"}
    kinds = {"/record": "publication", "/person": "person", "/institution": "institution"}
    rests = {path: str(records(full.storage, ADA, kind, limit=1).rows[0].id) for path, kind in kinds.items()}
    first = candidates(full.storage, ADA, limit=1).items[0]
    decisions.undo(full.storage, ADA, decisions.decide(full.storage, ADA, first.link_id, "accept", reason="Same team"))
    for house in (full, empty):
        for role in ("admin", "anonymous"):
            seen |= on_pages(house, Viewer(role, ADA.name), nowhere | rests if house is full else nowhere)
    for query in ("?q=nowhereatall", "?view=list"):
        seen |= on_pages(full, ADA, nowhere | rests, query)  # what is said where nothing is found
    return sorted({key for text in seen for key in keys(text)})


@pytest.mark.parametrize("code", OTHERS)
def test_no_text_of_the_program_is_left_in_english(code: str, texts: list[str]) -> None:
    assert len(texts) > 500
    assert [key for key in texts if not catalogue(code).holds(key)] == []


@pytest.fixture
def ask(full_at: str) -> Iterator[Callable[[str], requests.Response]]:
    """Asks like a browser that keeps its cookies and shows where it is sent."""
    with requests.Session() as session:
        yield lambda path: session.get(full_at + path, allow_redirects=False, timeout=20)


def test_a_chosen_language_is_kept_and_the_address_stays_shareable(ask: Callable[[str], requests.Response]) -> None:
    answer = ask("/country/FR?lang=de&year=2020")
    assert (answer.status_code, answer.headers["location"]) == (303, "/country/FR?year=2020")
    page = ask("/country/FR")
    assert (page.headers["content-language"], '<html lang="de"' in page.text) == ("de", True)


@pytest.mark.parametrize("path", ["//evil.example/x?lang=fr", "/%2F/evil.example?lang=fr", "/\\evil.example?lang=fr"])
def test_choosing_a_language_never_leads_to_another_site(ask: Callable[[str], requests.Response], path: str) -> None:
    where = ask(path).headers["location"]
    assert where.startswith("/")
    assert not where.startswith(("//", "/\\"))


def test_an_unknown_language_is_english(ask: Callable[[str], requests.Response]) -> None:
    ask("/?lang=%3Cscript%3E")
    assert ask("/").headers["content-language"] == "en"


def test_every_text_passes_through_the_language(full: Installation) -> None:
    from dashboards.frame.shell import shell
    from dashboards.frame.state import State
    from dashboards.page import Desk

    heard: list[str] = []
    spoken(shell(Desk(full, Viewer("admin", "Ada Example"), State())), lambda text: heard.append(text) or f"[{text}]")
    assert {"Search", "Sign out", "Light or dark"} & set(heard)


@pytest.mark.browser
@pytest.mark.parametrize("code", OTHERS)
def test_the_overview_speaks_the_language_that_was_clicked(full_at: str, tab, code: str) -> None:  # type: ignore[no-untyped-def]
    window = tab(full_at)
    page = window.open("/", "PUMA")
    page.click(f"a[data-language={code}]")
    page.wait_for_selector(f"html[lang={code}]")
    window.wait({"de": "Publikationen", "fr": "Publications"}[code])
    assert page.locator("h1").count() == 1


def test_the_words_over_points_are_said_and_names_of_records_there_stay() -> None:
    table = pd.DataFrame({"type": ["THESIS", "BOOK"], "value": [1234.5, 1.0]})
    of_types = drawn_in(ranking(table, "light", "publications", "type", str, keys=["", ""]), catalogue("de").say)
    assert of_types["data"][0]["hovertext"][1] == "<b>Buch</b><br>1 Publikation"
    assert list(of_types["data"][0]["text"]) == ["1\u202f234,5", "1,0"]
    assert of_types["layout"]["separators"] == ",\u202f"
    journals = pd.DataFrame({"journal": ["Data", "unknown"], "value": [2.0, 1.0]})
    named = drawn_in(ranking(journals, "light", "publications", "journal", str, keys=["", ""]), catalogue("fr").say)
    assert list(named["layout"]["yaxis"]["ticktext"]) == ["Data", "Inconnu"]
    assert "Data" in named["data"][0]["hovertext"][0]
    assert "2 publications" in named["data"][0]["hovertext"][0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" of Publications per year, by open-access status", " von Publikationen pro Jahr, nach Open-Access-Status"),
        (
            "all 23 values; a document counts for each of its values",
            "alle 23 Werte; ein Dokument zählt für jeden seiner Werte",
        ),
        ("over all: 84.5 % (18 of 22)", "über alle: 84,5 % (18 von 22)"),
    ],
)
def test_no_half_of_a_sentence_stays_english(text: str, said: str) -> None:
    assert catalogue("de").say(text) == said


@pytest.mark.parametrize("code", OTHERS)
def test_what_stands_behind_the_i_and_beside_a_pair_is_said_whole(code: str) -> None:
    texts = {one.help for one in DIMENSIONS.values()} | {text for one in KINDS for text in (one.favour, one.against)}
    texts |= {*TELLING.values(), *SENTENCES.values()}
    assert sorted(text for text in texts if text and catalogue(code).known(text) is None) == []


@pytest.mark.parametrize("code", OTHERS)
def test_every_unit_of_a_metric_is_said_for_one_and_for_several(code: str) -> None:
    units = {one.unit for one in metrics().values()} - {"share", "byte", "h", "times"}
    spelled = {f"{{}} {unit}" for unit in units} | {f"{{}} {singular(unit)}" for unit in units - set(RATIOS)}
    assert [one for one in sorted(spelled) if not catalogue(code).holds(one)] == []


def test_a_name_in_what_a_chip_and_a_chart_say_aloud_stays_as_it_is() -> None:
    row: Any = chip_row([("Institution", AsIs("Publications; France"), "?"), ("Country", "France", "?")], "?", State())
    assert aloud(row.children[0]) == "Remove the filter Institution: Publications; France"
    assert [aloud(chip) for chip in said_in("de", row).children[:2]] == [
        "Den Filter Institution entfernen: Publications; France", "Den Filter Land entfernen: Frankreich",
    ]  # fmt: skip
    long = "Institute of Publications and of the Journals of Neutron and Photon Sources, Country House, 12.5 Street"
    highest = f"the highest is {held(AsIs(long))}, 2019 with 12.5 publications"
    words = Around(f"Publications by institution: 24 values, {highest}. The table lists them all.")
    assert words.said(catalogue("de").say) == (
        f"Publikationen nach Institution: 24 Werte, am höchsten ist {long}, 2019 mit 12,5 Publikationen. "
        "Die Tabelle listet alle."
    )
    assert "\u2068" not in words
    assert orjson.loads(orjson.dumps({"aria-label": words})) == {"aria-label": str(words)}


def aloud(one: Any) -> str:
    return str(one.to_plotly_json()["props"]["aria-label"])


def test_names_of_people_and_journals_are_translated_nowhere() -> None:
    who = somebody((Named("Goto, Takashi", 7, "", "person"), 3))
    assert "Goto, Takashi" in str(said_in("fr", who))
    shown = _cell("journal", "Journal of Physics: Conference Series", "").shown
    assert said_in("de", html.Td(shown)).children == "Journal of Physics: Conference Series"


def with_commands() -> set[str]:
    """The texts of the pages that have a `command` in them, with their gaps as ``{}``."""
    found = set()
    for path in Path(dashboards.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        inner = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in {*ast.walk(tree)} - docstrings - inner:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.count("`") > 1:
                found.add(node.value.strip(" ;"))
            elif isinstance(node, ast.JoinedStr):
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
                found |= {text.strip()} if text.count("`") > 1 else set()
    return found


@pytest.mark.parametrize("code", OTHERS)
def test_a_text_with_a_command_in_it_is_held_as_a_whole_and_its_command_finds_its_place(code: str) -> None:
    found = with_commands()
    assert len(found) > 20
    holds = catalogue(code).holds
    assert [text for text in found if not holds(text) and not all(map(holds, sentences(text)))] == []
    said = said_in(
        code, html.P(with_code("7 undecided links were judged by another model: `puma match` judges them anew."))
    )
    assert [type(part).__name__ for part in said.children] == ["str", "Code", "str"]
    assert "undecided" not in said.children[0]
    assert said.children[1].children == "puma match"
