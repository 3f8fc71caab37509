"""Batches of claims become records: one per thing, with the right values, and the same however often it is said."""

import pytest
from sqlalchemy import select

from puma.claims import Claim
from puma.entities import Affiliation, Authorship, Identifier, Keyword, Person, Publication, Record
from tests.resolve.desk import Desk, dataset, experiment, instrument, person, proposal, publication

DOI = ("doi", "10.1/a")
OTHER = ("doi", "10.1/b")


# Which record a claim is about


def test_the_same_doi_from_two_sources_is_one_publication(desk: Desk) -> None:
    desk.hand_in("index", publication(DOI, ("source", "index:1")))
    desk.hand_in("library", publication(DOI, ("source", "library:9")))
    assert desk.standing("publication") == [desk.number("publication", *DOI)]
    assert desk.number("publication", "source", "index:1") == desk.number("publication", "source", "library:9")


def test_the_same_doi_twice_in_one_batch_is_one_publication(desk: Desk) -> None:
    desk.hand_in("index", publication(DOI, ("source", "index:1")), publication(DOI, ("source", "index:2")))
    assert len(desk.standing("publication")) == 1


def test_two_dois_are_two_publications_even_under_one_source_number(desk: Desk) -> None:
    desk.hand_in("index", publication(DOI, ("source", "shared:1")))
    desk.hand_in("twin", publication(OTHER, ("source", "shared:1")))
    assert desk.number("publication", *DOI) != desk.number("publication", *OTHER)
    assert len(desk.standing("publication")) == 2


def test_two_orcids_are_two_people_and_two_rors_two_institutions(desk: Desk) -> None:
    for kind, scheme, field in (("person", "orcid", "family_name"), ("institution", "ror", "name")):
        claims = [Claim(kind, ((scheme, value), ("source", "shared:1")), {field: "Curie"}) for value in ("1", "2")]
        desk.hand_in("index", claims[0])
        desk.hand_in("twin", claims[1])
        assert len(desk.standing(kind)) == 2


def test_a_doi_of_a_publication_and_of_a_dataset_are_two_records(desk: Desk) -> None:
    desk.hand_in("index", publication(DOI))
    desk.hand_in("twin", dataset("10.1/a"))
    assert (len(desk.standing("publication")), len(desk.standing("dataset"))) == (1, 1)


def test_a_publication_known_by_its_source_number_gains_a_doi_later(desk: Desk) -> None:
    desk.hand_in("index", publication(("source", "index:1")))
    before = desk.number("publication", "source", "index:1")
    desk.hand_in("index", publication(DOI, ("source", "index:1")))
    assert desk.number("publication", *DOI) == before
    assert desk.value("publication", DOI, "doi") == "10.1/a"
    desk.hand_in("twin", publication(DOI, ("source", "twin:5")))
    assert desk.standing("publication") == [before]


def test_a_doi_that_a_source_corrects_no_longer_names_the_publication(desk: Desk) -> None:
    desk.hand_in("index", publication(DOI, ("source", "index:1")))
    desk.hand_in("index", publication(OTHER, ("source", "index:1")))
    assert len(desk.standing("publication")) == 1
    assert desk.value("publication", OTHER, "doi") == "10.1/b"


def test_a_source_number_always_leads_to_the_record_that_stands(desk: Desk) -> None:
    desk.hand_in("index", publication(DOI, ("source", "index:1")))
    desk.hand_in("index", publication(OTHER, ("source", "index:1")))
    assert desk.numbers("publication", "source", "index:1") == desk.standing("publication")


def test_a_number_without_doi_joins_the_publication_when_the_source_learns_the_doi(desk: Desk) -> None:
    desk.hand_in("index", publication(("source", "index:1")))
    desk.hand_in("library", publication(DOI, ("source", "library:9")))
    assert len(desk.standing("publication")) == 2
    desk.hand_in("index", publication(DOI, ("source", "index:1")))
    assert desk.standing("publication") == [desk.number("publication", *DOI)]
    assert desk.numbers("publication", "source", "index:1") == desk.standing("publication")


# Which value wins


