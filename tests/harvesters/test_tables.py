"""Tables of a user office: what a cell means, what hangs on what, and which doubts stop the run."""

import functools
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from harvesters import _table_cells, _table_claims, tables
from harvesters._table_files import csv_lines
from puma.claims import Claim
from puma.entities import facilities, proposals, works
from puma.errors import SkipRecord, StopRun
from puma.harvesting import Page, Visit
from puma.harvesting.transport import Web

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SAMPLE = Path(__file__).parents[2] / "sample_data" / "tables"


def harvest(**settings: Any) -> list[Page]:
    source = tables.Source(**{"name": "office", "harvester": "tables", "facility": "EPNS", **settings})
    with Web(source, pause=lambda _: None) as web:
        return list(tables.fetch(source, Visit(web, NOW)))


def claims(pages: list[Page], kind: str, **settings: Any) -> list[Claim]:
    about = {"name": "office", "harvester": "tables", "facility": "EPNS", "path": Path("."), **settings}
    source = tables.Source(**about)
    found = []
    for record in (record for page in pages for record in page.records):
        try:
            found += [claim for claim in tables.read(record.payload, source) if claim.kind == kind]
        except SkipRecord:
            continue
    return found


def written(folder: Path, **files: str) -> list[Page]:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return harvest(path=folder)


