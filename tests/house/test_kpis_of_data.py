"""Use of data, open data, structures and the FAIR self-assessment, counted by hand."""

from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from puma.access import EVERYTHING, Viewer
from puma.entities import Link
from puma.errors import Conflict, NotHere, Refused, WrongUsage
from puma.facts import Snapshot, refresh
from puma.keeping import fair
from puma.matching.links.reuse import use_of_data
from puma.measuring import Question, ask, records_behind
from puma.measuring.openness import Openness, by_state
from puma.storage import Storage, insert_rows
from tests.resolve.desk import Desk, dataset, experiment, instrument, person, proposal, publication

AT = datetime(2024, 6, 1, tzinfo=UTC)
OFFICE = Viewer("user_office", "Ada", account=3)
CITING = ("Cites", "References", "IsSupplementedBy", "IsSupplementTo")
OTHERS = (
    "IsCitedBy", "IsReferencedBy", "IsIdenticalTo", "IsVersionOf", "HasVersion", "IsPartOf", "HasPart", "IsDerivedFrom",
    "IsRelatedTo", "Documents", "IsNewVersionOf", "Reviews",
)  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    storage = Storage(f"sqlite:///{tmp_path / 'puma.db'}")
    storage.migrate()
    made = Desk(storage, {"office": 10, "library": 30})
    made.hand_in("office", instrument("D17"), person("a"), person("b"), proposal("P-1"))
    return made


def facts(desk: Desk, folder: Path) -> Snapshot:
    return refresh(desk.storage, folder / "facts", AT)


def paper(number: int | str, **more: Any) -> Any:
    values = {"title": f"Paper {number}", "type": "JOURNAL_ARTICLE", "year": 2020, **more}
    return publication(("doi", f"10.1/{number}"), **values)


def link(desk: Desk, doi: str, right: int, relation: str, state: str = "auto", probability: float = 0.95) -> None:
    row = {
        "left_id": desk.number("publication", "doi", doi), "right_id": right, "relation": relation, "state": state,
        "tier": "review", "channel": "identifier", "score": 1.0, "probability": probability, "evidence": [],
        "evidence_digest": "", "model": "", "found_at": AT,
    }  # fmt: skip
    with desk.storage.writing() as session:
        insert_rows(session, Link, [row])


def uses(snapshot: Snapshot) -> list[tuple[Any, ...]]:
    sql = "SELECT p.doi, d.doi, u.use, u.told_by FROM data_uses u JOIN publications p ON p.id = u.publication_id "
    sql += "JOIN datasets d ON d.id = u.dataset_id ORDER BY 1, 2"
    return snapshot.connect(EVERYTHING).execute(sql).fetchall()


# K52


def test_only_relations_that_cite_count_each_from_its_own_side(desk: Desk, tmp_path: Path) -> None:
    for number, kind in enumerate((*CITING, *OTHERS)):
        data = dataset(f"10.5/{number}", proposal_code="P-1")
        said = [{"type": kind, "scheme": "doi", "value": f"10.5/{number}"}]
        desk.hand_in("office", data)
        desk.hand_in("library", paper(number, related=said))
    found = uses(facts(desk, tmp_path))
    assert [row[1] for row in found] == [f"10.5/{number}" for number in range(len(CITING))]
    assert [row[2] for row in found][2:] == ["own data", "own data"], "supplements are one's own"


