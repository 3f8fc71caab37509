"""A user office's database on SQLite and PostgreSQL: same rows, same claims; read only, in bounded memory, discreet."""

import json
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import create_engine

from harvesters import tables, user_office_sql
from harvesters._table_files import csv_lines
from puma.claims import Claim, check
from puma.errors import PumaError, Refused, SkipRecord, StopRun, TryLater, WrongUsage
from puma.harvesting import Page, Visit
from puma.harvesting.transport import Web

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SAMPLE = Path(__file__).parents[2] / "sample_data"

# The columns of UserOfficeProject's tables that the preset asks for, with their types there.
USER_OFFICE_PROJECT = """
CREATE TYPE allocation_time_unit AS ENUM ('day', 'hour', 'week');
CREATE TABLE countries (country_id serial PRIMARY KEY, country varchar(100));
CREATE TABLE institutions (institution_id serial PRIMARY KEY, institution varchar(200), country_id int, ror_id varchar);
CREATE TABLE users (user_id serial PRIMARY KEY, firstname varchar, lastname varchar, preferredname varchar,
  email varchar, institution_id int, oidc_sub varchar);
CREATE TABLE instruments (instrument_id serial PRIMARY KEY, name varchar(200), short_code varchar(20), description text,
  manager_user_id int);
CREATE TABLE techniques (technique_id serial PRIMARY KEY, name varchar(200), short_code varchar(20), description text);
CREATE TABLE technique_has_instruments (technique_id int, instrument_id int);
CREATE TABLE "call" (call_id serial PRIMARY KEY, call_short_code varchar(20), start_call timestamptz,
  end_call timestamptz, start_cycle timestamptz, end_cycle timestamptz, allocation_time_unit allocation_time_unit);
CREATE TABLE call_has_instruments (call_id int, instrument_id int, availability_time int, submitted boolean);
CREATE TABLE proposals (proposal_pk serial PRIMARY KEY, title varchar(500), abstract text, proposer_id int,
  proposal_id varchar(16), final_status int, call_id int, questionary_id int, notified boolean DEFAULT false,
  submitted boolean DEFAULT false, management_decision_submitted boolean DEFAULT false, submitted_date timestamptz);
CREATE TABLE proposal_user (proposal_pk int, user_id int);
CREATE TABLE technique_has_proposals (technique_id int, proposal_id int);
CREATE TABLE instrument_has_proposals (instrument_id int, proposal_pk int, instrument_has_proposals_id serial,
  management_time_allocation int);
CREATE TABLE questions (question_id varchar(64) PRIMARY KEY, data_type varchar(64));
CREATE TABLE answers (answer_id serial PRIMARY KEY, questionary_id int, question_id varchar(64), answer jsonb);
CREATE TABLE experiments (experiment_pk serial PRIMARY KEY, experiment_id varchar(30), starts_at timestamptz,
  ends_at timestamptz, scheduled_event_id int, proposal_pk int, status varchar(30), local_contact_id int,
  instrument_id int);
CREATE TABLE visits (visit_id serial PRIMARY KEY, proposal_pk int, experiment_pk int, creator_id int);
CREATE TABLE visits_has_users (visit_id int, user_id int, status varchar(30));
"""