def test_the_source_with_the_lower_number_wins_whoever_came_first(desk: Desk) -> None:
    desk.hand_in("index", publication(DOI, title="of the index", volume="7"))
    desk.hand_in("library", publication(DOI, title="of the library"))
    assert desk.value("publication", DOI, "title") == "of the library"
    desk.hand_in("index", publication(DOI, title="of the index, again", volume="8"))
    assert desk.value("publication", DOI, "title") == "of the library"
    assert desk.value("publication", DOI, "volume") == "8"


def test_between_equals_the_one_heard_last_wins(desk: Desk) -> None:
    desk.hand_in("index", publication(DOI, title="first"))
    desk.hand_in("twin", publication(DOI, title="second"))
    assert desk.value("publication", DOI, "title") == "second"


def test_a_value_that_its_source_takes_back_is_gone(desk: Desk) -> None:
    desk.hand_in("index", publication(DOI, abstract="Wrong.", keywords=[{"namespace": "AUTHOR", "value": "ice"}]))
    desk.hand_in("index", publication(DOI, retracted=True))
    assert desk.value("publication", DOI, "abstract") is None
    assert desk.value("publication", DOI, "retracted") is True
    assert desk.rows(Keyword, "value") == []


def test_authors_are_those_of_the_winner_in_their_order(desk: Desk) -> None:
    authors = [{"name": f"Author {letter}, X.", "family_name": f"Author {letter}"} for letter in "CAB"]
    desk.hand_in("index", publication(DOI, authors=[{"name": "Somebody et al."}]))
    desk.hand_in("library", publication(DOI, authors=authors))
    found = desk.rows(Authorship, "position", "family_name")
    assert found == [(1, "Author C"), (2, "Author A"), (3, "Author B")]


def test_one_text_of_an_affiliation_is_one_affiliation(desk: Desk) -> None:
    place = {"text": "Univ. Paris, France", "country": "FR"}
    desk.hand_in("index", publication(DOI, authors=[{"name": "Curie, M.", "affiliations": [place, place]}]))
    desk.hand_in("index", publication(OTHER, authors=[{"name": "Curie, P.", "affiliations": [place]}]))
    assert desk.rows(Affiliation, "text", "country") == [("Univ. Paris, France", "FR")]


# People's corrections


def test_a_correction_wins_over_every_source_and_survives_every_harvest(desk: Desk) -> None:
    desk.hand_in("index", publication(DOI, title="Spin rice", volume="7"))
    desk.correct("publication", DOI, "title", "Spin ice")
    assert desk.value("publication", DOI, "title") == "Spin ice"
    desk.hand_in("index", publication(DOI, title="Spin rice!", volume="8"))
    desk.hand_in("office", publication(DOI, title="Spin mice"))
    assert desk.value("publication", DOI, "title") == "Spin ice"
    assert desk.value("publication", DOI, "volume") == "8"


def test_the_newest_correction_stands(desk: Desk) -> None:
    desk.hand_in("index", publication(DOI))
    for title in ("Spin rice", "Spin mice", "Spin ice"):
        desk.correct("publication", DOI, "title", title)
    assert desk.value("publication", DOI, "title") == "Spin ice"


def test_a_correction_touches_nothing_else(desk: Desk) -> None:
    full_house(desk)
    before = desk.everything()
    desk.correct("publication", DOI, "pages", "1-9")
    desk.correct("proposal", ("source", "office:MA-1"), "title", "Better words")
    after = desk.everything()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"publication", "proposal", "decision"}


# The same again


def full_house(desk: Desk) -> None:
    """Every kind of record, with all that can hang on it."""
    curie = {"person": ["source", "office:p1"], "name": "Curie", "role": "proposer", "affiliation": "Univ. Paris"}
    desk.hand_in_records(
        "office",
        {
            "i": [instrument("D17", group="Reflectometers", techniques=["reflectometry"], periods=[{"label": "D17"}])],
            "c": [Claim("call", (("source", "office:c1"),), {"facility": "EPNS", "code": "C1"})],
            "p": [
                person("p1", orcid="0000-0002-1825-0097", names=["Curie, M.", "Sklodowska, M."]),
                proposal(
                    "MA-1",
                    decision="accepted",
                    call_code="C1",
                    times=[{"instrument": "D17", "requested": 3, "allocated": 2, "unit": "day"}],
                    participants=[curie],
                ),
            ],
            "e": [
                person("p1", orcid="0000-0002-1825-0097"),
                experiment(
                    "E1",
                    proposal_code="MA-1",
                    instrument_name="D17",
                    starts_at="2020-01-01T08:00:00+00:00",
                    participants=[{"person": ["source", "office:p1"], "mode": "remote"}],
                ),
            ],
        },
    )
    desk.hand_in(
        "library",
        publication(
            DOI,
            ("source", "library:1"),
            published_on="2021-02-03",
            journal="Phys. Rev. B",
            issn="2469-9950",
            authors=[{"name": "Curie, M.", "affiliations": [{"text": "Univ. Paris", "country": "FR"}]}],
            keywords=[{"namespace": "AUTHOR", "value": "ice"}],
            related=[{"type": "IsSupplementedBy", "scheme": "doi", "value": "10.1/data"}],
            techniques=["reflectometry"],
        ),
    )
    desk.hand_in("index", dataset("10.1/data", proposal_code="MA-1", session_code="E1", instrument_name="D17"))
    desk.hand_in("index", Claim("file", (("sha256", "0" * 64),), {"name": "a.pdf", "of": ["doi", "10.1/a"]}))