def test_what_three_say_counts_once_and_what_a_person_rejected_not_at_all(desk: Desk, tmp_path: Path) -> None:
    said = [{"type": "References", "scheme": "doi", "value": "10.5/1"}]
    back = [{"type": "IsCitedBy", "scheme": "doi", "value": "10.1/1"}]
    desk.hand_in("office", dataset("10.5/1", related=back), dataset("10.5/2"))
    desk.hand_in("library", paper(1, related=said), paper(2, related=said))
    link(desk, "10.1/1", desk.number("dataset", "doi", "10.5/1"), "publication-dataset", "validated")
    link(desk, "10.1/2", desk.number("dataset", "doi", "10.5/1"), "publication-dataset", "rejected")
    link(desk, "10.1/2", desk.number("dataset", "doi", "10.5/2"), "publication-dataset", "candidate")
    snapshot = facts(desk, tmp_path)
    assert [(row[0], row[1], row[3]) for row in uses(snapshot)] == [("10.1/1", "10.5/1", 3), ("10.1/2", "10.5/2", 1)]
    totals = {policy: ask(snapshot, EVERYTHING, Question("data_reuse", policy=policy)).total for policy in
              ("strict", "standard", "wide")}  # fmt: skip
    assert totals == {"strict": 1, "standard": 1, "wide": 1.95}, "a candidate counts as much as it is probable"
    assert records_behind(snapshot, EVERYTHING, Question("data_reuse")) == [desk.number("publication", "doi", "10.1/1")]


def test_the_facts_tell_uses_apart_as_matching_does(desk: Desk, tmp_path: Path) -> None:
    """Every case of: linked or not, an author of the team, an institution of the team, signed or not, team known."""
    names = {None: "unknown", "own_data": "own data", "same_institution": "same institution", "reuse": "independent"}
    expected = {}
    cases = list(product((False, True), repeat=5))
    home = {"text": "Univ. Home", "country": "FR", "ror": "02550n020"}
    away = {"text": "Lab Away", "country": "SE", "ror": "012a77v79"}
    for number, (linked, member, colleague, signed, known) in enumerate(cases):
        code = f"P-{number + 10}"
        team = [
            {"person": ["source", "office:a"], "name": "Curie, M.", "role": "proposer", "affiliation": "Univ. Home",
             "ror": "02550n020", "country": "FR"}
        ] if known else []  # fmt: skip
        desk.hand_in_records(
            "office",
            {code: [person("a", orcid="0000-0002-1825-0097"), proposal(code, participants=team)],
             f"d{code}": [dataset(f"10.5/{number}", proposal_code=code)]},
            settle=False,
        )  # fmt: skip
        author = {"name": "Curie, M." if member else "Stranger, S.", "affiliations": [home if colleague else away]}
        related = [{"type": "Cites", "scheme": "doi", "value": f"10.5/{number}"}]
        desk.hand_in("library", paper(number, related=related, authors=[author] if signed else []), settle=False)
        use = use_of_data(
            {1} if member and signed else {2} if signed else set(), {1} if known else set(), linked=linked,
            signed=signed, places={5} if colleague and signed else {6}, team_places={5} if known else set(),
        )  # fmt: skip
        expected[f"10.1/{number}"] = (names[use], not linked and use in ("same_institution", "reuse"))
    desk.settle()
    _know(desk, cases)
    for number, (linked, *_) in enumerate(cases):
        if linked:
            bid = desk.number("proposal", "code", f"EPNS/p{number + 10}")
            link(desk, f"10.1/{number}", bid, "publication-proposal")
    snapshot = facts(desk, tmp_path)
    found = {row[0]: row[2] for row in uses(snapshot)}
    assert found == {doi: use for doi, (use, _) in expected.items()}
    open_ones = {row[0] for row in snapshot.connect(EVERYTHING).execute(
        "SELECT p.doi FROM open_data_works o JOIN publications p USING (id) WHERE o.standard").fetchall()}  # fmt: skip
    assert open_ones == {doi for doi, (_, alone) in expected.items() if alone}
    assert len(open_ones) == 2, "strangers and colleagues"


