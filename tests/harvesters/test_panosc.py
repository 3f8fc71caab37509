"""PaNOSC documents: proposals, publications and data told apart, members and their roles, and only what is public."""

import json
from pathlib import Path
from typing import Any

import pytest

from harvesters import panosc
from puma.claims import Claim, check
from puma.errors import SkipRecord

SOURCE = panosc.Source(name="pn", harvester="panosc", path=Path("x"), facility="EPNS")


def read(**record: Any) -> list[Claim]:
    return [check(claim) for claim in panosc.read(json.dumps(record).encode(), SOURCE)]


MEMBERS = [
    {
        "role": "principal investigator",
        "person": {"id": "7", "fullName": "Ada Lind", "orcid": "0000-0002-1825-0097"},
        "affiliation": {"name": "Lund University", "city": "Lund", "country": "Sweden"},
    },
    {"role": "local contact", "person": {"id": "8", "fullName": "Bo Kim"}},
    {"role": "owner", "person": {}},
]
DATASET = {
    "pid": "20.5/d1",
    "title": "Run 1",
    "isPublic": True,
    "creationDate": "2024-05-05T15:01:02.341Z",
    "size": 12,
    "instrument": {"pid": "i", "name": "LOQ", "facility": "EPNS"},
    "techniques": [{"pid": "t", "name": "SANS", "panetId": "http://purl.org/pan-science/PaNET/PaNET01189"}],
}


def test_a_proposal_with_its_team_and_datasets() -> None:
    claims = read(pid="EP-77", type="proposal", isPublic=True, title="Spins", members=MEMBERS, datasets=[DATASET])
    assert [claim.kind for claim in claims] == ["proposal", "person", "person", "dataset"]
    proposal, ada, bo, dataset = claims
    assert proposal.keys == (("code", "EPNS/ep77"), ("source", "pn:EP-77"))
    assert [(one["name"], one["role"], one["country"]) for one in proposal.values["participants"]] == [
        ("Ada Lind", "proposer", "SE"),
        ("Bo Kim", "local_contact", None),
    ]
    assert ada.keys == (("source", "pn:0000-0002-1825-0097"), ("orcid", "0000-0002-1825-0097"))
    assert bo.keys == (("source", "pn:EP-77/bo kim"),)  # his number there is not stable
    assert [one["instrument"] for one in proposal.values["times"]] == ["LOQ"]
    assert dataset.values["proposal_code"] == "EP-77"
    assert dataset.values["techniques"] == ["PaNET01189 SANS"]
    assert (dataset.values["created_on"], dataset.values["size_bytes"]) == ("2024-05-05", 12)


def test_the_same_name_on_two_proposals_is_not_taken_for_one_person() -> None:
    member = [{"role": "co-proposer", "person": {"fullName": "Wei Zhang"}}]
    keys = {read(pid=pid, type="proposal", title="T", members=member)[1].keys for pid in ("EP-1", "EP-2")}
    assert len(keys) == 2


def test_a_publication_with_a_paper_doi_is_a_publication() -> None:
    (claim, dataset) = read(
        pid="10.1000/Paper", type="publication", title="Spins", releaseDate="2020-01-02T00:00:00Z", datasets=[DATASET]
    )
    assert (claim.kind, claim.values["published_on"]) == ("publication", "2020-01-02")
    assert claim.values["related"] == [{"type": "IsSupplementedBy", "scheme": "pid", "value": "20.5/d1"}]
    assert dataset.kind == "dataset"


def test_a_publication_with_a_data_doi_is_a_dataset() -> None:
    (claim,) = read(pid="10.17199/abc", type="publication", title="Spins", isPublic=True)
    assert (claim.kind, claim.values["facility"]) == ("dataset", "ESS")


def test_a_proposal_with_a_data_doi_is_both() -> None:
    beside = {
        "proposalNumber": "8-02-889",
        "instruments": [{"name": "FIGARO ( horizontal reflectometer )"}],
        "metadata": {
            "authors": [
                {"name": "LIND Ada", "ids": [{"type": "ORCID", "id": "0000-0002-1825-0097"}]},
                {"name": "Bo Kim", "ids": [{"type": "ResearcherID", "id": "O-4669-2014"}]},
            ],
            "publicationYear": "2020",
            "cycles": ["20203 (11-08-2020 - 28-09-2020 )"],
        },
    }
    record = {
        "pid": "10.5291/ILL-DATA.8-02-889",
        "type": "proposal",
        "title": "Spins",
        "releaseDate": "2025-04-12T00:00:00Z",
    }
    claims = read(panosc=record, document=beside)
    assert [claim.kind for claim in claims] == ["proposal", "person", "person", "dataset"]
    proposal, ada, _, dataset = claims
    assert proposal.keys[0] == ("code", "ILL/802889")
    assert (proposal.values["operation_year"], proposal.values["times"][0]["instrument"]) == (2020, "FIGARO")
    assert (ada.values["family_name"], ada.values["orcid"]) == ("LIND", "0000-0002-1825-0097")
    assert dataset.keys[0] == ("doi", "10.5291/ill-data.8-02-889")
    assert (dataset.values["proposal_code"], dataset.values["open_on"]) == ("8-02-889", "2025-04-12")


def test_what_is_not_public_stays_unknown_also_inside_a_document() -> None:
    with pytest.raises(SkipRecord, match="not public"):
        read(pid="EP-1", type="proposal", title="Secret", isPublic=False)
    claims = read(pid="EP-1", type="proposal", title="T", datasets=[{**DATASET, "isPublic": False}])
    assert [claim.kind for claim in claims] == ["proposal"]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"title": "x"}, "no pid"),
        ({"pid": "x"}, "no title"),
        ({"pid": "i", "facility": "EPNS", "name": " "}, "no name"),
    ],
)
def test_what_cannot_be_read_is_skipped_with_a_reason(record: dict[str, Any], reason: str) -> None:
    with pytest.raises(SkipRecord, match=reason):
        read(**record)


def test_an_instrument_is_known_by_facility_and_name_and_by_pid() -> None:
    (claim,) = read(pid="20.5/i", name="LoKI", facility="ESS")
    assert claim.keys == (("name", "EPNS/loki"), ("pid", "20.5/i"))
