"""By hand: papers of staff alone, people who only took data, the list of journals that counts, crowds of authors."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from puma.access import EVERYTHING, Viewer
from puma.claims import Claim
from puma.entities import Affiliation, Facility, Institution, Link, Person
from puma.facts import Snapshot
from puma.installation import Installation
from puma.measuring import Question, ask, records_behind
from puma.settings import FacilitySettings, Settings
from puma.storage import insert_rows
from tests.house.conftest import AT, facts
from tests.resolve.desk import Desk, experiment, person, proposal, publication


def paper(desk: Desk, number: int, year: int = 2020, **more: Any) -> int:
    values = {"title": f"Paper {number}", "type": "JOURNAL_ARTICLE", "year": year, **more}
    desk.hand_in("library", publication(("doi", f"10.1/{number}"), **values))
    return desk.number("publication", "doi", f"10.1/{number}")


def link(desk: Desk, left: int, state: str = "auto") -> None:
    row = {
        "left_id": left, "right_id": desk.number("instrument", "name", "EPNS/d1"), "state": state, "score": 1.0,
        "relation": "publication-instrument", "tier": "review", "channel": "identifier", "probability": 0.95,
        "evidence": [], "evidence_digest": "", "model": "", "found_at": AT,
    }  # fmt: skip
    with desk.storage.writing() as session:
        insert_rows(session, Link, [row])


def by(snapshot: Snapshot, slug: str, cut: str, viewer: Viewer = EVERYTHING, **more: Any) -> dict[Any, Any]:
    table = ask(snapshot, viewer, Question(slug, (cut,), **more)).table
    return dict(zip(table[cut], table["value"], strict=True))


# K01, class staff


def test_papers_of_staff_alone_stand_apart_and_need_the_ror_id_of_the_facility(desk: Desk, tmp_path: Path) -> None:
    named = {"0own": "Source", "0part": "Source, optics group", "0other": "Univ. Elsewhere"}
    for ror, name in named.items():
        more = {"parent_ror": "0own"} if ror == "0part" else {}
        desk.hand_in(
            "office", Claim("institution", (("ror", ror),), {"name": name, "ror": ror, "country": "FR", **more})
        )
    home, part, other = ([{"name": "A", "affiliations": [{"text": name, "country": "FR"}]}] for name in named.values())
    linked = paper(desk, 1, authors=home)
    alone, of_part = paper(desk, 2, authors=[*other, *home]), paper(desk, 3, 2021, authors=part)
    paper(desk, 4, authors=other)
    paper(desk, 5, authors=home, type="PREPRINT")
    suggested = paper(desk, 6, authors=home)
    link(desk, linked)
    link(desk, suggested, "candidate")
    with desk.storage.writing() as session:
        for row in session.query(Institution).all():
            session.execute(update(Affiliation).where(Affiliation.text == row.name).values(institution_id=row.id))
            if row.ror == "0part":
                row.parent_id = desk.number("institution", "ror", "0own")
    unknown = ask(facts(desk, tmp_path), EVERYTHING, Question("staff_publications"))
    assert unknown.total is None, "without a ROR id of the facility it is not known, which is not nought"
    with desk.storage.writing() as session:
        session.execute(update(Facility).values(ror="0own"))
    snapshot = facts(desk, tmp_path)
    for policy in ("strict", "standard", "wide"):
        behind = records_behind(snapshot, EVERYTHING, Question("staff_publications", policy=policy))
        assert behind == sorted([alone, of_part, suggested])
    assert by(snapshot, "staff_publications", "year") == {2020: 2, 2021: 1}
    assert ask(snapshot, EVERYTHING, Question("publications")).total == 1, "they are never mixed into it"


def test_a_ror_id_that_the_settings_learn_later_reaches_the_facility(tmp_path: Path) -> None:
    for ror, known in (("", None), ("0own", "0own"), ("0two", "0own")):
        facility = FacilitySettings(ror=ror)
        house = Installation(Settings(home=tmp_path, facility=facility))
        house.prepare()
        with house.storage.reading() as session:
            assert session.scalars(select(Facility.ror)).all() == [known], "what is known is not overwritten"
        house.close()


# K30, class data


def test_who_only_took_data_is_a_user_of_the_year_in_a_class_of_their_own(desk: Desk, tmp_path: Path) -> None:
    keys = [f"p{number}" for number in range(14)]
    on_site, remote, local = keys[:5], keys[5:10], keys[13]
    crew = [{"person": ["source", f"office:{local}"], "name": local, "role": "local_contact"}]
    desk.hand_in_records("office", {
        "all": [*(person(key, family_name=key, email=f"{key.title()}@lab.example.org") for key in keys)],
        "P-1": [person(local, family_name=local, email=f"{local.title()}@lab.example.org"),
                proposal("P-1", participants=crew)],
        **{
            mode: [*(person(key, family_name=key, email=f"{key.title()}@lab.example.org") for key in team),
                   experiment(f"E{mode}", starts_at="2020-03-01T08:00:00+00:00", delivered_hours=24, mode=mode,
                              participants=[{"person": ["source", f"office:{key}"]} for key in team])]
            for mode, team in (("on-site", on_site), ("remote", remote))
        },
    })  # fmt: skip
    with desk.storage.writing() as session:  # two people share an address
        session.execute(update(Person).where(Person.family_name.in_(["p11", "p12"])).values(email="hall@example.org"))
        session.execute(update(Person).where(Person.family_name == "p10").values(orcid="0000-0002-1825-009X"))
    owners = [f"{key}@lab.example.org" for key in (*on_site[:1], *keys[5:9], "p10", "p13")]
    owners += ["0000-0002-1825-009x@orcid.org", "hall@example.org", "x17"]
    tasks = [(owner, 2020) for owner in owners] + [(f"{key}@lab.example.org", 2021) for key in keys[:5]]
    for number, (owner, year) in enumerate(tasks):
        values = {"facility": "EPNS", "route": "globus", "user_key": owner, "year": year, "size_bytes": 1}
        desk.hand_in("office", Claim("transfer", (("source", f"office:t{number}"),), values))
    snapshot = facts(desk, tmp_path)
    rows = snapshot.connect(EVERYTHING).execute(
        "SELECT year, access, count(*) FROM year_users GROUP BY ALL ORDER BY ALL"
    )
    assert rows.fetchall() == [(2020, "data", 1), (2020, "on-site", 5), (2020, "remote", 5), (2021, "data", 5)]
    assert by(snapshot, "users_by_access", "access", filters={"year": ("2021",)}) == {"data": 5}
    assert ask(snapshot, EVERYTHING, Question("users_by_access", filters={"year": ("2020",)})).total == 11
    assert ask(snapshot, EVERYTHING, Question("users")).total == 10, "participations alone"
    shown = by(snapshot, "users_by_access", "access", filters={"year": ("2020",)})
    assert shown["data"] != shown["data"], "one person is not shown"


# K09


def test_of_several_lists_one_counts_and_of_its_versions_that_of_the_year(desk: Desk, tmp_path: Path) -> None:
    told = (
        ("0001-0001", "high impact", "1", "2016-01-01", None),
        ("0002-0002", "high impact", "1", "2016-01-01", None),
        ("0001-0001", "high impact", "2", "2020-01-01", None),
        ("0003-0003", "a list of friends", "7", None, None),
    )
    for number, (issn, name, version, since, until) in enumerate(told):
        values = {"issn": issn, "list": name, "list_version": version, "valid_from": since, "valid_to": until}
        desk.hand_in("library", Claim("journal_listing", (("source", f"library:{number}"),), values))
    for number, (issn, year) in enumerate(
        (("0001-0001", 2019), ("0002-0002", 2019), ("0003-0003", 2019), ("0001-0001", 2020), ("0002-0002", 2020))
    ):
        link(desk, paper(desk, number, year, issn=issn))
    answer = ask(facts(desk, tmp_path), EVERYTHING, Question("high_impact_share", ("year",)))
    years = answer.table.set_index("year")[["numerator", "denominator"]].to_dict("index")
    assert years == {2019: {"numerator": 2, "denominator": 3}, 2020: {"numerator": 1, "denominator": 2}}
    assert answer.versions == "Lists: high impact 1; high impact 2"


# Fractional countries


def test_an_answer_split_over_countries_says_how_many_papers_have_more_than_a_hundred_authors(
    desk: Desk, tmp_path: Path
) -> None:
    for number, authors in enumerate((100, 101, 250, 3)):
        names = [{"name": f"A{n}", "affiliations": [{"text": "U", "country": "FR"}]} for n in range(authors)]
        link(desk, paper(desk, number, 2020 if number < 2 else 2021, authors=names))
    snapshot = facts(desk, tmp_path)
    split = ask(snapshot, EVERYTHING, Question("publications", ("country",), counting="fractional"))
    assert split.crowds == 2
    assert "2 have more than 100 authors, by the same rule." in split.footnotes
    assert split.table["value"].sum() == pytest.approx(4)
    year = {"year": ("2020",)}
    one = ask(snapshot, EVERYTHING, Question("publications", ("country",), year, counting="fractional"))
    assert "1 has more than 100 authors, by the same rule." in one.footnotes
    for question in (
        Question("publications", ("country",)),
        Question("publications", ("instrument",), counting="fractional"),
    ):
        assert not ask(snapshot, EVERYTHING, question).crowds
