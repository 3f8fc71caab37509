"""SciCat records: free-form people and related publications, and what may be known of a proposal."""

import json
from pathlib import Path
from typing import Any

import pytest

from harvesters import scicat
from puma.claims import Claim, check
from puma.errors import SkipRecord

SOURCE = scicat.Source(name="sc", harvester="scicat", path=Path("x"), facility="EPNS")

CITATION = "Lind, A., Two-level systems, Nature Physics 20, 2024"


def read(**record: Any) -> list[Claim]:
    return [check(claim) for claim in scicat.read(json.dumps(record).encode(), SOURCE)]


def published(**record: Any) -> Claim:
    (claim,) = read(**{"doi": "10.5072/x", "title": "Spins", "creator": ["Ada Lind"], **record})
    return claim


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("https://doi.org/10.1107/S2052252523008618", [("IsSupplementTo", "doi", "10.1107/s2052252523008618")]),
        ("DOI: 10.1039/D4GC03143A.", [("IsSupplementTo", "doi", "10.1039/d4gc03143a")]),
        (
            'Lind, A.; "Wicking", J. Colloid 2022, 625, 1-11. https://doi.org/10.1016/j.jcis.2022.04.060.',
            [("IsSupplementTo", "doi", "10.1016/j.jcis.2022.04.060")],
        ),
        ("https://onlinelibrary.wiley.com/doi/abs/10.1002/anie.2022", [("IsSupplementTo", "doi", "10.1002/anie.2022")]),
        ("https://rdcu.be/dx1Im", [("IsSupplementTo", "url", "https://rdcu.be/dx1Im")]),
        (CITATION, [("IsSupplementTo", "text", CITATION)]),
        ("https://doi.org/10.16907/63ac1a63", [("IsRelatedTo", "doi", "10.16907/63ac1a63")]),  # other data, no paper
        ("coming soon", []),
        ("In preparation", []),
        ("None", []),
        ("", []),
    ],
)
def test_related_publications_are_free_text_of_which_dois_are_taken(
    words: str, expected: list[tuple[str, ...]]
) -> None:
    related = published(relatedPublications=[words]).values["related"]
    assert [(one["type"], one["scheme"], one["value"]) for one in related] == expected


def test_published_data_are_completed_by_their_datasets() -> None:
    document = {
        "doi": "10.17199/ABC",
        "title": "Spins",
        "creator": ["Ada Lind"],
        "authors": ["Ada Lind", "Bo Kim"],
        "affiliation": "EPNS",
        "publicationYear": 2026,
        "registeredTime": "2026-01-24T20:14:10.860Z",
        "pidArray": ["20.5/a"],
        "status": "registered",
    }
    datasets = [
        {"error": "Forbidden"},
        {
            "owner": "Ada Lind",
            "orcidOfOwner": "https://orcid.org/0000-0002-1825-0097",
            "size": 10,
            "proposalId": "14CD3N",
            "creationTime": "2025-11-03T04:02:11.545Z",
            "creationLocation": "/EPNS/RING/P08",
            "keywords": ["XRR"],
            "techniques": [{"pid": "https://purl.org/pan-science/PaNET/PaNET01177", "name": "XRR"}],
        },
        {
            "size": 32,
            "creationTime": "2025-11-01T00:00:00Z",
            "techniques": [{"pid": "PaNET01129", "name": "a.b.x_ray_tomography; a.c"}],
        },
    ]
    (claim,) = read(document=document, datasets=datasets)
    values = claim.values
    assert claim.keys == (("doi", "10.17199/abc"), ("source", "sc:10.17199/ABC"))
    assert [(one["name"], one["orcid"], len(one["affiliations"])) for one in values["authors"]] == [
        ("Ada Lind", "0000-0002-1825-0097", 1),
        ("Bo Kim", None, 0),
    ]
    assert values["techniques"] == ["PaNET01177 XRR", "PaNET01129 x ray tomography"]
    expected = {
        "facility": "ESS",
        "proposal_code": "14CD3N",
        "instrument_name": "P08",
        "created_on": "2025-11-01",
        "year": 2025,
        "open_on": "2026-01-24",
        "size_bytes": 42,
    }
    assert {name: values[name] for name in expected} == expected


