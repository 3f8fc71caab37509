"""Languages: pages are written in English; on the way out their words are said in the reader's language.

A page, a chart or a sentence knows nothing of languages. `puma/languages/<code>.toml` holds what to say for each
English text; `{}` stands for what changes in it. Words of records, and elements with their own
`lang`, stay as they are.
"""

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
from dash.development.base_component import Component

from dashboards.drawing.markup import KEPT, Around, AsIs, Coded
from puma.languages import Say, speaker
from puma.measuring.spelling import THIN

SPOKEN = (
    "children", "title", "placeholder", "label", "aria-label", "alt", "description", "nothingFoundMessage", "data-head",
)  # fmt: skip
"""The properties of components that people read or hear."""
AT_THE_BROWSER = (
    "Accepted", "Rejected", "Accepted: {} pairs.", "Rejected: {} pairs.", "Undo", "Undo all {}", "Retry",
    "One of two: it counts once a second person says the same.",
    "This part did not come", "The server did not answer. The rest of the page is not affected.", "Try again",
    "This page did not come", "The server did not answer.",
    "The server did not take it.", "Not saved: {} The pair is here again.", "{} had been changed since and stayed.",
    "Undone: everything is as it was before.", "Not undone: the server did not take it.", "Copied",
    "Nothing begins so.",
    "Your session has ended", "Sign in and go on", "Leave it, and sign in here", "open", "People", "Instrument",
    "Institution", "Technique", "Journal", "Keyword", "Record",
    "Nothing is lost: what you did last waits here and is sent when you are signed in again.",
)  # fmt: skip
"""Texts that scripts say: the frame of the page holds them, so that they are in its language."""
AS_IS = ("Code", "Pre", "Kbd", "Style", "Script", "Store", "Location")
"""Elements whose text is no language."""


def said_in(code: str, content: Any) -> Any:
    """The content of a page in that language: a copy, because parts of pages may be shared."""
    say = speaker(code)
    return content if say is None else spoken(content, say)


def spoken(content: Any, say: Say) -> Any:
    """A copy of components and sequences in which every text that people read went through ``say``."""
    if isinstance(content, Around):
        return content.said(say)
    if type(content) is str:  # words of records are of a type of their own
        return say(content)
    if isinstance(content, Coded) and (whole := say(content.text)) not in (content.text, f"[{content.text}]"):
        return Coded(whole)  # a command stands elsewhere in it than in English
    if isinstance(content, list | tuple):
        return [spoken(part, say) for part in content]
    if not isinstance(content, Component) or content._type in AS_IS or getattr(content, "lang", None):
        return content
    said: Any = copy.copy(content)
    for name in SPOKEN:
        if (value := getattr(content, name, None)) is not None:
            setattr(said, name, spoken(value, say))
    if isinstance(options := getattr(content, "data", None), list):
        said.data = [_option(option, say) for option in options]
    if isinstance(options := getattr(content, "options", None), list):
        said.options = [_option(option, say) for option in options]
    if (figure := getattr(content, "figure", None)) is not None:
        said.figure = drawn_in(figure, say)
    return said


def _option(option: Any, say: Say) -> Any:
    """One choice of a list: its label is read, its value is not."""
    if not isinstance(option, dict):
        return option
    return {key: say(value) if key in ("label", "group") and type(value) is str else value
            for key, value in option.items()} | (
        {"items": [_option(one, say) for one in option["items"]]} if isinstance(option.get("items"), list) else {}
    )  # fmt: skip


def drawn_in(figure: dict[str, Any], say: Say) -> dict[str, Any]:
    """A figure whose titles, axes, legends, notes and the words over its points are said in that language, with the
    language's mark before decimals; its values stay."""
    drawn: dict[str, Any] = _own(figure)
    for holder, key in (
        *_texts(drawn.get("layout", {})),
        *(pair for one in drawn.get("data", []) for pair in _trace(one)),
    ):
        holder[key] = say(holder[key])
    for one in drawn.get("data", []):
        one |= {key: _over(one[key], say) for key in ("text", "hovertext") if one.get(key) is not None}
    half = say("0.5")
    if half != "0.5" and "layout" in drawn:
        drawn["layout"]["separators"] = f"{half[1]}{THIN}"
    return drawn


def _own(part: Any) -> Any:
    """A copy of a figure or a part of it; the template, which is every figure's, and lists of values are the same."""
    if isinstance(part, dict):
        return {key: value if key == "template" else _own(value) for key, value in part.items()}
    return [_own(one) for one in part] if isinstance(part, list) and part and isinstance(part[0], dict) else part


def _over(text: Any, say: Say) -> Any:
    """What stands at or over points: one text or rows of them, of which markup and the words of records stay."""
    if isinstance(text, list | tuple | np.ndarray):
        return [_over(one, say) for one in text]
    if not isinstance(text, str) or isinstance(text, AsIs):
        return text
    return "".join(part if place % 2 else say(part) for place, part in enumerate(KEPT.split(text)))


def _texts(layout: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    for key, part in layout.items():
        if key == "template":
            continue
        if key == "title" and isinstance(part, dict) and isinstance(part.get("text"), str):
            yield part, "text"
        elif key == "ticktext" and isinstance(part, list | tuple):
            named = [*part]
            layout[key] = named
            yield from ((named, place) for place, one in enumerate(named) if _is_said(one))
        elif key == "annotations":
            yield from ((one, "text") for one in part if _is_said(one.get("text")))
        elif isinstance(part, dict):
            yield from _texts(part)


def _trace(trace: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    yield from ((trace, key) for key in ("name", "hovertemplate") if _is_said(trace.get(key)))


def _is_said(text: Any) -> bool:
    return isinstance(text, str) and not isinstance(text, AsIs)
