"""Two records are one work, two versions of one, or two works: identifiers first, kinds next, text last."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from puma.matching.duplicates.pairs import Described
from puma.matching.duplicates.twins import ASK, Twin, find_twins, judge
from puma.matching.duplicates.versions import bond, is_generic
from puma.names import fold

TITLE = "Skyrmion lattice of copper oxoselenite in electric fields"
TEAM = ("Quetzal, Ximena", "Okonkwo, Chidi", "Brandvold, Sigrid")


def work(number: int = 1, title: str = TITLE, authors: tuple[str, ...] = TEAM, **more: object) -> Described:
    values: dict[str, object] = {"year": 2020, "container": "Physical Review B", "kind": "JOURNAL_ARTICLE", **more}
    return Described(number, title, authors, **values)  # type: ignore[arg-type]  # a short way to say any field


A = work(doi="10.1103/physrevb.101.1")
ARXIV: dict[str, Any] = {"container": "arXiv", "kind": "PREPRINT", "doi": "10.48550/arxiv.1911.00001", "year": 2019}

TRAPS: list[tuple[str, Described, Described, set[str]]] = [
    ("identical, one without DOI", A, work(2), {"same"}),
    ("identical, none with DOI", work(1), work(2), {"same"}),
    ("one DOI in two cases", A, work(2, doi="10.1103/PhysRevB.101.1"), {"same"}),
    ("one DOI, another spelling of the title", A, work(2, TITLE.upper() + ".", doi="10.1103/physrevb.101.1"), {"same"}),
    ("one DOI as an address", A, work(2, doi="https://doi.org/10.1103/physrevb.101.1"), {"same"}),
    ("one PubMed number", work(1, others=frozenset({"pmid:1"})), work(2, others=frozenset({"pmid:1"})), {"same"}),
    ("distinct DOIs, same everything", A, work(2, doi="10.1103/physrevb.101.2"), {"ask"}),
    ("distinct DOIs, one PubMed number", work(1, doi="10.1000/a", others=frozenset({"pmid:1"})),
     work(2, doi="10.1000/b", others=frozenset({"pmid:1"})), {"ask"}),
    ("initials in one", A, work(2, authors=("X. Quetzal", "C. Okonkwo", "S. Brandvold")), {"same"}),
    ("markup in one title", A, work(2, "Skyrmion lattice of <i>copper oxoselenite</i> in electric fields"), {"same"}),
    ("abbreviated journal", A, work(2, container="Phys. Rev. B"), {"same"}),
    ("accents lost", work(1, "Étude de la diffusion des neutrons dans le béton armé"),
     work(2, "Etude de la diffusion des neutrons dans le beton arme"), {"same"}),
    ("preprint by DOI prefix", A, work(2, **ARXIV), {"version"}),
    ("preprint by type, a word changed", A, work(2, TITLE.replace("in electric", "under electric"), kind="PREPRINT",
     container="bioRxiv", doi="10.1101/2019.12.1"), {"version"}),
    ("preprint without DOI but arXiv number", A, work(2, container="", kind="OTHER", year=2019,
     others=frozenset({"arxiv:1911.00001"})), {"version"}),
    ("two versions of a preprint", work(1, **{**ARXIV, "doi": "10.21203/rs.3.rs-1/v1"}),
     work(2, **{**ARXIV, "doi": "10.21203/rs.3.rs-1/v2"}), {"version"}),
    ("erratum", A, work(2, f"Erratum: {TITLE}", doi="10.1103/physrevb.102.9"), {"version"}),
    ("erratum without DOI", work(1), work(2, f"Erratum: {TITLE}"), {"version"}),
    ("corrigendum to", A, work(2, f"Corrigendum to {TITLE}", year=2021), {"version"}),
    ("publisher's correction", A, work(2, f"Publisher's Correction: {TITLE}"), {"version"}),
    ("retraction", A, work(2, f"Retraction: {TITLE}", year=2022), {"version"}),
    ("comment on", A, work(2, f"Comment on {TITLE}", ("Stranger, Ann",), doi="10.1103/physrevb.103.1"), {""}),
    ("reply to comment", A, work(2, f"Reply to comment on {TITLE}", doi="10.1103/physrevb.103.2"), {""}),
    ("review of", A, work(2, f"Review of {TITLE}", ("Stranger, Ann",), doi="10.1103/physrevb.103.3"), {""}),
    ("part I and part II", work(1, f"{TITLE}. Part I"), work(2, f"{TITLE}. Part II"), {""}),
    ("part 1 and part 2, DOIs", work(1, f"{TITLE} (part 1)", doi="10.1000/1"),
     work(2, f"{TITLE} (part 2)", doi="10.1000/2"), {""}),
    ("I and II at the end", work(1, f"{TITLE} I"), work(2, f"{TITLE} II"), {""}),
    ("numbers of materials", work(1, "Structure of the compound 12 at low temperature"),
     work(2, "Structure of the compound 14 at low temperature"), {""}),
    ("annual reports", work(1, "Annual report 2019", (), year=2019),
     work(2, "Annual report 2020", (), year=2020), {""}),
    ("proceedings paper and article", work(1, kind="PROCEEDINGS_ARTICLE", container="Proc. of SRI 2018", year=2019), A,
     {"version"}),
    ("thesis and article", work(1, kind="THESIS", authors=TEAM[:1], container="", year=2019), A, {"version", ""}),
    ("dataset of the article", A, work(2, container="Zenodo", kind="OTHER", doi="10.5281/zenodo.1"), {"version"}),
    ("data of the facility", A, work(2, container="Institut Laue-Langevin", kind="OTHER", doi="10.5291/ill-data.1"),
     {"version"}),
    ("a figure's DOI", work(1, doi="10.1371/journal.pone.0000001"), work(2, doi="10.1371/journal.pone.0000001.g001"),
     {"version"}),
    ("supplement", work(1, doi="10.7717/peerj.1"), work(2, doi="10.7717/peerj.1/supp-1"), {"version"}),
    ("chapter and book", work(1, kind="BOOK", doi="10.1007/978-3-030-00001-1"),
     work(2, kind="BOOK_CHAPTER", doi="10.1007/978-3-030-00001-1_3"), {"version"}),
    ("a book's DOI on two chapters", work(1, "Neutron optics", TEAM[:1], kind="BOOK_CHAPTER", doi="10.1007/b1"),
     work(2, "Magnetic scattering of polarised beams", TEAM[1:2], kind="BOOK_CHAPTER", doi="10.1007/b1"), {"ask"}),
    ("prefaces of two years", work(1, "Preface", TEAM[:1], year=2018), work(2, "Preface", TEAM[:1], year=2020), {""}),
    ("prefaces of one journal and year", work(1, "Preface", ()), work(2, "Preface", ()), {""}),
    ("editorials, DOIs", work(1, "Editorial", doi="10.1000/e1"), work(2, "Editorial", doi="10.1000/e2"), {""}),
    ("introductions of others", work(1, "Introduction", ("Abel, A.",)), work(2, "Introduction", ("Kain, K.",)), {""}),
    ("research highlights", work(1, "Research Highlights", ()), work(2, "Research Highlights", ()), {""}),
    ("book review columns", work(1, "Book review column", TEAM[:1], year=2002),
     work(2, "Book review column", TEAM[:1], year=2003), {""}),
    ("an editorial at one page is one", work(1, "Editorial", TEAM[:1], pages="1-2", volume="7"),
     work(2, "Editorial", TEAM[:1], pages="1-2", volume="7"), {"ask", "same"}),
    ("conference highlights", work(1, "SRI 2018 Highlights", ()), work(2, "ICNS 2017 Highlights", ()), {""}),
    ("empty titles", work(1, "", ()), work(2, "", ()), {""}),
    ("titles of punctuation", work(1, "?", ()), work(2, "...", ()), {""}),
    ("same topic, other people", A, work(2, "Skyrmion lattice of manganese silicide under pressure",
     ("Stranger, Ann", "Other, Bob"), year=2015), {""}),
    ("same team, other topic", A, work(2, "Magnon dispersion of yttrium iron garnet at high fields"), {""}),
    ("same team, sibling title", A, work(2, "Helical order of iron germanide in strained thin films"), {""}),
    ("short common title, others", work(1, "Magnetism", ("Abel, A.",), year=1999),
     work(2, "Magnetism", ("Kain, K.",), year=2015), {""}),
    ("same title, nobody in common, twenty years", A, work(2, authors=("Smith, John",), year=1999), {"", "ask"}),
    ("subtitle missing", work(1, f"{TITLE}: a small-angle neutron scattering study"), work(2), {"same", "ask"}),
    ("typo in the title", A, work(2, TITLE.replace("oxoselenite", "oxoselinite")), {"same", "ask"}),
    ("year off by one", A, work(2, year=2021), {"same", "ask"}),
    ("no authors in one", A, work(2, authors=()), {"same", "ask"}),
    ("only a title", work(1), Described(2, TITLE), {"same", "ask"}),
    ("values in wrong columns", work(1),
     Described(2, f"{TITLE} Quetzal Ximena Okonkwo Chidi Brandvold Sigrid", (), 2020, "Physical Review B"),
     {"same", "ask"}),
    ("hyphens", work(1, "Small-angle neutron-scattering of micelles in water"),
     work(2, "Small angle neutron scattering of micelles in water"), {"same"}),
    ("Greek letters", work(1, "The α-relaxation of polymer melts seen by neutron spin echo"),
     work(2, "The alpha-relaxation of polymer melts seen by neutron spin echo"), {"same", "ask"}),
    ("three thousand authors", work(1, authors=tuple(f"Author{n}, A." for n in range(3000))),
     work(2, authors=tuple(f"Author{n}, A." for n in range(3000))), {"same"}),
    ("collaboration instead of authors", A, work(2, authors=("The HELIX Collaboration",)), {"same", "ask"}),
    ("chapters of one book", work(1, "Reflectometry", TEAM[:1], kind="BOOK_CHAPTER", doi="10.1007/978-3-030-00001-1_3"),
     work(2, "Diffractometry", TEAM[:1], kind="BOOK_CHAPTER", doi="10.1007/978-3-030-00001-1_4"), {""}),
    ("one DOI on an erratum", A, work(2, f"Erratum: {TITLE}", doi="10.1103/physrevb.101.1"), {"ask"}),
]  # fmt: skip


@pytest.mark.parametrize(("why", "one", "other", "expected"), TRAPS, ids=[row[0] for row in TRAPS])
def test_two_records_are_what_they_are(why: str, one: Described, other: Described, expected: set[str]) -> None:
    twin = judge(one, other)
    assert twin.verdict in expected, (why, twin)
    assert judge(other, one).verdict in expected, "the other way round"


@given(st.integers(0, len(TRAPS) - 1), st.text("abcdef0123456789", min_size=1, max_size=8))
def test_distinct_dois_are_never_the_same_record(row: int, suffix: str) -> None:
    _, one, other, _ = TRAPS[row]
    first = Described(1, one.title, one.authors, one.year, one.container, one.kind, doi=f"10.1000/a{suffix}")
    second = Described(2, other.title, other.authors, other.year, other.container, other.kind, doi=f"10.1000/b{suffix}")
    assert judge(first, second).verdict != "same"


def test_the_version_stands_left_and_the_version_of_record_right() -> None:
    for one, other in ((A, work(2, **ARXIV)), (work(2, **ARXIV), A)):
        twin = judge(one, other)
        assert (twin.left_id, twin.right_id, twin.kind) == (2, 1, "preprint")
    correction = judge(work(7), work(3, f"Erratum: {TITLE}"))
    assert (correction.left_id, correction.right_id, correction.kind) == (3, 7, "erratum")


def test_the_points_of_the_evidence_sum_to_the_probability() -> None:
    twin = judge(A, work(2, **ARXIV))
    assert isinstance(twin, Twin)
    assert twin.probability >= ASK
    assert all(text for _, _, text in twin.evidence)


def test_a_list_finds_its_copies_and_versions_and_nothing_else() -> None:
    metals = ("copper", "nickel", "iron", "cobalt", "silver", "gold", "lead", "tin")
    others = [
        work(100 + n, f"{word} order in {word} compounds of {word}s", (f"Author{n}, A.",), year=1990 + n)
        for n, word in enumerate(metals)
    ]
    found = find_twins([A, *others, work(2), work(3, **ARXIV)])
    assert {(t.left_id, t.right_id): t.verdict for t in found} == {(2, 1): "same", (3, 1): "version", (3, 2): "version"}


def test_records_of_two_lists_are_compared_across_only() -> None:
    found = find_twins([work(1), work(2)], [work(3)])
    assert {(t.left_id, t.right_id) for t in found} == {(3, 1), (3, 2)}


def test_one_title_on_a_thousand_records_does_not_go_quadratic() -> None:
    crowd = [work(n, "Poster", (f"Author{n}, A.",)) for n in range(1000)]
    assert find_twins(crowd) == []


def test_an_empty_list_has_no_twins() -> None:
    assert find_twins([]) == []
    assert find_twins([work(1)]) == []


@pytest.mark.parametrize(
    "title", ["Preface", "Editorial", "", "?", "Annual report 2020", "ICNS 2017 Highlights", "Index"]
)
def test_generic_titles_are_known(title: str) -> None:
    assert is_generic(fold(title))


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_no_text_breaks_it(one: str, other: str, doi: str, author: str) -> None:
    first, second = Described(1, one, (author,), None, other, doi=doi), Described(2, other, (), 99999, one)
    assert judge(first, second).verdict in ("", "ask", "same", "version")
    assert bond(first, second).kind == bond(second, first).kind