def test_a_dataset_is_known_by_its_own_pid_and_not_by_its_proposal() -> None:
    assert scicat.own_key({"_id": "20.5/a", "datasetName": "raw", "proposalId": "EP-1"}) == "20.5/a"
    assert scicat.own_key({"_id": "mongo", "proposalId": "EP-1", "title": "Spins"}) == "EP-1"


def test_creators_of_the_newer_form_are_datacite_creators() -> None:
    creators = [{"givenName": "Ada", "familyName": "Lind", "affiliation": [{"name": "EPNS"}]}]
    (claim,) = read(doi="10.5072/x", title="Spins", metadata={"creators": creators}, status="public")
    assert [(one["name"], one["affiliations"][0]["text"]) for one in claim.values["authors"]] == [("Lind, Ada", "EPNS")]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"doi": "10.5072/x", "title": "Spins", "status": "private"}, "not published"),
        ({"doi": "10.5072/x", "creator": []}, "no title"),
        ({"doi": "", "title": "Spins", "creator": []}, "no identifier"),
        ({"pid": "a", "datasetName": "raw", "isPublished": False}, "not published"),
        ({"proposalId": "n/a", "title": "Spins"}, "no proposal code"),
        ({"proposalId": "P1"}, "no title"),
        ({"what": 1}, "neither"),
    ],
)
def test_what_may_or_can_not_be_read_is_skipped_with_a_reason(record: dict[str, Any], reason: str) -> None:
    with pytest.raises(SkipRecord, match=reason):
        read(**record)


PROPOSAL = {
    "proposalId": "EP-1234",
    "title": "Spins",
    "firstname": "Bo",
    "lastname": "Kim",
    "email": "bo@example.org",
    "pi_firstname": "Ada",
    "pi_lastname": "Lind",
    "pi_email": "email.com",
    "MeasurementPeriodList": [
        {
            "id": "7fc8",
            "instrument": "/EPNS/RING/TOMO",
            "start": {"$date": "2020-12-11T12:43:00.000Z"},
            "end": "2020-12-31T00:00:00+01:00",
        }
    ],
}


def test_a_proposal_brings_its_people_and_its_measurement_periods() -> None:
    proposal, first, second, experiment = read(**PROPOSAL)
    assert proposal.keys == (("code", "EPNS/ep1234"), ("source", "sc:EP-1234"))
    assert proposal.values["decision"] == "accepted"
    assert proposal.values["operation_year"] == 2020
    assert [(one["name"], one["role"]) for one in proposal.values["participants"]] == [
        ("Lind, Ada", "proposer"),
        ("Kim, Bo", "co_proposer"),
    ]
    assert [tuple(one["person"]) for one in proposal.values["participants"]] == [first.keys[0], second.keys[0]]
    assert (first.values["email"], second.values["email"]) == ("", "bo@example.org")
    assert experiment.keys == (("code", "EPNS/7fc8"),)
    assert experiment.values["instrument_name"] == "TOMO"
    assert experiment.values["starts_at"] == "2020-12-11T12:43:00+00:00"
    assert experiment.values["ends_at"] == "2020-12-30T23:00:00+00:00"


def test_an_address_never_becomes_an_identifier() -> None:
    assert not any("@" in value for claim in read(**PROPOSAL) for _, value in claim.keys)


def test_a_proposal_that_was_never_measured_is_not_called_accepted() -> None:
    proposal, *_ = read(proposalId="EP-1", title="Spins", lastname="Kim")
    assert proposal.values["decision"] is None


def test_an_instrument_is_known_by_facility_and_name_and_by_pid() -> None:
    (claim,) = read(pid="20.5/i", name="TOMO X02", uniqueName="tomo")
    assert claim.keys == (("name", "EPNS/tomo x02"), ("pid", "20.5/i"))
