"""Real records of the JSON harvesters: every one is read, or skipped with a reason, and nothing else is raised."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from puma.claims import Claim, check
from puma.errors import SkipRecord
from puma.harvesting import Visit, harvester
from puma.harvesting.transport import Web

DATA = Path(__file__).parents[3] / "shared" / "data"
NOW = datetime(2026, 3, 2, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real records in ../shared/data are not on this machine")


@dataclass
class Outcome:
    """What became of the records of some files."""

    records: int = 0
    repeated: int = 0  # records whose key another one has, too
    read: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    claims: list[Claim] = field(default_factory=list)


def outcome(name: str, path: str, **settings: Any) -> Outcome:
    module = harvester(name)
    source = module.Source(name="real", harvester=name, path=DATA / path, **settings)
    found = Outcome()
    keys: set[str] = set()
    with Web(source) as web:
        for page in module.fetch(source, Visit(web, NOW)):
            found.records += len(page.records) + len(page.skipped)
            found.skipped.update("not cut out: " + reason.partition(":")[0] for _, reason in page.skipped)
            for record in page.records:
                found.repeated += record.key in keys
                keys.add(record.key)
                try:
                    claims = [check(claim) for claim in module.read(record.payload, source)]
                except SkipRecord as reason:
                    found.skipped[str(reason).partition(":")[0]] += 1
                else:
                    assert claims, f"{record.key} was read and says nothing"
                    found.read += 1
                    found.claims += claims
    return found


# harvester, files, records that the files hold (counted by other means), of which so many can be read
SOURCES = [
    ("datacite", "05_datacite/datacite_1k_records.jsonl.gz", 481, 453),
    ("datacite", "05_datacite/dc_pp_input.json.gz", 143, 143),
    ("datacite", "05_datacite/doira", 10, 9),
    ("datacite", "05_datacite/fatcat", 17, 17),
    ("datacite", "05_datacite/lupo", 21, 13),  # half of them are no DataCite records
    ("datacite", "05_datacite/bolognese", 42, 26),  # likewise
    ("datacite", "05_datacite/opencitations", 11, 10),
    ("datacite", "05_datacite/schema", 83, 65),  # twelve are schemas
    ("datacite", "05_datacite/scholkit", 3, 3),
    ("crossref", "04_works/habanero_works.jsonl.gz", 271, 258),
    ("crossref", "04_works/rcrossref_works.jsonl.gz", 678, 667),
    ("crossref", "04_works/dissemin_citeproc_works.jsonl.gz", 87, 87),
    ("crossref", "04_works/dump_gap_*.json.gz", 1486, 1476),
    ("crossref", "04_works/crossref", 3000, 2875),
    ("crossref", "04_works/doira", 10, 4),  # half of them are XML of other agencies
    ("crossref", "04_works/fatcat/crossref*", 4, 4),
    ("crossref", "04_works/scholkit/crossref*", 3, 3),
    ("crossref", "04_works/alexandria3k/crossref*", 8, 8),
    ("crossref", "04_works/dspace/crossRef*", 3, 3),
    ("scicat", "01_facility/oscars_pan_finder_desy*", 4, 4),
    ("scicat", "01_facility/oscars_pan_finder_ess*", 237, 237),
    ("scicat", "01_facility/oscars_pan_finder_maxiv*", 4, 4),
    ("scicat", "01_facility/oscars_pan_finder_psi*", 74, 74),
    ("scicat", "02_catalogue/scicat_seed", 25, 24),
    ("panosc", "01_facility/oscars_pan_finder_ill*", 2, 2),
    ("panosc", "01_facility/oscars_pan_finder_desy*", 4, 4),
    ("panosc", "01_facility/oscars_pan_finder_maxiv*", 4, 4),
    ("ror", "06_reference/ror/ror_v1_latest_per_id.jsonl.gz", 15_380, 15_315),
    ("ror", "06_reference/ror/ror_v2_latest_per_id.jsonl.gz", 35_990, 35_921),
    pytest.param("ror", "06_reference/ror/ror_registry.json.gz", 129_046, 128_912, marks=pytest.mark.slow),
    ("pdf_folder", "07_pdf", 66, 66),
]


@pytest.mark.parametrize(("name", "path", "held", "readable"), SOURCES)
def test_every_real_record_is_read_or_skipped_with_a_reason(
    name: str, path: str, held: int, readable: int, capsys: pytest.CaptureFixture[str]
) -> None:
    found = outcome(name, path)
    with capsys.disabled():
        kinds = ", ".join(f"{number} {kind}" for kind, number in Counter(claim.kind for claim in found.claims).items())
        print(f"\n{name:10} {path}: {found.records} records, {found.read} read ({kinds})")
        for reason, number in found.skipped.most_common():
            print(f"{number:16} skipped: {reason}")
        if found.repeated:
            print(f"{found.repeated:16} repeat the key of another one")
    assert found.records == held
    assert not found.repeated or name in ("datacite", "crossref")  # collections of examples hold some works twice
    assert found.read + found.skipped.total() == found.records
    assert found.read == readable


def values(claims: list[Claim], kind: str) -> Iterator[dict[str, Any]]:
    return (dict(claim.values) for claim in claims if claim.kind == kind)


def test_the_esrf_session_carries_its_proposal_instrument_and_year() -> None:
    found = outcome("datacite", "05_datacite/doira/datacite-esrf-es-2210534378.json")
    (session,) = values(found.claims, "dataset")
    expected = {
        "facility": "ESRF",
        "proposal_code": "MX-2738",
        "instrument_name": "ID30A-3",
        "session_code": "2210534378",
        "created_on": "2025-09-05",
        "year": 2025,
    }
    assert {name: session[name] for name in expected} == expected


def test_conditions_of_real_catalogues_are_read_whatever_they_call_them() -> None:
    known = [
        {name: one.get(name) for name in ("formula", "wavelength", "energy", "temperature")}
        for one in values(outcome("scicat", "01_facility/oscars_pan_finder_[dem]*").claims, "dataset")
    ]
    counted = {name: sum(one[name] is not None for one in known) for name in known[0]}
    assert counted == {"formula": 110, "wavelength": 22, "energy": 4, "temperature": 4}
    assert {"formula": "SrCl2", "wavelength": 0.689, "energy": 17995.0, "temperature": 300.0} in known


def test_the_related_publications_of_the_truth_table_are_found_in_the_catalogues_and_no_others() -> None:
    with (DATA / "00_truth" / "truth.csv").open(encoding="utf-8", newline="") as table:
        wanted = {
            (row["dataset_id"].lower(), row["publication_doi"].lower())
            for row in csv.DictReader(table)
            if row["link_type"] == "dataset-publication"
            and row["strength"].startswith("explicit")
            and "oscars" in row["source"]
        }
    found = {
        (dataset["doi"], one["value"])
        for dataset in values(outcome("scicat", "01_facility/oscars_pan_finder_[demp]*").claims, "dataset")
        for one in dataset["related"]
        if (one["type"], one["scheme"]) == ("IsSupplementTo", "doi")
    }
    assert len(wanted) > 30
    assert found == wanted


def test_the_ill_proposals_come_with_team_instrument_and_data() -> None:
    found = outcome("panosc", "01_facility/oscars_pan_finder_ill*")
    assert [proposal["code"] for proposal in values(found.claims, "proposal")] == ["8-02-889", "8-02-1023"]
    assert [len(proposal["participants"]) for proposal in values(found.claims, "proposal")] == [7, 4]
    assert [data["proposal_code"] for data in values(found.claims, "dataset")] == ["8-02-889", "8-02-1023"]
