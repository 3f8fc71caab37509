"""What is written: the same bytes again, the promised columns, references that resolve, a truth that agrees."""

import csv
import hashlib
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pypdfium2

from puma.demo.world import make_world
from puma.demo.write import TRUTH, write_world
from tests.demo.conftest import Written

INTERFACES = {
    "instruments": "facility, name, label, group, start, end, commissioning_until, techniques, pid, successor_of",
    "operation": "facility, instrument, year, call, hours_for, amount, unit",
    "calls": "code, facility, opens, closes, cycle_start, cycle_end, time_unit",
    "proposals": "facility, code, title, abstract, type, scientific_area, call, deposited_on, operation_year, "
    "decision, confidential, dmp, pdf",
    "proposal_instruments": "proposal, instrument, requested, allocated, unit",
    "participants": "proposal, person_key, given_name, family_name, orcid, email, institution, institution_ror, "
    "country, role",
    "sessions": "code, proposal, instrument, start, end, requested_hours, allocated_hours, delivered_hours, mode, "
    "report_due, report_received, lost_to_machine, lost_to_instrument, lost_to_user, lost_to_cancellation",
    "session_participants": "session, person_key, mode, gender, career_stage",
    "contributions": "country, group, valid_from, valid_to, share",
    "journals": "issn, title, list, list_version, valid_from, valid_to",
}
"""Columns of the tables as outsiders rely on them."""


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table(written: Written, name: str) -> list[dict[str, str]]:
    return rows(written.folder / "user_office" / f"{name}.csv")


def truth(written: Written, name: str) -> list[dict[str, str]]:
    return rows(written.folder / "truth" / f"{name}.csv")


