"""Data catalogues: DataCite DOIs, SciCat and PaNOSC records of the same datasets, each with its own gaps."""

from random import Random
from typing import Any
from zlib import crc32

from puma.demo.world.dials import TODAY
from puma.demo.world.experiments import year_of
from puma.demo.world.instruments import instruments
from puma.demo.world.marc import SITE
from puma.demo.world.science import looks_like_formula
from puma.demo.world.things import Author, Dataset, Proposal, draw
from puma.demo.world.vocabulary import techniques


def _is_open(one: Dataset) -> bool:
    """Its embargo has ended, and it was not forgotten: one of fourteen was, without drawing lots."""
    return one.open_on <= TODAY and crc32(one.doi.encode()) % 14 > 0


SOFT = frozenset(("rixs", "xmcd", "arpes"))
"""Techniques of soft X-rays."""


def _conditions(one: Dataset) -> dict[str, tuple[float | str, str]]:
    """{name: (value, unit)} of what was written down beside three of four datasets: lots of their own, so that nothing
    else of the world depends on them."""
    lot = Random(crc32(one.doi.encode()))
    sample = one.proposal.subject.topic.samples[one.proposal.subject.sample][0]
    found: dict[str, tuple[float | str, str]] = {}
    if lot.random() < 0.25:
        return found
    if one.technique.probe == "neutron":
        wavelength = round(lot.uniform(0.9, 9.0), 3)
        found["wavelength"] = (wavelength, "angstrom")
        found["energy"] = (round(81.804 / wavelength**2, 4), "meV")
    else:
        kiloelectronvolt = round(
            lot.uniform(0.2, 1.2) if one.technique.key in SOFT else lot.lognormvariate(2.5, 0.4), 3
        )
        found["energy"] = (kiloelectronvolt, "keV")
        found["wavelength"] = (round(1.239842 / kiloelectronvolt, 5), "nm")
    if lot.random() < 0.7:
        found["sample_temperature"] = lot.choice(
            ((1.8, "K"), (4.2, "K"), (77.0, "K"), (100.0, "K"), (25.0, "C"), (450.0, "K"))
        )
    if looks_like_formula(sample):
        found["sample_chemical_formula"] = (sample, "")
    return found


def _stamp(day: Any) -> str:
    return f"{day.isoformat()}T08:00:00.000Z"


def _creator(author: Author) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": f"{author.family}, {author.given}",
        "nameType": "Personal",
        "givenName": author.given,
        "familyName": author.family,
        "affiliation": author.affiliations,
        "nameIdentifiers": [],
    }
    if author.orcid:
        found["nameIdentifiers"] = [
            {
                "schemeUri": "https://orcid.org",
                "nameIdentifier": f"https://orcid.org/{author.orcid}",
                "nameIdentifierScheme": "ORCID",
            }
        ]
    return found


def datacite(rng: Random, one: Dataset) -> dict[str, Any]:
    """One DOI as the DataCite REST API returns it (JSON:API)."""
    instrument = one.session.instrument
    related: list[dict[str, Any]] = [
        {
            "relationType": "IsSupplementTo" if position == 0 else "IsCitedBy",
            "relatedIdentifier": doi,
            "relatedIdentifierType": "DOI",
        }
        for position, doi in enumerate(dict.fromkeys(one.related))
    ]
    if draw(rng, 0.4):
        related.append(
            {"relationType": "IsCollectedBy", "relatedIdentifier": instrument.pid, "relatedIdentifierType": "Handle"}
        )
    contributors: list[dict[str, Any]] = [
        {
            "name": "Example Photon and Neutron Source",
            "nameType": "Organizational",
            "contributorType": "HostingInstitution",
        }
    ]
    if draw(rng, 0.5):
        local = one.proposal.people[-1][0]
        contributors.append(
            {"name": f"{local.family}, {local.given}", "nameType": "Personal", "contributorType": "DataCollector"}
        )
    attributes: dict[str, Any] = {
        "doi": one.doi.lower(),
        "prefix": one.doi.split("/")[0],
        "suffix": one.doi.split("/", 1)[1].lower(),
        "creators": [_creator(author) for author in one.creators],
        "titles": [{"title": one.title}],
        "publisher": "Example Photon and Neutron Source",
        "publicationYear": one.created.year,
        "contributors": contributors,
        "subjects": [
            {"subject": one.technique.name, "subjectScheme": "PaNET", "valueUri": one.technique.panet},
            *([{"subject": instrument.name}] if draw(rng, 0.6) else []),
        ],
        "dates": [
            {"date": f"{one.session.start.isoformat()}/{one.session.end.isoformat()}", "dateType": "Collected"},
            {"date": one.created.isoformat(), "dateType": "Created"},
            {"date": one.open_on.isoformat(), "dateType": "Available"},
        ],
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Experimental raw data"},
        "relatedIdentifiers": related,
        "sizes": [f"{one.size_bytes} bytes"],
        "formats": ["NeXus"],
        "rightsList": [{"rights": "Creative Commons Attribution 4.0 International", "rightsIdentifier": "cc-by-4.0"}],
        "descriptions": [{"description": one.abstract, "descriptionType": "Abstract"}] if one.abstract else [],
        "url": f"{SITE}/data/{one.doi}",
        "state": "findable",
        "created": _stamp(one.created),
        "registered": _stamp(one.created),
        "updated": _stamp(one.open_on if draw(rng, 0.3) and one.open_on.year < 2026 else one.created),
    }
    return {"id": one.doi.lower(), "type": "dois", "attributes": attributes}


