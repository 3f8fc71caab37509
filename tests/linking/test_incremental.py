"""An incremental matching ends where a full one does, and costs nothing when nothing changed; models come and go."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from benchmarks.matching.arriving import ask
from benchmarks.matching.scale_data import Made, invent, store
from puma.entities import (
    Authorship,
    AuthorshipAffiliation,
    Link,
    Publication,
    PublicationVersion,
    Record,
)
from puma.errors import NotHere
from puma.linking import MatchReport, match
from puma.linking.affiliations import resolve_affiliations
from puma.linking.changes import as_it_is, at_a_glance, marks, what_changed
from puma.linking.checksums import BLOCK
from puma.linking.learning import current_model, learn_from_decisions, model_versions, use_model
from puma.matching.duplicates.kept import keep, load_kept, look, look_again
from puma.matching.duplicates.pairs import Described
from puma.matching.links.evidence import probability
from puma.matching.links.score import NAME
from puma.matching.model import load, write
from puma.settings import FilesSettings, Settings, WorkSettings
from puma.storage import Storage, insert_rows, take_numbers
from tests.linking.test_match import AT, TEAM, TITLE, House, house, paper

__all__ = ["house"]


def run(storage: Storage, settings: Settings, *, full: bool) -> MatchReport:
    return match(storage, settings, at=AT, progress=lambda what, done, of: None, only_if_changed=not full)


def links(storage: Storage) -> list[tuple[Any, ...]]:
    with storage.reading() as session:
        return [
            tuple(row)
            for row in session.execute(
                select(Link.left_id, Link.right_id, Link.relation, Link.state, Link.score, Link.evidence).order_by(
                    Link.left_id, Link.right_id
                )
            )
        ]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(files=FilesSettings(folder=tmp_path / "files"))


def test_a_run_with_nothing_new_does_nothing(house: House, settings: Settings) -> None:
    house.tell(paper("10.1000/a", TITLE, TEAM))
    first = run(house.storage, settings, full=False)
    again = run(house.storage, settings, full=False)
    assert first.counters["publications"] == 1
    assert again.counters == {"unchanged": 1}


@pytest.mark.parametrize("seed", range(4))
def test_an_incremental_run_after_any_change_equals_a_full_one(house: House, settings: Settings, seed: int) -> None:
    rng = Random(seed)
    house.tell(paper("10.1000/a", TITLE, TEAM))
    run(house.storage, settings, full=False)
    for step in range(3):
        change = rng.randrange(4)
        if change == 0:
            house.tell(paper(f"10.1000/new{step}", f"{TITLE} {step}", rng.sample(TEAM, 2)))
        elif change == 1:
            with house.storage.writing() as session:
                session.execute(update(Publication).values(title=f"Glass under pressure {step}"))
                session.execute(update(Record).values(changed_at=AT + timedelta(days=step + 1)))
        elif change == 2:
            with house.storage.reading() as session:
                number = session.scalar(select(Link.id).where(Link.state == "candidate"))
            if number:
                house.set_link(number, state="rejected", decided_by="anna", decided_at=AT)
        else:
            house.tell(paper("10.1000/a", TITLE, TEAM, proposals_stated="MA-1234"))
        run(house.storage, settings, full=False)
        here = links(house.storage)
        run(house.storage, settings, full=True)
        assert links(house.storage) == here


# --- few publications changed ----------------------------------------------------------------------------------------


Desk = tuple[Storage, Settings, Made]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A matched database of 260 publications and 130 proposals."""
    storage = Storage(f"sqlite:///{tmp_path}/puma.db")
    storage.migrate()
    made = invent(134, 270, seed=8)
    first = replace(made, works=made.works[:260], bids=made.bids[:130])
    store(first, storage)
    settings = Settings(files=FilesSettings(folder=tmp_path / "files"), work=WorkSettings(processes=1))
    assert "publications_changed" not in at_hour(storage, settings, 0).counters
    yield storage, settings, made
    storage.close()


