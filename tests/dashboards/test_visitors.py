"""What somebody who did not sign in sees of a page: the panels of their role alone, and that there are more."""

import re

import requests

from dashboards.drawing import tags as html
from dashboards.frame.state import State
from dashboards.page import Desk, Page, pages
from dashboards.panel import drawn, for_viewer, slot
from puma.access import Entrance, Viewer
from puma.installation import Installation
from puma.listing import records
from puma.measuring import Question
from tests.dashboards.conftest import served

VISITOR = Viewer()


def names(frame: object) -> list[str]:
    parts = frame._traverse()  # type: ignore[attr-defined]  # of a component
    ids = [getattr(part, "id", None) for part in parts]
    return [one["name"] for one in ids if isinstance(one, dict) and one.get("type") == "panel"]


def test_panels_of_other_roles_leave_no_hole_and_a_sentence(full: Installation) -> None:
    page = Page("/x", "X", lambda desk: None, roles={"b": "viewer", "c": "viewer", "d": "user_office"})

    def frame() -> object:
        rows = [html.Div([slot("/x", one), slot("/x", other)], className="grid two") for one, other in ("ab", "cd")]
        return html.Div(rows)

    seen = {
        role: for_viewer(page, Desk(full, Viewer(role), State(), entrance=Entrance(signs_in=True)), frame())  # type: ignore[arg-type]  # a component
        for role in ("anonymous", "viewer", "user_office")
    }
    assert {role: names(one) for role, one in seen.items()} == {
        "anonymous": ["a"], "viewer": ["a", "b", "c"], "user_office": ["a", "b", "c", "d"],
    }  # fmt: skip
    assert "after signing in" in str(seen["anonymous"])
    assert "open to other roles" in str(seen["viewer"])
    assert "More of this page" not in str(seen["user_office"])
    assert [row.className for row in seen["viewer"].children[:2]] == ["grid two", "grid"]  # type: ignore[union-attr]


def test_no_panel_that_a_visitor_is_shown_is_closed_to_them(full: Installation) -> None:
    machine = full.ask(VISITOR, Question("publications", ("instrument",))).table["instrument_id"].dropna().iloc[0]
    rests = {"/country": ("", "FR"), "/instrument": ("", str(machine)), "/group": ("", "1")}
    for path, page in pages().items():
        if not VISITOR.at_least(page.role) or path in ("/record", "/person", "/institution", "/run"):
            continue
        for rest in rests.get(path, ("",)):
            desk = Desk(full, VISITOR, State(), rest, path=path)
            for name in names(for_viewer(page, desk, page.layout(desk))):
                assert "Not open to your role" not in str(drawn(page.panels[name], desk, name)), (path, rest, name)


def test_a_page_about_nothing_answers_404_and_like_one_about_what_a_visitor_may_not_know(full: Installation) -> None:
    office, visitor = (
        {one.id for one in records(full.storage, viewer, "proposal", limit=1000).rows}
        for viewer in (Viewer("user_office"), VISITOR)
    )
    secret = min(office - visitor)
    told = []
    with served(full, VISITOR) as address:
        for number in (secret, 99_999_999):
            answer = requests.get(f"{address}/record/{number}", timeout=60)
            assert answer.status_code == 404
            assert "There is no record of that number, or it is not for your role." in answer.text
            told.append(re.sub(rf"{number}|\bnonce\S+", "", answer.text))
        statuses = {
            path: requests.get(f"{address}{path}", timeout=60).status_code
            for path in ("/record", "/person/0", "/institution/99999999", "/instrument/0", "/country/FR", "/country/ZZ",
                         "/collections/99", "/nothing", "/")
        }  # fmt: skip
    assert len(told[0]) == len(told[1])
    assert statuses == {
        "/record": 200, "/person/0": 404, "/institution/99999999": 404, "/instrument/0": 404, "/country/FR": 200,
        "/country/ZZ": 404, "/collections/99": 404, "/nothing": 404, "/": 200,
    }  # fmt: skip


def test_only_who_can_write_into_the_settings_is_asked_to(full: Installation) -> None:
    assert not full.settings.facility.ror
    asked = {
        role: "Write it into puma.toml" in str(pages()["/"].panels["staff"](Desk(full, Viewer(role), State())))
        for role in ("anonymous", "viewer", "scientist", "user_office", "admin")
    }
    assert [role for role, is_asked in asked.items() if is_asked] == ["admin"]
