"""Outreach as HTML without scripts: lists of publications, highlights, what may be embedded; pure, all text escaped."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import urlencode

from puma.countries import country_name
from puma.exports.citation import item
from puma.keeping.highlights import Told
from puma.languages import ENGLISH, LANGUAGES, Tongue
from puma.reports.in_words import number
from puma.text import plain

Row = Mapping[str, Any]
SHORTEST = 420  # characters of an abstract that stand in the place of a summary
AUTHORS = 12

FRAME = """<!DOCTYPE html>
<html lang="{lang}">
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
class Spoken:
    """How a page speaks. say: says its texts; lang: the language that its address asks for, empty where it asks for
    none: the addresses on the page ask for the same."""

    say: Tongue = ENGLISH
    lang: str = ""

    def address(self, path: str, chosen: Mapping[str, str] | None = None) -> str:
        """An address of these pages, in the same language. chosen: its query."""
        query = urlencode({**(chosen or {}), **({"lang": self.lang} if self.lang else {})})
        path, _, part = path.partition("#")
        return (f"{path}?{query}" if query else path) + (f"#{part}" if part else "")

    def words(self, text: str, *words: object) -> str:
        """A text as HTML."""
        return escape(self.say(text, *words))


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of publications and where it is cut. rows: as a search is exported; page: from 1; chosen: its filters."""

    rows: Sequence[Row]
    total: int
    page: int
    size: int
    chosen: Mapping[str, str]
    spoken: Spoken = field(default_factory=Spoken)

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.total // self.size))

    def title(self) -> str:
        """What the list is of."""
        say, chosen = self.spoken.say, self.chosen
        of = {
            "instrument": say("with {}", chosen.get("instrument", "")),
            "country": say("with authors in {}", say(country_name(chosen.get("country", "")))),
            "year": say("of {}", chosen.get("year", "")),
            "q": say("about “{}”", chosen.get("q", "")),
        }
        return " ".join([say("Publications"), *(of[name] for name in chosen if name in of)])

    def address(self, path: str, *, page: int = 1) -> str:
        """The list under another path or at another page."""
        return self.spoken.address(path, {**self.chosen, **({"page": str(page)} if page > 1 else {})})


def page(
    title: str, body: str, *, facility: str, base: str, spoken: Spoken, path: str,
    chosen: Mapping[str, str] | None = None, head: str = "", told: Any = None,
) -> str:  # fmt: skip
    """A whole page. body, head: safe HTML. path, chosen: its address. told: what machines read of it, as JSON-LD."""
    words, here = spoken.words, escape(base + spoken.address(path, chosen))
    lines = f'<link rel="canonical" href="{here}">\n{head}{linked(told) if told else ""}'
    menu = "".join(
        f'<a href="{escape(spoken.address(to))}">{words(label)}</a>\n'
        for to, label in (
            ("/public", "Highlights"), ("/public/publications", "Publications"),
            ("/public#instruments", "Instruments"), ("/public#countries", "Countries"),
        )
    )  # fmt: skip
    tongues = " ".join(
        f'<a href="{escape(Spoken(lang=code).address(path, chosen))}" lang="{code}" hreflang="{code}"'
        f"{' aria-current=true' if code == spoken.say.code else ''}>{name}</a>"
        for code, name in LANGUAGES.items()
    )
    frame = f"""<a class="skip" href="#main">{words("Skip to the content")}</a>
<header class="top"><div class="wide bar"><a class="home" href="{spoken.address("/public")}">{escape(facility)}</a>
<nav aria-label="{words("Main")}">{menu}</nav></div></header>
<main id="main" class="wide">
{body}
</main>
<footer class="wide">{words("Research made possible by {}.", facility)} <a href="/">{words("All figures")}</a>
<nav class="tongues" aria-label="{words("Language")}">{tongues}</nav></footer>"""
    name = escape(f"{title} · {facility}")
    return FRAME.format(title=name, head=lines, body=frame, kind="whole", lang=spoken.say.code)


def bare(title: str, body: str, *, base: str, spoken: Spoken) -> str:
    """A page for a frame of another site: the list alone; its links open outside of the frame."""
    head = f'<base href="{escape(base)}/" target="_blank"><meta name="robots" content="noindex">\n'
    unseen = f'<h1 class="unseen">{escape(title)}</h1>'  # the frame around it shows a title of its own
    return FRAME.format(
        title=escape(title), head=head, body=f"<main>{unseen}{body}</main>", kind="bare", lang=spoken.say.code
    )


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
    spoken, total = newest.spoken, number(newest.spoken.say, newest.total)
    words = spoken.words
    shown = "".join(_card(row, told.get(int(row["id"])), spoken) for row in highlights)
    heading = f'<h2 id="h">{words("Highlights")}</h2>'
    first = f'<section aria-labelledby="h">{heading}{said}<div class="cards">{shown}</div></section>'
    if not newest.total:
        none = words("No publication is public here yet. Once one is, it stands here by itself.")
        return f'<h1>{words("Research at {}", facility)}</h1>\n<p class="lead">{none}</p>'
    return f"""<h1>{words("Research at {}", facility)}</h1>
