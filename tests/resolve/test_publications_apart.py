"""Publications taken apart by people, on both databases: it lasts, nothing joins them again, it can be taken back."""

import pytest
from sqlalchemy import insert, select, update

from puma import decisions
from puma.access import Viewer
from puma.claims import Claim
from puma.entities import Authorship, Decision, File, Link, Publication, Record, Relation
from puma.errors import Conflict, NotHere, Refused, WrongUsage
from puma.linking.versions import as_rows, described
from puma.listing import parted, tellings
from puma.matching.duplicates.kept import look
from puma.resolve import settle_references
from tests.resolve.desk import OFFICE, Desk, publication

DOI, ARXIV = ("doi", "10.1000/ice"), ("arxiv", "2101.00001")
AUTHORS = [{"name": "Curie, Marie"}, {"name": "Noether, Emmy"}]
PAPER = publication(DOI, ("source", "library:1"), title="Spin ice in a field of ten tesla", year=2021,
                    type="JOURNAL_ARTICLE", authors=AUTHORS, related=[])  # fmt: skip
DRAFT = publication(DOI, ARXIV, ("source", "index:7"), title="Spin ice, a thesis", year=2019, type="THESIS",
                    authors=[{"name": "Curie, Marie"}])  # fmt: skip
TWO = (("index", DRAFT), ("library", PAPER))
CITING = publication(("doi", "10.1000/later"), ("source", "library:2"), title="What came after spin ice",
                     related=[{"type": "References", "scheme": "doi", "value": DOI[1]}])  # fmt: skip


@pytest.fixture
def united(desk: Desk) -> Desk:
    """Two sources tell of two works under one DOI; a person, a link, a file and a reference hang on the record."""
    desk.hand_in("library", PAPER, CITING)
    desk.hand_in("index", DRAFT)
    desk.hand_in("twin", Claim("person", (("source", "twin:p"),), {"family_name": "Curie"}))
    desk.hand_in("library", Claim("file", (("source", "twin:f"),), {"name": "a.pdf", "of": list(DOI)}))
    here, person = desk.number("publication", *DOI), desk.number("person", "source", "twin:p")
    link = {"left_id": here, "right_id": person, "relation": "publication-proposal", "state": "validated",
            "tier": "auto", "channel": "text", "score": 1.0, "probability": 0.9, "evidence": [],
            "evidence_digest": "", "model": "", "found_at": desk.at}  # fmt: skip
    with desk.storage.writing() as session:
        session.execute(insert(Link).values(**link))
        who = update(Authorship).where(Authorship.record_id == here, Authorship.name == "Curie, Marie")
        session.execute(who.values(person_id=person, probability=0.8))
        settle_references(session, desk.at)
    assert desk.number("publication", *ARXIV) == here
    return desk


def apart(desk: Desk, *taking: tuple[str, str], links: tuple[int, ...] = ()) -> tuple[int, int, int]:
    """(decision, kept publication, new publication) of taking what the index tells apart."""
    here = desk.number("publication", *DOI)
    going = [desk.raw["index", f"publication {DRAFT.keys[-1]}"]]
    row = decisions.separate(desk.storage, OFFICE, here, going, taking=taking, links=links, reason="a thesis")
    return row, here, max(desk.standing("publication"))


def titles(desk: Desk) -> dict[int, tuple[str, str | None, str]]:
    with desk.storage.reading() as session:
        query = select(Publication.id, Publication.title, Publication.doi, Publication.type).join(
            Record, Record.id == Publication.id
        )
        return {
            n: (title, doi, kind) for n, title, doi, kind in session.execute(query.where(Record.deleted_at.is_(None)))
        }


def test_each_half_is_what_its_own_source_tells_and_the_shared_doi_names_one_of_them(united: Desk) -> None:
    _, here, new = apart(united)
    now = titles(united)
    assert now[here] == (PAPER.values["title"], DOI[1], "JOURNAL_ARTICLE")
    assert now[new] == (DRAFT.values["title"], None, "THESIS")
    assert (united.number("publication", *ARXIV), united.number("publication", *DOI)) == (new, here)
    people = united.rows(Authorship, "record_id", "name", "person_id")
    person = united.number("person", "source", "twin:p")
    assert {(here, "Curie, Marie", person), (new, "Curie, Marie", person)} <= set(people)
    assert (new, "Noether, Emmy", None) not in people


@pytest.mark.parametrize("taking", [(), (DOI,)])
def test_what_hangs_on_it_goes_where_its_identifier_goes(united: Desk, taking: tuple[tuple[str, str], ...]) -> None:
    link = united.rows(Link, "id")[0][0]
    _, here, new = apart(united, *taking, links=(link,) if taking else ())
    holder = new if taking else here
    assert united.rows(Link, "left_id") == [(holder,)]
    assert united.rows(File, "of_id") == [(holder,)]
    assert united.rows(Relation, "target_id") == [(holder,)]
    assert titles(united)[holder][1] == DOI[1]


