"""The words of the program as they stand in its source, found on its pages: what a language must be able to say."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from dash.development.base_component import Component
from lxml import etree

from dashboards.frame.languages import spoken
from dashboards.frame.shell import SHELL, shell
from dashboards.frame.state import State
from dashboards.page import Desk, pages
from puma.access import Entrance, Viewer
from puma.errors import PumaError
from puma.installation import Installation
from puma.languages import fits

HOUSE = Path(__file__).parents[2]
SILENT = (
    "puma/cli", "puma/demo", "puma/harvesting", "puma/languages", "puma/search", "puma/techniques",
    "puma/matching/institutions",
)  # fmt: skip
"""Rooms whose strings are not shown on pages, or are no language."""
NAMES = re.compile(
    r"[/{\\[%].*|[A-Z\d_-]+|(\{\})?\.\w+|\w+_\w+|PUMA.*|BibTeX|Atom|ORCID iD|CSL-JSON|JSON-LD|\(\w\)|log|doi|ror|'self'"
    r"|https?://.*|Example Photon and Neutron Source"
)
"""What is the same in every language: names, codes, addresses, formats."""
JOINTS = (" · ", "; ", ": ", ", ")
_WORDS = re.compile(r"(?<![\w{])[^\W\d_]{2,}(?![^{]*\})")


@cache
def in_source() -> tuple[frozenset[str], dict[str, re.Pattern[str]]]:
    """Texts that stand in the source, and those with gaps as patterns."""
    whole: set[str] = set()
    gapped: set[str] = set()
    for path in (*HOUSE.glob("dashboards/**/*.py"), *HOUSE.glob("puma/**/*.py")):
        if str(path.relative_to(HOUSE)).startswith(SILENT):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _WORDS.search(node.value):
                whole |= {node.value.strip(), node.value.strip(" ,;:·")}
            elif isinstance(node, ast.JoinedStr):
                text = "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values).strip()
                if sum(map(len, _WORDS.findall(text.replace("{}", " ")))) > 1 and not text.startswith("/"):
                    gapped.add(text)
    order = sorted(gapped, key=lambda text: (-len(text.replace("{}", "")), text))
    return frozenset(whole), {
        text: re.compile("(.*?)".join(map(re.escape, text.split("{}"))), re.DOTALL) for text in order
    }


def keys(text: str) -> Iterator[str]:
    """The texts of the source that a text on a page is made of; nothing for the words of records."""
    text = text.strip()
    whole, gapped = in_source()
    if not _WORDS.search(text) or NAMES.fullmatch(text):
        return
    for form in (text, text[0].lower() + text[1:]):
        if form in whole:
            yield form
            return
    for key, pattern in gapped.items():
        if fits(pattern.pattern, text) and (match := pattern.fullmatch(text)):
            yield key
            for part in match.groups():
                yield from keys(part)
            return
    for joint in JOINTS:
        if joint in text:
            for part in text.split(joint):
                yield from keys(part)
            return


def on_pages(installation: Installation, viewer: Viewer, paths: dict[str, str], query: str = "") -> set[str]:
    """All texts that the pages show this viewer. paths: what follows a page's path, where it needs that; query: what
    all of them are asked for."""
    seen: set[str] = set()

    def note(text: str) -> str:
        seen.add(text)
        return text

    def desk(rest: str = "") -> Desk:
        return Desk(installation, viewer, State.read(query), rest, entrance=Entrance(demo=True))

    def look(draw: Any, at: Desk) -> None:
        try:
            spoken(draw(at), note)
        except PumaError as error:
            seen.add(str(error))
            seen.add(error.title)

    look(shell, desk())
    for page in (*pages().values(), SHELL):
        at = desk(paths.get(page.path, ""))
        seen.update(text for text in (page.title, page.menu, page.tab, page.help) if text)
        look(page.layout, at)
        for draw in page.panels.values():
            look(draw, at)
    return seen


def components(content: Any) -> Iterator[Component]:
    """Every component of a page, from the outside in."""
    if isinstance(content, list | tuple):
        for part in content:
            yield from components(part)
    elif isinstance(content, Component):
        yield content
        yield from components(getattr(content, "children", None))


READ = ("title", "alt", "aria-label", "placeholder")
"""Attributes that people read or hear."""


def left_over(page: bytes) -> list[str]:
    """The texts of the program in a document made in the language for looking that stand outside of its brackets."""
    found = list[str]()
    root = etree.fromstring(page, etree.HTMLParser())
    for one in root.iter(etree.Element):
        if one.tag in ("style", "script", "code") or any(part.get("lang") for part in (one, *one.iterancestors("a"))):
            continue
        found += [one.text or "", *(one.get(name, "") for name in READ)]
        found += [part.tail or "" for part in one]
    return [key for text in found for key in keys(outside(text))]


def outside(text: str) -> str:
    """A text without what stands in brackets."""
    while (shorter := re.sub(r"\[[^\[\]]*\]", "", text)) != text:
        text = shorter
    return text