def at_hour(storage: Storage, settings: Settings, hour: int) -> MatchReport:
    when = AT + timedelta(hours=hour)
    return match(storage, settings, at=when, progress=lambda what, done, of: None, only_if_changed=True)


def bring(desk: Desk, number: int, hour: int) -> int:
    """One publication more, as a harvest brings it; returns its record."""
    storage, _, made = desk
    work, when = made.works[number], AT + timedelta(hours=hour)
    with storage.writing() as session:
        record = take_numbers(session, "record", 1).start
        insert_rows(session, Record, [{"id": record, "kind": "publication", "created_at": when, "changed_at": when}])
        insert_rows(
            session, Publication,
            [{"id": record, "type": "OTHER", "title": work.title, "abstract": work.text, "published_on": work.day,
              "published_precision": "day"}],
        )  # fmt: skip
        names = [made.persons[options[0][0] - 1] for options in work.authors]
        insert_rows(
            session, Authorship,
            [{"record_id": record, "position": place, "name": ", ".join(name), "family_name": name[0],
              "given_name": name[1]} for place, name in enumerate(names, start=1)],
        )  # fmt: skip
    return record


def apply(desk: Desk, number: int, hour: int) -> int:
    """One proposal more, with those of its people that nobody knew; returns its record."""
    return ask(desk[0], desk[2], number, AT + timedelta(hours=hour))


def withdraw(desk: Desk, record: int, hour: int) -> None:
    when = AT + timedelta(hours=hour)
    with desk[0].writing() as session:
        session.execute(update(Record).where(Record.id == record).values(deleted_at=when, changed_at=when))


def test_of_few_new_publications_only_they_are_matched(desk: Desk) -> None:
    storage, settings, _ = desk
    before = links(storage)
    record = bring(desk, 260, 1)
    report = at_hour(storage, settings, 1)
    assert report.counters["publications_changed"] == 1
    assert 0 < report.counters["pairs_compared"] < 2000
    after = links(storage)
    assert [row[:2] for row in after if row[0] != record] == [row[:2] for row in before]
    assert at_hour(storage, settings, 2).counters == {"unchanged": 1}


def test_one_by_one_and_all_at_once_give_the_same_links(desk: Desk) -> None:
    storage, settings, _ = desk
    before = links(storage)
    records = []
    for hour in (1, 2, 3):
        records.append(bring(desk, 260 + hour, hour))
        at_hour(storage, settings, hour)
    one_by_one = links(storage)
    for record in records:
        withdraw(desk, record, 4)
    at_hour(storage, settings, 4)
    assert links(storage) == before
    with storage.writing() as session:
        session.execute(
            update(Record).where(Record.id.in_(records)).values(deleted_at=None, changed_at=AT + timedelta(hours=5))
        )
    assert at_hour(storage, settings, 5).counters["publications_changed"] == 3
    assert links(storage) == one_by_one
    assert one_by_one != before


def test_few_matched_alone_get_nearly_what_a_full_matching_gives(desk: Desk) -> None:
    storage, settings, _ = desk
    records = [bring(desk, number, 1) for number in (261, 263, 264, 266)]
    at_hour(storage, settings, 1)
    alone = {row[:3]: probability(row[4]) for row in links(storage)}
    run(storage, settings, full=True)
    full = {row[:3]: probability(row[4]) for row in links(storage)}
    differing = [pair for pair in alone.keys() | full.keys() if abs(alone.get(pair, 0) - full.get(pair, 0)) > 0.1]
    assert len(differing) <= 0.02 * len(full)
    assert {pair for pair in full if pair[0] in records}


