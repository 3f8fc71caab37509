"""Authorships find the person they are, stay open where two fit, and are put together where nobody is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puma.matching.persons import assign
from puma.matching.persons.assign import ACCEPT, assign_persons, possible
from puma.matching.persons.book import Book, same_person_possible
from puma.matching.persons.clusters import cluster_mentions
from puma.matching.persons.mentions import Assignment, KnownPerson, Mention
from puma.matching.persons.roll import Roll, collapse
from puma.names import PersonName, parse_name

ORCID_A, ORCID_B = "0000-0002-1825-0097", "0000-0001-5109-3700"


def person(
    number: int, name: str, *, orcid: str | None = None, at: tuple[int, ...] = (), on: tuple[int, ...] = ()
) -> KnownPerson:
    return KnownPerson(number, (parse_name(name),), orcid, frozenset(at), frozenset(on))


def mention(work: int, name: str, position: int = 1, *, orcid: str | None = None, at: tuple[int, ...] = ()) -> Mention:
    return Mention(work, position, parse_name(name), orcid, frozenset(at))


CROWD = [person(100 + number, f"{family}, {given}") for number, (family, given) in enumerate(
    (family, given)
    for family in ("Zhang", "Wang", "Li", "Smith", "Müller", "Rossi", "Garcia")
    for given in ("Wei", "Anna", "Peter", "Maria", "Yan", "Luca")
)]  # fmt: skip


NAMES = [
    ("Xu, Weizhen", "Xu, Weifeng", False, "conflicting full given names"),
    ("Xu, Weizhen", "Xu, W.", True, "an initial fits"),
    ("Müller, Jörg", "Mueller, Joerg", True, "written-out umlauts"),
    ("Müller, Jörg", "Muller, J", True, "no umlauts"),
    ("García López, María", "García, M.", True, "half of a double surname"),
    ("García López, María", "López, María", True, "the other half"),
    ("van der Berg, Jan", "Berg, J. van der", True, "particles"),
    ("Smith, J. P.", "Smith, John Paul", True, "two initials"),
    ("Smith, J. P.", "Smith, J. A.", False, "another second initial"),
    ("Smith, John", "Smith, Jane", False, "another first name"),
    ("Wei, Zhang", "Zhang, Wei", True, "swapped order"),
    ("Ivanov, Sergey", "Petrov, Sergey", False, "another family"),
    ("de Broglie, Louis", "Broglie, L. de", True, "particle behind"),
    ("O'Neill, Sean", "O'Neill, S.", True, "apostrophe"),
    ("Søndergaard, Lars", "Sondergaard, L.", True, "stroke"),
    ("ATLAS Collaboration", "Atlas, C.", False, "a collaboration is nobody"),
    ("Kim, Min-Ji", "Kim, Minji", True, "hyphen"),
    ("Kim, Min-Ji", "Kim, Min-Soo", False, "other second syllable"),
    ("Dupont, Jean-Pierre", "Dupont, J.-P.", True, "hyphenated initials"),
    ("Łukasz, Anna", "Lukasz, A.", True, "stroke L"),
    ("Plato", "Plato", True, "one token"),
    ("Ng, A", "Ngo, A", False, "a longer family"),
    ("Sleptsov, Alexei", "Sleptsov, Alexey", True, "two transliterations"),
    ("Petrov, Sergei", "Petrov, Serguei", True, "French transliteration"),
    ("Yurov, Dmitry", "Yurov, Dmitrij", True, "German transliteration"),
    ("Strauss, Th.", "Strauss, Thomas", True, "an abbreviation of two letters"),
    ("Senichev, Yu.", "Senichev, Yurij", True, "a Russian initial of two letters"),
    ("Johnson, Bob", "Johnson, Robert", True, "a short form"),
    ("Smith, Mike", "Smith, Michael", True, "a short form"),
    ("Martin, Martin", "Martin, Martina", False, "a woman's name"),
    ("Rossi, Mario", "Rossi, Maria", False, "one letter, two people"),
    ("Wang, Wei", "Wang, Wen", False, "short names, one letter"),
    ("Wang, Lei", "Wang, Li", False, "short names"),
    ("Kim, Minsoo", "Kim, Min-Soo", True, "written in one"),
    ("Seymour, Michael", "Strickland, Michael", False, "the given name is no family"),
    ("Friedrichsen, Olaf", "Friedrichsen, Olav", False, "short spelling variants are asked of the rest"),
    ("Katharina, Anna", "Katharina, Anne", False, "Anna and Anne"),
    ("Schmidt, Christoph", "Schmidt, Christian", False, "one beginning"),
    ("Meier, Hans-Peter", "Meier, H.-P.", True, "double initials"),
    ("Meier, Hans-Peter", "Meier, H. J.", False, "another second initial"),
    ("de la Cruz, José", "Cruz, J. de la", True, "particles behind"),
    ("Al-Hakim, Omar", "Hakim, O.", True, "article away"),
    ("Nguyen, Van Anh", "Nguyen, V. A.", True, "initials of both"),
    ("Иванов, Сергей", "Ivanov, Sergey", True, "Cyrillic"),
]


@pytest.mark.parametrize(("one", "other", "possible", "why"), NAMES)
def test_two_names_can_be_one_persons_or_not(one: str, other: str, possible: bool, why: str) -> None:
    assert same_person_possible(parse_name(one), parse_name(other)) is possible, why
    assert same_person_possible(parse_name(other), parse_name(one)) is possible, why


def test_names_looked_at_together_are_possible_where_each_pair_alone_is() -> None:
    names = list(dict.fromkeys(parse_name(text) for pair in NAMES for text in pair[:2]))
    book = Book.of(names)
    one, other = (side.ravel() for side in np.indices((len(names), len(names))))
    alone = [same_person_possible(names[a], names[b]) for a, b in zip(one.tolist(), other.tolist(), strict=True)]
    assert book.possible(one, other).tolist() == alone
    assert sum(alone) > len(names)


def test_under_a_crowded_key_only_the_full_given_name_finds_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    people = [person(number, f"Li, {given}") for number, given in enumerate(("Yan", "Yong", "Ying", "Yu"), start=1)]
    some = [mention(1, "Li, Yong"), mention(2, "Li, Y."), mention(3, "Quetzal, X.")]
    few = possible(collapse(Roll.of(some, people)))
    assert list(zip(few[0].tolist(), few[1].tolist(), strict=True)) == [(0, 1), (1, 0), (1, 1), (1, 2), (1, 3)]
    monkeypatch.setattr(assign, "KEY_CAP", 3)
    crowded = possible(collapse(Roll.of(some, people)))
    assert list(zip(crowded[0].tolist(), crowded[1].tolist(), strict=True)) == [(0, 1)]


def test_a_rare_full_name_is_the_known_person() -> None:
    found = assign_persons([mention(1, "Quetzalcoatl, Ximena")], [*CROWD, person(7, "Quetzalcoatl, Ximena")])
    assert found[0].person_id == 7
    assert found[0].probability >= ACCEPT


def test_conflicting_full_given_names_are_never_one_person() -> None:
    found = assign_persons([mention(1, "Xu, Weifeng")], [*CROWD, person(7, "Xu, Weizhen", at=(1,), on=(5,))])
    assert found[0].person_id is None
    assert found[0].cluster is not None


def test_initials_that_fit_two_people_stay_open_and_name_both() -> None:
    people = [*CROWD, person(7, "Xu, Weizhen"), person(8, "Xu, Weifeng")]
    found = assign_persons([mention(1, "Xu, W.")], people)
    assert found[0].person_id is None
    assert {number for number, _ in found[0].options} <= {7, 8}


def test_a_team_mate_beside_decides_between_two() -> None:
    people = [
        *CROWD,
        person(7, "Xu, Weizhen", on=(50,)),
        person(8, "Xu, Weifeng", on=(60,)),
        person(9, "Quetzalcoatl, Ximena", on=(50,)),
    ]
    found = assign_persons([mention(1, "Xu, W."), mention(1, "Quetzalcoatl, X.", 2)], people)
    assert [one.person_id for one in found] == [7, 9]


def test_an_orcid_is_evidence_and_another_orcid_forbids() -> None:
    people = [*CROWD, person(7, "Li, Yan", orcid=ORCID_A)]
    assert assign_persons([mention(1, "Li, Y.", orcid=ORCID_A)], people)[0].person_id == 7
    assert assign_persons([mention(1, "Li, Yan", orcid=ORCID_B)], people)[0].person_id != 7


def test_an_orcid_on_a_wholly_different_name_is_not_believed() -> None:
    found = assign_persons(
        [mention(1, "Okafor, Chidi", orcid=ORCID_A)], [*CROWD, person(7, "Smith, Anna", orcid=ORCID_A)]
    )
    assert found[0].person_id is None


def test_a_person_is_mentioned_once_in_a_work() -> None:
    people = [*CROWD, person(7, "Quetzalcoatl, Ximena")]
    found = assign_persons([mention(1, "Quetzalcoatl, X.", 1), mention(1, "Quetzalcoatl, X.", 2)], people)
    assert [one.person_id for one in found].count(7) <= 1


def test_authors_nobody_knows_are_one_when_institution_or_coauthors_are_shared() -> None:
    mentions = [
        mention(1, "Smith, John", at=(1,)),
        mention(2, "Smith, J.", at=(1,)),
        mention(3, "Smith, J.", at=(2,)),
        mention(4, "Smith, Jane", at=(1,)),
        *(mention(10 + n, f"Smith, {given}") for n, given in enumerate(("Jack", "Jill", "Joan", "Jim", "Joe", "Jude"))),
    ]
    found = cluster_mentions(mentions)
    assert found[0] == found[1]
    assert found[0] != found[3]
    assert found[2] not in (found[0], found[3])


def test_two_authors_of_one_work_are_never_one_person() -> None:
    found = cluster_mentions([mention(1, "Wang, L.", 1, at=(1,)), mention(1, "Wang, L.", 2, at=(1,))])
    assert found[0] != found[1]


def test_a_collaboration_is_no_person() -> None:
    found = assign_persons([mention(1, "The HELIX Collaboration")], CROWD)[0]
    assert (found.person_id, found.cluster) == (None, None)


def test_a_paper_of_three_thousand_authors_does_not_go_quadratic_and_each_has_a_cluster() -> None:
    mentions = [mention(work, f"Author{number}, Given{number}", number) for work in (1, 2) for number in range(3000)]
    found = cluster_mentions(mentions)
    assert found[:3000] == found[3000:]


def test_the_same_mentions_give_the_same_answers() -> None:
    people = [*CROWD, person(7, "Xu, Weizhen", on=(1,)), person(8, "Xu, Wei", on=(2,))]
    mentions = [
        mention(work, name, position)
        for work in range(4)
        for position, name in enumerate(("Xu, W", "Li, Y", "Zhang, Wei"))
    ]
    assert assign_persons(mentions, people) == assign_persons(mentions, people)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.text(max_size=30)), max_size=12))
def test_no_name_breaks_it(rows: list[tuple[int, str]]) -> None:
    mentions = [mention(work, name, place) for place, (work, name) in enumerate(rows)]
    found = assign_persons(mentions, [person(1, "Li, Y."), KnownPerson(2, (PersonName("", ""),))])
    assert all(isinstance(one, Assignment) for one in found)
    for work in {work for work, _ in rows}:
        known = [one.person_id for one, (w, _) in zip(found, rows, strict=True) if w == work and one.person_id]
        assert len(known) == len(set(known))
