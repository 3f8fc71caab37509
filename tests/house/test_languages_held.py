"""What reports, letters and plain pages say is held in every language, and words of records pass through unchanged."""

import ast
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from puma.api.reports import Language
from puma.dimensions import DIMENSIONS
from puma.languages import ENGLISH, LANGUAGES, catalogue, sentences, tongue
from puma.matching.links.evidence import KINDS as LEDGER
from puma.measuring.definition import COUNTINGS, POLICIES, metrics
from puma.reports import KINDS
from puma.reports.recipe import recipe, recipe_of
from puma.settings import FacilitySettings

HOUSE = Path(__file__).parents[2]
OTHERS = [code for code in LANGUAGES if code != "en"]
SPEAKING = ("say", "words")
"""What texts are said with, as a function or a method of that name."""
NO_TEXTS = ("numerator", "denominator")


def texts_said() -> Iterator[tuple[str, str]]:
    """(file, text) of every text that the rooms below the pages hand to a tongue as it stands."""
    for room in ("reports", "requests", "api"):
        for path in (HOUSE / "puma" / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                given = [one for one in node.args if isinstance(one, ast.Name) and one.id == "say"]
                said = node.args if given and len(node.args) > 1 else node.args[:1] if _speaks(node.func) else []
                for part in (one for text in said for one in ast.walk(text)):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and " " in part.value.strip():
                        yield path.name, part.value.strip()


def _speaks(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in SPEAKING
    named = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)
    return isinstance(function, ast.Attribute) and (function.attr in SPEAKING or (named and function.value.id == "say"))


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_that_reports_letters_and_plain_pages_say_is_held(code: str) -> None:
    found = set(texts_said())
    assert len(found) > 100
    assert sorted(one for one in found if not _is_held(code, one[1])) == []


def _is_held(code: str, text: str) -> bool:
    """Whether a text stands in the catalogue itself, whole, sentence by sentence, or as it begins a sentence."""
    holds = catalogue(code).holds
    return holds(text) or all(holds(one) or holds(one[0].lower() + one[1:]) for one in sentences(text))


def texts_audited() -> Iterator[str]:
    """What the audit says was seen or taken, its gaps as {}: administrators read it on pages."""
    named = {"saw": 2, "saw_records": 2, "exported": 2, "taker": 1}
    for path in (HOUSE / "puma").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            place = named.get(called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", ""))
            if place is None or not isinstance(node, ast.Call) or len(node.args) <= place:
                continue
            match node.args[place]:
                case ast.Constant(str(text)):
                    yield text
                case ast.JoinedStr(parts):
                    yield "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in parts)


@pytest.mark.parametrize("code", OTHERS)
def test_what_the_audit_says_was_seen_or_taken_is_held(code: str) -> None:
    found = set(texts_audited()) - {"{} {}"}  # a kind of records and a number
    assert len(found) > 15
    assert sorted(text for text in found if not catalogue(code).holds(text)) == []


@pytest.mark.parametrize("code", OTHERS)
def test_the_rules_of_all_numbers_are_said_sentence_by_sentence(code: str) -> None:
    said = catalogue(code)
    texts = {f"Link policy {name}: {words}." for name, words in POLICIES.items()}
    texts |= {f"{name.capitalize()} counting: {words}." for name, words in COUNTINGS.items()}
    for one in metrics().values():
        texts |= {one.label, one.unit} - {"share", "byte", "h"}
        texts |= {*sentences(one.rule()), *(f"7 {why}." for why, _ in one.left_out)}
    texts |= {title for parts in KINDS.values() for title, _, _ in parts}
    texts |= {DIMENSIONS[slug].label for parts in KINDS.values() for _, _, by in parts for slug in by}
    assert len(texts) > 200
    unsaid = {text for text in texts if said.known(text) is None}
    half = {text for text in texts - unsaid if said.say(text).split()[0] in ("Counts", "Divided", "Link", "Date:")}
    assert sorted(unsaid | half) == []


def test_words_of_records_in_a_gap_stay_as_they_are() -> None:
    german = tongue("de")
    assert german("Source {}", "Publications, France") == "Quelle Publications, France"
    assert german.markup("{} asks you, {}.", "<b>Country</b>", "<b>{}</b>") == "<b>Country</b> fragt Sie, <b>{}</b>."
    assert tongue("qps")("Source {}", "X") == "[Source X]"
    assert ENGLISH("{} of {}", 3, "{}") == "3 of {}"
    assert tongue("xx") == ENGLISH


def test_sentences_numbers_and_days_follow_the_language() -> None:
    french = tongue("fr")
    assert french.day(date(2026, 3, 2)) == "2 mars 2026"
    assert french("12.5\u202f%") == "12,5\u202f%"
    assert french("1.2\u202fTB") == "1,2\u202fTB"
    two = "Counts sessions that have begun and were not cancelled. Date: start of the session."
    said = "Compte les sessions qui ont commencé et n’ont pas été annulées. Date : début de la session."
    assert french(two) == said
    half = french("Date: start of the session. Nobody said this in French.")
    assert half == "Date : début de la session. Nobody said this in French."
    assert (french.within("Country"), tongue("de").within("Country")) == ("pays", "Land")


def test_a_recipe_that_was_stored_before_reports_had_a_language_is_english() -> None:
    asked = recipe("country", "FR", language="fr").asked()
    assert recipe_of(asked).language == "fr"
    del asked["language"]
    assert recipe_of(asked).language == "en"


@pytest.mark.parametrize("code", OTHERS)
def test_what_an_empty_place_says_is_held_as_a_whole(code: str) -> None:
    found = {
        f"No {node.args[0].value}"
        for path in (HOUSE / "dashboards").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "nothing"
        if node.args and isinstance(node.args[0], ast.Constant)
    }
    assert len(found) > 20
    assert sorted(text for text in found if not catalogue(code).holds(text)) == []


def test_settings_and_addresses_know_the_languages_of_the_catalogue() -> None:
    known = FacilitySettings.model_fields["language"].annotation
    assert get_args(known) == get_args(Language) == tuple(LANGUAGES)


def texts_of_ledgers() -> Iterator[str]:
    """What a ledger says of a pair, its gaps as {}: reviewers read it on pages and in letters."""
    yield from (text for kind in LEDGER for text in (kind.favour, kind.against))
    for node in ast.walk(ast.parse((HOUSE / "puma" / "matching" / "links" / "facts.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.JoinedStr | ast.Constant):
            parts = node.value.values if isinstance(node.value, ast.JoinedStr) else [node.value]
            yield "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in parts)


@pytest.mark.parametrize("code", OTHERS)
def test_what_a_ledger_says_is_held(code: str) -> None:
    found = {text for text in texts_of_ledgers() if text not in ("", "{} {}")}
    assert len(found) > 40
    assert sorted(text for text in found if not catalogue(code).holds(text)) == []