def test_a_proposal_that_arrives_gets_its_links_at_once_and_a_full_matching_agrees(desk: Desk) -> None:
    storage, settings, _ = desk
    records = []
    for hour, number in enumerate((130, 131, 132, 133), start=1):
        records.append(apply(desk, number, hour))
        counted = at_hour(storage, settings, hour).counters
        assert (counted["proposals_changed"], counted["publications_changed"]) == (1, 0)
        assert counted["pairs_compared"] > 0
    alone = {row[:3]: probability(row[4]) for row in links(storage)}
    run(storage, settings, full=True)
    full = {row[:3]: probability(row[4]) for row in links(storage)}
    theirs = {pair for pair in alone.keys() | full.keys() if pair[1] in records}
    assert len(theirs) > 3
    apart = sorted(abs(alone.get(pair, 0) - full.get(pair, 0)) for pair in theirs)
    assert sum(apart) / len(apart) < 0.05, "words and names are as rare as they were at the last full matching"
    assert apart[-1] < 0.15
    differing = [pair for pair in alone.keys() | full.keys() if abs(alone.get(pair, 0) - full.get(pair, 0)) > 0.1]
    assert len(differing) <= 0.02 * len(full)


def test_links_of_a_proposal_that_goes_go_and_those_of_others_are_as_before(desk: Desk) -> None:
    storage, settings, _ = desk
    before = links(storage)
    record = apply(desk, 133, 1)
    at_hour(storage, settings, 1)
    mine = [row for row in links(storage) if row[1] == record]
    assert mine
    withdraw(desk, record, 2)
    assert at_hour(storage, settings, 2).counters["proposals_changed"] == 1
    assert [row[:4] for row in links(storage)] == [row[:4] for row in before]


def test_a_code_that_publications_named_before_its_proposal_came_links_them(desk: Desk) -> None:
    storage, settings, made = desk
    with storage.writing() as session:
        work = session.scalars(select(func.max(Publication.id))).one() or 0
        session.execute(update(Publication).where(Publication.id == work).values(proposals_stated=made.bids[130].code))
    run(storage, settings, full=True)
    record = apply(desk, 130, 1)
    at_hour(storage, settings, 1)
    found = {row[:2]: row for row in links(storage)}
    assert "code_stated" in {line["kind"] for line in found[work, record][5]}


def test_decided_links_outlast_a_changed_proposal(desk: Desk) -> None:
    storage, settings, _ = desk
    with storage.writing() as session:
        link = session.scalars(select(Link).where(Link.relation == "publication-proposal").limit(1)).one()
        pair = link.left_id, link.right_id
        said = {"state": "rejected", "decided_by": "anna", "decided_at": AT}
        session.execute(update(Link).where(Link.id == link.id).values(said))
        session.execute(update(Record).where(Record.id == pair[1]).values(changed_at=AT + timedelta(hours=1)))
    assert at_hour(storage, settings, 1).counters["proposals_changed"] == 1
    assert {row[3] for row in links(storage) if row[:2] == pair} == {"rejected"}


def whose(storage: Storage) -> dict[int, int | None]:
    """The person of each authorship."""
    with storage.reading() as session:
        return dict(session.execute(select(Authorship.id, Authorship.person_id)).all())


def groups(persons: Mapping[int, int | None]) -> set[frozenset[int]]:
    """The authorships that have the same person."""
    found: dict[int, set[int]] = defaultdict(set)
    for row, person in persons.items():
        if person:
            found[person].add(row)
    return set(map(frozenset, found.values()))


def test_who_is_nobody_known_is_a_person_at_once_and_a_full_matching_agrees(desk: Desk) -> None:
    storage, settings, _ = desk
    before = whose(storage)
    added = 0
    for hour, number in enumerate((261, 262, 263, 264), start=1):
        bring(desk, number, hour)
        added += at_hour(storage, settings, hour).counters["persons_added"]
    alone = whose(storage)
    assert added
    assert {row: alone[row] for row in before} == before
    new = alone.keys() - before.keys()
    run(storage, settings, full=True)
    full = whose(storage)
    assert {row for row in new if not full[row]} == {row for row in new if not alone[row]}
    ours, theirs = ({row: one for one in groups(some) for row in one} for some in (alone, full))
    elsewhere = [
        row for row in new if alone[row] and len(ours[row] & theirs[row]) * 2 <= min(map(len, (ours[row], theirs[row])))
    ]
    assert len(elsewhere) <= 0.15 * len(new)  # a full matching may regroup who was there before


