"""Filters that a number cannot follow: its tile and the list behind it say so, on every page, for every dimension."""

from typing import Any

import pytest

from dashboards.drawing.blocks import tiles
from dashboards.drawing.chart import spelled
from dashboards.frame.languages import said_in
from dashboards.frame.state import State
from dashboards.page import Desk, pages
from puma.access import Viewer
from puma.dimensions import DIMENSIONS
from puma.installation import Installation
from puma.languages import catalogue
from puma.measuring.definition import metrics

from .test_cumulative import drawn, parts, words

ADA = Viewer("admin", "Ada Example")
FILTERS = {"country": "FR", "technique": "neutron reflectometry", "instrument": "1", "institution": "2", "type": "x"}
PAGES = ("/", "/users", "/proposals", "/data", "/citations")


def shown(content: Any) -> dict[str, str]:
    """The words of each tile by its heading."""
    found = [one for one in parts(content) if getattr(one, "className", "") == "tile"]
    return {str(one.children[0].children[0].children): words(one) for one in found}


@pytest.mark.parametrize("path", PAGES)
def test_every_tile_says_which_of_the_filters_it_does_not_follow(full: Installation, path: str) -> None:
    labels = {one.label: one for one in metrics().values()}
    for slug, value in FILTERS.items():
        for heading, said in shown(pages()[path].panels["tiles"](Desk(full, ADA, State({slug: (value,)})))).items():
            can = {dimension.slug for dimension in labels[heading].dimensions if not dimension.whole}
            assert (f"not filtered by {DIMENSIONS[slug].label.lower()}" in said) == (slug not in can), (heading, slug)
    assert not any("not filtered" in said for said in shown(drawn(full, path, "tiles")).values())


def test_the_list_behind_a_number_says_it_too_in_every_language(full: Installation) -> None:
    title = drawn(full, "/behind", "title", "?metric=new_users&country=FR&instrument=1")
    assert "This number cannot be narrowed by instrument, country: it is of all." in words(title)
    assert "lässt sich nicht eingrenzen nach Instrument, Land" in words(said_in("de", title))
    assert "cannot be narrowed" not in words(drawn(full, "/behind", "title", "?metric=users&country=FR"))
    desk = Desk(full, ADA, State.read("?country=FR&root=CNRS"))
    tile = said_in("fr", tiles(desk, ["user_retention"]))
    assert "non filtré par pays, organisation racine" in words(tile)
    for slug in DIMENSIONS:
        assert all(catalogue(code).known(spelled([slug])) for code in ("fr", "de")), slug


@pytest.mark.parametrize("path", ["/users", "/proposals", "/citations", "/data"])
def test_what_a_page_is_about_is_said_whole_beside_its_filters(full: Installation, path: str) -> None:
    plain, filtered = (words(said_in("fr", drawn(full, path, "title", query))) for query in ("", "?country=DE"))
    assert " Filtré par pays." in " ".join(filtered.split())
    assert " ".join(filtered.split()).replace(" Filtré par pays.", "") == " ".join(plain.split())
