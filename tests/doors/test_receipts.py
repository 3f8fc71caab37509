"""Frozen reports: the same bytes for good, every number with its records, and every difference explained in full."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest
from sqlalchemy import update

from puma import keeping, reports
from puma.access import EVERYTHING, Viewer
from puma.backup import backup, restore
from puma.entities import FrozenReport, Link, Proposal, Record
from puma.errors import Conflict, NotHere, PumaError, Refused, WrongUsage
from puma.installation import Installation
from puma.listing import candidates, records
from puma.measuring import Question, metrics
from puma.measuring.receipts import facts_behind, value_of
from puma.reports import FrozenView, changes_since, recipe
from puma.reports.formats import printed
from puma.reports.kept import packed
from puma.settings import load_settings
from puma.storage import Storage, now
from tests.doors.conftest import copy_facility

OFFICE = Viewer("user_office", "Olga", account=0)
READER = Viewer("viewer", "Vera", account=0)
SOON = 1e-9
FORMS = ("html", "xlsx", "pptx")


def frozen(
    house: Installation, viewer: Viewer = EVERYTHING, kind: str = "facility", name: str = "", **filters: str
) -> FrozenView:
    asked = recipe(kind, name, {key: (value,) for key, value in filters.items()})
    number = reports.freeze(house.storage, house.snapshot(), viewer, asked, facility="EPNS", note="council")
    return reports.frozen_report(house.storage, viewer, number)


def changes(house: Installation, one: FrozenView, viewer: Viewer = EVERYTHING) -> reports.Changes:
    return changes_since(house.storage, house.refresh_facts(), viewer, one)


def add_up(found: reports.Changes) -> None:
    for number in found.numbers:
        if number.difference is not None:
            assert sum(line.effect or 0 for line in number.lines) == pytest.approx(number.difference, abs=SOON), number
            if number.unit in ("publications", "proposals", "datasets", "experiments"):
                came = sum(line.came for line in number.lines)
                assert came - sum(line.went for line in number.lines) == number.difference


def of(found: reports.Changes, title: str) -> reports.Difference:
    return next(number for number in found.numbers if number.title == title)


def linked(house: Installation) -> list[int]:
    return house.records_behind(EVERYTHING, Question("publications"))


@pytest.mark.parametrize("viewer", [EVERYTHING, READER], ids=lambda viewer: viewer.role)
def test_every_number_is_made_again_of_the_rows_behind_it(installation: Installation, viewer: Viewer) -> None:
    snapshot = installation.snapshot()
    assert snapshot is not None
    asked = 0
    for slug, one in metrics().items():
        if not viewer.at_least(one.role) or one.counted_only:
            continue
        question = Question(slug)
        answer = installation.ask(viewer, question)
        connection = duckdb.connect()
        connection.register("rows_behind", facts_behind(snapshot, viewer, question))
        again = value_of(connection, one, "standard", "rows_behind")
        if answer.total is not None:
            assert again.value == pytest.approx(answer.total, abs=SOON), slug
            asked += 1
    assert asked > 20


@pytest.fixture(scope="module")
def kept(
    sample: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[int, dict[str, bytes], dict[str, bytes], Path]:
    """A frozen report: its number, its files, the same after a thousand changes, and a backup taken then."""
    folder = copy_facility(sample, tmp_path_factory.mktemp("kept") / "copy")
    house = Installation(load_settings(folder / "puma.toml"))
    with patch.object(house, "_refresh_soon"):
        one = frozen(house, kind="country", name="FR", year="2012-2020")
        files = {form: reports.frozen_file(house.storage, EVERYTHING, one.id, form) for form in FORMS}
        corrected = linked(house)[:20]
        for number in corrected:
            house.correct(OFFICE, number, {"title": f"Another title {number}"})
        with house.storage.writing() as session:
            gone = update(Record).where(Record.kind.in_(("publication", "experiment"))).values(deleted_at=now())
            turned = update(Proposal).values(decision="refused", type="rapid")
            rows = [session.execute(way.returning(of.id)).all() for way, of in ((gone, Record), (turned, Proposal))]
        assert len(corrected) + sum(map(len, rows)) >= 1000
        house.refresh_facts()
        again = {form: reports.frozen_file(house.storage, EVERYTHING, one.id, form) for form in files}
    target = folder.parent / "kept.zip"
    backup(house.storage, house.settings.files_folder, target, facility="EPNS", at=now())
    house.close()
    return one.id, files, again, target


def test_a_frozen_report_gives_the_same_bytes_after_a_thousand_changes(
    kept: tuple[int, dict[str, bytes], dict[str, bytes], Path],
) -> None:
    _, files, again, _ = kept
    assert again == files


def test_a_frozen_report_gives_the_same_bytes_after_backup_and_restore(
    kept: tuple[int, dict[str, bytes], dict[str, bytes], Path], empty_storage: Storage, tmp_path: Path
) -> None:
    number, files, _, target = kept
    restore(empty_storage, tmp_path / "restored", target)
    assert {form: reports.frozen_file(empty_storage, EVERYTHING, number, form) for form in files} == files
    paper = reports.frozen_file(empty_storage, EVERYTHING, number, "pdf")
    assert paper.startswith(b"%PDF")
    assert paper == printed(files["html"].decode())


def test_the_same_facts_freeze_to_the_same_bytes(installation: Installation) -> None:
    snapshot = installation.snapshot()
    assert snapshot is not None
    made = [
        packed(
            reports.make(installation.storage, snapshot, READER, recipe("facility"), facility="EPNS"), snapshot, READER
        )
        for _ in range(2)
    ]
    assert made[0] == made[1]


def test_nothing_changed_is_told_as_nothing(own_copy: Installation) -> None:
    found = changes(own_copy, frozen(own_copy))
    assert [number.title for number in found.numbers if number.lines or number.difference] == []
    assert len(found.numbers) > 10


def accept(house: Installation, dice: random.Random) -> None:
    page = candidates(house.storage, EVERYTHING, limit=200).items
    one = dice.choice(page)
    house.decide(OFFICE, one.link_id, dice.choice(("accept", "reject")), expected_state="candidate")


def withdraw(house: Installation, dice: random.Random) -> None:
    with house.storage.writing() as session:
        number = dice.choice(linked(house))
        session.execute(update(Record).where(Record.id == number).values(deleted_at=now(), changed_at=now()))


def close(house: Installation, dice: random.Random) -> None:
    with house.storage.writing() as session:
        number = dice.choice(linked(house))
        session.execute(update(Record).where(Record.id == number).values(visibility="restricted", changed_at=now()))


def correct(house: Installation, dice: random.Random) -> None:
    values = dice.choice(({"type": "OTHER"}, {"citations": "777"}, {"year": "2016"}, {"open_access": "closed"}))
    house.correct(OFFICE, dice.choice(linked(house)), values)


def merge(house: Installation, dice: random.Random) -> None:
    bare = [
        row.id for row in records(house.storage, EVERYTHING, "publication", limit=900).rows if not row.values["doi"]
    ]
    house.merge(OFFICE, *dice.sample(bare, 2))


def unlink(house: Installation, dice: random.Random) -> None:
    with house.storage.writing() as session:
        which = Link.left_id == dice.choice(linked(house))
        session.execute(update(Link).where(which, Link.state != "rejected").values(state="candidate", probability=0.5))


def rename(house: Installation, dice: random.Random) -> None:
    code = dice.choice(records(house.storage, EVERYTHING, "instrument", limit=20).rows)
    house.call(OFFICE, "instrument", "EPNS", f"Another {dice.random()}", code.id)


EDITS: tuple[Callable[[Installation, random.Random], None], ...] = (
    accept,
    withdraw,
    close,
    correct,
    merge,
    unlink,
    rename,
)


@pytest.mark.parametrize("seed", range(4))
def test_the_reasons_add_up_to_the_difference_whatever_was_changed(own_copy: Installation, seed: int) -> None:
    dice = random.Random(seed)
    viewer = dice.choice((EVERYTHING, READER))
    filters = dice.choice(({}, {"year": "2012-2019"}, {"type": "JOURNAL_ARTICLE"}))
    kind, name = dice.choice((("facility", ""), ("country", "FR"), ("country", "DE")))
    one = frozen(own_copy, viewer, kind, name, **filters)
    for _ in range(25):
        try:
            dice.choice(EDITS)(own_copy, dice)
        except (Conflict, WrongUsage, NotHere):
            continue  # two with different DOIs, or merged meanwhile
    found = changes(own_copy, one)
    add_up(found)
    assert any(number.lines for number in found.numbers)
    for number in found.numbers:
        now_asked = number.now
        kept = reports.open_frozen(own_copy.storage, EVERYTHING, one.id)
        part = next(part for part in kept.parts if part.title == number.title)
        assert now_asked == own_copy.ask(one.viewer, part.question).total
        assert part.total == number.then


def test_each_change_is_told_with_its_own_reason(own_copy: Installation) -> None:
    one = frozen(own_copy)
    numbers = linked(own_copy)
    own_copy.correct(OFFICE, numbers[0], {"type": "OTHER"})
    with own_copy.storage.writing() as session:
        session.execute(update(Record).where(Record.id == numbers[1]).values(deleted_at=now()))
    link = next(
        item.link_id
        for item in candidates(own_copy.storage, EVERYTHING, limit=300).items
        if item.left.record_id not in numbers
    )
    own_copy.decide(OFFICE, link, "accept", expected_state="candidate")
    lines = {line.kind: line for line in of(changes(own_copy, one), "Publications").lines}
    assert lines["corrected"].words == "type by Olga"
    assert (lines["corrected"].went, lines["withdrawn"].went, lines["decided"].came) == (1, 1, 1)
    assert lines["decided"].words == "accepted by Olga"
    assert [record.id for record in lines["corrected"].records] == [numbers[0]]


def test_a_changed_rule_is_told_apart_from_changed_data(
    own_copy: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = frozen(own_copy)
    rule = metrics()["publications"]
    other = replace(rule, where=rule.where + " AND f.year >= 2015", version=rule.version + 1)
    own_copy.correct(OFFICE, linked(own_copy)[0], {"type": "OTHER"})
    monkeypatch.setitem(metrics(), "publications", other)
    number = of(changes(own_copy, one), "Publications")
    kinds = {line.kind: line.effect for line in number.lines}
    assert kinds["corrected"] == -1
    assert (kinds["rule"] or 0) < -50
    assert sum(kinds[kind] or 0 for kind in kinds) == number.difference


def test_who_may_not_know_of_confidential_proposals_is_shown_nothing_of_them(own_copy: Installation) -> None:
    secret, open_one = frozen(own_copy, OFFICE), frozen(own_copy, READER)
    assert [one.id for one in reports.frozen_reports(own_copy.storage, READER)] == [open_one.id]
    with pytest.raises(NotHere):
        reports.frozen_file(own_copy.storage, READER, secret.id, "html")
    before = changes(own_copy, open_one, READER)
    hidden = own_copy.records_behind(OFFICE, Question("proposals", (), {"decision": ("refused",)}))
    with own_copy.storage.writing() as session:
        session.execute(update(Record).where(Record.id.in_(hidden)).values(deleted_at=now(), changed_at=now()))
    after = changes(own_copy, open_one, READER)
    assert [(one.then, one.now, one.lines) for one in after.numbers] == [
        (one.then, one.now, one.lines) for one in before.numbers
    ]
    assert of(changes(own_copy, secret, OFFICE), "Proposals").lines[0].went == len(hidden)


def test_a_record_that_was_closed_since_is_not_named_to_those_it_was_closed_to(own_copy: Installation) -> None:
    one = frozen(own_copy, READER, year="2018")
    kept = reports.open_frozen(own_copy.storage, READER, one.id)
    with own_copy.storage.writing() as session:
        session.execute(update(Record).where(Record.id == kept.listed[0]).values(visibility="restricted"))
    with pytest.raises(Refused, match="not open to your role"):
        changes(own_copy, one, READER)
    line = of(changes(own_copy, one, OFFICE), "Publications").lines[0]
    assert (line.kind, line.went) == ("withdrawn", 1)


def test_changes_about_few_people_are_told_in_sum_only(own_copy: Installation) -> None:
    one = frozen(own_copy, READER)
    person = own_copy.records_behind(OFFICE, Question("users"))[0]
    sessions = [row.id for row in records(own_copy.storage, EVERYTHING, "experiment", limit=3).rows]
    with own_copy.storage.writing() as session:
        gone = update(Record).where(Record.id.in_([person, *sessions])).values(deleted_at=now())
        session.execute(gone)
    found = changes(own_copy, one, READER)
    for title in ("Users", "User visits", "New users"):
        lines = of(found, title).lines
        assert all(line.came + line.went + line.changed == 0 and not line.records for line in lines)
    add_up(found)


def test_a_report_frozen_for_everybody_with_an_account_holds_their_figures(own_copy: Installation) -> None:
    asked = recipe("facility")
    number = reports.freeze(own_copy.storage, own_copy.snapshot(), OFFICE, asked, facility="EPNS", as_role="viewer")
    kept = reports.open_frozen(own_copy.storage, READER, number)
    proposals = next(part for part in kept.parts if part.question == Question("proposals", (), {}))
    assert proposals.total == own_copy.ask(READER, Question("proposals")).total
    assert proposals.total < (own_copy.ask(OFFICE, Question("proposals")).total or 0)


def test_a_deleted_report_can_be_brought_back_by_its_owner_only(own_copy: Installation) -> None:
    one = frozen(own_copy, READER)
    with pytest.raises(Refused):
        reports.delete_frozen(own_copy.storage, Viewer("viewer", "Somebody"), one.id)
    reports.delete_frozen(own_copy.storage, READER, one.id)
    assert reports.frozen_reports(own_copy.storage, READER) == []
    assert reports.frozen_reports(own_copy.storage, Viewer("viewer", "Somebody"), deleted=True) == []
    reports.restore_frozen(own_copy.storage, READER, one.id)
    assert [found.id for found in reports.frozen_reports(own_copy.storage, READER)] == [one.id]
    with pytest.raises(Conflict):
        reports.restore_frozen(own_copy.storage, READER, one.id)


def test_who_did_not_sign_in_freezes_nothing(own_copy: Installation) -> None:
    with pytest.raises(PumaError):
        frozen(own_copy, Viewer())
    assert reports.frozen_reports(own_copy.storage, Viewer()) == []


def test_a_changed_byte_is_noticed(own_copy: Installation) -> None:
    one = frozen(own_copy)
    with own_copy.storage.writing() as session:
        body = bytearray(session.get_one(FrozenReport, one.id).body)
        body[len(body) // 2] ^= 1
        session.execute(update(FrozenReport).where(FrozenReport.id == one.id).values(body=bytes(body)))
    with pytest.raises(WrongUsage, match="bytes were changed"):
        reports.frozen_file(own_copy.storage, EVERYTHING, one.id, "html")


def test_a_report_on_a_private_collection_is_shown_to_its_owner(own_copy: Installation) -> None:
    mine = keeping.make(own_copy.storage, READER, "Mine")
    keeping.add(own_copy.storage, READER, mine, linked(own_copy)[:5])
    own_copy.refresh_facts()
    one = frozen(own_copy, READER, collection=str(mine))
    assert one.publications == 5
    assert reports.frozen_reports(own_copy.storage, Viewer("viewer", "Somebody")) == []
    keeping.add(own_copy.storage, READER, mine, linked(own_copy)[5:7])
    line = of(changes(own_copy, one, READER), "Publications").lines[0]
    assert (line.kind, line.words, line.came) == ("collected", "put in by Vera", 2)
    other = reports.make(own_copy.storage, own_copy.snapshot(), Viewer("viewer", "Somebody"),
                         recipe("facility", "", {"collection": (str(mine),)}), facility="EPNS")  # fmt: skip
    assert other.known == 0


def test_what_moves_within_a_table_alone_is_told_too(own_copy: Installation) -> None:
    with patch.object(own_copy, "_refresh_soon"):
        one = frozen(own_copy)
        assert changes(own_copy, one).tables == []
        articles = own_copy.records_behind(EVERYTHING, Question("publications", (), {"type": ("JOURNAL_ARTICLE",)}))
        own_copy.correct(OFFICE, articles[0], {"type": "BOOK_CHAPTER"})
        found = changes(own_copy, one)
    assert of(found, "Publications").lines == []
    (table,) = [table for table in found.tables if table.title == "Publications per year, by type"]
    assert (table.then, table.now) == (of(found, "Publications").then, of(found, "Publications").now)
    (line,) = table.lines
    assert (line.kind, line.came, line.went, line.changed, line.effect) == ("corrected", 0, 0, 1, None)
    assert [one.id for one in line.records] == [articles[0]]
    titles = {table.title for table in found.tables}
    assert "Publications by country of the authors" not in titles, "there it stands where it stood"