def test_hearing_everything_a_second_time_changes_nothing(desk: Desk) -> None:
    full_house(desk)
    before = desk.everything()
    assert all(before[name] for name in ("publication", "relation", "proposal_time", "participant", "technique_use"))
    full_house(desk)
    assert desk.everything() == before


def test_settling_references_a_second_time_changes_nothing(desk: Desk) -> None:
    full_house(desk)
    before = desk.everything()
    desk.settle()
    assert desk.everything() == before


def test_a_source_that_is_heard_again_does_not_undo_who_an_author_was_found_to_be(desk: Desk) -> None:
    full_house(desk)
    curie = desk.number("person", "source", "office:p1")
    with desk.storage.writing() as session:
        session.execute(Authorship.__table__.update().values(person_id=curie))  # type: ignore[attr-defined]  # a table
    desk.correct("publication", DOI, "pages", "1-9")
    assert desk.rows(Authorship, "person_id") == [(curie,)]


# What nobody tells of any more


def test_a_record_that_no_source_tells_of_any_more_is_withdrawn_not_erased(desk: Desk) -> None:
    one, two = publication(DOI, ("source", "index:1")), publication(DOI, ("source", "twin:1"))
    desk.hand_in("index", one)
    desk.hand_in("twin", two)
    desk.take_back("index", one)
    assert len(desk.standing("publication")) == 1
    desk.take_back("twin", two)
    assert desk.standing("publication") == []
    assert len(desk.rows(Publication, "id")) == 1
    with desk.storage.reading() as session:
        assert session.scalars(select(Record.deleted_at).where(Record.kind == "publication")).one() == desk.at


def test_a_record_that_comes_back_is_the_same_record(desk: Desk) -> None:
    claim = publication(DOI, ("source", "index:1"))
    desk.hand_in("index", claim)
    before = desk.number("publication", *DOI)
    desk.take_back("index", claim)
    desk.hand_in("index", claim)
    assert desk.standing("publication") == [before]


def test_a_corrected_record_is_withdrawn_too_when_no_source_tells_of_it(desk: Desk) -> None:
    claim = publication(DOI, ("source", "index:1"))
    desk.hand_in("index", claim)
    desk.correct("publication", DOI, "pages", "1-9")
    desk.take_back("index", claim)
    assert desk.standing("publication") == []


def test_identifiers_of_one_kind_and_scheme_name_one_record(desk: Desk) -> None:
    full_house(desk)
    names = desk.rows(Identifier, "kind", "scheme", "value")
    assert len(set(names)) == len(names)
    assert desk.rows(Person, "orcid") == [("0000-0002-1825-0097",)]


@pytest.mark.parametrize("batch", [1, 7, 2000])
def test_many_records_in_batches_of_any_size_give_the_same(desk: Desk, batch: int) -> None:
    claims = [
        publication(("doi", f"10.1/{number % 40}"), ("source", f"index:{number}"), volume=str(number))
        for number in range(60)
    ]
    for start in range(0, len(claims), batch):
        desk.hand_in("index", *claims[start : start + batch], settle=False)
    assert len(desk.standing("publication")) == 40
    expected = sorted(str(number + 40 if number < 20 else number) for number in range(40))
    assert sorted(volume for (volume,) in desk.rows(Publication, "volume")) == expected
