"""Administration: what needs somebody says so and what to do; where each value comes from; no secret is shown."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from dashboards.authority.policies import GROUPS, closing_day, written
from dashboards.frame.state import State
from dashboards.page import Desk
from dashboards.pages.admin import PAGE, PARTS, health, people, policies, tokens
from puma.access import Viewer
from puma.installation import Installation
from puma.installation.health import PAGE as LOOKED_AT
from puma.installation.health import at_work, quick_checks
from puma.listing import SourceView
from puma.listing.sources import Waiting
from puma.settings import load_settings, origin
from tests.dashboards.spoken import components

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
SOURCE = SourceView("library", "oai_pmh", 10, AT, 0, 5, "done", "", {})
ADA = Viewer("admin", "Ada Example")


def texts(content: object) -> str:
    return " ".join(str(one.children) for one in components(content) if isinstance(one.children, str))


def test_what_nobody_takes_or_harvests_in_time_needs_somebody() -> None:
    asked = replace(SOURCE, waiting=(Waiting("harvest", "Ada", AT - timedelta(minutes=3)),))
    late = replace(SOURCE, due_at=AT - timedelta(hours=1))
    assert at_work([SOURCE], AT)[0] == "good"
    assert at_work([asked], AT - timedelta(minutes=2))[0] == "good"  # a worker looks every few seconds
    for one in (asked, late):
        state, sentence = at_work([one], AT)
        assert state == "bad"
        assert "library" in sentence
        assert "puma worker" in sentence


def test_an_empty_installation_says_what_is_missing_and_a_full_one_is_well(
    full: Installation, empty: Installation
) -> None:
    missing = {one.name: one for one in quick_checks(empty)}
    assert not missing["facts"].ok
    assert "puma harvest" in missing["facts"].sentence
    assert missing["letters"].state == "open"
    found = {one.name: one for one in quick_checks(full)}
    assert found["search"].ok
    assert found["facts"].ok
    assert set(found) == set(LOOKED_AT) == set(PARTS)


def test_the_page_says_where_each_value_comes_from(tmp_path: Path) -> None:
    file = tmp_path / "puma.toml"
    file.write_text('[match]\nauto = 0.9\nreview = 0.1\n[mail]\nfrom = "a@b.org"\n', "utf-8")
    settings = load_settings(file)
    environment = {"puma_match__review": "0.2", "PUMA_REQUESTS": '{"days": 9}'}
    told = {key: origin(settings, section, key, environment) for section, key in (
        ("match", "auto"), ("match", "review"), ("match", "alone"), ("mail", "sender"), ("requests", "days"),
        ("requests", "digest"),
    )}  # fmt: skip
    assert told == {
        "auto": "file", "review": "environment", "alone": "default", "sender": "file", "days": "environment",
        "digest": "default",
    }  # fmt: skip


def test_every_policy_is_a_setting_with_words_and_no_secret_is_written(full: Installation) -> None:
    for section, key, _ in (one for group in GROUPS.values() for one in group):
        part = getattr(full.settings, section)
        assert type(part).model_fields[key].description, key
        assert not isinstance(getattr(part, key), SecretStr), key
    assert written(SecretStr("hush")) == "set"


def test_the_page_is_for_administrators_and_tells_of_nobody_who_is_not_there(full: Installation) -> None:
    assert PAGE.role == "admin"
    desk = Desk(full, ADA, State())
    assert "Nobody signs in here yet" in texts(people(desk))
    assert "No valid tokens" in texts(tokens(desk))
    assert "Search index" in texts(health(desk))
    assert "Counts by itself from" in str(policies(desk))
    assert "[[source]] period_end" in str(policies(desk))


def test_the_policies_say_in_which_sources_the_closing_day_belongs_to_a_period() -> None:
    sources = [{"name": "office", "period_end": "last day"}, {"name": "catalogue", "period_end": "day after"}]
    assert closing_day(sources[1:])[1] == "no"
    assert closing_day(sources)[1] == "yes in office; else no"
