"""Entries of the Protein Data Bank: beamline, paper, raw data, what is not released, and how entries are found."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from loopback import serving
from pydantic import ValidationError

from harvesters import pdb
from puma.claims import Claim, check
from puma.errors import SkipRecord, StopRun
from puma.harvesting import Page, Visit
from puma.harvesting.transport import Web

SOURCE = pdb.Source(name="mx", harvester="pdb", path=Path("x"), facility="EPNS", sites=["EPNS"])
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def read(source: pdb.Source = SOURCE, **record: Any) -> Claim:
    given = {"rcsb_id": "9EP1", "struct": {"title": "A structure"}, **record}
    (claim,) = pdb.read(json.dumps(given).encode(), source)
    return check(claim)


def at(
    site: str | None = None, beamline: str | None = None, kind: str | None = None, source: str = "SYNCHROTRON"
) -> Any:
    return {
        "source": source,
        "type": kind,
        "pdbx_synchrotron_site": site,
        "pdbx_synchrotron_beamline": beamline,
    }


@pytest.mark.parametrize(
    ("places", "facility", "beamline"),
    [
        ([at("EPNS", "X02")], "EPNS", "X02"),
        ([at("epns", "BEAMLINE X02")], "EPNS", "X02"),
        ([at("EPNS", "EPNS X02")], "EPNS", "X02"),
        ([at(None, None, "EPNS BEAMLINE X02")], "EPNS", "X02"),
        ([at("OTHER", "B1")], None, "B1"),
        ([at("OTHER", "B1"), at("EPNS", "X02")], "EPNS", "X02"),
        ([at(None, None, "HOME LAB")], None, ""),
        ([], None, ""),
    ],
)
def test_of_several_places_the_own_facilitys_beamline_is_taken(
    places: list[Any], facility: str | None, beamline: str
) -> None:
    values = read(diffrn_source=places).values
    assert (values["facility"], values["instrument_name"]) == (facility, beamline)


def test_without_sites_every_entry_belongs_to_the_source() -> None:
    anywhere = SOURCE.model_copy(update={"sites": []})
    assert read(anywhere, diffrn_source=[at("OTHER", "B1")]).values["facility"] == "EPNS"


def test_an_entry_is_supplement_to_its_paper_and_derived_from_its_raw_data() -> None:
    related = read(
        rcsb_primary_citation={"pdbx_database_id_DOI": "10.5072/PAPER.1", "pdbx_database_id_PubMed": 99},
        citation=[
            {"id": "primary", "pdbx_database_id_DOI": "10.5072/paper.1", "pdbx_database_id_PubMed": 99},
            {"id": "1", "pdbx_database_id_DOI": "10.5072/paper.0"},
        ],
        pdbx_related_exp_data_set=[
            {"data_reference": "doi:10.5281/zenodo.1", "data_set_type": "diffraction image data"}
        ],
        rcsb_external_references=[
            {"id": "10.15785/SBGRID/1", "link": "https://x", "type": "SB GRID"},
            {"id": "9EP1", "link": "https://y", "type": "OLDERADO"},
        ],
    ).values["related"]
    assert [(one["type"], one["scheme"], one["value"]) for one in related] == [
        ("IsIdenticalTo", "pdb", "9EP1"),
        ("IsSupplementTo", "doi", "10.5072/paper.1"),
        ("IsSupplementTo", "pmid", "99"),
        ("References", "doi", "10.5072/paper.0"),
        ("IsDerivedFrom", "doi", "10.5281/zenodo.1"),
        ("IsDerivedFrom", "doi", "10.15785/sbgrid/1"),
    ]


@pytest.mark.parametrize(
    ("method", "source", "serial", "expected"),
    [
        ("X-RAY DIFFRACTION", "SYNCHROTRON", "N", ["PaNET01164 macromolecular crystallography"]),
        ("NEUTRON DIFFRACTION", "NUCLEAR REACTOR", None, ["PaNET01217 neutron diffraction"]),
        ("ELECTRON MICROSCOPY", "", None, ["electron microscopy"]),
        (
            "X-RAY DIFFRACTION",
            "FREE ELECTRON LASER",
            "Y",
            ["PaNET01168 serial femtosecond crystallography", "PaNET01164 macromolecular crystallography"],
        ),
    ],
)
def test_methods_are_techniques(method: str, source: str, serial: str | None, expected: list[str]) -> None:
    values = read(
        exptl=[{"method": method}],
        diffrn=[{"pdbx_serial_crystal_experiment": serial}],
        diffrn_source=[at("EPNS", "X02", source=source)],
    ).values
    assert values["techniques"] == expected


def test_dates_of_deposition_and_release_and_the_doi_of_the_entry() -> None:
    dates = {"deposit_date": "2023-04-02T00:00:00Z", "initial_release_date": "2024-05-22T00:00:00.000+0000"}
    claim = read(rcsb_accession_info={**dates, "status_code": "REL"})
    assert claim.keys == (("doi", "10.2210/pdb9ep1/pdb"), ("source", "mx:9EP1"))
    assert [claim.values[name] for name in ("created_on", "year", "open_on")] == ["2023-04-02", 2023, "2024-05-22"]


def test_authors_stand_in_the_order_of_the_deposition() -> None:
    people = [{"name": "Kim, B.", "pdbx_ordinal": 2}, {"name": "Lind, A.", "pdbx_ordinal": 1}]
    assert [one["name"] for one in read(audit_author=people).values["authors"]] == ["Lind, A.", "Kim, B."]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"rcsb_accession_info": {"status_code": "HPUB"}}, "not released"),
        ({"struct": None}, "no title"),
        ({"rcsb_id": "lysozyme"}, "no id"),
    ],
)
def test_what_may_or_can_not_be_read_is_skipped_with_a_reason(record: dict[str, Any], reason: str) -> None:
    with pytest.raises(SkipRecord, match=reason):
        read(**record)


def saved(tmp_path: Path, name: str, body: str) -> tuple[list[Claim], list[str]]:
    (tmp_path / name).write_text(body)
    source = SOURCE.model_copy(update={"path": tmp_path / name})
    with Web(source) as web:
        pages = list(pdb.fetch(source, Visit(web, NOW)))
    claims = [claim for page in pages for record in page.records for claim in pdb.read(record.payload, source)]
    return claims, [reason for page in pages for _, reason in page.skipped]


def test_a_report_with_two_lines_of_headings_and_rows_that_go_on_is_read(tmp_path: Path) -> None:
    lines = [
        "Identifier,,Citation,,",
        "PDB ID,Structure Title,DOI,Beamline,Synchrotron Site",
        '9EP5,"A pump, caught",10.5072/paper.95,X02,EPNS',
        ",,10.5072/second,,",
        "9EP6,A channel,,X07,EPNS,one too many",
    ]
    (claim,), told = saved(tmp_path, "report.csv", "\n".join(lines))
    assert claim.keys[1] == ("source", "mx:9EP5")
    assert (claim.values["title"], claim.values["instrument_name"]) == ("A pump, caught", "X02")
    assert told == ["it has more cells than the header"]


def test_a_file_without_entries_is_told(tmp_path: Path) -> None:
    assert saved(tmp_path, "x.csv", "a,b\n1,2\n")[1] == ["it is neither JSON nor a report with a column of entry ids"]


@pytest.mark.parametrize(
    "body", [{"data": {"entries": [{"rcsb_id": "9EP1"}]}}, {"data": {"entry": {"rcsb_id": "9EP1"}}}]
)
def test_answers_of_both_questions_are_cut_into_entries(body: dict[str, Any]) -> None:
    (found,) = pdb.cut("x.json", json.dumps(body).encode(), [])
    assert (found.key, json.loads(found.payload)) == ("9EP1", {"rcsb_id": "9EP1"})


# --- Fetching --------------------------------------------------------------------------------------------------------

ENTRIES = {f"9EP{n}": {"rcsb_id": f"9EP{n}", "struct": {"title": f"Structure {n}"}} for n in range(5)}


class Service:
    """The search service and the data service in one; ``names``: what the search finds."""

    def __init__(self, names: list[str], *, empty: bool = False) -> None:
        self.names, self.empty = names, empty
        self.searched: list[dict[str, Any]] = []
        self.queries: list[str] = []

    def __call__(self, path: str, query: dict[str, str]) -> tuple[int, bytes]:
        if path == "/search":
            self.searched.append(json.loads(query["json"]))
            found = {"total_count": len(self.names), "result_set": [{"identifier": one} for one in self.names]}
            return (204, b"") if self.empty else (200, json.dumps(found).encode())
        self.queries.append(query["query"])
        some = [entry for name, entry in ENTRIES.items() if f'"{name}"' in query["query"]]
        return 200, json.dumps({"data": {"entries": some}}).encode()


def harvest(service: Service, visit: dict[str, Any] | None = None, **settings: Any) -> list[Page]:
    with serving(service) as url:
        given = {"sites": ["EPNS"], "search_url": f"{url}/search", "page_size": 2, **settings}
        source = pdb.Source(name="mx", harvester="pdb", url=url, allow_private=True, timeout_s=5, **given)
        with Web(source) as web:
            return list(pdb.fetch(source, Visit(web, NOW, **(visit or {}))))


def test_entries_that_the_search_names_are_fetched_once_and_a_run_goes_on_behind_any_page() -> None:
    service = Service(list(reversed(ENTRIES)))
    whole = harvest(service)
    assert [record.key for page in whole for record in page.records] == list(ENTRIES)
    assert service.searched[0]["request_options"] == {"return_all_hits": True}
    for number, page in enumerate(whole, start=1):
        rest = harvest(Service(list(ENTRIES)), {"cursor": page.cursor})
        assert [one.records for one in rest] == [one.records for one in whole[number:]]


def test_a_later_run_asks_only_for_what_was_revised() -> None:
    service = Service(list(ENTRIES))
    harvest(service, {"since": datetime(2026, 2, 1, 12, tzinfo=UTC)})
    *_, revised = service.searched[0]["query"]["nodes"]
    assert revised["parameters"] == {
        "attribute": "rcsb_accession_info.revision_date",
        "operator": "greater_or_equal",
        "value": "2026-02-01T00:00:00Z",
    }


def test_an_entry_that_is_gone_is_told() -> None:
    (page,) = harvest(Service([]), sites=[], entries=["9ep1", "9EP9"])
    assert [record.key for record in page.records] == ["9EP1"]
    assert page.skipped == (("9EP9", "the PDB has no such entry any more"),)


def test_a_search_that_finds_nothing_has_no_body_and_is_no_fault() -> None:
    assert harvest(Service([], empty=True)) == []


def test_a_search_that_names_an_entry_twice_stops_the_run() -> None:
    with pytest.raises(StopRun, match="twice"):
        harvest(Service(["9EP1", "9EP1"]))


def test_with_an_address_the_settings_say_which_entries() -> None:
    with pytest.raises(ValidationError, match="sites or entries"):
        harvest(Service([]), sites=[])
