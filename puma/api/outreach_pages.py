"""Outreach as HTML without scripts: lists of publications, highlights, what may be embedded; pure, all text escaped."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode

from puma.exports.citation import item
from puma.keeping.highlights import Told
from puma.text import plain

Row = Mapping[str, Any]
SHORTEST = 420  # characters of an abstract that stand in the place of a summary
AUTHORS = 12

FRAME = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="/assets/favicon.ico">
<link rel="stylesheet" href="/public/style.css">
{head}</head>
<body class="{kind}">
{body}
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of publications and where it is cut. rows: as a search is exported; page: from 1; chosen: its filters."""

    rows: Sequence[Row]
    total: int
    page: int
    size: int
    chosen: Mapping[str, str]

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.total // self.size))

    def title(self) -> str:
        """What the list is of."""
        of = {"instrument": "with {}", "country": "with authors in {}", "year": "of {}", "q": "about “{}”"}
        words = [of[name].format(value) for name, value in self.chosen.items() if name in of]
        return " ".join(["Publications", *words])

    def address(self, path: str, *, page: int = 1) -> str:
        """The list under another path or at another page."""
        query = urlencode({**self.chosen, **({"page": str(page)} if page > 1 else {})})
        return f"{path}?{query}" if query else path


def page(title: str, body: str, *, facility: str, base: str, canonical: str, head: str = "", told: Any = None) -> str:
    """A whole page. body, head: safe HTML. told: what machines read of it, as JSON-LD."""
    lines = f'<link rel="canonical" href="{escape(base + canonical)}">\n{head}{linked(told) if told else ""}'
    frame = f"""<a class="skip" href="#main">Skip to the content</a>
<header class="top"><div class="wide bar"><a class="home" href="/public">{escape(facility)}</a>
<nav aria-label="Main"><a href="/public">Highlights</a><a href="/public/publications">Publications</a>
<a href="/public#instruments">Instruments</a><a href="/public#countries">Countries</a></nav></div></header>
<main id="main" class="wide">
{body}
</main>
<footer class="wide">Research made possible by {escape(facility)}. <a href="/">All figures</a></footer>"""
    return FRAME.format(title=escape(f"{title} · {facility}"), head=lines, body=frame, kind="whole")


def bare(title: str, body: str, *, base: str) -> str:
    """A page for a frame of another site: the list alone; its links open outside of the frame."""
    head = f'<base href="{escape(base)}/" target="_blank"><meta name="robots" content="noindex">\n'
    spoken = f'<h1 class="unseen">{escape(title)}</h1>'  # the frame around it shows a title of its own
    return FRAME.format(title=escape(title), head=head, body=f"<main>{spoken}{body}</main>", kind="bare")


def linked(told: Any) -> str:
    """JSON-LD inside of a page: data, which no browser runs; nothing in it can end the element."""
    text = json.dumps(told, ensure_ascii=False).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return f'<script type="application/ld+json">{text}</script>\n'


def overview(
    *,
    facility: str,
    highlights: Sequence[Row],
    told: Mapping[int, Told],
    about: str,
    instruments: Sequence[tuple[str, int]],
    countries: Sequence[tuple[str, int]],
    newest: Listed,
    chart: str,
) -> str:
    """The first page: highlights with what is told of them, the newest, every instrument and country with its list."""
    said = f"<p>{escape(about)}</p>" if about else ""
    shown = "".join(_card(row, told.get(int(row["id"]))) for row in highlights)
    first = f'<section aria-labelledby="h"><h2 id="h">Highlights</h2>{said}<div class="cards">{shown}</div></section>'
    return f"""<h1>Research at {escape(facility)}</h1>
<p class="lead">{newest.total:,} publications, by the instruments and countries that they came from.</p>
{first if highlights else ""}
<section aria-labelledby="y"><h2 id="y">Publications by year</h2>{chart}</section>
<section aria-labelledby="n"><h2 id="n">Newest publications</h2>{listing(newest)}
<p><a href="/public/publications">All {newest.total:,} publications</a></p></section>
<section aria-labelledby="instruments"><h2 id="instruments">By instrument</h2>
{_counts("instrument", instruments)}</section>
<section aria-labelledby="countries"><h2 id="countries">By country of the authors</h2>
{_counts("country", countries)}</section>"""


