"""The integration queue on both databases: what is asked, that one answer settles all, and that it lasts and can go."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, select, update

from puma import decisions
from puma.access import Viewer
from puma.entities import Affiliation, Dataset, Experiment, Institution, Link, Publication, Record
from puma.errors import Conflict, NotHere, Refused, WrongUsage
from puma.linking.affiliations import resolve_affiliations
from puma.listing import Doubt, doubt_counts, doubts, find_records, record, seen_on
from puma.listing.doubts import KINDS
from puma.storage import DOUBTS_OF, Storage, insert_rows
from tests.resolve.desk import OFFICE, Desk, dataset, experiment, instrument, proposal, publication

AT = datetime(2024, 6, 1, tzinfo=UTC)
TITLE = "Spin ice under uniaxial pressure at low temperature"
PEOPLE = [{"name": "Curie, M.", "affiliations": [{"text": "ZfN, Musterstadt", "country": "DE"}]}]
ONE = publication(("doi", "10.1000/ice"), ("source", "a:1"), title=TITLE, year=2020, authors=PEOPLE)
SAME = publication(("source", "b:9"), title=f"<i>{TITLE}</i>.", year=2021, authors=[{"name": "Curie, Marie"}])


@pytest.fixture
def desk(storage: Storage) -> Desk:
    return Desk(storage, {"a": 10, "b": 20})


def asked(desk: Desk, kind: str) -> list[Doubt]:
    return doubts(desk.storage, OFFICE, kind).items


def test_two_records_of_one_title_are_suspected_and_a_different_doi_or_team_is_not(desk: Desk) -> None:
    desk.hand_in("a", ONE)
    desk.hand_in("b", SAME)
    (doubt,) = asked(desk, "duplicates")
    assert [option.said_by for option in doubt.options] == ["a", "b"]
    assert "1 of 1 authors in common" in doubt.evidence
    assert "a year apart" in doubt.evidence
    other_doi = publication(("doi", "10.1000/other"), ("source", "b:8"), title=TITLE, year=2020, authors=PEOPLE)
    other_team = publication(("source", "b:7"), title=TITLE, year=2020, authors=[{"name": "Bohr, N."}])
    preprint = publication(("source", "b:6"), title=TITLE, year=2020, authors=PEOPLE, type="PREPRINT")
    desk.hand_in("b", other_doi, other_team, preprint)
    ids = {desk.number("publication", "source", key) for key in ("b:7", "b:6")}
    pairs = [{option.record_id for option in doubt.options} for doubt in asked(desk, "duplicates")]
    assert not [pair for pair in pairs if pair & ids]
    assert {desk.number("publication", "source", "a:1"), desk.number("publication", "source", "b:8")} not in pairs


def test_a_merge_moves_everything_survives_a_re_harvest_and_can_be_taken_back(desk: Desk) -> None:
    desk.hand_in("a", ONE)
    desk.hand_in("b", SAME, proposal("MA-1", decision="accepted"))
    keep, other = desk.number("publication", "source", "a:1"), desk.number("publication", "source", "b:9")
    code = desk.number("proposal", "code", "EPNS/ma1")
    link = {"relation": "publication-proposal", "state": "validated", "tier": "auto", "channel": "identifier",
            "score": 5.0, "probability": 0.99, "evidence": [], "evidence_digest": "x", "model": "m",
            "found_at": desk.at}  # fmt: skip
    with desk.storage.writing() as session:
        insert_rows(session, Link, [{"left_id": other, "right_id": code, **link}])
    desk.correct("publication", ("source", "b:9"), "volume", "12")
    before = {name: rows for name, rows in desk.everything().items() if name not in ("decision", "record")}
    number = decisions.merge(desk.storage, OFFICE, keep, other)
    assert desk.standing("publication") == [keep]
    assert desk.number("publication", "source", "b:9") == keep
    assert desk.value("publication", ("doi", "10.1000/ice"), "volume") == "12"
    assert desk.rows(Link, "left_id", "right_id") == [(keep, code)]
    assert asked(desk, "duplicates") == []
    desk.hand_in("b", publication(("source", "b:9"), title=TITLE, year=2021, pages="7-9"))
    assert desk.standing("publication") == [keep]
    assert desk.value("publication", ("source", "a:1"), "pages") == "7-9"
    assert desk.value("publication", ("source", "a:1"), "year") == 2020
    desk.hand_in("b", SAME)
    decisions.undo(desk.storage, OFFICE, number)
    assert desk.standing("publication") == [keep, other]
    after = {name: rows for name, rows in desk.everything().items() if name not in ("decision", "record")}
    assert after == before
    with pytest.raises(Conflict):
        decisions.undo(desk.storage, OFFICE, number)


def test_a_doi_that_was_merged_in_leads_to_the_kept_record_also_after_a_re_harvest(desk: Desk) -> None:
    desk.hand_in("a", publication(("source", "a:1"), title=TITLE, year=2020))
    desk.hand_in("b", publication(("doi", "10.1000/ice"), ("source", "b:9"), title=TITLE, year=2020))
    keep, other = desk.number("publication", "source", "a:1"), desk.number("publication", "source", "b:9")
    decisions.merge(desk.storage, OFFICE, keep, other)
    desk.hand_in("b", publication(("doi", "10.1000/ice"), ("source", "b:9"), title=TITLE, year=2020, volume="3"))
    assert desk.standing("publication") == [keep]
    assert desk.value("publication", ("doi", "10.1000/ice"), "volume") == "3"


def test_two_dois_are_never_merged(desk: Desk) -> None:
    desk.hand_in("a", ONE, publication(("doi", "10.1000/other"), ("source", "a:2"), title=TITLE))
    numbers = [desk.number("publication", "source", key) for key in ("a:1", "a:2")]
    with pytest.raises(WrongUsage, match="Two different DOIs"):
        decisions.merge(desk.storage, OFFICE, numbers[0], numbers[1])
    with pytest.raises(NotHere):
        decisions.merge(desk.storage, OFFICE, numbers[0], 999_999)


def test_a_pair_that_is_two_publications_is_not_asked_again_until_that_is_taken_back(desk: Desk) -> None:
    desk.hand_in("a", ONE)
    desk.hand_in("b", SAME)
    left, right = (option.record_id for option in asked(desk, "duplicates")[0].options)
    number = decisions.distinct(desk.storage, OFFICE, right, left)
    desk.hand_in("b", SAME)
    assert asked(desk, "duplicates") == []
    decisions.undo(desk.storage, OFFICE, number)
    assert len(asked(desk, "duplicates")) == 1


def test_one_answer_names_the_instrument_for_all_that_was_and_will_be_written_so(desk: Desk) -> None:
    desk.hand_in("a", instrument("D17"))
    desk.hand_in("b", dataset("10.1000/d1", instrument_name="Dee 17"), dataset("10.1000/d2", instrument_name="dee-17"),
                 experiment("X1", instrument_name="DEE 17"), dataset("10.1000/d3", instrument_name="D17"))  # fmt: skip
    (doubt,) = asked(desk, "instruments")
    assert (doubt.records, doubt.facility, doubt.detail) == (3, "EPNS", "2 datasets, 1 experiment")
    assert len(seen_on(desk.storage, OFFICE, doubt)) == 3
    machine = desk.number("instrument", "name", "EPNS/d17")
    number = decisions.call(desk.storage, OFFICE, "instrument", doubt.facility, doubt.title, machine)
    assert desk.rows(Experiment, "instrument_id") == [(machine,)]
    assert desk.rows(Dataset, "instrument_id") == [(machine,)] * 3
    assert asked(desk, "instruments") == []
    desk.hand_in("a", instrument("D17", label="Reflectometer"))  # its source tells of it anew
    desk.hand_in("b", dataset("10.1000/d4", instrument_name="Dee 17"))
    assert desk.rows(Dataset, "instrument_id") == [(machine,)] * 4
    with pytest.raises(Conflict, match="means another instrument already"):
        decisions.call(desk.storage, OFFICE, "instrument", "EPNS", "DEE-17", machine)
    decisions.undo(desk.storage, OFFICE, number)
    assert sorted(desk.rows(Dataset, "instrument_id"), key=str) == [(machine,), (None,), (None,), (None,)]
    assert asked(desk, "instruments")[0].records == 4


def test_a_code_that_nobody_knows_is_asked_and_its_answer_makes_secret_data_secret(desk: Desk) -> None:
    desk.hand_in("a", proposal("MA-1", decision="refused"))
    desk.hand_in("b", dataset("10.1000/d1", proposal_code="MA 0001b"),
                 publication(("source", "b:1"), proposals_stated="MA-1; MA-77"))  # fmt: skip
    assert desk.visibility("dataset", ("doi", "10.1000/d1")) == "public"
    written = {doubt.title: doubt for doubt in asked(desk, "references")}
    assert written.keys() == {"MA 0001b", "MA-77"}
    target = desk.number("proposal", "code", "EPNS/ma1")
    number = decisions.call(desk.storage, OFFICE, "proposal", "EPNS", "MA 0001b", target)
    assert desk.value("dataset", ("doi", "10.1000/d1"), "proposal_id") == target
    assert desk.visibility("dataset", ("doi", "10.1000/d1")) == "restricted"
    assert [doubt.title for doubt in asked(desk, "references")] == ["MA-77"]
    decisions.undo(desk.storage, OFFICE, number)
    assert desk.value("dataset", ("doi", "10.1000/d1"), "proposal_id") is None
    assert desk.visibility("dataset", ("doi", "10.1000/d1")) == "public"


def institution(desk: Desk, name: str) -> int:
    number = 900_001
    seen = {"kind": "institution", "visibility": "public", "created_at": desk.at, "changed_at": desk.at}
    with desk.storage.writing() as session:
        insert_rows(session, Record, [{"id": number, **seen}])
        insert_rows(session, Institution, [{"id": number, "name": name, "country": "FR", "city": "Lyon"}])
    return number


def test_an_affiliation_is_decided_once_for_all_who_write_it_so_and_the_next_matching_leaves_it(desk: Desk) -> None:
    place = institution(desk, "Zentrum fuer Neutronen")
    desk.hand_in("a", ONE)
    (doubt,) = asked(desk, "affiliations")
    assert (doubt.title, doubt.records) == ("ZfN, Musterstadt", 1)
    assert [one.record_id for one in find_records(desk.storage, OFFICE, "institution", "neutronen zentrum")] == [place]
    number = decisions.place(desk.storage, OFFICE, doubt.title, place)
    other = [{"name": "Bohr, N.", "affiliations": [{"text": "ZfN, Musterstadt", "country": "CH"}]}]
    desk.hand_in("b", publication(("source", "b:5"), title="Another", authors=other))  # a new row: other country stated
    assert desk.rows(Affiliation, "institution_id", "country", "decided_by") == [(place, "FR", "Ada")] * 2
    with desk.storage.reading() as session:
        assert resolve_affiliations(session)[0] == []
    assert asked(desk, "affiliations") == []
    decisions.undo(desk.storage, OFFICE, number)
    desk.settle()
    assert {row[0] for row in desk.rows(Affiliation, "institution_id")} == {None}
    assert desk.rows(Affiliation, "country", "decided_by")[0][1] is None


def test_sources_that_contradict_each_other_are_asked_once_and_what_was_chosen_stays(desk: Desk) -> None:
    desk.hand_in("a", publication(("doi", "10.1000/x"), ("source", "a:1"), year=2020, type="JOURNAL_ARTICLE"))
    desk.hand_in("b", publication(("doi", "10.1000/x"), ("source", "b:1"), year=2021, published_on="2021-01-03",
                                  type="PROCEEDINGS_ARTICLE"))  # fmt: skip
    found = asked(desk, "contradictions")
    assert [sorted(option.label for option in doubt.options) for doubt in found] == [
        ["JOURNAL_ARTICLE", "PROCEEDINGS_ARTICLE"], ["2020", "2021"],
    ]  # fmt: skip
    year = found[1]
    chosen = next(option for option in year.options if option.label == "2021")
    assert chosen.said_by == "b"
    number = decisions.correct_values(desk.storage, OFFICE, year.about_id, dict(chosen.values))
    assert desk.value("publication", ("source", "a:1"), "year") == 2021
    desk.hand_in("a", publication(("doi", "10.1000/x"), ("source", "a:1"), year=2019, type="JOURNAL_ARTICLE"))
    assert desk.value("publication", ("source", "a:1"), "year") == 2021
    assert [doubt.key.split("/")[2] for doubt in asked(desk, "contradictions")] == ["type"]
    decisions.dismiss(desk.storage, OFFICE, found[0].about_id, found[0].key)
    assert asked(desk, "contradictions") == []
    decisions.undo(desk.storage, OFFICE, number)
    assert desk.value("publication", ("source", "a:1"), "year") == 2019
    assert len(asked(desk, "contradictions")) == 1


def test_a_word_that_says_nothing_contradicts_nobody(desk: Desk) -> None:
    desk.hand_in("a", publication(("doi", "10.1000/x"), ("source", "a:1"), type="JOURNAL_ARTICLE"))
    desk.hand_in("b", publication(("doi", "10.1000/x"), ("source", "b:1"), type="OTHER", published_on=""))
    assert asked(desk, "contradictions") == []


def test_queues_are_made_anew_once_something_was_written_or_decided_that_they_are_made_of(desk: Desk) -> None:
    told: list[str] = []

    def heard(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        told.append(statement)

    def read() -> set[str]:
        """The tables that are asked for all queues."""
        told.clear()
        doubt_counts(desk.storage, OFFICE)
        return {name for one in told for name in re.findall(r'(?:FROM|JOIN) "?(?!anon_)(\w+)', one)}

    desk.hand_in("a", ONE)
    desk.hand_in("b", SAME, publication(("doi", "10.1000/ice"), ("source", "b:1"), title=TITLE, year=2011))
    event.listen(desk.storage.engine, "before_cursor_execute", heard)
    of_all = {
        "claim",
        "authorship",
        "affiliation",
        "proposal",
        "person_pair",
        "institution_pair",
        "publication_version",
    }
    assert of_all < read() <= {*DOUBTS_OF, "decision", "number_series"}
    assert read() == {"decision", "number_series"}
    (doubt,) = asked(desk, "contradictions")
    decisions.dismiss(desk.storage, OFFICE, doubt.about_id, doubt.key)
    assert of_all < read()
    assert asked(desk, "contradictions") == []
    with desk.storage.writing() as session:
        session.execute(update(Affiliation).values(country="FR"))
    assert of_all < read()
    event.remove(desk.storage.engine, "before_cursor_execute", heard)


def test_the_queue_and_its_decisions_are_for_the_user_office(desk: Desk) -> None:
    desk.hand_in("a", ONE)
    desk.hand_in("b", SAME)
    assert doubt_counts(desk.storage, OFFICE)["duplicates"] == 1
    left, right = (option.record_id for option in asked(desk, "duplicates")[0].options)
    scientist = Viewer("scientist", "Eve")
    for kind in KINDS:
        with pytest.raises(Refused):
            doubts(desk.storage, scientist, kind)
    for act in (
        lambda: decisions.merge(desk.storage, scientist, left, right),
        lambda: decisions.distinct(desk.storage, scientist, left, right),
        lambda: decisions.call(desk.storage, scientist, "instrument", "EPNS", "x", left),
        lambda: decisions.place(desk.storage, scientist, "x", left),
        lambda: decisions.dismiss(desk.storage, scientist, left, "x"),
        lambda: find_records(desk.storage, scientist, "proposal", ""),
    ):
        with pytest.raises(Refused):
            act()
    number = decisions.distinct(desk.storage, OFFICE, left, right)
    with pytest.raises(Refused):
        decisions.undo(desk.storage, scientist, number)


def test_a_correction_says_what_the_source_said_survives_and_is_taken_back(desk: Desk) -> None:
    desk.hand_in("a", publication(("source", "a:1"), year=2020))
    number = desk.number("publication", "source", "a:1")
    row = decisions.correct(desk.storage, OFFICE, number, "year", "1999", "typing error")
    desk.hand_in("a", publication(("source", "a:1"), year=2021))
    assert desk.value("publication", ("source", "a:1"), "year") == 1999
    found = record(desk.storage, OFFICE, number)
    assert found is not None
    (said,) = found.corrections
    assert (said.field, said.value, said.by, said.said, said.decision) == ("year", "1999", "Ada", "a: 2021", row)
    viewer = record(desk.storage, Viewer("viewer", "Eve"), number)
    assert viewer is not None
    assert viewer.corrections == []
    decisions.undo(desk.storage, OFFICE, row)
    assert desk.value("publication", ("source", "a:1"), "year") == 2021
    again = record(desk.storage, OFFICE, number)
    assert again is not None
    assert again.corrections == []
    assert ["took a decision back" in line for line in again.history] == [True, False]


def test_a_corrected_day_brings_its_year(desk: Desk) -> None:
    desk.hand_in("a", publication(("source", "a:1"), published_on="2021-12-01", year=2021))
    number = desk.number("publication", "source", "a:1")
    row = decisions.correct(desk.storage, OFFICE, number, "published_on", "2019-12-28")
    assert desk.value("publication", ("source", "a:1"), "year") == 2019
    decisions.undo(desk.storage, OFFICE, row)
    assert desk.value("publication", ("source", "a:1"), "year") == 2021


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("year", "soon", "Year"), ("year", " ", "empty"), ("doi", "no doi", "DOI"), ("type", "POEM", "one of"),
        ("published_on", "2020-13-40", "Published"), ("retracted", "perhaps", "yes or no"),
        ("colour", "red", "no field"),
    ],
)  # fmt: skip
def test_a_correction_that_cannot_be_kept_is_explained(desk: Desk, name: str, value: str, why: str) -> None:
    desk.hand_in("a", publication(("source", "a:1"), year=2020))
    with pytest.raises(WrongUsage, match=why):
        decisions.correct(desk.storage, OFFICE, desk.number("publication", "source", "a:1"), name, value)
    assert desk.value("publication", ("source", "a:1"), "year") == 2020


def test_a_record_that_no_source_tells_of_cannot_be_corrected(desk: Desk) -> None:
    desk.hand_in("a", publication(("source", "a:1"), journal="Physica B"))
    with desk.storage.reading() as session:
        journal = session.scalar(select(Record.id).where(Record.kind == "journal"))
    assert journal is not None
    with pytest.raises(WrongUsage, match="No source tells"):
        decisions.correct(desk.storage, OFFICE, journal, "title", "Physica")


def test_a_confidential_correction_is_not_told_to_who_may_not_know_the_field(desk: Desk) -> None:
    desk.hand_in("a", dataset("10.1000/d1", proposal_code="SC-1"))
    number = desk.number("dataset", "doi", "10.1000/d1")
    decisions.correct(desk.storage, OFFICE, number, "proposal_code", "SECRET-7")
    with desk.storage.writing() as session:
        session.execute(update(Record).where(Record.id == number).values(visibility="public"))
    for role in ("anonymous", "viewer", "scientist"):
        assert "SECRET-7" not in str(record(desk.storage, Viewer(role, "Eve"), number))
    assert "SECRET-7" in str(record(desk.storage, OFFICE, number))


def test_publications_of_every_language_and_markup_are_compared_by_the_database(desk: Desk) -> None:
    titles = ("Über Ordnung in Spin-Eis: eine Untersuchung", "Über Ordnung in Spin Eis. Eine Untersuchung")
    desk.hand_in("a", publication(("source", "a:1"), title=titles[0]))
    desk.hand_in("b", publication(("source", "b:1"), title=titles[1]))
    assert [doubt.records for doubt in asked(desk, "duplicates")] == [2]
    assert desk.rows(Publication, "year") == [(None,), (None,)]


def test_a_counted_paper_older_than_its_beam_time_is_asked_until_somebody_says_it_is_right(desk: Desk) -> None:
    desk.hand_in("a", proposal("P-1"), experiment("E-1", proposal_code="P-1", starts_at="2020-03-01T08:00:00+00:00",
                 ends_at="2020-03-03T08:00:00+00:00", delivered_hours=48))  # fmt: skip
    days = {
        "early": "2019-12-24",
        "late": "2020-03-04",
        "unsure": "2020-01-01",
        "old": "2018-05-05",
        "guess": "2018-01-01",
    }
    papers = [
        publication(
            ("doi", f"10.1/{name}"), title=name, published_on=day, year=int(day[:4]),
            published_precision="year" if name == "unsure" else "day",
        )
        for name, day in days.items()
    ]  # fmt: skip
    desk.hand_in("b", *papers)
    right = desk.number("proposal", "code", "EPNS/p1")
    states = {"old": "validated", "guess": "candidate"}
    with desk.storage.writing() as session:
        insert_rows(session, Link, [
            {"left_id": desk.number("publication", "doi", f"10.1/{name}"), "right_id": right,
             "relation": "publication-proposal", "state": states.get(name, "auto"), "tier": "auto", "channel": "code",
             "score": 1.0, "probability": 0.99, "evidence": [], "evidence_digest": "", "model": "",
             "found_at": AT} for name in days
        ])  # fmt: skip
    assert [(doubt.title, doubt.detail) for doubt in asked(desk, "lags")] == [
        ("old", "days before the beam time of P-1 ended: 668"),
        ("early", "days before the beam time of P-1 ended: 70"),
    ]
    early = asked(desk, "lags")[1]
    decisions.dismiss(desk.storage, OFFICE, early.about_id, early.key)
    assert [doubt.title for doubt in asked(desk, "lags")] == ["old"]
    (old,) = asked(desk, "lags")
    decisions.decide(
        desk.storage, OFFICE, int(old.key.partition("/")[2]), "reject", expected_state=old.options[0].said_by
    )
    assert asked(desk, "lags") == []
