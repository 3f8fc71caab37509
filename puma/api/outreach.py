"""Outreach at /public: what everybody may read and other sites may embed, without signing in and without scripts."""

import importlib
import importlib.util
from functools import cache
from hashlib import blake2b
from html import escape
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from puma import listing
from puma.access import ANONYMOUS
from puma.api import outreach_feeds as feeds
from puma.api import outreach_pages as pages
from puma.api.asking import House
from puma.api.oai import admitted, base_of
from puma.api.outreach_pages import Listed, Spoken
from puma.api.sending import sent
from puma.api.speaking import VARY, reader
from puma.countries import country_code, country_name
from puma.errors import NotHere, WrongUsage
from puma.exports import export
from puma.installation import Installation
from puma.keeping.highlights import picture_of
from puma.languages import LANGUAGES, PSEUDO, tongue
from puma.listing.highlights import highlights
from puma.measuring import Question, asked_years, with_years
from puma.provider import Span
from puma.reports.formats import pictured
from puma.reports.in_words import number
from puma.reports.picture import HEIGHT, WIDTH, bars
from puma.search.asked import Asked, years_of
from puma.storage import now

outreach_router = APIRouter(prefix="/public", dependencies=[Depends(admitted)])

SIZE, MOST_FEED, FARTHEST = 50, 100, 200
TALL = HEIGHT + 52  # a chart with its title and its rule
BY = {"year": ("year",), "year,type": ("year", "type"), "year,open_access": ("year", "open_access")}
OPEN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin",
        "Cache-Control": "public, max-age=300", **VARY}  # fmt: skip
"""For what scripts and pages of other sites may read: it is the same for everybody and holds no cookie."""

Word = Annotated[str, Query(max_length=200)]
Page = Annotated[int, Query(ge=1, le=FARTHEST)]


def _spoken(lang: Word = "") -> Spoken:
    """The language of an answer: the one that its address asks for, else its reader's."""
    return Spoken(tongue(lang), lang) if lang in (*LANGUAGES, PSEUDO) else Spoken(reader.get())


Speech = Annotated[Spoken, Depends(_spoken)]


def _found(
    house: Installation, *, q: str = "", instrument: str = "", country: str = "", year: str = "", page: int = 1,
    size: int = SIZE, spoken: Spoken,
) -> Listed:  # fmt: skip
    """A page of a list; what is not for everybody does not exist here, whoever asks. Raises WrongUsage, QueryError."""
    if year and years_of(year) == (None, None):
        raise WrongUsage(f"A year is written 2019 or 2015-2018, not {year!r}.")
    chosen = {"q": q, "instrument": instrument, "country": country, "year": year}
    filters = {name: (value,) for name, value in chosen.items() if value and name in ("instrument", "country")}
    answer = house.search(
        ANONYMOUS, q, filters={"kind": ("publication",), **filters}, years=years_of(year), sort="newest",
        offset=(page - 1) * size, limit=size, facets=(),
    )  # fmt: skip
    rows = list(listing.found_rows(house.storage, ANONYMOUS, [hit.id for hit in answer.hits]))
    return Listed(rows, answer.total, page, size, {name: value for name, value in chosen.items() if value}, spoken)


@outreach_router.get("", response_class=HTMLResponse)
def overview(house: House, request: Request, spoken: Speech) -> HTMLResponse:
    """Highlights, the newest publications, and the way to those of each instrument and country."""
    of_all = house.search(
        ANONYMOUS, "", filters={"kind": ("publication",)}, limit=0, facets=("instrument", "country"), facet_size=1000
    )
    first = highlights(house.storage, ANONYMOUS, house.settings.public.highlights)
    facility, base = house.settings.facility.name, base_of(house, request)
    drawn = _chart(house, ("year",), {}, "", spoken)
    body = pages.overview(
        facility=facility,
        highlights=first.rows,
        told=first.told,
        about=first.about,
        instruments=sorted((one.value, one.count) for one in of_all.facets["instrument"]),
        countries=[(one.value, one.count) for one in of_all.facets["country"]],
        newest=_found(house, size=5, spoken=spoken),
        chart=drawn or f'<p class="quiet">{spoken.words("There are no figures yet.")}</p>',
    )
    told = {
        "@context": "https://schema.org", "@type": "ResearchOrganization", "name": facility, "url": f"{base}/public",
        **({"sameAs": f"https://ror.org/{house.settings.facility.ror}"} if house.settings.facility.ror else {}),
    }  # fmt: skip
    feed = (
        f'<link rel="alternate" type="application/atom+xml" title="{spoken.words("Publications")}" '
        f'href="{spoken.address("/public/publications.atom")}">\n'
    )
    title = spoken.say("Highlights")
    return _html(
        pages.page(title, body, facility=facility, base=base, spoken=spoken, path="/public", head=feed, told=told)
    )