def _know(desk: Desk, cases: list[tuple[bool, ...]]) -> None:
    """What matching does: the author is that person, the affiliations those institutions."""
    from sqlalchemy import select, update

    from puma.entities import Affiliation, Authorship, Institution, Person, Record

    with desk.storage.writing() as session:
        curie = session.scalars(select(Person.id).order_by(Person.id)).first()
        session.execute(update(Authorship).where(Authorship.name.like("Curie%")).values(person_id=curie))
        for number, name in ((900_001, "Univ. Home"), (900_002, "Lab Away")):
            insert_rows(session, Record, [{
                "id": number, "kind": "institution", "visibility": "public", "created_at": AT, "changed_at": AT,
            }])  # fmt: skip
            insert_rows(session, Institution, [{"id": number, "name": name}])
            session.execute(update(Affiliation).where(Affiliation.text == name).values(institution_id=number))


# K53 and K03


def test_a_paper_from_open_data_is_a_class_of_its_own_and_in_no_number_of_beam_time(desk: Desk, tmp_path: Path) -> None:
    """Like the Human Organ Atlas: strangers use open data of D17, name the instrument, and never sent a proposal."""
    team = [{"person": ["source", "office:a"], "name": "Curie, M.", "role": "proposer"}]
    for year in (2015, 2016, 2017):
        start = f"{year}-03-01T08:00:00+00:00"
        session = experiment(f"S{year}", instrument_name="D17", starts_at=start, delivered_hours=24 * 20)
        desk.hand_in("office", session)
    desk.hand_in_records("office", {"P-2": [person("a"), proposal("P-2", participants=team)]})
    desk.hand_in("office", dataset("10.5/1", proposal_code="P-2"), dataset("10.5/2", proposal_code="P-2"))
    said = [{"type": "Cites", "scheme": "doi", "value": "10.5/1"}]
    both = [*said, {"type": "IsSupplementedBy", "scheme": "doi", "value": "10.5/2"}]
    desk.hand_in("library", paper(3, year=2019, related=both, authors=[{"name": "Stranger, S."}]))
    desk.hand_in("library", paper(1, year=2019, related=said, authors=[{"name": "Stranger, S."}]), paper(2, year=2019))
    machine = desk.number("instrument", "name", "EPNS/d17")
    for doi in ("10.1/1", "10.1/2"):
        link(desk, doi, machine, "publication-instrument")
    snapshot = facts(desk, tmp_path)
    assert {row[2] for row in uses(snapshot) if row[0] == "10.1/3"} == {"own data", "independent"}
    assert ask(snapshot, EVERYTHING, Question("open_data_publications")).total == 1, "not the one with data of its own"
    answer = ask(snapshot, EVERYTHING, Question("papers_per_beam_day", filters={"year": ("2019",)}))
    assert (answer.numerator, answer.denominator) == (1, 60)
    assert records_behind(snapshot, EVERYTHING, Question("papers_per_beam_day")) == [
        desk.number("publication", "doi", "10.1/2")
    ]


# K51


def test_datasets_are_open_on_time_only_where_a_catalogue_says_so(desk: Desk, tmp_path: Path) -> None:
    told = [("2024-06-01", True)] * 12 + [("2020-01-01", False)] * 9 + [("2024-06-02", True), ("2020-01-01", None)]
    for number, (day, free) in enumerate(told):
        desk.hand_in("office", dataset(f"10.5/{number}", open_on=day, open_now=free, year=2018))
    snapshot = facts(desk, tmp_path)
    answer = ask(snapshot, EVERYTHING, Question("open_on_time_share"))
    assert (answer.numerator, answer.denominator) == (12, 21)
    assert ask(snapshot, EVERYTHING, Question("datasets_past_embargo")).total == 22, "the unknown one is among them"


def test_where_no_catalogue_says_whether_data_are_open_the_answer_is_none_and_not_nought(
    desk: Desk, tmp_path: Path
) -> None:
    for number in range(30):
        desk.hand_in("office", dataset(f"10.5/{number}", open_on="2020-01-01", year=2018))
    answer = ask(facts(desk, tmp_path), EVERYTHING, Question("open_on_time_share"))
    assert (answer.total, answer.denominator) == (None, 0)


