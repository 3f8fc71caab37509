"""Real objects of ICAT and real values of a user office: everything is read, and XML and YAML say the same."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from harvesters import icat
from harvesters._reading import country
from puma.claims import Claim, check
from puma.errors import SkipRecord
from puma.harvesting import Visit
from puma.harvesting.transport import Web

DATA = Path(__file__).parents[3] / "shared" / "data" / "02_catalogue"
NOW = datetime(2026, 3, 2, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real records in ../shared/data are not on this machine")


def read(path: str) -> tuple[dict[str, list[Claim]], list[str]]:
    """The claims of each record of a file, by its key, and the reasons for what was skipped."""
    source = icat.Source(name="real", harvester="icat", path=DATA / "icat_example" / path)
    found: dict[str, list[Claim]] = {}
    reasons = []
    with Web(source) as web:
        for page in icat.fetch(source, Visit(web, NOW)):
            reasons += [reason for _, reason in page.skipped]
            for record in page.records:
                try:
                    found[record.key] = [check(claim) for claim in icat.read(record.payload, source)]
                except SkipRecord as reason:
                    reasons.append(str(reason))
    return found, reasons


@pytest.mark.parametrize(("dump", "records"), [("icatdump-5.0", 7), ("icatdump-simple", 1)])
def test_both_formats_of_a_dump_say_the_same(dump: str, records: int) -> None:
    from_xml, skipped_xml = read(f"{dump}.xml")
    from_yaml, skipped_yaml = read(f"{dump}.yaml")
    assert len(from_xml) == records
    assert from_xml == from_yaml
    assert skipped_xml == skipped_yaml == []


@pytest.mark.parametrize("file", ["metadata-5.0-inl.xml", "metadata-5.0-sep.xml"])
def test_what_is_no_dump_is_told(file: str) -> None:
    found, reasons = read(file)
    assert found == {}
    assert reasons == ["it is 'icatingest', no dump of an ICAT"]


def test_a_real_investigation_is_read_to_its_last_shift() -> None:
    found, _ = read("icatdump-5.0.yaml")
    by_kind: dict[str, dict[str, Any]] = {}
    for claim in found["Investigation ESNF/10100601-ST/1.1-N"]:
        by_kind[claim.kind] = dict(claim.values)
    assert by_kind["proposal"]["code"] == "10100601-ST"
    assert by_kind["proposal"]["operation_year"] == 2010
    assert [one["role"] for one in by_kind["proposal"]["participants"]] == ["proposer"]
    assert by_kind["experiment"]["starts_at"] == "2010-09-29T06:00:00+00:00"
    assert by_kind["experiment"]["ends_at"] == "2010-10-13T06:00:00+00:00"
    assert by_kind["experiment"]["delivered_hours"] == 264.0  # two shifts of seven and four days
    assert by_kind["publication"]["year"] == 2011
    assert by_kind["publication"]["title"] == "A. Hau. Properties of NiMnGa. Adv. Mater. 2011, 1"


def test_a_real_data_publication_has_its_creators_places_and_its_visit() -> None:
    found, _ = read("icatdump-5.0.xml")
    (claim,) = found["DataPublication ESNF/DOI:00.0815/pub-00027"]
    assert claim.values["session_code"] == "12100409-ST/1.1-P"
    assert claim.values["instrument_name"] == "EDDI"
    (creator,) = claim.values["authors"]
    assert [place["ror"] for place in creator["affiliations"]] == [None, "024mw5h28"]
    assert claim.values["related"] == [{"type": "References", "scheme": "url", "value": "http://oeis.org/A000027"}]
    assert claim.values["size_bytes"] == 264188


def test_the_countries_of_a_user_office_are_understood() -> None:
    with (DATA / "user_office" / "countries.csv").open(encoding="utf-8", newline="") as file:
        names = [row[0].strip() for row in csv.reader(file) if row and row[0].strip()]
    assert len(names) > 190
    assert [name for name in names if country(name) is None] == [
        "China - Hong Kong / Macau",
        "Congo",  # two countries have this name
        "Israel and the Occupied Territories",
        "Pacific Islands",
        "Virgin Islands (UK)",
    ]
    assert country("United States of America (USA)") == "US"
    assert country("Korea, Republic of (South Korea)") == "KR"
    assert country("Korea, Democratic Republic of (North Korea)") == "KP"
    assert country("North Macedonia, Republic of") == "MK"