@outreach_router.get("/picture/{record_id}", response_class=Response)
def picture(record_id: int, house: House) -> Response:
    """The picture of a highlighted publication, a JPEG."""
    number, body = picture_of(house.storage, record_id)
    return Response(body, media_type="image/jpeg", headers={**OPEN, "ETag": f'"{number}"'})


@outreach_router.get("/publications", response_class=HTMLResponse)
def publications(
    house: House, request: Request, spoken: Speech, q: Word = "", instrument: Word = "", country: Word = "",
    year: Word = "", page: Page = 1,
) -> HTMLResponse:  # fmt: skip
    """The publications of an instrument, of a country, of a year, or all; a page of fifty."""
    of = _found(house, q=q, instrument=instrument, country=country, year=year, page=page, spoken=spoken)
    base = base_of(house, request)
    chosen = {**of.chosen, **({"page": str(page)} if page > 1 else {})}
    head = "".join(
        f'<link rel="alternate" type="{media}" href="{escape(of.address(f"/public/publications.{suffix}"))}">\n'
        for suffix, media in (("atom", "application/atom+xml"), ("json", "application/json"))
    )
    for rel, other in (("prev", page - 1), ("next", page + 1)):
        if 1 <= other <= of.last:
            head += f'<link rel="{rel}" href="{escape(of.address("/public/publications", page=other))}">\n'
    body, told = pages.whole_list(of, base), feeds.as_linked_data(of, base)
    facility = house.settings.facility.name
    return _html(
        pages.page(
            of.title(),
            body,
            facility=facility,
            base=base,
            spoken=spoken,
            path="/public/publications",
            chosen=chosen,
            head=head,
            told=told,
        ),
        status=200 if of.rows or not of.chosen else 404,
    )