@pytest.fixture
def served() -> Iterator[str]:
    """The sample tables under an address of their own."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(SAMPLE)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_address_and_a_folder_give_the_same_records(served: str) -> None:
    assert harvest(url=served, allow_private=True) == harvest(path=SAMPLE)


def test_a_workbook_gives_the_same_records_as_the_folder(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "office.xlsx")
    for file in sorted(SAMPLE.glob("*.csv")):
        sheet = book.add_worksheet(file.stem)
        for number, (_, cells) in enumerate(csv_lines(file.name, file.read_bytes())):
            for column, cell in enumerate(cells):
                if cell.isdigit():
                    sheet.write_number(number, column, int(cell))
                else:
                    sheet.write_string(number, column, cell)
    book.close()
    from_book = [record for page in harvest(path=tmp_path / "office.xlsx") for record in page.records]
    from_folder = [record for page in harvest(path=SAMPLE) for record in page.records]
    assert {record.key for record in from_folder} <= {record.key for record in from_book}
    payloads = {record.key: record.payload for record in from_book}
    assert [record for record in from_folder if payloads[record.key] != record.payload] == []


def test_namibia_is_a_country_and_na_an_instrument(tmp_path: Path) -> None:
    pages = written(
        tmp_path,
        instruments="name,start\nNA,2012-01-01\n",
        contributions="country,share\nNA,0.25\n",
    )
    assert claims(pages, "instrument")[0].values["name"] == "NA"
    assert claims(pages, "contribution")[0].values["country"] == "NA"


def test_rows_of_one_label_are_periods_and_another_label_is_another_instrument(tmp_path: Path) -> None:
    pages = written(
        tmp_path,
        instruments=(
            "name,label,start,end\nID10,Surfaces,2015-01-01,\nID10,Troïka,1994-09-09,2011-12-01\n"
            "ID10,Surfaces,2012-05-01,2014-01-01\n"
        ),
    )
    found = claims(pages, "instrument")
    assert [claim.values["label"] for claim in found] == ["Surfaces", "Troïka"]
    assert [period["starts_on"] for period in found[0].values["periods"]] == ["2012-05-01", "2015-01-01"]
    assert [period["ends_on"] for period in found[0].values["periods"]] == ["2014-01-01", None]


def test_a_period_that_was_written_with_its_last_day_ends_the_day_after(tmp_path: Path) -> None:
    pages = written(tmp_path, instruments="name,start,end\nID01,2014-12-01,2018-12-10\nID01,2020-03-01,\n")
    for way, ends in (("day after", "2018-12-10"), ("last day", "2018-12-11")):
        (found,) = claims(pages, "instrument", period_end=way)
        assert [one["ends_on"] for one in found.values["periods"]] == [ends, None], way


def test_no_day_comes_after_the_last_day_of_all(tmp_path: Path) -> None:
    pages = written(tmp_path, instruments="name,start,end\nID02,2020-03-01,9999-12-31\n")
    (found,) = claims(pages, "instrument", period_end="last day")
    assert found.values["periods"][0]["ends_on"] is None


@pytest.mark.parametrize(
    ("cell", "confidential"), [("yes", True), ("no", False), ("0", False), ("vielleicht", True), ("", None)]
)
def test_a_doubtful_word_keeps_a_proposal_confidential(tmp_path: Path, cell: str, confidential: bool | None) -> None:
    (proposal,) = claims(written(tmp_path, proposals=f"code,title,confidential\nA-1,x,{cell}\n"), "proposal")
    assert proposal.values["confidential"] is confidential


def test_unknown_words_are_left_out_and_the_record_stays(tmp_path: Path) -> None:
    pages = written(
        tmp_path,
        proposals="code,title,decision,deposited_on\nA-1,x,perhaps,0000-00-00\n",
        proposal_instruments="proposal,instrument,requested,allocated,unit\na1,P1,-3,nan,fortnight\n",
        participants="proposal,person_key,family_name,role,orcid\nA 1,7,Doe,King,0000-0000-0000-0000\n",
    )
    (proposal,) = claims(pages, "proposal")
    assert proposal.values["decision"] is None
    assert proposal.values["deposited_on"] is None
    assert proposal.values["times"] == [{"instrument": "P1", "requested": None, "allocated": None, "unit": None}]
    assert proposal.values["participants"][0]["role"] is None
    (person,) = claims(pages, "person")
    assert person.keys == (("source", "office:7"),)


def test_the_word_lists_are_those_of_the_fields() -> None:
    assert _table_claims.DECISIONS == proposals.DECISIONS
    assert _table_claims.ROLES == proposals.ROLES
    assert _table_claims.MODES == proposals.MODES
    assert _table_cells.UNITS == proposals.UNITS
    assert _table_claims.HOURS_FOR == facilities.HOURS_FOR
    assert tuple(f"lost_to_{reason}" for reason in proposals.LOSSES) == _table_claims.LOSSES
    assert {*_table_claims.GENDERS.values()} == {*proposals.GENDERS}
    assert {*_table_claims.CAREER_STAGES.values()} == {*proposals.CAREER_STAGES}
    assert _table_claims.OPEN_ACCESS == works.OPEN_ACCESS
    assert _table_claims.PUBLICATION_TYPES == works.PUBLICATION_TYPES


def test_rows_without_their_parent_are_skipped_with_a_reason(tmp_path: Path) -> None:
    pages = written(
        tmp_path,
        proposals="code,title\nA-1,x\n",
        participants="proposal,person_key,family_name\nB-2,7,Doe\n",
        sessions="code,proposal\nB-2-1,B-2\n",
        session_participants="session,person_key\nA-1-1,7\n",
    )
    assert [record.key for page in pages for record in page.records] == ["proposals:EPNS/a1"]
    reasons = " | ".join(reason for page in pages for _, reason in page.skipped)
    assert "its proposal B-2 is in no row of proposals" in reasons
    assert "its session A-1-1 is in no row of sessions" in reasons


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'code,title\nA-1,"never closed\n', "cannot be read on"),
        (b"code,title\nA-1,M\xfcller\n", "not in UTF-8"),
        (b"number,title\nA-1,x\n", "has no column code"),
    ],
)
def test_a_table_that_cannot_be_read_to_its_end_stops_the_run(tmp_path: Path, body: bytes, says: str) -> None:
    (tmp_path / "proposals.csv").write_bytes(body)
    with pytest.raises(StopRun, match=says):
        harvest(path=tmp_path)


def test_a_folder_without_tables_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("nothing here")
    with pytest.raises(StopRun, match="none of the tables"):
        harvest(path=tmp_path)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_are_found_and_a_byte_order_mark_is_no_letter(tmp_path: Path, delimiter: str) -> None:
    text = delimiter.join(("\ufeffcode", "title")) + "\r\n" + delimiter.join(("A-1", '"x, y; z"')) + "\r\n"
    (proposal,) = claims(written(tmp_path, proposals=text), "proposal")
    assert proposal.values["title"] == "x, y; z"


def test_affiliations_belong_to_authors_in_order_or_else_to_all(tmp_path: Path) -> None:
    pages = written(
        tmp_path,
        publications=(
            'source_id,title,authors,affiliations\n1,x,"Doe, J.; Roe, P.",Oslo;Lund\n2,y,"Doe, J.; Roe, P.",Oslo\n'
        ),
    )
    places = [
        [[place["text"] for place in person["affiliations"]] for person in claim.values["authors"]]
        for claim in claims(pages, "publication")
    ]
    assert places == [[["Oslo"], ["Lund"]], [["Oslo"], ["Oslo"]]]


@pytest.mark.parametrize(("cell", "share"), [("0.4", 0.4), ("27.5%", 0.275), ("1", 1.0)])
def test_shares_are_fractions(tmp_path: Path, cell: str, share: float) -> None:
    (found,) = claims(written(tmp_path, contributions=f"country,share\nItaly,{cell}\n"), "contribution")
    assert found.values["share"] == pytest.approx(share)


@pytest.mark.parametrize("row", ["Italy,27.5", "Italy,", "Atlantis,0.1", "Italy,inf"])
def test_a_share_that_is_none_is_skipped(tmp_path: Path, row: str) -> None:
    (page,) = written(tmp_path, contributions=f"country,share\n{row}\n")
    source = tables.Source(name="office", harvester="tables", path=tmp_path)
    with pytest.raises(SkipRecord):
        tables.read(page.records[0].payload, source)


PEOPLE = {
    "participants": "proposal,person_key,family_name\nA-1,u1,Curie\nA-1,u2,Meitner\n",
    "proposals": "code,title\nA-1,x\n",
    "sessions": (
        "code,proposal,instrument,lost_to_machine,lost_to_user,lost_to_cancellation\n1,A-1,D1,8,2.5,\n2,A-1,D1,-1,some,0\n"
    ),
    "session_participants": (
        "session,person_key,mode,gender,career_stage\n1,u1,on-site,Female,PhD student\n1,u2,remote,prefer not to say,\n"
    ),
}


def test_what_beam_time_was_lost_to_is_in_hours_and_empty_where_nobody_says_so(tmp_path: Path) -> None:
    first, second = claims(written(tmp_path, **PEOPLE), "experiment")
    reasons = ("machine", "instrument", "user", "cancellation")
    assert [first.values[f"lost_to_{reason}"] for reason in reasons] == [8, None, 2.5, None]
    assert [second.values[f"lost_to_{reason}"] for reason in reasons] == [None, None, None, 0]


def test_what_people_say_of_themselves_is_not_even_kept_as_received_unless_the_settings_say_so(tmp_path: Path) -> None:
    pages = written(tmp_path, **PEOPLE)
    assert not any(b"emale" in record.payload or b"PhD" in record.payload for page in pages for record in page.records)
    told = harvest(path=tmp_path, self_declared=True)
    source = tables.Source(name="office", harvester="tables", facility="EPNS", path=tmp_path, self_declared=True)
    (session,) = [one for page in told for one in page.records if one.key == "sessions:EPNS/1"]
    first, second = tables.read(session.payload, source)[0].values["participants"]
    assert (first["gender"], first["career_stage"]) == ("woman", "doctoral student")
    assert second == {"person": ["source", "office:u2"], "mode": "remote"}, "who would rather not say has said nothing"
    (plain, _) = claims(told, "experiment")
    assert not any("gender" in one for one in plain.values["participants"]), (
        "switched off, it goes with the next reading"
    )


def test_beam_time_is_of_a_year_or_of_a_call_and_without_a_unit_in_hours(tmp_path: Path) -> None:
    rows = (
        "D1,2024,,available,4800,\n"
        "D1,,2024-I,public,120,shifts\n"
        "D1,2024,,beamtime,10,\n"
        "D1,2024,,maintenance,10,fortnight\n"
        "D1,2024,,maintenance,,\n"
        "D1,,,maintenance,10,\n"
    )
    pages = written(tmp_path, operation=f"instrument,year,call,hours_for,amount,unit\n{rows}")
    found = [one.values for one in claims(pages, "operation")]
    told = [[one[name] for name in ("year", "call_code", "hours_for", "amount", "unit")] for one in found]
    assert told == [[2024, None, "available", 4800, "hour"], [None, "2024-I", "public", 120, "shift"]]
    source = tables.Source(name="office", harvester="tables", facility="EPNS", path=tmp_path)
    reasons = []
    for record in pages[0].records:
        try:
            tables.read(record.payload, source)
        except SkipRecord as reason:
            reasons.append(str(reason))
    assert len(reasons) == 3, "the two of one year and use are one key"
    assert [any(word in reason for reason in reasons) for word in ("available", "hour", "neither")] == [True] * 3


def test_moments_are_in_utc(tmp_path: Path) -> None:
    text = "code,start,end\nS-1,2024-03-04T08:00:00+01:00,2024-03-05\nS-2,2024-13-01,soon\n"
    first, second = claims(written(tmp_path, sessions=text), "experiment")
    assert first.values["starts_at"] == "2024-03-04T07:00:00+00:00"
    assert first.values["ends_at"] == "2024-03-05T00:00:00+00:00"
    assert second.values["starts_at"] is None
    assert second.values["ends_at"] is None


def test_records_are_in_pages_and_resume_at_each(tmp_path: Path) -> None:
    rows = "".join(f"{number},Title {number}\n" for number in range(1200))
    pages = written(tmp_path, publications=f"source_id,title\n{rows}")
    assert [len(page.records) for page in pages] == [500, 500, 200]
    source = tables.Source(name="office", harvester="tables", path=tmp_path)
    with Web(source) as web:
        rest = list(tables.fetch(source, Visit(web, NOW, cursor=json.loads(json.dumps(pages[0].cursor)))))
    assert [page.records for page in rest] == [page.records for page in pages[1:]]


def test_columns_that_nobody_reads_are_kept_and_told_by_name(tmp_path: Path) -> None:
    pages = written(
        tmp_path,
        proposals="code,title,Review Grade,empty\nA-1,x,4.5,\nA-2,y,,\n",
        participants="proposal,person_key,family_name,birthday\nA-1,7,Doe,1970-01-01\n",
        sessions="code,proposal,colour\nA-1-1,A-1,green\n",
    )
    told = {claim.values["code"]: claim.unread for claim in claims(pages, "proposal") + claims(pages, "experiment")}
    assert told == {"A-1": ("participants.birthday", "review_grade"), "A-2": (), "A-1-1": ("colour",)}
    assert b"4.5" in pages[0].records[0].payload


def test_the_sample_leaves_nothing_over() -> None:
    pages = harvest(path=SAMPLE)
    kinds = {claim.kind for page in pages for record in page.records for claim in _readable(record.payload)}
    assert len(kinds) == 11
    assert {
        name for page in pages for one in page.records for c in _readable(one.payload) for name in c.unread
    } == set()


def _readable(payload: bytes) -> list[Claim]:
    try:
        return tables.read(payload, tables.Source(name="o", harvester="tables", facility="EPNS", path=SAMPLE))
    except SkipRecord:
        return []


def test_somebody_who_came_but_is_on_no_proposal_has_a_name_of_their_own(tmp_path: Path) -> None:
    pages = written(
        tmp_path,
        proposals="code,title\nA-1,x\n",
        participants="proposal,person_key,family_name\nA-1,7,Doe\n",
        sessions="code,proposal\nA-1-1,A-1\n",
        session_participants="session,person_key,family_name,mode\nA-1-1,7,,remote\nA-1-1,8,Roe,on-site\nA-1-1,9,,\n",
    )
    (session,) = claims(pages, "experiment")
    assert [(one["person"][1], one["mode"]) for one in session.values["participants"]] == [
        ("office:7", "remote"),
        ("office:8", "on-site"),
    ]
    assert [reason for page in pages for _, reason in page.skipped] == ["its person 9 is in no row of participants"]


@pytest.mark.parametrize(
    ("cell", "country"),
    [
        ("United States of America (USA)", "US"),
        ("Korea, Democratic Republic of (North Korea)", "KP"),
        ("North Macedonia, Republic of", "MK"),
        ("Virgin Islands (UK)", None),
        ("NA", "NA"),
    ],
)
def test_a_country_may_be_written_as_user_offices_do(tmp_path: Path, cell: str, country: str | None) -> None:
    pages = written(
        tmp_path,
        proposals="code,title\nA-1,x\n",
        participants=f'proposal,person_key,family_name,country\nA-1,7,Doe,"{cell}"\n',
    )
    assert claims(pages, "proposal")[0].values["participants"][0]["country"] == country


def test_the_techniques_of_a_proposal_are_told(tmp_path: Path) -> None:
    pages = written(tmp_path, proposals="code,title,techniques\nA-1,x,PaNET01217 Neutron Diffraction;imaging\n")
    assert claims(pages, "proposal")[0].values["techniques"] == ["PaNET01217 Neutron Diffraction", "imaging"]
