"""The list behind a number: of a rate the numerator, the rest, all, and what it leaves out, each by itself."""

import re

from dashboards.frame.state import State
from dashboards.page import Desk, page_at
from dashboards.panel import drawn
from puma.access import Viewer
from puma.installation import Installation

TAB = re.compile(r"Span\(children='([\d\u2009\u202f]+)', className='tab-count'\)")


def shown(house: Installation, role: str, query: str) -> str:
    page, _ = page_at("/behind")
    assert page
    return str(drawn(page.panels["list"], Desk(house, Viewer(role), State.read(query)), "list"))


def test_the_list_behind_a_rate_is_its_numerator_with_the_rest_beside_it(full: Installation) -> None:
    numerator, rest, every, _ = (
        int(re.sub(r"\D", "", n)) for n in TAB.findall(shown(full, "viewer", "?metric=publication_debt"))
    )
    assert numerator + rest == every > numerator > 0
    assert f"{numerator} in all" in shown(full, "viewer", "?metric=publication_debt")
    assert f"{rest} in all" in shown(full, "viewer", "?metric=publication_debt&part=rest")


def test_which_people_a_rate_counts_is_listed_for_the_user_office_alone(full: Installation) -> None:
    assert not TAB.findall(shown(full, "viewer", "?metric=industrial_users_share"))
    assert len(TAB.findall(shown(full, "user_office", "?metric=industrial_users_share"))) == 3