@outreach_router.get("/embed/publications", response_class=HTMLResponse)
def embedded(
    house: House, request: Request, spoken: Speech, q: Word = "", instrument: Word = "", country: Word = "",
    year: Word = "", limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> HTMLResponse:  # fmt: skip
    """The same list for a frame of another site: the list alone."""
    of = _found(house, q=q, instrument=instrument, country=country, year=year, size=limit, spoken=spoken)
    base = base_of(house, request)
    every = spoken.words("All {} publications", number(spoken.say, of.total))
    more = f'<p><a href="{escape(of.address("/public/publications"))}">{every}</a></p>'
    return _framed(house, pages.bare(of.title(), pages.listing(of) + more, base=base, spoken=spoken))


@outreach_router.get("/publications.{form}", response_class=Response)
def as_data(
    form: str, house: House, request: Request, spoken: Speech, q: Word = "", instrument: Word = "", country: Word = "",
    year: Word = "", page: Page = 1, limit: Annotated[int, Query(ge=1, le=MOST_FEED)] = SIZE,
) -> Response:  # fmt: skip
    """The same list as json, atom, rss, html (a fragment to put into a page) or bib, which holds all of it."""
    if form not in ("json", "atom", "rss", "html", "bib"):
        raise NotHere("There are publications.json, .atom, .rss, .html and .bib.")
    of = _found(house, q=q, instrument=instrument, country=country, year=year, page=page, size=limit, spoken=spoken)
    base = base_of(house, request)
    if form == "bib":
        return _bibtex(house, of)
    if form == "json":
        return JSONResponse(feeds.as_json(of, base), headers=OPEN)
    if form == "html":
        body = pages.listing(of).replace('href="/record/', f'href="{escape(base)}/record/')
        return HTMLResponse(body, headers=OPEN)
    if form == "atom":
        snapshot = house.snapshot()
        at = snapshot.as_of if snapshot is not None else now()
        return Response(feeds.as_atom(of, base, at), media_type="application/atom+xml", headers=OPEN)
    return Response(feeds.as_rss(of, base), media_type="application/rss+xml", headers=OPEN)


def _bibtex(house: Installation, of: Listed) -> StreamingResponse:
    """The whole list, whatever page of it was asked for."""
    values = {name: (value,) for name, value in of.chosen.items()}
    asked = Asked.read({**values, "kind": ("publication",), "sort": ("newest",)})
    rows = listing.found_rows(house.storage, ANONYMOUS, house.found_ids(ANONYMOUS, asked))
    about = f"{of.title()}, {house.settings.facility.name}"
    return sent(export("bibtex", "search"), "publications", tuple(listing.FOUND), rows, about, OPEN)


def _drawn(
    house: House, spoken: Speech, by: Word = "year", instrument: Word = "", country: Word = "", year: Word = ""
) -> str:
    """The chart that is asked for, drawn. Raises WrongUsage, NotHere."""
    if by not in BY:
        raise WrongUsage(f"A chart is drawn by {', '.join(BY)}.")
    chosen = {"instrument": instrument, "country": country_code(country) or country, "year": year}
    filters = {name: (value,) for name, value in chosen.items() if value}
    where = spoken.say(country_name(chosen["country"])) if country else ""
    of = " ".join(word for word in (instrument, where, year.replace("-", "–")) if word)
    drawn = _chart(house, BY[by], filters, of, spoken)
    if not drawn:
        raise NotHere("There are no publications to draw.")
    return drawn


Drawn = Annotated[str, Depends(_drawn)]


@outreach_router.get("/chart/publications", response_class=Response)
def chart(house: House, drawn: Drawn) -> Response:
    """Publications as bars, by year, or ``year,type`` and ``year,open_access``: an SVG to put into any page."""
    policy = f"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors {_framers(house)}"
    return Response(drawn, media_type="image/svg+xml", headers={**OPEN, "Content-Security-Policy": policy})


@outreach_router.get("/chart/publications.png", response_class=Response)
def chart_as_png(
    request: Request, drawn: Drawn, width: Annotated[int, Query(ge=WIDTH // 2, le=WIDTH * 4)] = WIDTH * 2
) -> Response:
    """The same chart as a PNG, for what shows no SVG: e-mails, slides, social media. width: in pixels."""
    mark = f'"{blake2b(drawn.encode(), digest_size=12).hexdigest()}-{width}"'
    headers = {**OPEN, "ETag": mark}
    if mark in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(pictured(drawn, WIDTH, TALL, width), media_type="image/png", headers=headers)


def _chart(house: Installation, by: tuple[str, ...], filters: dict[str, tuple[str]], of: str, spoken: Spoken) -> str:
    """The picture with its title, its rule and its date; empty where nothing is counted. of: the filters in words."""
    snapshot = house.snapshot()
    if snapshot is None:
        return ""
    question = Question("publications", by, filters)
    answer = house.ask(ANONYMOUS, question)
    table = answer.table[answer.table["year"].notna()]
    if table.empty:
        return ""
    if len(by) == 2:
        table = table.pivot_table(index="year", columns=by[1], values="value", aggfunc="sum").reset_index()
    table = with_years(table, asked_years(snapshot, ANONYMOUS, question), answer)
    say = spoken.say
    words = " · ".join(word for word in (say("Publications per year"), of) if word)
    inner = bars(table, words, by[-1], say)
    total = say("{} publications linked with beam time", number(say, answer.total or 0))
    policy = say("{} link policy", say(answer.question.policy))
    note = " · ".join((house.settings.facility.name, total, policy, say.day(answer.as_of)))
    style = 'font-family="sans-serif" fill="#55626f"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {TALL}" role="img" '
        f'aria-label="{escape(words)}" class="chart"><rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="8" y="20" font-size="14" font-weight="600" {style}>{escape(words)}</text>'
        f'<svg x="0" y="28" width="{WIDTH}" height="{HEIGHT}" {inner.removeprefix("<svg ")}'
        f'<text x="8" y="{TALL - 7}" font-size="9.5" {style}>{escape(note)}</text></svg>'
    )


@outreach_router.get("/oembed")
def oembed(
    house: House, request: Request, spoken: Speech, url: Annotated[str, Query(max_length=2000)], maxwidth: int = 680,
    maxheight: int = 600,
) -> JSONResponse:  # fmt: skip
    """oEmbed 1.0 of a public list or chart: what a web page that is given its address puts in its place."""
    base, parts = base_of(house, request), urlsplit(url)
    whole_chart = parts.path.startswith("/embed/")
    lists = ("/public/publications", "/public/chart/publications")
    if parts.netloc != urlsplit(base).netloc or not (whole_chart or parts.path in lists):
        raise NotHere("That is no address of a public list or chart of these pages.")
    asked = dict(parse_qsl(parts.query))
    chosen = {name: asked[name] for name in asked if name in ("instrument", "country", "year", "by")}
    of = Listed((), 0, 1, 1, chosen, _spoken(asked["lang"]) if "lang" in asked else spoken)
    path = "/public/embed/publications" if parts.path == "/public/publications" else parts.path
    place = f"{path}?{parts.query}".rstrip("?") if whole_chart else of.address(path)
    title = of.spoken.say("A chart of {}", house.settings.facility.name) if whole_chart else of.title()
    width, height = max(200, min(maxwidth, 1200)), max(150, min(maxheight, 2000))
    frame = (
        f'<iframe src="{escape(base + place)}" width="{width}" height="{height}" '
        f'title="{escape(title)}" style="border:0"></iframe>'
    )
    told = {"version": "1.0", "type": "rich", "title": title, "html": frame, "width": width, "height": height,
            "provider_name": house.settings.facility.name, "provider_url": f"{base}/public"}  # fmt: skip
    if path == "/public/chart/publications":
        picture = base + of.address(f"{path}.png")
        told |= {"thumbnail_url": picture, "thumbnail_width": WIDTH * 2, "thumbnail_height": TALL * 2}
    return JSONResponse(told, headers=OPEN)


@outreach_router.get("/sitemap.xml", response_class=Response)
def site_map(house: House, request: Request) -> Response:
    """The addresses that search engines may visit."""
    announced = request.app.state.provider.repository.announced
    announced.look()
    told, _ = announced.page(Span(("publication",)), None, feeds.MOST_PLACES)
    records = [(one.id, one.at) for one in reversed(told) if not one.gone]
    lists = ("/public", "/public/publications")
    return Response(feeds.site_map(base_of(house, request), lists, records), media_type="application/xml", headers=OPEN)


@outreach_router.get("/style.css", response_class=Response)
def style() -> Response:
    """Colours in the scheme that the reader's system has, and the layout of these pages."""
    return Response(_styles(), media_type="text/css", headers={"Cache-Control": "public, max-age=3600",
                    "Cross-Origin-Resource-Policy": "cross-origin"})  # fmt: skip


@cache
def _styles() -> str:
    """The program's colours without its switch: no script can turn it here. Without dashboards the reader's own."""
    own = (Path(__file__).parent / "outreach.css").read_text("utf-8")
    if importlib.util.find_spec("dashboards") is None:
        return own
    light, dark = importlib.import_module("dashboards.frame.theme").stylesheet().split("\n", 1)
    turned = dark.replace(":root[data-mantine-color-scheme=dark]", ":root")
    return f"{light}\n@media (prefers-color-scheme: dark) {{ {turned} }}\n{own}"


def _html(body: str, *, status: int = 200) -> HTMLResponse:
    return HTMLResponse(body, status, headers={"Cache-Control": OPEN["Cache-Control"], **VARY})


def _framed(house: Installation, body: str) -> HTMLResponse:
    policy = f"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'self'; frame-ancestors {_framers(house)}"
    return HTMLResponse(
        body, headers={"Content-Security-Policy": policy, "Cache-Control": OPEN["Cache-Control"], **VARY}
    )


def _framers(house: Installation) -> str:
    return house.settings.public.frame_ancestors.strip() or "'none'"
