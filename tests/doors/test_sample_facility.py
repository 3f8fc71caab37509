"""The sample facility as somebody meets it who tries the program: what the pages can show has something to show."""

import pytest

from dashboards.pages import data
from puma.access import ANONYMOUS, Viewer
from puma.installation import Installation
from puma.listing.highlights import highlights
from puma.measuring import Question

ADA = Viewer("admin", "Ada Example")


@pytest.mark.parametrize("slug", data.TILES)
def test_every_number_of_the_data_page_counts_something(installation: Installation, slug: str) -> None:
    answer = installation.ask(ADA, Question(slug))
    assert answer.total, slug


@pytest.mark.parametrize(("slug", "by"), [("transferred_bytes", "instrument"), ("transferred_bytes", "route"),
                                          ("transferred_bytes", "country"), ("pdb_entries", "instrument"),
                                          ("fair_score", "principle"), ("fair_score", "assessed")])  # fmt: skip
def test_what_was_carried_away_solved_and_answered_is_tied_to_the_facility(
    installation: Installation, slug: str, by: str
) -> None:
    table = installation.ask(ADA, Question(slug, (by,))).table
    known = table[(table[by].astype(str) != "unknown") & (table["value"] > 0)]
    assert len(known) >= (1 if slug == "pdb_entries" else 2), table


def test_structures_name_their_paper_and_their_raw_data_some_of_them(installation: Installation) -> None:
    for slug in ("pdb_with_paper_share", "pdb_with_raw_data_share"):
        assert 0 < (installation.ask(ADA, Question(slug)).total or 0) < 1, slug


def test_the_public_pages_begin_with_highlights(installation: Installation) -> None:
    shown = highlights(installation.storage, ANONYMOUS, installation.settings.public.highlights)
    assert len(shown.rows) == 4
    assert shown.about