ROWS = """
INSERT INTO countries VALUES (1, 'Italy'), (2, 'Japan'), (3, 'Norway'), (4, 'France');
INSERT INTO institutions VALUES (1, 'University of Example', 1, 'https://ror.org/02feahw73'),
  (2, 'Institute of Blades', 2, NULL), (3, 'Example Source', 3, NULL), (4, 'École Inventée', 4, NULL);
INSERT INTO users VALUES (101, 'Elena', 'Bianchi', 'Elena', 'elena@example.org', 1, 'a'),
  (102, 'Kenji', 'Sato', '', '', 2, 'b'), (103, 'Marc', 'Dubois', '', '', 4, 'c'),
  (200, 'Ola', 'Nordmann', '', '', 3, 'd'), (300, 'Ada', 'Ferro', '', 'ada@example.org', 3, 'e'),
  (400, 'Nobody', 'Cancelled', '', '', 3, 'f');
INSERT INTO instruments VALUES (7, 'Nemo', 'NEMO', 'A 100% invented reflectometer: it swims', 200),
  (8, 'Orca', 'ORCA', '', 200);
INSERT INTO techniques VALUES (1, 'Small Angle Scattering', 'SANS', ''), (2, 'Neutron Reflectometry', 'NR', '');
INSERT INTO technique_has_instruments VALUES (1, 7), (2, 7);
INSERT INTO "call" VALUES (1, 'CALL-25A', '2024-11-01 08:00+00', '2024-12-15 22:59+00', '2025-03-01 00:00+00',
  '2025-08-31 00:00+00', 'day');
INSERT INTO call_has_instruments VALUES (1, 7, 60, true), (1, 8, NULL, false);
INSERT INTO proposals VALUES
  (1, 'Magnons in a made-up nickelate', 'We look for them.', 101, '250001', 1, 1, 31, true, true, true,
   '2024-12-14 21:03:10+00'),
  (2, 'Water in invented clay', '', 103, '250002', 1, 1, 32, false, true, false, '2024-12-15 10:00+00'),
  (3, 'A draft', '', 103, '250003', NULL, 1, 33, false, false, false, NULL);
INSERT INTO proposal_user VALUES (1, 102), (3, 102);
INSERT INTO technique_has_proposals VALUES (2, 1);
INSERT INTO instrument_has_proposals VALUES (7, 1, 1, 3), (8, 2, 2, NULL);
INSERT INTO questions VALUES ('picker', 'INSTRUMENT_PICKER'), ('text', 'TEXT_INPUT');
INSERT INTO answers VALUES (1, 31, 'picker', '{"value": [{"instrumentId": "7", "timeRequested": "4"}]}'),
  (2, 32, 'picker', '{"value": {"instrumentId": "8", "timeRequested": "2"}}'),
  (3, 31, 'text', '{"value": {"instrumentId": "7", "timeRequested": "99"}}'), (4, 33, 'picker', '{"value": 8}');
INSERT INTO experiments VALUES
  (1, '250001-1', '2025-04-01 07:00+00', '2025-04-04 07:00+00', 900, 1, 'COMPLETED', 200, 7),
  (2, '250001-2', '2025-05-01 07:00+00', '2025-05-02 07:00+00', 901, 1, 'DRAFT', 200, 7);
INSERT INTO visits VALUES (1, 1, 1, 102);
INSERT INTO visits_has_users VALUES (1, 102, 'APPROVED'), (1, 300, 'SUBMITTED'), (1, 400, 'CANCELLED_BY_USER');
"""

Harvest = Callable[..., list[Page]]


def harvest(cursor: Any = None, **settings: Any) -> list[Page]:
    source = user_office_sql.Source(
        **{"name": "office", "harvester": "user_office_sql", "facility": "EPNS", **settings}
    )
    with Web(source) as web:
        return list(user_office_sql.fetch(source, Visit(web, NOW, cursor=cursor)))


def payloads(pages: list[Page]) -> dict[str, Any]:
    return {record.key: json.loads(record.payload) for page in pages for record in page.records}


def claims(pages: list[Page]) -> list[Claim]:
    source = tables.Source(name="office", harvester="tables", facility="EPNS", path=Path("."))
    found = []
    for record in (record for page in pages for record in page.records):
        try:
            found += [check(claim) for claim in user_office_sql.read(record.payload, source)]  # type: ignore[arg-type]
        except SkipRecord:
            continue
    return found


def as_sqlite(folder: Path, file: Path, at_first: str = "") -> dict[str, str]:
    """The CSV files of a folder as tables of a SQLite file; a query for each of them."""
    engine = create_engine(f"sqlite:///{file}")
    queries = {}
    with engine.begin() as connection:
        for path in sorted(folder.glob("*.csv")):
            lines = list(csv_lines(path.name, path.read_bytes()))
            header = lines[0][1]
            named = ", ".join(f'"{name}"' for name in header)
            connection.exec_driver_sql(f'CREATE TABLE "{path.stem}" ({named})')
            marks = ", ".join("?" for _ in header)
            for _, cells in lines[1:]:
                if len(cells) == len(header) and any(cells):
                    connection.exec_driver_sql(f'INSERT INTO "{path.stem}" VALUES ({marks})', tuple(cells))
            queries[path.stem] = f'SELECT {named} FROM "{path.stem}"'
    engine.dispose()
    return queries


@pytest.fixture
def sqlite_office(tmp_path: Path) -> dict[str, Any]:
    """The sample tables as a SQLite database."""
    file = tmp_path / "odd name #1?.db"
    queries = as_sqlite(SAMPLE / "tables", file)
    return {"database": f"sqlite:///{file}", "queries": queries}