def items(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def digest(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def library_identifiers(written: Written) -> list[str]:
    found: list[str] = []
    for path in sorted((written.folder / "library").glob("*.xml")):
        root = ET.parse(path).getroot()
        found += [one.text or "" for one in root.iter("{http://www.openarchives.org/OAI/2.0/}identifier")]
    return found


def test_the_same_seed_gives_the_same_bytes(written: Written, tmp_path: Path) -> None:
    write_world(make_world(1, "small"), tmp_path)
    assert digest(tmp_path) == digest(written.folder)


def test_another_seed_gives_another_facility() -> None:
    first, second = (next(make_world(seed, "small").blocks()) for seed in (1, 2))
    assert [one.title for one in first.proposals] != [one.title for one in second.proposals]


def test_tables_have_the_promised_columns(written: Written) -> None:
    for name, columns in INTERFACES.items():
        with (written.folder / "user_office" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert next(csv.reader(file)) == columns.split(", ")
    for name, expected in TRUTH.items():
        with (written.folder / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert tuple(next(csv.reader(file))) == expected


def test_rows_of_the_user_office_refer_to_each_other(written: Written) -> None:
    proposals = {row["code"] for row in table(written, "proposals")}
    assert len(proposals) == 600
    instruments = {row["name"] for row in table(written, "instruments")}
    calls = {row["code"]: row for row in table(written, "calls")}
    people = {row["person_key"] for row in table(written, "participants")}
    sessions = {row["code"] for row in table(written, "sessions")}
    assert {row["call"] for row in table(written, "proposals")} <= set(calls)
    for row in table(written, "proposal_instruments"):
        assert row["proposal"] in proposals
        assert row["instrument"] in instruments
    for row in table(written, "operation"):
        assert row["instrument"] in instruments
        assert bool(row["year"]) != (row["call"] in calls)
    assert {row["proposal"] for row in table(written, "participants")} == proposals
    for row in table(written, "sessions"):
        assert row["proposal"] in proposals
        assert row["instrument"] in instruments
        assert row["start"] <= row["end"] <= "2026-06-30"
        assert float(row["delivered_hours"]) <= float(row["allocated_hours"])
        lost = sum(float(value) for name, value in row.items() if name.startswith("lost_to_") and value)
        assert lost <= float(row["allocated_hours"]) - float(row["delivered_hours"]) + 0.11, "each is rounded"
    for row in table(written, "session_participants"):
        assert row["session"] in sessions
        assert row["person_key"] in people
        assert row["mode"] in {"on-site", "remote", "hybrid", "mail-in"}


def test_refused_proposals_get_no_beam_time(written: Written) -> None:
    refused = {row["code"] for row in table(written, "proposals") if row["decision"] != "accepted"}
    assert refused.isdisjoint(row["proposal"] for row in table(written, "sessions"))
    allocated = [row for row in table(written, "proposal_instruments") if row["proposal"] in refused]
    assert {row["allocated"] for row in allocated} == {"0"}


def test_each_proposal_has_one_proposer_and_a_local_contact(written: Written) -> None:
    roles: dict[str, list[str]] = {}
    for row in table(written, "participants"):
        roles.setdefault(row["proposal"], []).append(row["role"])
    for found in roles.values():
        assert found.count("proposer") == 1
        assert found.count("local_contact") == 1


def test_no_mail_address_leaves_the_example_domain(written: Written) -> None:
    for path in written.folder.rglob("*"):
        if path.suffix in {".csv", ".json", ".jsonl", ".xml"}:
            text = path.read_text(encoding="utf-8")
            for domain in re.findall(r"[\w.+-]+@([\w.-]+)", text):
                assert domain.endswith("example.org"), (path.name, domain)


def test_every_doi_lies_in_a_block_that_nobody_has(written: Written) -> None:
    dois = [row["doi"] for row in truth(written, "publications") if row["doi"]]
    dois += [one["attributes"]["doi"] for one in items(written.folder / "datacite" / "dois.jsonl")]
    assert all(re.match(r"10\.999\d\d/", doi) for doi in dois)
    assert len(set(dois)) == len(dois)


def test_truth_names_records_that_exist(written: Written) -> None:
    library = {f"library:{one}" for one in library_identifiers(written)}
    assert len(library) == written.counts["library"]
    crossref = {f"crossref:{one['DOI']}" for one in items(written.folder / "crossref" / "works.jsonl")}
    users = {f"user_office:{row['person_key']}" for row in table(written, "participants")}
    for row in truth(written, "duplicates"):
        assert row["record"] in library | crossref
    assert {row["record"] for row in truth(written, "persons")} <= library | crossref | users
    assert users <= {row["record"] for row in truth(written, "persons")}
    proposals = {row["code"] for row in table(written, "proposals")}
    for row in truth(written, "truth"):
        assert (row["proposal"] in proposals) == (row["difficulty"] != "none")
        assert row["publication_id"]
        assert set(row["publication_id"].split(";")) <= library | crossref


def test_truth_holds_all_pairs_of_the_publications_it_names(written: Written) -> None:
    pairs = {(row["proposal"], row["publication_id"].split(";")[0]) for row in truth(written, "truth")}
    named: set[str] = set()
    for block in written.blocks:
        for work in block.works:
            first = f"library:oai:library.epns.example.org:{work.library_number}"
            name = first if work.in_library else f"crossref:{work.doi}"
            true = [proposal.code for proposal in work.proposals] or [""]
            assert {(code, name) for code in true} <= pairs
            named.add(name)
    assert {name for _, name in pairs} == named
    assert {row["difficulty"] for row in truth(written, "truth")} == {
        "identifier",
        "text",
        "instrument",
        "people",
        "none",
    }


def test_affiliations_lead_to_known_organisations(written: Written) -> None:
    with ZipFile(written.folder / "ror" / "ror.zip") as archive:
        dump = json.loads(archive.read("ror-data_schema_v2.json"))
    known = {one["id"] for one in dump}
    rows_of_truth = truth(written, "affiliations")
    assert {row["ror"] for row in rows_of_truth} - {""} <= known
    assert all(
        row["ror"] or "EPNS" in row["affiliation"] or "Example Photon" in row["affiliation"] for row in rows_of_truth
    )
    assert len({row["affiliation"] for row in rows_of_truth}) == len(rows_of_truth)
    assert len(known) > len({row["ror"] for row in rows_of_truth}) + 100


def test_the_truth_knows_where_a_record_shows_a_code(written: Written) -> None:
    shown = [row for row in truth(written, "truth") if "code_in_record" in row["evidence"].split(";")]
    assert shown
    text = "".join(path.read_text(encoding="utf-8") for path in (written.folder / "library").glob("*.xml"))
    for row in shown:
        assert re.search(rf">(EPNS proposal )?{row['proposal']}<", text)


def test_data_of_confidential_proposals_are_nowhere(written: Written) -> None:
    hidden = {row["code"] for row in table(written, "proposals") if row["confidential"] == "true"}
    assert hidden
    assert hidden.isdisjoint(row["proposal"] for row in truth(written, "datasets"))
    listed = json.loads((written.folder / "scicat" / "proposals.json").read_text(encoding="utf-8"))
    assert hidden.isdisjoint(one["proposalId"] for one in listed)


def test_dataset_identifiers_show_the_proposal_only_sometimes(written: Written) -> None:
    shown = [row["code_shown"] for row in truth(written, "datasets")]
    assert 0.5 <= shown.count("doi") / len(shown) <= 0.7
    for row in truth(written, "datasets"):
        assert (row["proposal"] in row["dataset"]) == (row["code_shown"] == "doi")


def test_data_were_carried_away_of_proposals_that_had_beam_time_by_their_teams(written: Written) -> None:
    sessions = {
        (row["proposal"].lower(), row["instrument"].lower(), row["start"].replace("-", "")): row
        for row in table(written, "sessions")
    }
    hidden = {row["code"].lower() for row in table(written, "proposals") if row["confidential"] == "true"}
    users = {row["email"] for row in table(written, "participants")}
    tasks = rows(written.folder / "transfers" / "globus.csv")
    downloads = items(written.folder / "transfers" / "portal.jsonl")
    assert len(tasks) > len(downloads) > 10
    told = [one["source_path"].split("/")[3:6] for one in (*tasks, *downloads) if "/visitor/" in one["source_path"]]
    assert {tuple(one) for one in told} <= set(sessions)
    assert hidden.isdisjoint(code for code, _, _ in told)
    assert 0 < len(tasks) + len(downloads) - len(told) < len(told) / 5, "some folders do not tell their proposal"
    assert len({one["owner"] for one in tasks} & users) > 20
    assert {one["status"] for one in tasks} == {"SUCCEEDED", "FAILED"}
    assert len({one["task_id"] for one in (*tasks, *downloads)}) == len(tasks) + len(downloads)


def test_structures_name_papers_and_raw_data_of_the_facility(written: Written) -> None:
    entries = json.loads((written.folder / "pdb" / "entries.json").read_text(encoding="utf-8"))
    assert len({one["rcsb_id"] for one in entries}) == len(entries) == written.counts["pdb/entries"] > 10
    papers = {row["doi"] for row in truth(written, "publications")}
    data = {row["dataset"]: row for row in truth(written, "datasets")}
    cited = [one["rcsb_primary_citation"]["pdbx_database_id_DOI"] for one in entries if one["rcsb_primary_citation"]]
    raw = [each["data_reference"] for one in entries for each in one["pdbx_related_exp_data_set"] or []]
    assert 0 < len(cited) < len(entries)
    assert set(cited) <= papers
    assert raw
    assert {data[doi]["instrument"] for doi in raw} == {"L02"}
    assert all(
        one["rcsb_accession_info"]["deposit_date"] < one["rcsb_accession_info"]["initial_release_date"] < "2026-07-01"
        for one in entries
    )


def test_papers_are_named_by_their_doi_and_three_are_unreadable(written: Written) -> None:
    names = {path.name for path in (written.folder / "pdfs").iterdir()}
    dois = {row["doi"].replace("/", "_") + ".pdf" for row in truth(written, "publications")}
    assert len(names) == 40
    assert names <= dois
    kinds = sorted(work.pdf_kind for block in written.blocks for work in block.works if work.pdf_kind)
    assert [kinds.count(kind) for kind in ("broken", "encrypted", "scan", "text")] == [1, 1, 1, 37]


def test_the_text_of_a_paper_says_what_the_truth_claims(written: Written) -> None:
    claimed = {
        row["publication_doi"]: row for row in truth(written, "truth") if "text_code" in row["evidence"].split(";")
    }
    assert claimed
    for doi, row in claimed.items():
        document = pypdfium2.PdfDocument(written.folder / "pdfs" / (doi.replace("/", "_") + ".pdf"))
        text = "".join(page.get_textpage().get_text_range() for page in document)
        area, number = row["proposal"].split("-")
        assert re.search(rf"{area}\s*[-\u2013\ufffe\u0002]?\s*{number}", text), (doi, row["proposal"])


def test_summary_tells_seed_size_and_dials(written: Written) -> None:
    told = json.loads((written.folder / "world.json").read_text(encoding="utf-8"))
    assert (told["seed"], told["size"]) == (1, "small")
    assert told["dials"]["refused"] == 0.45
    assert told["counts"] == written.counts
