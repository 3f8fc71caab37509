"""Matching from the database and back: what is linked, what people decided stays, and a second run changes nothing."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from puma.claims import Claim
from puma.entities import (
    Affiliation,
    Authorship,
    File,
    FilePage,
    HarvestSource,
    Identifier,
    Link,
    Person,
    PersonAffiliation,
    Proposal,
    Publication,
    RawRecord,
    Record,
)
from puma.linking import MatchReport, match
from puma.matching.links.evidence import IDENTIFIERS
from puma.resolve import Received, apply_batch, settle_references
from puma.settings import MatchSettings, Settings
from puma.storage import Storage, insert_rows, take_numbers

AT = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 2, 5, 12, 0, tzinfo=UTC)


class House:
    """A database with claims in it, and short ways to ask it."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.raw = 0
        with storage.writing() as session:
            insert_rows(session, HarvestSource, [{"id": 1, "name": "w", "harvester": "tables", "precedence": 50}])

    def tell(self, *claims: Claim) -> None:
        self.raw += 1
        with self.storage.writing() as session:
            row = {"source_id": 1, "key": str(self.raw), "payload_sha256": "0", "fetched_at": AT, "run_id": 1}
            insert_rows(session, RawRecord, [{"id": self.raw, **row}])
            apply_batch(session, 1, [Received(self.raw, claims, changed=False)], AT)
            settle_references(session, AT)

    def match(self, at: datetime = AT, *, alone: float = 2.0) -> MatchReport:
        settings = Settings(match=MatchSettings(alone=alone))
        return match(self.storage, settings, at=at, progress=lambda what, done, of: None)

    def links(self, relation: str = "publication-proposal") -> dict[tuple[str, str], Any]:
        with self.storage.reading() as session:
            names: dict[int, str] = {
                **dict(session.execute(select(Publication.id, Publication.title)).all()),
                **dict(session.execute(select(Proposal.id, Proposal.code)).all()),
            }
            rows = session.scalars(select(Link).where(Link.relation == relation)).all()
            return {(names.get(row.left_id, ""), names.get(row.right_id, str(row.right_id))): row for row in rows}

    def set_link(self, link_id: int, **values: Any) -> None:
        with self.storage.writing() as session:
            session.execute(update(Link).where(Link.id == link_id).values(**values))


def person_key(name: str) -> tuple[str, str]:
    return ("source", f"office:{name}")


def proposal(code: str, title: str, people: Sequence[str], *, day: str = "2017-03-01", **more: Any) -> list[Claim]:
    persons = [
        Claim("person", (person_key(name),), {"family_name": name.split(", ")[0], "given_name": name.split(", ")[1],
                                              "email": f"{name[:3]}@example.org"})
        for name in people
    ]  # fmt: skip
    participants = [
        {"person": list(person_key(name)), "name": name, "role": "proposer" if place == 0 else "co_proposer",
         "affiliation": "Institut Laue-Langevin, Grenoble, France"}
        for place, name in enumerate(people)
    ]  # fmt: skip
    values = {
        "facility": "EPNS", "code": code, "title": title, "deposited_on": day, "decision": "accepted",
        "participants": participants, "times": [{"instrument": "D22", "requested": 3, "allocated": 3, "unit": "day"}],
    }  # fmt: skip
    key = code.replace("-", "").lower()
    session = {
        "facility": "EPNS", "code": f"{code}/1", "proposal_code": code, "instrument_name": "D22",
        "starts_at": f"{int(day[:4]) + 1}-03-01T00:00:00+00:00",
    }  # fmt: skip
    return [
        *persons,
        Claim("proposal", (("code", f"EPNS/{key}"),), {**values, **more}),
        Claim("experiment", (("code", f"EPNS/{key}1"),), session),
    ]


def paper(doi: str, title: str, authors: Sequence[str], *, day: str = "2020-06-01", **more: Any) -> Claim:
    values: Mapping[str, Any] = {
        "doi": doi, "title": title, "type": "JOURNAL_ARTICLE", "published_on": day, "published_precision": "day",
        "authors": [
            {"name": name, "affiliations": [{"text": "Institut Laue-Langevin, 38042 Grenoble, France"}]}
            for name in authors
        ],
    }  # fmt: skip
    return Claim("publication", (("doi", doi),), {**values, **more})


TEAM = ("Quetzal, Ximena", "Okonkwo, Chidi", "Brandvold, Sigrid")
TITLE = "Skyrmion lattice of copper oxoselenite in electric fields"