def test_neither_a_harvest_nor_a_matching_joins_the_halves_again(united: Desk) -> None:
    _, here, new = apart(united)
    before = titles(united)
    united.hand_in("index", publication(*DRAFT.keys, **{**DRAFT.values, "abstract": "changed there"}))
    united.hand_in("library", publication(*PAPER.keys, **{**PAPER.values, "abstract": "changed here"}))
    assert titles(united) == before
    united.take_back("index", DRAFT)
    assert new not in titles(united)
    united.hand_in("index", DRAFT)
    assert titles(united) == before
    with united.storage.reading() as session:
        rows = as_rows(session, look(described(session))[0])
        found = [{row.publication_id, row.version_of_id} for row in rows if row.relation == "duplicate"]
    assert {here, new} not in found


def test_what_the_source_corrects_goes_where_the_correction_says(united: Desk) -> None:
    _, _, new = apart(united)
    mended = publication(("doi", "10.1000/thesis"), *DRAFT.keys[1:], **{**DRAFT.values, "doi": "10.1000/thesis"})
    united.hand_in("index", mended)
    assert titles(united)[new][1] == "10.1000/thesis"


def test_taking_it_back_restores_everything(united: Desk) -> None:
    before = united.everything()
    link = united.rows(Link, "id")[0][0]
    row, here, new = apart(united, DOI, links=(link,))
    decisions.undo(united.storage, OFFICE, row)
    after = united.everything()
    for table in ("publication", "identifier", "authorship", "link", "file", "relation"):
        gone = [line for line in after[table] if not line.startswith(f"({new},")]
        assert gone == before[table], table
    assert new not in united.standing("publication")
    with pytest.raises(Conflict, match="undone already"):
        decisions.undo(united.storage, OFFICE, row)
    united.hand_in("index", publication(*DRAFT.keys, **{**DRAFT.values, "abstract": "once more"}))
    assert united.number("publication", *ARXIV) == here


def test_put_together_again_by_hand_they_are_one_also_for_the_next_harvest(united: Desk) -> None:
    row, here, new = apart(united)
    merged = decisions.merge(united.storage, OFFICE, here, new)
    with pytest.raises(Conflict, match="take that back first"):
        decisions.undo(united.storage, OFFICE, row)
    united.hand_in("index", publication(*DRAFT.keys, **{**DRAFT.values, "abstract": "once more"}))
    assert united.number("publication", *ARXIV) == here
    assert new not in united.standing("publication")
    decisions.undo(united.storage, OFFICE, merged)
    assert {here, new} <= set(titles(united))


def test_a_merge_stands_while_what_it_made_is_taken_apart(desk: Desk) -> None:
    one, two = publication(("source", "library:1"), year=2021), publication(("source", "index:7"), year=2021)
    desk.hand_in("library", one)
    desk.hand_in("index", two)
    keep, other = desk.number("publication", *one.keys[0]), desk.number("publication", *two.keys[0])
    merged = decisions.merge(desk.storage, OFFICE, keep, other)
    row = decisions.separate(desk.storage, OFFICE, keep, [desk.raw["index", f"publication {two.keys[-1]}"]])
    with pytest.raises(Conflict, match="taken apart since"):
        decisions.undo(desk.storage, OFFICE, merged)
    decisions.undo(desk.storage, OFFICE, row)
    decisions.undo(desk.storage, OFFICE, merged)
    assert {keep, other} <= set(desk.standing("publication"))


def test_the_preview_says_what_comes_of_it(united: Desk) -> None:
    here = united.number("publication", *DOI)
    told = tellings(united.storage, OFFICE, here)
    assert told is not None
    assert [(one.source, one.title) for one in told.sources] == [
        ("library", PAPER.values["title"]), ("index", DRAFT.values["title"])
    ]  # fmt: skip
    assert told.shared == (DOI,)
    going = [one.raw_record_id for one in told.sources if one.source == "index"]
    for taking in ((), (DOI,)):
        stays, goes = parted(united.storage, OFFICE, here, going, taking)
        _, kept, new = apart(united, *taking)
        now = titles(united)
        for half, number in ((stays, kept), (goes, new)):
            assert (half.title, half.doi or None, half.type) == now[number]
            assert len(half.authors) == len([1 for row in united.rows(Authorship, "record_id") if row[0] == number])
            files = sum(of == number for (of,) in united.rows(File, "of_id"))
            cited = sum(of == number for (of,) in united.rows(Relation, "target_id"))
            assert (half.files, half.cited_by) == (files, cited)
        decisions.undo(united.storage, OFFICE, decisions_of(united)[-1])


def decisions_of(desk: Desk) -> list[int]:
    with desk.storage.reading() as session:
        return list(session.scalars(select(Decision.id).where(Decision.verdict == "split").order_by(Decision.id)))


def test_what_cannot_be_taken_apart_is_refused_in_a_sentence(united: Desk) -> None:
    here = united.number("publication", *DOI)
    both = [
        united.raw["index", f"publication {DRAFT.keys[-1]}"],
        united.raw["library", f"publication {PAPER.keys[-1]}"],
    ]
    before = united.everything()
    for records, words in (([], "at least one"), (both, "Nothing would be left")):
        with pytest.raises(WrongUsage, match=words):
            decisions.separate(united.storage, OFFICE, here, records)
    with pytest.raises(NotHere):
        decisions.separate(united.storage, OFFICE, united.number("person", "source", "twin:p"), both[:1])
    with pytest.raises(Refused):
        decisions.separate(united.storage, Viewer("scientist", "Bo"), here, both[:1])
    assert united.everything() == before