def test_a_person_made_for_a_publication_that_goes_is_gone_and_comes_back_with_it(desk: Desk) -> None:
    storage, settings, _ = desk
    record = bring(desk, 262, 1)
    assert at_hour(storage, settings, 1).counters["persons_added"]
    with_it = whose(storage)
    withdraw(desk, record, 2)
    assert at_hour(storage, settings, 2).counters["persons_gone"]
    with storage.writing() as session:
        session.execute(
            update(Record).where(Record.id == record).values(deleted_at=None, changed_at=AT + timedelta(hours=3))
        )
    again = at_hour(storage, settings, 3).counters
    assert (again["persons_added"], again["persons_gone"]) == (0, 0)
    assert whose(storage) == with_it


def test_who_goes_in_the_moment_in_which_others_come_is_no_reason_to_match_all(desk: Desk) -> None:
    storage, settings, _ = desk
    record = bring(desk, 262, 1)
    at_hour(storage, settings, 1)
    withdraw(desk, record, 2)
    apply(desk, 131, 2)
    counted = at_hour(storage, settings, 2).counters
    assert counted["persons_gone"]
    apply(desk, 130, 3)
    assert at_hour(storage, settings, 3).counters["proposals_changed"] == 1


Versions = dict[tuple[int, int, str], float]


def versions(storage: Storage) -> Versions:
    with storage.reading() as session:
        wide = select(
            PublicationVersion.publication_id, PublicationVersion.version_of_id, PublicationVersion.relation,
            PublicationVersion.probability,
        )  # fmt: skip
        return {(row[0], row[1], row[2]): row[3] or 0.0 for row in session.execute(wide)}


def test_versions_of_publications_that_come_one_by_one_are_those_of_a_full_matching(desk: Desk) -> None:
    storage, settings, made = desk
    with storage.reading() as session:
        first = session.scalars(select(func.min(Publication.id))).one() or 0
    said = [(f"Erratum: {made.works[3].title}", "JOURNAL_ARTICLE"), (made.works[4].title, "PREPRINT")]
    for hour, (number, title, kind) in enumerate(
        [(3, *said[0]), (4, *said[1]), (5, made.works[5].title, "JOURNAL_ARTICLE"), (6, "Preface", "OTHER")], start=1
    ):
        record = bring(desk, number, hour)
        with storage.writing() as session:
            session.execute(update(Publication).where(Publication.id == record).values(title=title, type=kind))
        assert at_hour(storage, settings, hour).counters["publications_changed"] == 1
    with storage.writing() as session:  # a known one becomes what another one is, and one of those that came goes
        same = {"title": made.works[7].title, "published_on": made.works[7].day}
        session.execute(update(Publication).where(Publication.id == first + 8).values(same))
        copied = select(Authorship.name, Authorship.family_name, Authorship.given_name, Authorship.position)
        rows = [row._asdict() for row in session.execute(copied.where(Authorship.record_id == first + 7))]
        session.execute(delete(Authorship).where(Authorship.record_id == first + 8))
        insert_rows(session, Authorship, [{"record_id": first + 8, **row} for row in rows])
        when = {"changed_at": AT + timedelta(hours=5)}
        session.execute(update(Record).where(Record.id == first + 8).values(when))
    withdraw(desk, record, 5)
    assert at_hour(storage, settings, 5).counters["publications_changed"] == 2
    alone = versions(storage)
    full = run(storage, settings, full=True).counters
    assert alone.keys() == versions(storage).keys()
    assert all(abs(alone[key] - chance) < 0.01 for key, chance in versions(storage).items())
    assert {(relation, of - first) for _, of, relation in alone} >= {("erratum", 3), ("preprint", 4), ("duplicate", 5)}
    assert (first + 8, first + 7, "duplicate") in alone
    assert full["versions_added"] == full["versions_removed"] == 0