@pytest.fixture
def house(storage: Storage) -> House:
    house = House(storage)
    names = [{"name": "ILL", "kind": "acronym"}]
    place = {"name": "Institut Laue-Langevin", "ror": "01xtjs520", "city": "Grenoble", "country": "FR", "names": names}
    glass = [proposal(f"CH-{100 + one}", f"Study of glass {one}", (f"Person{one}, Given{one}",)) for one in range(12)]
    house.tell(
        Claim("institution", (("ror", "01xtjs520"),), place),
        Claim("instrument", (("name", "EPNS/d22"),), {"facility": "EPNS", "name": "D22"}),
        *proposal("MA-1234", "Skyrmion lattice of Cu2OSeO3 in electric fields", TEAM),
        *proposal("MA-1235", "Hydrogen in palladium films", ("Abernathy, Rufus", "Vukovic, Mirna")),
        *chain.from_iterable(glass),
    )
    return house


def test_a_stated_code_with_the_team_is_automatic_and_gives_session_and_instrument(house: House) -> None:
    house.tell(paper("10.1000/a", TITLE, TEAM, proposals_stated="MA-1234"))
    report = house.match()
    link = house.links()[TITLE, "MA-1234"]
    assert (link.state, link.tier, link.channel) == ("auto", "auto", "metadata")
    assert link.probability >= 0.95
    assert sum(line["points"] for line in link.evidence) == pytest.approx(link.score, abs=1e-6)
    for relation in ("publication-experiment", "publication-instrument"):
        assert [one.state for one in house.links(relation).values()] == ["auto"]
    assert report.counters["links_auto"] == 1


def test_people_and_words_alone_make_a_candidate_for_people_to_decide(house: House) -> None:
    house.tell(paper("10.1000/a", TITLE, TEAM))
    house.match()
    link = house.links()[TITLE, "MA-1234"]
    assert (link.state, link.tier) == ("candidate", "review")
    assert not {line["kind"] for line in link.evidence if line["points"] > 0} & IDENTIFIERS


def test_two_people_and_words_alone_are_automatic_only_where_the_policy_says_so(house: House) -> None:
    house.tell(paper("10.1000/a", TITLE, TEAM))
    house.match(alone=0.9)
    assert house.links()[TITLE, "MA-1234"].state == "auto"
    house.match(LATER)
    assert house.links()[TITLE, "MA-1234"].state == "candidate"


def _with_text(house: House, text: str) -> None:
    """Give the only publication a PDF with one page."""
    with house.storage.writing() as session:
        number = take_numbers(session, "record", 1)[0]
        insert_rows(session, Record, [{"id": number, "kind": "file", "created_at": AT, "changed_at": AT}])
        of = session.scalar(select(Publication.id))
        insert_rows(session, File, [{"id": number, "of_id": of, "name": "a.pdf", "state": "text"}])
        insert_rows(session, FilePage, [{"file_id": number, "page": 7, "text": text}])


def test_a_code_in_the_acknowledgement_of_the_pdf_is_automatic(house: House) -> None:
    house.tell(paper("10.1000/a", TITLE, TEAM))
    _with_text(house, "Acknowledgements. We thank EPNS for beam time (proposal MA-\n1234).")
    house.match()
    link = house.links()[TITLE, "MA-1234"]
    assert (link.state, link.channel) == ("auto", "text")


def test_cited_data_of_ones_own_is_automatic_and_that_of_strangers_is_reuse(house: House) -> None:
    data = {"doi": "10.5000/data-1", "title": "Raw data", "facility": "EPNS", "proposal_code": "MA-1234"}
    house.tell(Claim("dataset", (("doi", "10.5000/data-1"),), data))
    cited = [{"type": "References", "scheme": "doi", "value": "10.5000/data-1"}]
    house.tell(paper("10.1000/own", TITLE, TEAM, related=cited))
    house.tell(paper("10.1000/reuse", "A survey of magnets", ("Stranger, Some",), related=cited))
    house.match()
    links = house.links()
    assert links[TITLE, "MA-1234"].state == "auto"
    assert ("A survey of magnets", "MA-1234") not in links
    kinds = {
        left: {line["kind"] for line in one.evidence} for (left, _), one in house.links("publication-dataset").items()
    }
    assert "own_data" in kinds[TITLE]
    assert "same_institution" in kinds["A survey of magnets"], "strangers, but of the same house"


@pytest.mark.parametrize("told", ["Documents", "IsDocumentedBy", "IsSourceOf"])
def test_a_paper_that_documents_data_leads_to_their_proposal_and_is_no_citation(house: House, told: str) -> None:
    data = {"doi": "10.5000/data-1", "title": "Raw data", "facility": "EPNS", "proposal_code": "MA-1234"}
    house.tell(Claim("dataset", (("doi", "10.5000/data-1"),), data))
    house.tell(paper("10.1000/own", TITLE, TEAM, related=[{"type": told, "scheme": "doi", "value": "10.5000/data-1"}]))
    house.match()
    assert house.links()[TITLE, "MA-1234"].state == "auto"
    assert house.links("publication-dataset") == {}
    cited = [{"type": "Cites", "scheme": "doi", "value": "10.5000/data-1"}]
    house.tell(paper("10.1000/own", TITLE, TEAM, related=cited))
    house.match(LATER)
    assert [one.state for one in house.links("publication-dataset").values()] == ["auto"]