def test_what_no_catalogue_tells_stands_beside_and_the_share_lies_between_its_bounds(
    desk: Desk, tmp_path: Path
) -> None:
    """A catalogue that shows open data alone: 12 open, 2 of which it says that they are closed, 6 of which nothing."""
    told = [("2020-01-01", True)] * 12 + [("2020-01-01", False)] * 2 + [("2020-01-01", None)] * 6 + [(None, True)] * 3
    for number, (day, free) in enumerate(told):
        values: dict[str, Any] = {"open_on": day} if day else {}
        desk.hand_in("office", dataset(f"10.5/{number}", open_now=free, year=2018 + number % 2, **values), settle=False)
    desk.settle()
    snapshot = facts(desk, tmp_path)
    due, shown, unknown, undated = (
        ask(snapshot, EVERYTHING, Question(slug, ("year",)))
        for slug in (
            "datasets_past_embargo", "datasets_shown_open", "datasets_of_unknown_openness",
            "datasets_of_unknown_embargo",
        )
    )  # fmt: skip
    assert [one.total for one in (due, shown, unknown, undated)] == [20, 12, 6, 3]
    found = Openness(20, 12, 6)
    assert found.bounds == (12 / 20, 18 / 20), "where the share of those known, 12 of 14, seemed to be 86 %"
    rows = by_state(due.table, shown.table, unknown.table)
    assert rows.groupby("openness")["value"].sum().to_dict() == {"open": 12, "closed": 2, "not known": 6}
    assert Openness(20, 0, 20).bounds is None, "nothing known is not nought"
    assert Openness(20, 12, 0).bounds == (0.6, 0.6)


# K55


def test_structures_count_in_the_year_of_their_release_with_their_paper_and_raw_data(
    desk: Desk, tmp_path: Path
) -> None:
    paper_of = {"type": "IsSupplementTo", "scheme": "doi", "value": "10.1/1"}
    raw = {"type": "IsDerivedFrom", "scheme": "text", "value": "10.5281/zenodo.4456817"}
    entries = [("6gv0", "2019-05-01", [paper_of, raw]), ("6gv1", "2019-06-01", [paper_of]), ("6gv2", "2025-01-01", []),
               ("6gv3", "2020-01-01", [{**raw, "value": "https://proteindiffraction.org/project/6gv3"}])]  # fmt: skip
    for name, day, said in entries:
        more = {"open_on": day, "related": said, "instrument_name": "D17", "year": 2018}
        desk.hand_in("office", dataset(f"10.2210/pdb{name}/pdb", **more))
    desk.hand_in("office", dataset("10.5/1", open_on="2019-01-01"))
    snapshot = facts(desk, tmp_path)
    table = ask(snapshot, EVERYTHING, Question("pdb_entries", ("year",))).table
    assert dict(zip(table["year"], table["value"], strict=True)) == {2019: 2, 2020: 1}, "the one of 2025 is to come"
    for slug, right in (("pdb_with_paper_share", 2), ("pdb_with_raw_data_share", 1)):
        answer = ask(snapshot, EVERYTHING, Question(slug))
        assert (answer.numerator, answer.denominator, answer.total) == (right, 3, None), "three are too few for a rate"


# K56


def test_there_are_27_questions_each_of_a_principle() -> None:
    codes = [one.code for one in fair.questions()]
    assert len(codes) == len(set(codes)) == 27
    assert {one.principle for one in fair.questions()} == {"Findable", "Accessible", "Interoperable", "Reusable"}
    assert all(one.words.endswith("?") for one in fair.questions())