def scicat_published(rng: Random, one: Dataset) -> dict[str, Any]:
    """A SciCat publishedData record; related publications are free text of mixed quality."""
    related: list[str] = []
    for doi in dict.fromkeys(one.related):
        related.append(rng.choice((f"https://doi.org/{doi}", doi, f"doi:{doi}")))
    if not related and draw(rng, 0.15):
        related.append(rng.choice(("coming soon", "in preparation", "https://www.example.org/journal")))
    return {
        "doi": one.doi,
        "creator": [f"{author.given} {author.family}" for author in one.creators],
        "publisher": "EPNS",
        "publicationYear": one.created.year,
        "title": one.title,
        "abstract": one.abstract or one.title,
        "dataDescription": f"{one.technique.name}, {one.session.instrument.name}",
        "resourceType": "raw",
        "numberOfFiles": rng.randint(1, 4000),
        "sizeOfArchive": one.size_bytes,
        "pidArray": [f"20.500.99901/{one.doi.split('/', 1)[1].lower()}"],
        **(
            {
                "datasets": [
                    {
                        "isPublished": _is_open(one),
                        "scientificMetadata": {
                            name: {"value": value, "unit": unit} for name, (value, unit) in _conditions(one).items()
                        },
                    }
                ]
            }
            if one.in_catalogue
            else {}
        ),
        "proposalId": one.proposal.code if one.code_shown != "nowhere" and draw(rng, 0.7) else "",
        "relatedPublications": related,
        "status": "registered",
        "registeredTime": _stamp(one.created),
        "createdAt": _stamp(one.created),
        "updatedAt": _stamp(one.created),
    }


def scicat_proposal(one: Proposal) -> dict[str, Any]:
    """A SciCat proposal: of the team it knows the main proposer only."""
    lead = one.people[0][0]
    year = year_of(one.deposited)
    return {
        "proposalId": one.code,
        "pi_firstname": lead.given,
        "pi_lastname": lead.family_at(year),
        "pi_email": "",
        "firstname": lead.given,
        "lastname": lead.family_at(year),
        "title": one.title,
        "abstract": one.abstract,
        "startTime": _stamp(one.sessions[0].start) if one.sessions else None,
        "endTime": _stamp(one.sessions[-1].end) if one.sessions else None,
        "ownerGroup": one.code.lower(),
        "MeasurementPeriodList": [
            {
                "id": session.code,
                "instrument": f"/EPNS/{session.instrument.name}",
                "start": _stamp(session.start),
                "end": _stamp(session.end),
                "comment": "",
            }
            for session in one.sessions
        ],
        "createdAt": _stamp(one.deposited),
        "updatedAt": _stamp(one.deposited),
    }


def scicat_instruments() -> list[dict[str, Any]]:
    latest = {one.pid: one for one in instruments()}
    return [
        {
            "pid": one.pid,
            "uniqueName": one.pid.rsplit(".", 1)[1],
            "name": one.name,
            "customMetadata": {"label": one.label},
        }
        for one in latest.values()
    ]


def panosc_instruments() -> list[dict[str, Any]]:
    latest = {one.pid: one for one in instruments()}
    return [{"pid": one.pid, "name": one.name, "facility": "EPNS"} for one in latest.values()]


def _techniques(one: Dataset) -> list[dict[str, str]]:
    known = techniques()[one.technique.key]
    return [{"pid": known.panet, "name": known.panet_label}]


def panosc_dataset(one: Dataset, document: str) -> dict[str, Any]:
    return {
        "pid": f"20.500.99901/{one.doi.split('/', 1)[1].lower()}",
        "title": one.title,
        **({"isPublic": True} if _is_open(one) else {}),  # of the others this catalogue says nothing
        "creationDate": _stamp(one.created),
        "size": one.size_bytes,
        "documentId": document,
        "instrumentId": one.session.instrument.pid,
        "instrument": {"pid": one.session.instrument.pid, "name": one.session.instrument.name, "facility": "EPNS"},
        "techniques": _techniques(one),
        "parameters": [
            {"name": name, "value": value, "unit": unit} for name, (value, unit) in _conditions(one).items()
        ],
    }


def panosc_document(one: Proposal, shared: list[Dataset]) -> dict[str, Any]:
    """A PaNOSC document of type proposal with its members and datasets."""
    first = shared[0]
    members = [
        {
            "role": "principal investigator" if position == 0 else "member",
            "person": {
                "fullName": f"{author.given} {author.family}",
                "firstName": author.given,
                "lastName": author.family,
                **({"orcid": author.orcid} if author.orcid else {}),
            },
            "affiliation": {"name": author.affiliations[0]} if author.affiliations else None,
        }
        for position, author in enumerate(first.creators)
    ]
    return {
        "pid": first.doi,
        "isPublic": True,
        "type": "proposal",
        "title": one.title,
        "summary": one.abstract,
        "doi": first.doi,
        "startDate": _stamp(one.sessions[0].start),
        "endDate": _stamp(one.sessions[-1].end),
        "releaseDate": _stamp(first.open_on),
        "license": "CC-BY-4.0",
        "keywords": [one.subject.technique.name, one.code],
        "members": members,
        "datasets": [panosc_dataset(dataset, first.doi) for dataset in shared],
    }
