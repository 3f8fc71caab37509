"""Match quality counts each publication once, by what people decided, and tells nobody what they may not see."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from puma import decisions
from puma.access import EVERYTHING, Viewer
from puma.entities import (
    Affiliation,
    Authorship,
    AuthorshipAffiliation,
    Institution,
    Link,
    Person,
    Proposal,
    Publication,
    Record,
    Run,
)
from puma.evaluation import audit
from puma.listing import candidates
from puma.listing.candidates import EVERY, taken
from puma.listing.quality import (
    STATES,
    judged_by,
    linked_years,
    model_acts,
    promise,
    promised,
    publications_linked,
    publications_unsettled,
    queue_age,
    unsettled,
    weeks,
)
from puma.matching.sampling import LOTS, in_audit, lot
from puma.storage import Storage, insert_rows

AT = datetime(2026, 1, 5, tzinfo=UTC)
SCIENTIST, OFFICE = Viewer("scientist", "Nina"), Viewer("user_office", "Ada")
SECRET = 52  # a proposal that only the user office may know of
PAPERS = range(1, 41)
LINKS: Sequence[tuple[int, int, str]] = [
    (1, 51, "validated"), (1, 53, "candidate"), (1, 54, "rejected"), (2, 51, "auto"), (2, 53, "rejected"),
    (3, 51, "candidate"), (3, 54, "rejected"), (4, 51, "rejected"), (5, SECRET, "validated"),
    *((paper, 53, "candidate") for paper in range(11, 41)),
]  # fmt: skip


@pytest.fixture
def house(storage: Storage) -> Storage:
    """Forty publications, four proposals of which one is secret, and links in every state."""
    with storage.writing() as session:
        kinds = dict.fromkeys(PAPERS, "publication") | dict.fromkeys((51, SECRET, 53, 54), "proposal")
        kinds |= {60: "person", 61: "institution"}
        insert_rows(
            session,
            Record,
            [
                {
                    "id": number,
                    "kind": kind,
                    "created_at": AT,
                    "changed_at": AT,
                    "visibility": "restricted" if number == SECRET else "public",
                }
                for number, kind in kinds.items()
            ],
        )
        years = {1: 2019, 2: 2019, 3: 2020, 4: 2020, 5: 2020}
        insert_rows(
            session,
            Publication,
            [{"id": n, "title": "t", "year": years.get(n, 2021 if n < 40 else None)} for n in PAPERS],
        )
        insert_rows(session, Proposal, [{"id": n, "title": "t", "code": f"MA-{n}"} for n in (51, SECRET, 53, 54)])
        insert_rows(
            session,
            Link,
            [
                {
                    "left_id": left,
                    "right_id": right,
                    "relation": "publication-proposal",
                    "state": state,
                    "tier": "auto" if state == "auto" else "review",
                    "channel": "team",
                    "score": 1.0,
                    "probability": (left % 10) / 10 + 0.05,
                    "evidence": [],
                    "evidence_digest": "0",
                    "model": "links-1",
                    "found_at": AT - timedelta(days=left),
                }
                for left, right, state in LINKS
            ],
        )
    return storage  # fmt: skip


def test_every_publication_counts_once_by_its_best_link(house: Storage) -> None:
    years = {one.year: one.counts for one in linked_years(house, OFFICE)}
    assert years[2019] == {"validated": 1, "auto": 1, "candidate": 0, "rejected": 0, "none": 0}
    assert years[2020] == {"validated": 1, "auto": 0, "candidate": 1, "rejected": 1, "none": 0}
    assert list(years) == [2019, 2020, 2021, None]
    assert sum(sum(counts.values()) for counts in years.values()) == len(PAPERS)


@pytest.mark.parametrize("viewer", [OFFICE, SCIENTIST], ids=lambda viewer: viewer.role)
def test_behind_every_number_is_the_list_of_as_many(house: Storage, viewer: Viewer) -> None:
    for one in linked_years(house, viewer):
        if one.year:
            for state in STATES:
                assert len(publications_linked(house, viewer, [state], one.year)) == one.counts[state]
    everything = [number for state in STATES for number in publications_linked(house, viewer, [state])]
    assert sorted(everything) == list(PAPERS)


def test_a_link_with_a_secret_proposal_is_no_link_for_who_may_not_know_of_it(house: Storage) -> None:
    assert publications_linked(house, OFFICE, ["validated"]) == [1, 5]
    assert publications_linked(house, SCIENTIST, ["validated"]) == [1]
    assert 5 in publications_linked(house, SCIENTIST, ["none"])
    assert candidates(house, SCIENTIST, state="validated").total == 1


def test_the_age_of_the_queue_is_that_of_the_links_that_wait(house: Storage) -> None:
    found = queue_age(house, OFFICE, AT)
    waiting = sorted(left for left, _, state in LINKS if state == "candidate")
    assert found.open == len(waiting)
    assert found.p50_days == waiting[len(waiting) // 2]
    assert found.p90_days == waiting[int(0.9 * len(waiting))]


def test_an_empty_database_gives_no_numbers_and_no_fault(storage: Storage) -> None:
    assert linked_years(storage, OFFICE) == []
    assert queue_age(storage, OFFICE, AT).p50_days is None
    assert promise(storage, OFFICE, audited=False).ece is None
    assert weeks(storage, OFFICE, date(2026, 1, 5)) == []
    assert unsettled(storage, OFFICE).affiliations.value is None
    assert audit(storage, OFFICE).precision.value is None
    assert model_acts(storage, OFFICE) == []
    assert judged_by(storage, OFFICE) == {}


def test_the_error_of_promises_weighs_each_bin_by_its_decisions() -> None:
    found = promised([(0.95, True), (0.97, True), (0.96, False), (0.15, False)])
    assert [one.true.of for one in found.bins] == [1, 3]
    assert found.ece == pytest.approx((0.15 * 1 + (0.96 - 2 / 3) * 3) / 4)


def number_of(house: Storage, left: int, right: int) -> int:
    with house.reading() as session:
        return session.scalars(select(Link.id).where(Link.left_id == left, Link.right_id == right)).one()


def test_promises_are_what_was_shown_and_what_stands(house: Storage) -> None:
    first = decisions.decide(house, OFFICE, number_of(house, 13, 53), "reject")
    decisions.decide(house, OFFICE, number_of(house, 19, 53), "accept")
    decisions.undo(house, OFFICE, first)
    decisions.decide(house, OFFICE, number_of(house, 13, 53), "accept")
    found = promise(house, OFFICE, audited=False)
    assert [(round(one.promised, 2), one.true.right, one.true.of) for one in found.bins] == [(0.35, 1, 1), (0.95, 1, 1)]
    drawn = sum(in_audit(left, 53) for left in (13, 19))
    assert promise(house, OFFICE, audited=True).decisions == drawn


def test_weeks_count_decisions_and_tell_only_the_user_office_who_took_them(house: Storage) -> None:
    today = datetime.now(UTC).date()
    first = decisions.decide(house, SCIENTIST, number_of(house, 13, 53), "reject")
    decisions.decide(house, OFFICE, number_of(house, 19, 53), "accept")
    decisions.undo(house, OFFICE, first)
    found = weeks(house, OFFICE, today)
    assert len(found) == 26
    assert [(one.monday + timedelta(weeks=1)) for one in found[:-1]] == [one.monday for one in found[1:]]
    assert found[-1].monday.weekday() == 0
    assert sum(one.accepted for one in found) == 1
    assert (sum(one.rejected for one in found), sum(one.undone for one in found)) == (0, 1)
    assert {name for one in found for name in one.by} == {"Ada", "Nina"}
    assert not any(one.by for one in weeks(house, SCIENTIST, today))


def test_what_nobody_could_place_is_counted_and_listed(house: Storage) -> None:
    with house.writing() as session:
        insert_rows(session, Person, [{"id": 60, "family_name": "Curie", "user": False}])
        insert_rows(session, Institution, [{"id": 61, "name": "Sorbonne"}])
        insert_rows(session, Affiliation, [
            {"id": n, "text": f"text {n}", "digest": str(n), "institution_id": place}
            for n, place in ((1, 61), (2, None), (3, None))
        ])  # fmt: skip
        insert_rows(session, Authorship, [
            {"record_id": paper, "person_id": person, "position": position, "name": "N", "family_name": "N"}
            for paper, position, person in ((1, 1, 60), (1, 2, None), (2, 1, 60), (3, 1, 60))
        ])  # fmt: skip
        insert_rows(session, AuthorshipAffiliation, [
            {"record_id": paper, "position": position, "affiliation_id": text}
            for paper, position, text in ((1, 1, 1), (1, 1, 2), (1, 2, 2), (2, 1, 3))
        ])  # fmt: skip
    found = unsettled(house, OFFICE)
    assert (found.affiliations.right, found.affiliations.of) == (2, 3)
    assert (found.no_institution.right, found.no_institution.of) == (2, 3)
    assert (found.silent.right, found.silent.of) == (1, 4)
    assert (found.no_person.right, found.no_person.of) == (1, 4)
    assert publications_unsettled(house, OFFICE, "no_institution") == [1, 2]
    assert publications_unsettled(house, OFFICE, "silent") == [3]
    assert publications_unsettled(house, OFFICE, "no_person") == [1]


def test_acts_on_models_are_told_newest_first_and_names_to_the_user_office_only(house: Storage) -> None:
    runs = [("learn", {"decisions": 9}, "Ada let the model learn: no."), ("learn", {"version": 2, "before": 1}, "Ada"),
            ("model", {"version": 1, "before": 2}, "Ada took links-1 into use for links-2.")]  # fmt: skip
    with house.writing() as session:
        insert_rows(session, Run, [
            {"kind": kind, "state": "done", "started_at": AT, "heartbeat_at": AT, "counters": counters, "message": said}
            for kind, counters, said in runs
        ])  # fmt: skip
    assert [(one.version, one.before) for one in model_acts(house, OFFICE)] == [
        ("links-1", "links-2"), ("links-2", "links-1"),
    ]  # fmt: skip
    assert {one.said for one in model_acts(house, SCIENTIST)} == {""}
    assert judged_by(house, OFFICE) == {"links-1": 33}


# --- the random audit within the queue ------------------------------------------------------------------------------


def test_the_database_draws_the_same_pairs_as_the_program(house: Storage) -> None:
    with house.reading() as session:
        rows = session.execute(
            select(Link.left_id, Link.right_id, lot("order", Link.left_id, Link.right_id),
                   in_audit(Link.left_id, Link.right_id))
        ).all()  # fmt: skip
    assert [(lot("order", left, right), in_audit(left, right)) for left, right, *_ in rows] == [
        (place, bool(drawn)) for *_, place, drawn in rows
    ]
    assert all(0 <= place < LOTS for _, _, place, _ in rows)


def test_numbers_as_large_as_they_get_draw_the_same(storage: Storage) -> None:
    with storage.reading() as session:
        big = 2**40
        mixed = session.scalar(select((func.coalesce(big, 0) * 48_271 + big * 69_621) % LOTS))
    assert mixed == (big * 48_271 + big * 69_621) % LOTS


@pytest.mark.parametrize(("drawn", "others"), [(0, 0), (0, 7), (7, 0), (3, 40), (40, 3), (10, 40)])
@pytest.mark.parametrize("decided", range(EVERY))
def test_the_queue_holds_every_link_once_whatever_there_is_of_either(drawn: int, others: int, decided: int) -> None:
    marks = [taken(place, drawn, others, decided) for place in range(drawn + others + 1)]
    assert (marks[0], marks[-1]) == (0, drawn)
    assert {after - before for before, after in zip(marks, marks[1:], strict=False)} <= {0, 1}


def test_every_fifth_of_the_queue_was_drawn_by_lot_and_the_others_are_the_likeliest(house: Storage) -> None:
    items = candidates(house, OFFICE, limit=100).items
    drawn = sum(one.drawn for one in items)
    assert drawn > 2
    assert {place for place, one in enumerate(items, 1) if one.drawn} >= {
        EVERY * number - 1 for number in range(1, drawn + 1) if EVERY * number - 1 <= len(items)
    }  # six links are decided, so the fourth one is the tenth
    rest = [one.probability for one in items if not one.drawn]
    assert rest == sorted(rest, reverse=True)
    pages = [candidates(house, OFFICE, offset=start, limit=3).items for start in range(0, len(items), 3)]
    assert [one.link_id for page in pages for one in page] == [one.link_id for one in items]


def test_who_always_decides_the_first_meets_every_fifth_of_the_audit(house: Storage) -> None:
    met = []
    for _ in range(2 * EVERY):
        one = candidates(house, OFFICE, limit=1).items[0]
        met.append(one.drawn)
        decisions.decide(house, OFFICE, one.link_id, "reject")
    assert sum(met) == 2


def test_the_audit_queue_is_the_whole_sample_in_the_order_of_the_lots(house: Storage) -> None:
    page = candidates(house, OFFICE, audit=True, limit=100)
    lots = select(Link.id).where(
        Link.relation == "publication-proposal",
        Link.state.in_(("auto", "candidate")),
        in_audit(Link.left_id, Link.right_id),
    )
    with house.reading() as session:
        expected = list(session.scalars(lots.order_by(lot("order", Link.left_id, Link.right_id), Link.id)))
    assert [one.link_id for one in page.items] == expected
    assert page.total == page.audit == len(page.items)
    assert all(one.drawn for one in page.items)
    one = page.items[0]
    decisions.decide(house, OFFICE, one.link_id, "accept", expected_state=one.state)
    after = candidates(house, OFFICE, audit=True, state="validated")
    assert one.link_id in {item.link_id for item in after.items}
    assert candidates(house, OFFICE, audit=True).total == page.total - 1


def test_the_audit_leaves_out_what_the_viewer_may_not_know_of(house: Storage) -> None:
    with house.writing() as session:
        session.get_one(Record, 53).visibility = "restricted"
    assert audit(house, EVERYTHING).open > audit(house, SCIENTIST).open