def _counts(name: str, values: Sequence[tuple[str, int]]) -> str:
    if not values:
        return '<p class="quiet">None is known yet.</p>'
    items = (
        f'<li><a href="/public/publications?{urlencode({name: value})}">{escape(value)}</a> <span>{count:,}</span></li>'
        for value, count in values
    )
    return f'<ul class="counts">{"".join(items)}</ul>'


def _card(row: Row, told: Told | None) -> str:
    """What was written for everybody; without that the beginning of the abstract."""
    text = plain(str(row.get("abstract") or ""))
    short = text if len(text) <= SHORTEST else f"{text[:SHORTEST].rsplit(' ', 1)[0]} …"
    words = told.summary if told and told.summary else short
    shown = ""
    if told and told.pictured:  # its number makes another address of another picture
        shown = f'<img src="/public/picture/{told.record_id}?of={told.id}" alt="{escape(told.seen)}" loading="lazy">'
    return f'<article class="card">{shown}<h3>{_title(row)}</h3>{_about(row)}<p>{escape(words)}</p></article>'


def whole_list(of: Listed, base: str) -> str:
    """A page of a list with its pages, its formats, and how to embed it."""
    if not of.rows:
        all_of_them = '<a href="/public/publications">See all of them</a>'
        return f'<h1>{escape(of.title())}</h1><p class="quiet">There are no such publications. {all_of_them}.</p>'
    first = (of.page - 1) * of.size
    forms = " ".join(
        f'<a href="{escape(of.address(f"/public/publications.{suffix}"))}">{words}</a>'
        for suffix, words in (("json", "JSON"), ("rss", "RSS"), ("atom", "Atom"), ("bib", "BibTeX"))
    )
    source = escape(f"{base}{of.address('/public/embed/publications')}")
    embed = f'<iframe src="{source}" width="100%" height="600" title="{escape(of.title())}"></iframe>'
    return f"""<h1>{escape(of.title())}</h1>
<p class="quiet">{first + 1:,} to {first + len(of.rows):,} of {of.total:,}, the newest first</p>
{listing(of)}
{_pages(of)}
<p class="formats"><span>This list as</span> {forms}</p>
<details><summary>Show this list on another web page</summary>
<pre><code>{escape(embed)}</code></pre></details>"""


def listing(of: Listed) -> str:
    """The list itself, as a fragment that any page can hold."""
    items = "".join(f'<li><span class="title">{_title(row)}</span>{_about(row)}</li>' for row in of.rows)
    return f'<ol class="puma-publications" start="{(of.page - 1) * of.size + 1}">{items}</ol>'


def _title(row: Row) -> str:
    return f'<a href="/record/{int(row["id"])}">{escape(plain(str(item(row)["title"])))}</a>'


def _about(row: Row) -> str:
    """Who, where, when; DOI and instruments."""
    names = [name for name in str(row.get("authors") or "").split("; ") if name]
    who = "; ".join(names[:AUTHORS]) + (f" and {len(names) - AUTHORS} more" if len(names) > AUTHORS else "")
    place = ", ".join(str(part) for part in (row.get("journal"), row.get("volume"), row.get("year")) if part)
    parts = [f'<span class="who">{escape(who)}</span>' if who else ""]
    parts.append(f'<span class="where">{escape(plain(place))}</span>' if place else "")
    if row.get("doi"):
        doi = str(row["doi"])
        parts.append(f'<a class="doi" href="https://doi.org/{escape(doi)}">{escape(doi)}</a>')
    if row.get("instruments"):
        parts.append(f'<span class="with">{escape(str(row["instruments"]))}</span>')
    return f'<span class="about">{" ".join(part for part in parts if part)}</span>'


def _pages(of: Listed) -> str:
    if of.last == 1:
        return ""
    links = []
    for words, number in (("First", 1), ("Previous", of.page - 1), ("Next", of.page + 1), ("Last", of.last)):
        if 1 <= number <= of.last and number != of.page:
            rel = f' rel="{words.lower()[:4]}"' if words in ("Previous", "Next") else ""
            links.append(f'<a href="{escape(of.address("/public/publications", page=number))}"{rel}>{words}</a>')
    return f'<nav class="pages" aria-label="Pages">{" ".join(links)} <span>page {of.page} of {of.last}</span></nav>'
