"""The page of a record on both databases: where each value came from."""

import pytest

from puma.access import ANONYMOUS, Viewer
from puma.claims import Claim
from puma.entities import Link
from puma.listing import RecordView, record, record_title
from puma.storage import Storage, insert_rows
from tests.resolve.desk import OFFICE, Desk, proposal, publication

DOI = ("doi", "10.1000/ice")
PEOPLE = [{"name": "Curie, M.", "affiliations": [{"text": "ZfN, Musterstadt", "country": "DE"}]}]


@pytest.fixture
def desk(storage: Storage) -> Desk:
    return Desk(storage, {"a": 10, "b": 20})


def shown(desk: Desk, number: int) -> RecordView:
    one = record(desk.storage, OFFICE, number)
    assert one is not None
    return one


def test_each_list_keyword_and_identifier_says_which_sources_tell_of_it(desk: Desk) -> None:
    ours, theirs = ({"namespace": "AUTHOR", "value": word} for word in ("ice", "spin"))
    desk.hand_in("b", publication(DOI, ("source", "b:9"), title="Ice", authors=PEOPLE * 2, keywords=[ours, theirs]))
    desk.hand_in("a", publication(DOI, ("source", "a:1"), title="Ice", authors=PEOPLE, keywords=[ours]))
    one = shown(desk, desk.number("publication", *DOI))
    a, b = "a, 1 January 2024", "b, 1 January 2024"
    assert {(each.part, each.value): each.origin for each in one.told} == {
        ("authors", ""): a,
        ("keywords", "AUTHOR: ice"): f"{a}; {b}",
        ("keywords", "AUTHOR: spin"): b,
        ("identifiers", "doi: 10.1000/ice"): f"{a}; {b}",
        ("identifiers", "source: a:1"): a,
        ("identifiers", "source: b:9"): b,
    }
    assert {(scheme, value) for scheme, value in one.identifiers} == {DOI, ("source", "a:1"), ("source", "b:9")}


def test_an_instrument_is_told_by_the_source_of_a_proposal_and_of_a_publication_by_the_linked_proposal(
    desk: Desk,
) -> None:
    times = [{"instrument": "D17", "requested": 3, "allocated": 2, "unit": "day"}]
    desk.hand_in("a", proposal("MA-1", decision="accepted", times=times), publication(DOI, title="Ice"))
    bid, paper = desk.number("proposal", "code", "EPNS/ma1"), desk.number("publication", *DOI)
    found = {"state": "validated", "tier": "auto", "channel": "identifier", "score": 1.0, "probability": 0.9}
    row = {**found, "evidence": [], "evidence_digest": "", "model": "m", "found_at": desk.at}
    with desk.storage.writing() as session:
        insert_rows(session, Link, [{"left_id": paper, "right_id": bid, "relation": "publication-proposal", **row}])
    asked, written = shown(desk, bid), shown(desk, paper)
    assert ("times", "a, 1 January 2024") in {(each.part, each.origin) for each in asked.told}
    assert [(used.name, used.by) for used in asked.instruments] == [("D17", None)]
    assert [(used.name, used.by) for used in written.instruments] == [("D17", bid)]


def test_what_a_source_says_of_its_own_record_ties_it_and_a_secret_proposal_is_tied_to_nothing_that_others_see(
    desk: Desk,
) -> None:
    """Nobody matched anything here: the columns of the dataset and of the experiment say where they belong."""
    number = desk.number
    desk.hand_in(
        "a",
        proposal("MA-1", decision="accepted"),
        Claim(
            "experiment", (("code", "EPNS/MA-1/1"),), {"facility": "EPNS", "code": "MA-1/1", "proposal_code": "MA-1"}
        ),
        Claim("dataset", (("doi", "10.1000/raw"),), {"title": "Raw", "facility": "EPNS", "proposal_code": "MA-1"}),
    )
    bid, data = number("proposal", "code", "EPNS/ma1"), number("dataset", "doi", "10.1000/raw")
    ran = next(one.record_id for one in shown(desk, bid).links if one.kind == "experiment")
    assert [(one.kind, one.record_id, one.state) for one in shown(desk, data).links] == [("proposal", bid, "stated")]
    assert [(one.kind, one.record_id) for one in shown(desk, bid).links] == [("experiment", ran), ("dataset", data)]
    assert ran is not None
    assert [one.record_id for one in shown(desk, ran).links] == [bid]
    outside = record(desk.storage, ANONYMOUS, data)
    assert outside is not None, "data are for everybody, their proposal is known inside"
    assert outside.links == []
    desk.hand_in("a", proposal("MA-1", decision="accepted", confidential=True))
    everybody = record(desk.storage, Viewer("viewer", "Vera"), data)
    assert everybody is None or not everybody.links
    assert [one.record_id for one in shown(desk, data).links] == [bid]


def test_a_title_alone_is_told_to_whom_the_record_is_shown(desk: Desk) -> None:
    desk.hand_in("a", proposal("MA-1", decision="refused"), publication(DOI, title="Ice <i>VII</i>"))
    numbers = [desk.number("proposal", "code", "EPNS/ma1"), desk.number("publication", *DOI)]
    for viewer in (OFFICE, Viewer("viewer", "Vera"), ANONYMOUS):
        whole = [record(desk.storage, viewer, number) for number in numbers]
        titles = [record_title(desk.storage, viewer, number) for number in numbers]
        assert titles == [one and one.title for one in whole]
        assert titles == (["Proposal MA-1", "Ice <i>VII</i>"] if viewer is OFFICE else [None, "Ice <i>VII</i>"])
    assert record_title(desk.storage, OFFICE, 999_999) is None
    named = [record_title(desk.storage, OFFICE, number, kind="instrument") for number in numbers]
    assert named == [None] * len(numbers), "a number of another kind names no instrument"