@pytest.fixture
def postgres_office(postgres_url: str) -> str:
    """A PostgreSQL database with the shape of UserOfficeProject's."""
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(USER_OFFICE_PROJECT)
        connection.exec_driver_sql(ROWS.replace("%", "%%"))
    engine.dispose()
    return postgres_url


def test_the_rows_of_a_database_give_the_records_of_the_same_rows_in_files(sqlite_office: dict[str, Any]) -> None:
    source = tables.Source(name="office", harvester="tables", facility="EPNS", path=SAMPLE / "tables")
    with Web(source) as web:
        from_files = list(tables.fetch(source, Visit(web, NOW)))
    assert payloads(harvest(**sqlite_office)) == payloads(from_files)


def test_the_preset_reads_the_schema_of_the_user_office_project(postgres_office: str) -> None:
    found = claims(harvest(database=postgres_office, preset="user_office_project", allow_private=True))
    expected = [
        claim
        for claim in claims(harvest(path=SAMPLE / "user_office_sql"))
        if claim.values.get("label") is not None or claim.kind != "instrument"
    ]

    def told(claim: Claim) -> Claim:
        values = {name: value for name, value in claim.values.items() if value not in (None, [], "")}
        return Claim(claim.kind, claim.keys, values)

    assert [told(claim) for claim in found] == [told(claim) for claim in expected]


def test_drafts_cancelled_visits_and_unconfirmed_decisions_stay_out(postgres_office: str) -> None:
    found = claims(harvest(database=postgres_office, preset="user_office_project", allow_private=True))
    proposals = {claim.values["code"]: claim.values["decision"] for claim in found if claim.kind == "proposal"}
    assert proposals == {"250001": "accepted", "250002": None}
    assert [claim.values["code"] for claim in found if claim.kind == "experiment"] == ["250001-1"]
    assert "Cancelled" not in {claim.values["family_name"] for claim in found if claim.kind == "person"}


def test_a_query_of_ones_own_wins_over_the_preset_and_an_empty_one_leaves_the_table_out(postgres_office: str) -> None:
    own = {"proposals": "SELECT 'X-1' AS code, 'A title: 100% mine' AS title", "instruments": ""}
    found = harvest(database=postgres_office, preset="user_office_project", queries=own, allow_private=True)
    assert [key for key in payloads(found) if not key.startswith(("calls", "operation"))] == ["proposals:EPNS/x1"]


def test_nothing_can_be_written_through_a_query(postgres_office: str, sqlite_office: dict[str, Any]) -> None:
    for sly in (
        "WITH gone AS (DELETE FROM proposals RETURNING proposal_id AS code) SELECT code FROM gone",
        "SELECT nextval('proposals_proposal_pk_seq') AS code",
    ):
        with pytest.raises(StopRun, match="read-only transaction|data-modifying"):
            harvest(database=postgres_office, queries={"proposals": sly}, allow_private=True)
    assert len(payloads(harvest(database=postgres_office, preset="user_office_project", allow_private=True))) == 7
    for statement in ("DELETE FROM proposals", "SELECT code FROM proposals; DROP TABLE proposals"):
        with pytest.raises(ValidationError, match="must be one SELECT"):
            harvest(**{**sqlite_office, "queries": {"proposals": statement}})


def test_a_password_is_in_no_message(monkeypatch: pytest.MonkeyPatch, postgres_office: str) -> None:
    monkeypatch.setenv("OFFICE_PASSWORD", "hunter2")
    host = postgres_office.partition("@")[2]
    faults = [
        {"database": "postgresql+psycopg://puma:hunter2@127.0.0.1:1/x?sslpassword=hunter2"},
        {"database": "postgresql+psycopg://puma@127.0.0.1:1/x", "password": "env:OFFICE_PASSWORD"},
        {"database": f"postgresql+psycopg://puma:hunter2@{host}", "queries": {"calls": "SELECT code FROM nowhere"}},
        {"database": "postgresql+nothing://puma:hunter2@127.0.0.1/x"},
        {"database": "hunter2"},
        {"database": "postgresql+psycopg://puma:hunter2@127.0.0.1:1/x", "allow_private": False},
    ]
    for settings in faults:
        asked = {"preset": "user_office_project", "allow_private": True, **settings}
        with pytest.raises(PumaError) as told:
            harvest(**asked)
        assert "hunter2" not in str(told.value)
        source = user_office_sql.Source(**{"name": "office", "harvester": "user_office_sql", **asked})  # type: ignore[arg-type]
        assert "hunter2" not in repr(source) + source.model_dump_json()