def test_answers_add_up_keep_their_history_and_can_be_taken_back(desk: Desk, tmp_path: Path) -> None:
    (place,) = desk.standing("facility")
    first = {"F1": ("yes", "since 2019"), "F2": ("partly", ""), "A1": ("no", ""), "I1": ("not applicable", "")}
    kept = fair.answer_questions(desk.storage, OFFICE, place, 2024, first, seen=0)
    assert len(kept) == 4
    told = fair.standing(desk.storage, OFFICE, place, 2024)
    assert fair.score(told) == fair.Score(points=1.5, applicable=3, not_applicable=1, open=23)
    assert ask(facts(desk, tmp_path), EVERYTHING, Question("fair_score")).total == 0.5
    again = fair.answer_questions(
        desk.storage, OFFICE, place, 2024, {"F1": ("yes", "since 2019"), "F2": ("yes", "")}, seen=max(kept)
    )
    assert len(again) == 1, "what is as before is not kept twice"
    snapshot = facts(desk, tmp_path)
    answer = ask(snapshot, EVERYTHING, Question("fair_score"))
    assert (answer.numerator, answer.denominator) == (2, 3)
    fair.take_back(desk.storage, OFFICE, again)
    assert fair.standing(desk.storage, OFFICE, place, 2024)["F2"].answer == "partly"
    fair.answer_questions(desk.storage, OFFICE, place, 2024, {"F1": ("", "")}, seen=max(again) + 1)
    assert "F1" not in fair.standing(desk.storage, OFFICE, place, 2024)
    assert [one.answer for one in fair.history(desk.storage, OFFICE, place, 2024) if one.question == "F1"] == [
        None, "yes",
    ]  # fmt: skip
    assert fair.standing(desk.storage, OFFICE, place, 2023) == {}
    assert ask(facts(desk, tmp_path), EVERYTHING, Question("fair_score")).denominator == 2


def test_an_answer_never_overwrites_one_that_was_not_seen(desk: Desk) -> None:
    (place,) = desk.standing("facility")
    (number,) = fair.answer_questions(desk.storage, OFFICE, place, 2024, {"F1": ("yes", "")}, seen=0)
    with pytest.raises(Conflict):
        fair.answer_questions(desk.storage, OFFICE, place, 2024, {"F1": ("no", "")}, seen=0)
    (other,) = fair.answer_questions(desk.storage, OFFICE, place, 2024, {"F1": ("no", "")}, seen=number)
    with pytest.raises(Conflict):
        fair.take_back(desk.storage, OFFICE, [number])
    assert fair.standing(desk.storage, OFFICE, place, 2024)["F1"].id == other


def test_only_the_user_office_answers_and_only_about_facilities_and_instruments(desk: Desk) -> None:
    (place,) = desk.standing("facility")
    machine = desk.number("instrument", "name", "EPNS/d17")
    fair.answer_questions(desk.storage, OFFICE, machine, 2024, {"F1": ("yes", "")}, seen=0)
    given = fair.history(desk.storage, Viewer("viewer"), machine)
    assert [one.answered_by for one in given] == [""], "who answered is told to the user office only"
    with pytest.raises(Refused):
        fair.history(desk.storage, Viewer("anonymous"), machine)
    with pytest.raises(Refused):
        fair.answer_questions(desk.storage, Viewer("scientist"), place, 2024, {"F1": ("yes", "")}, seen=0)
    bid = desk.number("proposal", "code", "EPNS/p1")
    with pytest.raises(NotHere):
        fair.answer_questions(desk.storage, OFFICE, bid, 2024, {"F1": ("yes", "")}, seen=0)
    for wrong in ({"F1": ("perhaps", "")}, {"F1": ("yes", "x" * 1001)}):
        with pytest.raises(WrongUsage):
            fair.answer_questions(desk.storage, OFFICE, place, 2024, wrong, seen=0)
    with pytest.raises(NotHere):
        fair.answer_questions(desk.storage, OFFICE, place, 2024, {"Z9": ("yes", "")}, seen=0)
    with pytest.raises(WrongUsage):
        fair.answer_questions(desk.storage, OFFICE, place, 24, {"F1": ("yes", "")}, seen=0)