<p class="lead">{words("{} publications are known here; charts count those that beam time led to.", total)}</p>
{first if highlights else ""}
<section aria-labelledby="y" tabindex="0"><h2 id="y" class="unseen">{words("Publications by year")}</h2>
{chart}</section>
<section aria-labelledby="n"><h2 id="n">{words("Newest publications")}</h2>{listing(newest)}
<p><a href="{spoken.address("/public/publications")}">{words("All {} publications", total)}</a></p></section>
<section aria-labelledby="instruments"><h2 id="instruments">{words("By instrument")}</h2>
{_counts("instrument", [(name, name, count) for name, count in instruments], spoken)}</section>
<section aria-labelledby="countries"><h2 id="countries">{words("By country of the authors")}</h2>
{_counts("country", [(name, spoken.say(name), count) for name, count in countries], spoken)}</section>"""


def _counts(name: str, values: Sequence[tuple[str, str, int]], spoken: Spoken) -> str:
    """values: what is filtered by, how it is read, and how many."""
    if not values:
        return f'<p class="quiet">{spoken.words("None is known yet.")}</p>'
    items = (
        f'<li><a href="{escape(spoken.address("/public/publications", {name: value}))}">{escape(read)}</a> '
        f"<span>{number(spoken.say, count)}</span></li>"
        for value, read, count in values
    )
    return f'<ul class="counts">{"".join(items)}</ul>'


def _card(row: Row, told: Told | None, spoken: Spoken) -> str:
    """What was written for everybody; without that the beginning of the abstract."""
    text = plain(str(row.get("abstract") or ""))
    short = text if len(text) <= SHORTEST else f"{text[:SHORTEST].rsplit(' ', 1)[0]} …"
    words = told.summary if told and told.summary else short
    shown = ""
    if told and told.pictured:  # its number makes another address of another picture
        shown = f'<img src="/public/picture/{told.record_id}?of={told.id}" alt="{escape(told.seen)}" loading="lazy">'
    return f'<article class="card">{shown}<h3>{_title(row)}</h3>{_about(row, spoken)}<p>{escape(words)}</p></article>'


def whole_list(of: Listed, base: str) -> str:
    """A page of a list with its pages, its formats, and how to embed it."""
    words, say = of.spoken.words, of.spoken.say
    if not of.rows:
        all_of_them = f'<a href="{of.spoken.address("/public/publications")}">{words("See all of them")}</a>'
        none = words("There are no such publications.")
        return f'<h1>{escape(of.title())}</h1><p class="quiet">{none} {all_of_them}.</p>'
    first = (of.page - 1) * of.size
    span = (number(say, one) for one in (first + 1, first + len(of.rows), of.total))
    forms = " ".join(
        f'<a href="{escape(of.address(f"/public/publications.{suffix}"))}">{name}</a>'
        for suffix, name in (("json", "JSON"), ("rss", "RSS"), ("atom", "Atom"), ("bib", "BibTeX"))
    )
    source = escape(f"{base}{of.address('/public/embed/publications')}")
    embed = f'<iframe src="{source}" width="100%" height="600" title="{escape(of.title())}"></iframe>'
    return f"""<h1>{escape(of.title())}</h1>
<p class="quiet">{words("{} to {} of {}, the newest first", *span)}</p>
{listing(of)}
{_pages(of)}
<p class="formats"><span>{words("This list as")}</span> {forms}</p>
<details><summary>{words("Show this list on another web page")}</summary>
<pre><code>{escape(embed)}</code></pre></details>"""


def listing(of: Listed) -> str:
    """The list itself, as a fragment that any page can hold."""
    items = "".join(f'<li><span class="title">{_title(row)}</span>{_about(row, of.spoken)}</li>' for row in of.rows)
    return f'<ol class="puma-publications" start="{(of.page - 1) * of.size + 1}">{items}</ol>'


def _title(row: Row) -> str:
    return f'<a href="/record/{int(row["id"])}">{escape(plain(str(item(row)["title"])))}</a>'


def _about(row: Row, spoken: Spoken) -> str:
    """Who, where, when; DOI and instruments."""
    names = [name for name in str(row.get("authors") or "").split("; ") if name]
    who = "; ".join(names[:AUTHORS])
    who += f" {spoken.say('and {} more', len(names) - AUTHORS)}" if len(names) > AUTHORS else ""
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
    links, words = [], of.spoken.words
    for label, to in (("First", 1), ("Previous", of.page - 1), ("Next", of.page + 1), ("Last", of.last)):
        if 1 <= to <= of.last and to != of.page:
            rel = f' rel="{label.lower()[:4]}"' if label in ("Previous", "Next") else ""
            links.append(f'<a href="{escape(of.address("/public/publications", page=to))}"{rel}>{words(label)}</a>')
    here = words("page {} of {}", of.page, of.last)
    return f'<nav class="pages" aria-label="{words("Pages")}">{" ".join(links)} <span>{here}</span></nav>'