def test_a_password_stands_in_the_environment_and_not_in_the_settings() -> None:
    with pytest.raises(ValidationError, match="is a secret") as told:
        harvest(database="sqlite:///x", preset="user_office_project", password="hunter2")
    assert "hunter2" not in str(told.value)


def test_a_private_host_needs_a_word_of_the_operator() -> None:
    for database in ("postgresql+psycopg://puma@127.0.0.1/x", "postgresql+psycopg:///x?host=/tmp"):
        with pytest.raises(Refused, match="allow_private"):
            harvest(database=database, preset="user_office_project")


def test_a_database_that_does_not_answer_is_asked_again_later() -> None:
    database = "postgresql+psycopg://puma@127.0.0.1:1/x"
    with pytest.raises(TryLater, match="does not answer"):
        harvest(database=database, preset="user_office_project", allow_private=True)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"database": "sqlite:////nowhere/at/all.db"}, "there is no SQLite file"),
        ({"database": "env:NOT_SET_ANYWHERE"}, "NOT_SET_ANYWHERE"),
    ],
)
def test_a_wrong_address_is_wrong_usage(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(WrongUsage, match=says):
        harvest(queries={"calls": "SELECT 1 AS code"}, **settings)


def test_a_result_without_the_columns_of_its_table_stops_the_run(sqlite_office: dict[str, Any]) -> None:
    with pytest.raises(StopRun, match="has no column code"):
        harvest(**{**sqlite_office, "queries": {"proposals": "SELECT title FROM proposals"}})


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"database": "sqlite:///x"}, "queries"),
        ({"database": "sqlite:///x", "queries": {"users": "SELECT 1"}}, "no table users"),
        ({"url": "https://example.org", "preset": "user_office_project"}, "database = "),
        ({}, "either database or path"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        harvest(**settings)


def test_values_of_a_database_are_written_as_in_a_file(postgres_url: str) -> None:
    query = """SELECT 'A-1' AS code, 7::numeric AS title, 0.5::float8 AS abstract, true AS confidential,
      ARRAY['a', 'b'] AS techniques, DATE '2024-03-01' AS deposited_on, NULL AS decision, 2024.0 AS operation_year,
      '{"a": 1}'::jsonb AS extra, 'NaN'::float8 AS odd, '\\x00'::bytea AS blob"""
    pages = harvest(database=postgres_url, queries={"proposals": query}, allow_private=True)
    (row,) = [payload["row"] for payload in payloads(pages).values()]
    assert row == {
        "code": "A-1",
        "title": "7",
        "abstract": "0.5",
        "confidential": "yes",
        "techniques": "a;b",
        "deposited_on": "2024-03-01",
        "operation_year": "2024",
        "extra": '{"a": 1}',
        "odd": "nan",
    }
    assert claims(pages)[0].unread == ("extra", "odd")


MANY = """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
SELECT 'P-' || i AS code, 'Title ' || i AS title, '{words}' AS abstract FROM n"""


def test_a_run_that_stopped_goes_on_behind_its_last_record_or_starts_anew(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    many = {
        "database": f"sqlite:///{tmp_path / 'empty.db'}",
        "queries": {"proposals": MANY.format(rows=1200, words="")},
    }
    pages = harvest(**many)
    assert [len(page.records) for page in pages] == [500, 500, 200]
    rest = harvest(cursor=json.loads(json.dumps(pages[0].cursor)), **many)
    assert [page.records for page in rest] == [page.records for page in pages[1:]]
    anew = harvest(cursor={"last": "proposals:EPNS/gone"}, **many)
    assert payloads(anew) == payloads(pages)


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()

    def peak(rows: int) -> int:
        source = user_office_sql.Source(
            name="office",
            harvester="user_office_sql",
            facility="EPNS",
            database=f"sqlite:///{tmp_path / 'empty.db'}",  # type: ignore[arg-type]
            queries={"proposals": MANY.format(rows=rows, words="x" * 500)},
        )
        tracemalloc.start()
        try:
            with Web(source) as web:
                for _ in user_office_sql.fetch(source, Visit(web, NOW)):
                    pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    few, many = peak(2_000), peak(20_000)
    assert many - few < 18_000 * 500  # the keys of what was seen and caches of codes, not the rows