def test_affiliations_of_some_publications_are_read_as_they_are_among_all(house: House) -> None:
    other = [{"name": TEAM[0], "affiliations": [{"text": "Institut Laue Langevin, Grenoble"}]}]
    second = paper("10.1000/b", "Ice", TEAM[:1])
    house.tell(paper("10.1000/a", TITLE, TEAM), replace(second, values={**second.values, "authors": other}))
    with house.storage.reading() as session:
        number = session.scalars(select(Publication.id).where(Publication.doi == "10.1000/b")).one()
        given = select(AuthorshipAffiliation.affiliation_id).where(AuthorshipAffiliation.record_id == number)
        mine = set(session.scalars(given))
        every, _ = resolve_affiliations(session)
        some, _ = resolve_affiliations(session, works=[number])
    assert some == [row for row in every if row["id"] in mine]
    assert 0 < len(some) < len(every)


def test_what_is_kept_of_a_look_for_versions_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    works = [Described(n, f"Scattering of neutrons by crystal {n}", ("Ewald, Paul",), 2020) for n in range(1, 30)]
    fresh = [Described(40, works[4].title, ("Ewald, Paul",), 2020, doi="10.1000/a")]
    _, kept = look(works)
    keep(tmp_path / "twins.npz", kept)

    def described(some: Collection[int]) -> list[Described]:
        return [one for one in works if one.work_id in some]

    told = look_again(load_kept(tmp_path / "twins.npz"), fresh, [40], described)
    assert told == look_again(kept, fresh, [40], described)
    assert [(one.left_id, one.right_id) for one in told] == [(40, 5)]


def test_a_rejected_link_of_a_changed_publication_stays_rejected(desk: Desk) -> None:
    storage, settings, _ = desk
    with storage.writing() as session:
        link = session.scalars(select(Link).where(Link.relation == "publication-proposal").limit(1)).one()
        pair, number = (link.left_id, link.right_id), link.id
        said = {"state": "rejected", "decided_by": "anna", "decided_at": AT}
        session.execute(update(Link).where(Link.id == number).values(said))
        session.execute(update(Record).where(Record.id == pair[0]).values(changed_at=AT + timedelta(hours=1)))
    assert at_hour(storage, settings, 1).counters["publications_changed"] == 1
    assert {row[3] for row in links(storage) if row[:2] == pair} == {"rejected"}


def test_everything_is_matched_again_when_facilities_changed_or_a_day_has_passed(desk: Desk) -> None:
    storage, settings, _ = desk
    bring(desk, 260, 1)
    with storage.writing() as session:
        one = session.scalars(select(Record.id).where(Record.kind == "facility").limit(1)).one()
        session.execute(update(Record).where(Record.id == one).values(changed_at=AT + timedelta(hours=1)))
    assert "publications_changed" not in at_hour(storage, settings, 1).counters
    bring(desk, 261, 2)
    assert at_hour(storage, settings, 2).counters["publications_changed"] == 1
    bring(desk, 262, 30)
    assert "publications_changed" not in at_hour(storage, settings, 30).counters


def test_a_glance_at_the_newest_records_tells_what_the_whole_database_tells(desk: Desk) -> None:
    storage, _, made = desk
    with storage.reading() as session:
        before = marks(session)
    bring(desk, 260, 1)
    ask(storage, made, 130, AT + timedelta(hours=1))
    with storage.reading() as session:
        glance, whole = at_a_glance(session, before), as_it_is(session)
    assert glance is not None
    assert glance.moved is not None
    assert (glance.beside, glance.blocks, glance.top, glance.last) == (
        whole.beside, whole.blocks, whole.top, whole.last
    )  # fmt: skip
    with storage.reading() as session:
        assert what_changed(session, before, glance) == what_changed(session, before, whole)
    with storage.writing() as session:
        later = AT + timedelta(hours=2)
        session.execute(update(Record).where(Record.kind == "facility").values(changed_at=later))
    with storage.reading() as session:
        assert at_a_glance(session, before) is None