def test_a_dataset_whose_doi_carries_a_code_belongs_to_that_proposal(house: House) -> None:
    data = {"doi": "10.5000/epns.ma-1234.2", "title": "Raw data", "facility": "EPNS"}
    house.tell(Claim("dataset", (("doi", "10.5000/epns.ma-1234.2"),), data))
    cited = [{"type": "References", "scheme": "doi", "value": "10.5000/epns.ma-1234.2"}]
    house.tell(paper("10.1000/own", TITLE, TEAM, related=cited))
    house.match()
    assert house.links()[TITLE, "MA-1234"].state == "auto"


def test_the_doi_of_data_in_a_text_leads_to_its_proposal_without_a_record_of_the_data(house: House) -> None:
    team = ("Lindqvist, Aino", "Moreau, Basile")
    house.tell(*proposal("8-02-889", "Vortex lattice of niobium under strain", team, facility="ILL"))
    house.tell(paper("10.1000/a", "Vortex matter of strained niobium", team))
    text = "Data availability: the raw data are at https://doi.org/10.5291/ILL-DATA.8-02-\n889."
    _with_text(house, text)
    house.match()
    link = house.links()["Vortex matter of strained niobium", "8-02-889"]
    assert (link.state, link.channel) == ("auto", "identifier"), "found as a citation of data is"
    assert "data_cited" in {line["kind"] for line in link.evidence}


def test_a_table_of_raw_data_is_evidence_for_its_instrument_and_its_doi_a_citation(house: House) -> None:
    data = {"doi": "10.5281/zenodo.7193538", "title": "Frames of a twin", "facility": "EPNS"}
    house.tell(Claim("dataset", (("doi", "10.5281/zenodo.7193538"),), data))
    house.tell(paper("10.1107/s2414314622010598", "Raw data of a twin", ("Stranger, Some",)))
    _with_text(
        house,
        "raw data letters\nRaw data\nDOI https://doi.org/10.5281/zenodo.7193538\nDiffraction source EPNS, D22\n"
        "Detector type EIGER2 X 4M\nWavelength (Å) 0.9763\n",
    )
    house.match()
    (found,) = house.links("publication-instrument").values()
    assert (found.state, found.channel) == ("candidate", "text")
    (line,) = found.evidence
    assert (line["kind"], line["points"]) == ("instrument_in_raw_data_table", 3.0)
    assert line["detail"].endswith("this instrument: beamline D22, detector EIGER2 X 4M, wavelength 0.9763 Å.")
    (cited,) = house.links("publication-dataset").values()
    assert [line["kind"] for line in cited.evidence] == ["dataset_cited"]
    assert cited.state == "auto"


def test_the_second_run_changes_nothing(house: House) -> None:
    house.tell(
        paper("10.1000/a", TITLE, [*TEAM, "Nobody, Known", "The HELIX Collaboration"], proposals_stated="MA-1234")
    )
    house.tell(paper("10.1000/b", "Glass under pressure", ["Person3, G.", "Nobody, K."]))
    first = house.match()
    before = {key: vars(one) for key, one in house.links().items()}
    second = house.match(LATER)
    assert first.changed > 0
    assert second.changed == 0
    after = {key: vars(one) for key, one in house.links().items()}
    for key, row in before.items():
        assert {k: v for k, v in row.items() if k[0] != "_"} == {k: v for k, v in after[key].items() if k[0] != "_"}


def test_a_rejected_pair_is_not_suggested_again(house: House) -> None:
    house.tell(paper("10.1000/a", TITLE, TEAM))
    house.match()
    house.set_link(house.links()[TITLE, "MA-1234"].id, state="rejected", decided_by="anna", decided_at=AT)
    report = house.match(LATER)
    link = house.links()[TITLE, "MA-1234"]
    assert (link.state, link.decided_by) == ("rejected", "anna")
    assert report.counters["links_kept_decided"] == 1
    assert not house.links("publication-experiment")


def test_a_rejected_pair_comes_back_when_an_identifier_is_found_that_nobody_had_seen(house: House) -> None:
    house.tell(paper("10.1000/a", TITLE, TEAM))
    house.match()
    house.set_link(house.links()[TITLE, "MA-1234"].id, state="rejected", decided_by="anna", decided_at=AT)
    house.tell(paper("10.1000/a", TITLE, TEAM, proposals_stated="MA-1234"))
    with house.storage.writing() as session:
        session.execute(update(Publication).values(proposals_stated="MA-1234"))
    report = house.match(LATER)
    link = house.links()[TITLE, "MA-1234"]
    assert report.counters["links_reopened"] == 1
    assert (link.state, link.decided_by) == ("candidate", None)


