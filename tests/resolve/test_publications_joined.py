"""Publications put together by hand that nobody suspects: what is foretold comes true, and it can be taken back."""

import pytest

from puma import decisions
from puma.access import Viewer
from puma.claims import Claim
from puma.entities import Authorship, File, Publication, Relation
from puma.errors import NotHere, Refused, WrongUsage
from puma.listing import find_publications, one_publication, tellings
from tests.resolve.desk import OFFICE, Desk, publication

DOI, OTHER_DOI = ("doi", "10.1000/ice"), ("doi", "10.1000/snow")
PAPER = publication(("source", "library:1"), title="Spin ice in a field of ten tesla", year=2021,
                    type="JOURNAL_ARTICLE", authors=[{"name": "Curie, Marie"}])  # fmt: skip
INDEXED = publication(DOI, ("source", "index:7"), title="Spin-Eis", year=2020, type="PROCEEDINGS_ARTICLE",
                      doi=DOI[1], authors=[{"name": "Curie, M."}, {"name": "Noether, E."}])  # fmt: skip
CITING = publication(("doi", "10.1000/later"), ("source", "library:2"), title="What came after spin ice",
                     related=[{"type": "References", "scheme": "doi", "value": DOI[1]}])  # fmt: skip


@pytest.fixture
def two(desk: Desk) -> Desk:
    """Two sources tell of one work in other words; a file and a reference hang on the second one."""
    desk.hand_in("library", PAPER, CITING)
    desk.hand_in("index", INDEXED)
    desk.hand_in("library", Claim("file", (("source", "twin:f"),), {"name": "a.pdf", "of": list(DOI)}))
    return desk


def numbers(desk: Desk) -> tuple[int, int]:
    return desk.number("publication", *PAPER.keys[0]), desk.number("publication", *INDEXED.keys[1])


@pytest.mark.parametrize("turned", [False, True])
def test_the_united_record_is_as_foretold_whichever_is_kept_and_taking_it_back_restores_both(
    two: Desk, *, turned: bool
) -> None:
    keep, other = numbers(two)[::-1] if turned else numbers(two)
    said = one_publication(two.storage, OFFICE, keep, other)
    assert said is not None
    before = two.everything()
    row = decisions.merge(two.storage, OFFICE, keep, other, "one work")
    with two.storage.reading() as session:
        now = session.get_one(Publication, keep)
        shown = now.title, now.type, now.year, now.doi or ""
    whole = said.whole
    assert (whole.title, whole.type, whole.year, whole.doi) == shown
    names = [name for of, name in two.rows(Authorship, "record_id", "name") if of == keep]
    assert sorted(whole.authors) == names
    assert whole.files == sum(of == keep for (of,) in two.rows(File, "of_id")) == 1
    assert whole.cited_by == sum(of == keep for (of,) in two.rows(Relation, "target_id")) == 1
    assert {two.number("publication", *key) for key in whole.names} == {keep}
    two.hand_in("index", publication(*INDEXED.keys, **{**INDEXED.values, "abstract": "once more"}))
    assert other not in two.standing("publication")
    two.hand_in("index", INDEXED)
    decisions.undo(two.storage, OFFICE, row)
    after = two.everything()
    for table in ("publication", "identifier", "authorship", "file", "relation"):
        assert after[table] == before[table], table


def test_the_other_one_is_found_by_its_doi_its_number_and_words_of_its_title_and_not_once_it_is_gone(two: Desk) -> None:
    keep, other = numbers(two)

    def found(words: str) -> list[int | None]:
        return [one.record_id for one in find_publications(two.storage, OFFICE, words)]

    assert found(f"https://doi.org/{DOI[1].upper()}") == found("10.1000/ic") == found("eis") == [other]
    assert found(str(keep)) == [keep]
    assert found("tesla SPIN") == [keep]
    assert found("  ") == found("unheard of") == []
    assert find_publications(two.storage, OFFICE, "eis")[0].detail == "Curie, 2020, 10.1000/ice"
    decisions.merge(two.storage, OFFICE, keep, other)
    assert found("eis") == []
    assert found(DOI[1]) == [keep]


def test_two_dois_and_what_somebody_said_before_are_told_first(two: Desk) -> None:
    keep, other = numbers(two)
    decisions.distinct(two.storage, OFFICE, other, keep, "a report of it")
    said = one_publication(two.storage, OFFICE, keep, other)
    assert said is not None
    assert (said.apart, said.dois) == (True, ())
    told = tellings(two.storage, OFFICE, keep)
    assert told is not None
    assert [(one.reason, one.other) for one in told.acts] == [("a report of it", other)]
    two.correct("publication", PAPER.keys[0], "doi", OTHER_DOI[1])
    said = one_publication(two.storage, OFFICE, keep, other)
    assert said is not None
    assert said.dois == (DOI[1], OTHER_DOI[1])
    with pytest.raises(WrongUsage, match="Two different DOIs"):
        decisions.merge(two.storage, OFFICE, keep, other)


def test_only_the_user_office_joins_and_only_what_there_is(two: Desk) -> None:
    keep, other = numbers(two)
    bo = Viewer("scientist", "Bo")
    for refused in (
        lambda: find_publications(two.storage, bo, "spin"),
        lambda: one_publication(two.storage, bo, keep, other),
        lambda: decisions.merge(two.storage, bo, keep, other),
    ):
        with pytest.raises(Refused):
            refused()
    assert one_publication(two.storage, OFFICE, keep, keep) is None
    assert one_publication(two.storage, OFFICE, keep, 999_999) is None
    with pytest.raises(NotHere):
        decisions.merge(two.storage, OFFICE, keep, 999_999)
