"""What records say of each other is joined in whatever order they come, and follows when the words change."""

from itertools import permutations

import pytest
from sqlalchemy import select, update

from puma.claims import Claim
from puma.entities import (
    Dataset,
    Experiment,
    File,
    Instrument,
    Journal,
    Proposal,
    ProposalTime,
    Publication,
    Relation,
    Technique,
)
from tests.resolve.desk import Desk, dataset, experiment, instrument, proposal, publication

DOI = ("doi", "10.1/a")
TIMES = [{"instrument": "d17", "requested": 3, "unit": "day"}]
PARTS: dict[str, tuple[Claim, ...]] = {
    "machines": (
        instrument("D17", successor_of="D16"),
        instrument("D16"),
        Claim("call", (("source", "office:c1"),), {"facility": "EPNS", "code": "C1"}),
    ),
    "proposals": (proposal("MA-1", call_code="C1", times=TIMES),),
    "sessions": (experiment("E1", proposal_code="ma1", instrument_name="D17"),),
    "products": (
        dataset("10.1/data", proposal_code="MA 1", session_code="e1", instrument_name="D17"),
        publication(DOI, related=[{"type": "IsSupplementedBy", "scheme": "doi", "value": "10.1/data"}]),
        Claim("file", (("sha256", "0" * 64),), {"name": "a.pdf", "of": ["doi", "10.1/a"]}),
    ),
}


def open_references(desk: Desk) -> dict[str, list[tuple[object, ...]]]:
    """All rows whose references are not all filled."""
    wanted = {
        Proposal: ("facility_id", "call_id"),
        ProposalTime: ("instrument_id",),
        Experiment: ("facility_id", "proposal_id", "instrument_id"),
        Dataset: ("facility_id", "proposal_id", "experiment_id", "instrument_id"),
        Relation: ("target_id",),
        File: ("of_id",),
    }
    rows = {entity.__name__: desk.rows(entity, *names) for entity, names in wanted.items()}
    assert all(rows.values())
    return {name: found for name, all_rows in rows.items() if (found := [row for row in all_rows if None in row])}


@pytest.mark.parametrize("order", list(permutations(PARTS))[::3], ids="-".join)
def test_references_settle_in_any_order(desk: Desk, order: tuple[str, ...]) -> None:
    for part in order:
        desk.hand_in("office", *PARTS[part])
    assert open_references(desk) == {}
    successors = dict(desk.rows(Instrument, "name", "successor_of_id"))
    assert successors == {"D16": None, "D17": desk.number("instrument", "name", "EPNS/d16")}


def test_a_name_that_two_instruments_share_is_given_to_neither(desk: Desk) -> None:
    first = Claim("instrument", (("source", "office:i1"),), {"facility": "EPNS", "name": "D17"})
    second = Claim("instrument", (("source", "office:i2"),), {"facility": "EPNS", "name": "D17"})
    desk.hand_in("office", first, second, experiment("E1", instrument_name="D17"))
    assert desk.rows(Experiment, "instrument_id", "instrument_name") == [(None, "D17")]


def test_the_same_code_at_two_facilities_is_two_proposals(desk: Desk) -> None:
    ours = dataset("10.1/data", proposal_code="MA-1")
    theirs = Claim("proposal", (("code", "OTHER/ma1"),), {"facility": "OTHER", "code": "MA-1", "title": "Theirs"})
    desk.hand_in("office", theirs, ours)
    assert desk.rows(Dataset, "proposal_id") == [(None,)]
    desk.hand_in("office", proposal("MA-1"))
    assert desk.rows(Dataset, "proposal_id") == [(desk.number("proposal", "code", "EPNS/ma1"),)]


def test_what_cannot_be_joined_keeps_its_words(desk: Desk) -> None:
    desk.hand_in("office", dataset("10.1/data", proposal_code="no such thing", instrument_name="?"))
    assert desk.rows(Dataset, "proposal_id", "proposal_code", "instrument_name") == [(None, "no such thing", "?")]


def test_one_journal_per_issn_or_per_title(desk: Desk) -> None:
    for number, (journal, issn) in enumerate(
        [("Phys. Rev. B", "2469-9950"), ("Physical Review B", "2469-9950"), ("PHYS. REV. B", None), ("Nature", None)]
    ):
        desk.hand_in("index", publication(("doi", f"10.1/{number}"), journal=journal, issn=issn))
    assert [title for title, _ in desk.rows(Journal, "title", "issn")] == ["Nature", "Phys. Rev. B"]
    assert [row for row in desk.rows(Publication, "journal_id") if row == (None,)] == []


def test_titles_with_one_issn_in_one_run_are_one_journal_named_as_written_out(desk: Desk) -> None:
    names = ("Phys. Rev. B", "Physical Review B")
    desk.hand_in("index", *(publication(("doi", f"10.1/{name}"), journal=name, issn="2469-9950") for name in names))
    assert desk.rows(Journal, "title", "issn") == [("Physical Review B", "2469-9950")]