def test_a_validated_link_stays_when_its_evidence_goes(house: House) -> None:
    house.tell(paper("10.1000/a", TITLE, TEAM))
    house.match()
    house.set_link(house.links()[TITLE, "MA-1234"].id, state="validated", decided_by="anna", decided_at=AT)
    with house.storage.writing() as session:
        session.execute(delete(Authorship))
        session.execute(update(Publication).values(title="Milk"))
    house.match(LATER)
    assert house.links()["Milk", "MA-1234"].state == "validated"
    assert [one.state for one in house.links("publication-experiment").values()] == ["auto"]


def test_an_undecided_link_goes_with_its_evidence(house: House) -> None:
    house.tell(paper("10.1000/a", TITLE, TEAM))
    house.match()
    with house.storage.writing() as session:
        session.execute(delete(Authorship))
        session.execute(update(Publication).values(title="Milk"))
    report = house.match(LATER)
    assert house.links() == {}
    assert report.counters["links_removed"] >= 1


def test_decided_links_follow_a_merged_publication(house: House) -> None:
    house.tell(paper("10.1000/a", TITLE, TEAM))
    house.tell(paper("10.1000/b", "The same, once more", ["Person3, Given3"]))
    house.match()
    house.set_link(house.links()[TITLE, "MA-1234"].id, state="validated", decided_by="anna", decided_at=AT)
    with house.storage.writing() as session:
        numbers = dict(session.execute(select(Publication.doi, Publication.id)).all())
        session.execute(
            update(Record).where(Record.id == numbers["10.1000/a"]).values(merged_into_id=numbers["10.1000/b"])
        )
    report = house.match(LATER)
    assert report.counters["links_moved"] == 1
    links = house.links()
    assert links["The same, once more", "MA-1234"].state == "validated"
    assert not [key for key in links if key[0] == TITLE]


def test_affiliations_get_their_institution_and_what_a_person_decided_stays(house: House) -> None:
    house.tell(paper("10.1000/a", TITLE, TEAM))
    with house.storage.writing() as session:
        text = "Institut Laue-Langevin, 38042 Grenoble, France"
        session.execute(
            update(Affiliation)
            .where(Affiliation.text == text)
            .values(decided_by="anna", institution_id=None, country="CH")
        )
    house.match()
    with house.storage.reading() as session:
        rows = {row.text: row for row in session.scalars(select(Affiliation))}
    assert rows["Institut Laue-Langevin, Grenoble, France"].institution_id is not None
    assert rows["Institut Laue-Langevin, Grenoble, France"].country == "FR"
    assert (rows[text].institution_id, rows[text].country) == (None, "CH")


def test_authors_nobody_knows_become_internal_persons_once_and_keep_their_number(house: House) -> None:
    house.tell(paper("10.1000/a", TITLE, ["Nobody, Known"]))
    house.match()

    def made() -> list[tuple[object, ...]]:
        with house.storage.reading() as session:
            return [
                tuple(row)
                for row in session.execute(
                    select(Person.id, Person.family_name, Record.visibility, Identifier.value)
                    .join(Record, Record.id == Person.id)
                    .join(Identifier, Identifier.record_id == Person.id)
                    .where(Identifier.scheme == "author", Record.deleted_at.is_(None))
                    .order_by(Person.id)
                )
            ]

    first = made()
    assert [row[1:3] for row in first] == [("Nobody", "internal")]
    house.tell(paper("10.1000/b", "Another paper", ["Nobody, K."]))
    house.match(LATER)
    assert made() == first
    with house.storage.reading() as session:
        assert len(set(session.scalars(select(Authorship.person_id)))) == 1
        assert (
            len(session.scalars(select(PersonAffiliation).where(PersonAffiliation.person_id == first[0][0])).all()) == 2
        )


def test_a_paper_before_the_experiment_is_no_candidate_through_people(house: House) -> None:
    house.tell(paper("10.1000/a", TITLE, TEAM, day="2012-06-01"))
    house.match()
    assert house.links() == {}


def test_an_empty_database_matches_to_nothing(storage: Storage) -> None:
    report = match(storage, Settings(), at=AT, progress=lambda what, done, of: None)
    assert report.changed == 0


def test_odd_records_break_nothing(house: House) -> None:
    crowd = [f"Author{number}, A." for number in range(3000)]
    house.tell(paper("10.1000/a", "", ["et al.", "X", "Plato", ""], day="1850-01-01"))
    house.tell(paper("10.1000/b", "A crowd", crowd, proposals_stated="; none; MA-1234;;"))
    house.tell(paper("10.1000/c", "?", [], published_precision=None, published_on=None))
    house.match()
    assert house.match(LATER).changed == 0