def test_what_a_glance_did_not_see_is_matched_as_soon_as_it_sees_nothing_new(desk: Desk) -> None:
    storage, settings, _ = desk
    new = bring(desk, 260, 3)
    with storage.writing() as session:
        old = session.scalars(select(func.min(Publication.id))).one()
        assert old // BLOCK != new // BLOCK  # else it is seen beside the new one
        session.execute(update(Record).where(Record.id == old).values(changed_at=AT + timedelta(minutes=30)))
    at_hour(storage, settings, 3)
    with storage.writing() as session:  # with a moment before that of the last change, as a long harvest writes it
        session.execute(update(Record).where(Record.id == old).values(changed_at=AT + timedelta(minutes=40)))
    bring(desk, 261, 4)
    counters = [at_hour(storage, settings, hour).counters for hour in (4, 4, 5)]
    assert [some.get("publications_changed") for some in counters] == [1, 1, None]
    assert counters[-1] == {"unchanged": 1}


def test_what_is_kept_and_lacks_something_is_not_used_and_all_is_matched_again(desk: Desk) -> None:
    storage, settings, _ = desk
    (settings.files_folder / "matching" / "kept.pairs.claim.npy").unlink()
    bring(desk, 260, 1)
    assert "publications_changed" not in at_hour(storage, settings, 1).counters
    bring(desk, 261, 2)
    assert at_hour(storage, settings, 2).counters["publications_changed"] == 1


def test_a_new_policy_or_model_is_a_change(house: House, settings: Settings) -> None:
    house.tell(paper("10.1000/a", TITLE, TEAM))
    run(house.storage, settings, full=False)
    stricter = settings.model_copy(update={"match": settings.match.model_copy(update={"review": 0.5})})
    assert "unchanged" not in run(house.storage, stricter, full=False).counters


def test_a_model_is_taken_into_use_and_back_by_its_version(settings: Settings) -> None:
    shipped = load(NAME)
    assert current_model(settings).version == shipped.version
    folder = settings.files_folder / "models"
    folder.mkdir(parents=True)
    newer = type(shipped)(
        NAME, shipped.kinds, shipped.trees, 0.5, 0.1, {**shipped.card, "version": 2, "held back": {"F1": 0.9}}
    )
    write(newer, folder / f"{newer.version}.json")
    use_model(settings, newer.version)
    assert current_model(settings).slope == 0.5
    assert [one.version for one in model_versions(settings)] == [shipped.version, newer.version]
    use_model(settings, shipped.version)
    assert current_model(settings).version == shipped.version
    with pytest.raises(NotHere):
        use_model(settings, "links-99")


def test_a_model_that_was_learnt_of_other_features_judges_nothing(settings: Settings) -> None:
    shipped = load(NAME)
    fewer = dict(list(shipped.kinds.items())[1:])
    learnt = type(shipped)(NAME, fewer, shipped.trees, 0.5, 0.1, {**shipped.card, "version": 2})
    folder = settings.files_folder / "models"
    folder.mkdir(parents=True)
    write(learnt, folder / f"{learnt.version}.json")
    use_model(settings, learnt.version)
    assert current_model(settings).version == shipped.version


def test_too_few_decisions_leave_the_shipped_model_in_use(house: House, settings: Settings) -> None:
    house.tell(paper("10.1000/a", TITLE, TEAM))
    run(house.storage, settings, full=True)
    found = learn_from_decisions(house.storage, settings)
    assert not found.learned.adopted
    assert current_model(settings).version == load(NAME).version