def test_an_abbreviated_title_is_the_journal_that_alone_it_can_mean(desk: Desk) -> None:
    whole = (
        "Scientific Reports",
        "Journal of the American Chemical Society",
        "Physical Review B",
        "Physica B",
        "Science",
    )
    short = ("Sci. Rep.", "J. Am. Chem. Soc.", "Phys. B", "Sci.", "Mater. Sci. Eng. A")
    for number, journal in enumerate(whole + short):
        desk.hand_in("index", publication(("doi", f"10.1/{number}"), journal=journal))
    titles = dict(desk.rows(Journal, "id", "title"))
    found = desk.rows(Publication, "journal", "journal_id")
    assert {titles[number] for written, number in found if written == "Sci. Rep."} == {"Scientific Reports"}
    assert {titles[number] for written, number in found if written == "J. Am. Chem. Soc."} == {whole[1]}
    assert {titles[number] for written, number in found if written == "Phys. B"} == {"Physica B"}
    assert set(titles.values()) == {*whole, "Sci.", "Mater. Sci. Eng. A"}


def test_journals_that_were_made_twice_become_one_again(desk: Desk) -> None:
    for number, journal in enumerate(("Rev. Sci. Instrum.", "Review of Scientific Instruments")):
        desk.hand_in("index", publication(("doi", f"10.1/{number}"), journal=journal))
    with desk.storage.writing() as session:
        session.execute(update(Journal).values(issn="0034-6748"))
    again = publication(("doi", "10.1/3"), journal="Rev. Sci. Instrum.")
    desk.hand_in("index", publication(("doi", "10.1/2"), journal="Nature"), again)
    titles = dict(desk.rows(Journal, "id", "title"))
    assert {titles[number] for (number,) in desk.rows(Publication, "journal_id")} == {
        "Review of Scientific Instruments",
        "Nature",
    }


def test_a_technique_by_its_panet_number_is_one_technique_however_it_is_written(desk: Desk) -> None:
    for number, words in enumerate(
        ["PaNET01124", "http://purl.org/pan-science/PaNET/PaNET01124", "PaNET01124 neutron reflectometry"]
    ):
        desk.hand_in("index", publication(("doi", f"10.1/{number}"), techniques=[words]))
    assert [code for (code,) in desk.rows(Technique, "code")] == ["PaNET01124"]


def moved(desk: Desk) -> None:
    desk.hand_in("office", proposal("MA-1"), proposal("MA-2"), instrument("D16"), instrument("D17"))


def test_a_dataset_follows_when_its_source_names_another_proposal(desk: Desk) -> None:
    moved(desk)
    desk.hand_in("index", dataset("10.1/data", proposal_code="MA-1", instrument_name="D16"))
    desk.hand_in("index", dataset("10.1/data", proposal_code="MA-2", instrument_name="D17"))
    right = (desk.number("proposal", "code", "EPNS/ma2"), desk.number("instrument", "name", "EPNS/d17"))
    assert desk.rows(Dataset, "proposal_id", "instrument_id") == [right]


def test_a_session_follows_when_its_source_names_another_proposal_or_none(desk: Desk) -> None:
    moved(desk)
    desk.hand_in("office", experiment("E1", proposal_code="MA-1"))
    desk.hand_in("office", experiment("E1", proposal_code="MA-2"))
    assert desk.rows(Experiment, "proposal_id") == [(desk.number("proposal", "code", "EPNS/ma2"),)]
    desk.hand_in("office", experiment("E1"))
    assert desk.rows(Experiment, "proposal_id") == [(None,)]


def test_a_publication_follows_when_its_source_names_another_journal(desk: Desk) -> None:
    desk.hand_in("index", publication(DOI, journal="Nature"))
    desk.hand_in("index", publication(DOI, journal="Science"))
    journals = dict(desk.rows(Journal, "id", "title"))
    assert [journals[number] for (number,) in desk.rows(Publication, "journal_id")] == ["Science"]


def test_a_file_follows_when_its_source_names_another_owner(desk: Desk) -> None:
    desk.hand_in("index", publication(DOI), publication(("doi", "10.1/b"), title="Another"))
    for owner in ("10.1/a", "10.1/b"):
        desk.hand_in("index", Claim("file", (("sha256", "0" * 64),), {"name": "a.pdf", "of": ["doi", owner]}))
    assert desk.rows(File, "of_id") == [(desk.number("publication", "doi", "10.1/b"),)]


@pytest.mark.parametrize(
    ("starts_at", "which"),
    [
        ("2010-05-01T08:00:00+00:00", "old"),
        ("2016-05-01T08:00:00+00:00", "new"),
        ("2014-06-01T08:00:00+00:00", None),  # neither was open: nobody guesses
        ("2014-12-01T00:00:00+00:00", "new"),  # a period begins with its first day
        ("2013-12-20T00:00:00+00:00", None),  # and ends before its last
    ],
)
def test_a_name_that_two_machines_had_is_the_one_of_the_day(desk: Desk, starts_at: str, which: str | None) -> None:
    for label, start, end in (("old", "1997-07-01", "2013-12-20"), ("new", "2014-12-01", None)):
        values = {"facility": "EPNS", "name": "ID22", "label": label}
        periods = [{"label": label, "starts_on": start, "ends_on": end}]
        desk.hand_in("office", Claim("instrument", (("name", f"EPNS/{label}"),), {**values, "periods": periods}))
    desk.hand_in("office", experiment("E9", instrument_name="ID22", starts_at=starts_at))
    with desk.storage.reading() as session:
        found = session.scalar(select(Experiment.instrument_id))
    assert found == (desk.number("instrument", "name", f"EPNS/{which}") if which else None)
