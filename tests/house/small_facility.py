"""A facility small enough to count by hand, with and without what only the user office may know."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import update

from puma.claims import Claim
from puma.entities import (
    Affiliation,
    Authorship,
    Collection,
    CollectionItem,
    Facility,
    FairAnswer,
    Institution,
    Link,
    Person,
    Transfer,
)
from puma.facts import Snapshot, refresh
from puma.storage import Storage, insert_rows
from tests.resolve.desk import Desk, dataset, experiment, instrument, person, proposal, publication

AT = datetime(2024, 6, 1, tzinfo=UTC)
COUNTRIES = ("FR", "DE", "IT", "JP")
PROPOSALS, PUBLICATIONS, PEOPLE = 60, 80, 30
SECRETS: tuple[dict[str, Any], ...] = (
    {"decision": "refused"},
    {"decision": "accepted", "confidential": True},
    {"type": "industry"},
    {},
)


def made(storage: Storage, folder: Path, *, secrets: bool) -> Snapshot:
    """The facts of the facility; ``secrets``: also proposals that a viewer may not know of, and what they led to."""
    desk = Desk(storage, {"office": 10, "library": 30})
    desk.hand_in(
        "office",
        *(instrument(f"D{number}", group=f"Group {number % 2}") for number in range(4)),
        *(
            Claim("call", (("source", f"office:c{year}"),), {"facility": "EPNS", "code": f"C{year}"})
            for year in range(2009, 2019)
        ),
        *_operation(),
        *(
            Claim("institution", (("ror", ror),), {"name": f"Univ. {c}", "ror": ror, "country": c, "sector": sector})
            for ror, c, sector in zip(
                [f"0{c}" for c in COUNTRIES], COUNTRIES, ("education", "company", "government", "company"), strict=True
            )
        ),
    )
    for number in range(PROPOSALS):
        _beamtime(desk, number, {"decision": "accepted", "type": ("public", "inhouse")[number % 2]})
    desk.hand_in(
        "library",
        Claim(
            "journal_listing",
            (("source", "library:1"),),
            {"issn": "0001-0001", "list": "high impact", "valid_from": "2016-01-01"},
        ),
    )
    desk.hand_in("library", *(_paper(number) for number in range(PUBLICATIONS)), settle=False)
    desk.settle()
    if secrets:
        for number in range(PROPOSALS, PROPOSALS + 3 * len(SECRETS)):
            _beamtime(desk, number, SECRETS[number % len(SECRETS)])
    _elsewhere(desk)
    _find_institutions(storage)
    _find_authors(desk)
    _link(desk, secrets=secrets)
    return refresh(storage, folder, AT)


def _beamtime(desk: Desk, number: int, values: dict[str, Any]) -> None:
    """A proposal with its team, its session and its dataset."""
    code, machine, year = f"MA-{number}", f"D{number % 3}", 2009 + number % 10
    team = [f"p{(number + step) % PEOPLE + (1000 if number >= PROPOSALS else 0)}" for step in (0, 1, 2)]
    team += [f"n{number}"] if number >= PROPOSALS // 3 else []
    desk.hand_in_records(
        "office",
        {
            code: [
                *(person(key) for key in team),
                proposal(
                    code,
                    operation_year=year,
                    call_code=f"C{year}",
                    scientific_area="Magnetism",
                    dmp="https://dmp.example/1" if number % 3 else None,
                    times=[
                        {"instrument": name, "requested": 3, "allocated": 2, "unit": "day"}
                        for name in {machine, f"D{(number + number % 2) % 3}"}
                    ],
                    participants=[
                        {
                            "person": ["source", f"office:{key}"],
                            "name": key,
                            "role": "proposer",
                            "affiliation": f"Univ. {country}",
                            "country": country,
                        }
                        for key, country in zip(team, COUNTRIES[number % 2 :], strict=False)
                    ],
                    **values,
                ),
            ],
            f"session {code}": [
                *(person(key) for key in team),
                experiment(
                    f"E{number}",
                    proposal_code=code,
                    instrument_name=machine,
                    starts_at=f"{year}-03-01T08:00:00+00:00",
                    delivered_hours=48,
                    allocated_hours=(48, 72)[number % 2],
                    lost_to_machine=(None, 8, None, None)[number % 4],
                    lost_to_user=(None, 16, 4, None)[number % 4],
                    report_due_on=f"{year}-09-01",
                    report_received_on=f"{year}-08-01" if number % 2 else None,
                    mode=("on-site", "remote")[number % 2],
                    participants=[{"person": ["source", f"office:{key}"], **_said(key)} for key in team],
                ),
            ],
            f"data {code}": [
                dataset(
                    f"10.5/{number}",
                    proposal_code=code,
                    instrument_name=machine,
                    year=year,
                    publisher="EPNS",
                    open_on=f"{year + 3}-01-01" if number % 7 != 3 else None,
                    open_now=(True, True, False, None)[number % 4],
                ),
                Claim(
                    "transfer",
                    (("source", f"office:t{number}"),),
                    {
                        "facility": "EPNS",
                        "proposal_code": code,
                        "route": "globus",
                        "user_key": f"u{number % 7}",
                        "year": year,
                        "size_bytes": 1000 + number,
                        "files": 3,
                    },
                ),
            ],
        },
        settle=number in (PROPOSALS - 1, PROPOSALS + 3 * len(SECRETS) - 1),
    )


def _said(key: str) -> dict[str, str]:
    """What somebody says of themselves: two of three a gender, three of four a career stage."""
    number = int(key[1:])
    gender, stage = (
        ("woman", "man", "")[number % 3],
        ("doctoral student", "postdoc", "senior scientist", "")[number % 4],
    )
    return {name: word for name, word in (("gender", gender), ("career_stage", stage)) if word}


def _elsewhere(desk: Desk) -> None:
    """A second facility at which some of the same people came, structures of the PDB, and FAIR self-assessments."""
    desk.hand_in("office", Claim("instrument", (("name", "SNS2/x1"),), {"facility": "SNS2", "name": "X1"}))
    for number in range(10):
        team, year = [f"p{(number + step) % PEOPLE}" for step in range(3)], 2009 + number
        session = Claim(
            "experiment",
            (("code", f"SNS2/x{number}"), ("source", f"office:X{number}")),
            {
                "facility": "SNS2",
                "code": f"X{number}",
                "instrument_name": "X1",
                "starts_at": f"{year}-05-01T08:00:00+00:00",
                "delivered_hours": 24,
                "participants": [{"person": ["source", f"office:{key}"]} for key in team],
            },
        )
        desk.hand_in_records("office", {f"session X{number}": [*(person(key) for key in team), session]}, settle=False)
    entries = [
        dataset(
            f"10.2210/pdb{number}abc/pdb",
            instrument_name=f"D{number % 3}",
            open_on=f"{2012 + number % 6}-02-01",
            year=2011 + number % 6,
            related=[{"type": "IsSupplementTo", "scheme": "doi", "value": f"10.1/{number}"}] * (number % 2)
            + [{"type": "IsDerivedFrom", "scheme": "text", "value": "10.5281/zenodo.1"}] * (number % 3 == 0),
        )
        for number in range(24)
    ]
    desk.hand_in("office", *entries)
    answers = ("yes", "partly", "no", "not applicable")
    about = [desk.standing("facility")[0], desk.number("instrument", "name", "EPNS/d1")]
    with desk.storage.writing() as session:
        insert_rows(session, FairAnswer, [
            {
                "record_id": number, "year": year, "question": code, "answer": answers[(place + year) % 4],
                "comment": "", "answered_by": "Ada", "answered_at": AT,
            }
            for number in about
            for year in range(2015, 2022)
            for place, code in enumerate(("F1", "F2", "A1", "I1", "R1"))
        ])  # fmt: skip


def _paper(number: int) -> Claim:
    authors = [
        {"name": f"Author {place}", "affiliations": [{"text": f"Univ. {c}", "country": c} for c in countries]}
        for place, countries in enumerate(
            [COUNTRIES[: number % 4 + 1], (), COUNTRIES[number % 4 :][:1]][: number % 3 + 1]
        )
    ]
    if number % 13 == 5:  # strangers, who use open data
        authors = [{"name": "Stranger", "affiliations": [{"text": "Lab elsewhere", "country": "SE"}]}]
    return publication(
        ("doi", f"10.1/{number}"),
        title=f"Paper {number}",
        year=2016 + number % 5,
        type={
            19: "PREPRINT",
            3: "THESIS",
            7: "THESIS",
            11: "THESIS",
            12: "THESIS",
            14: "THESIS",
            5: "THESIS",
            15: "THESIS",
        }.get(number % 20, "JOURNAL_ARTICLE"),
        issn=("0001-0001", "0002-0002", None)[number % 3],
        journal=f"Journal {number % 3}",
        citations=number % 10,
        citation_percentile=(number * 7) % 100 if number % 6 else None,
        techniques=["PaNET01164 macromolecular crystallography"] if number % 4 == 1 else [],
        keywords=[{"namespace": "", "value": f"word {number % 4}"}] if number % 5 else [],
        open_access=("gold", "green", "bronze")[number % 3],
        license=("https://creativecommons.org/licenses/by/4.0/", "cc-by-nc", "CC BY 4.0", None)[number % 4],
        retracted=number == 7,
        authors=authors,
    )


def _find_institutions(storage: Storage) -> None:
    """What matching does: every affiliation is one of the institutions, of which one is the facility's own."""
    with storage.writing() as session:
        session.execute(update(Facility).where(Facility.code == "EPNS").values(ror="0FR"))
        for institution in session.query(Institution).all():
            words = f"{institution.name}%"
            session.execute(
                update(Affiliation).where(Affiliation.text.like(words)).values(institution_id=institution.id)
            )


def _operation() -> list[Claim]:
    """The beam time that there is in each year, what is kept for the machine, and what a call offers."""
    told = [
        {"instrument_name": f"D{number}", "year": year, "hours_for": use, "amount": hours, "unit": "hour"}
        for number in range(3)
        for year in range(2009, 2019)
        for use, hours in (("available", 1000), ("commissioning", 20 + number), ("maintenance", 50))
    ]
    told += [
        {"instrument_name": f"D{number}", "call_code": f"C{year}", "year": year, "hours_for": "public", "amount": 5.5}
        for number in range(3)
        for year in range(2009, 2019)
    ]
    return [
        Claim("operation", (("source", f"office:o{number}"),), {"facility": "EPNS", "unit": "day", **values})
        for number, values in enumerate(told)
    ]


def _find_authors(desk: Desk) -> None:
    """What matching does: the first author of each paper but those of strangers is a user, who has an ORCID iD, by
    which seven of them take data away."""
    with desk.storage.writing() as session:
        for number in range(PUBLICATIONS):
            if number % 13 != 5:
                user = desk.number("person", "source", f"office:p{number % PEOPLE}")
                paper = desk.number("publication", "doi", f"10.1/{number}")
                first = (Authorship.record_id == paper, Authorship.position == 1)
                session.execute(update(Authorship).where(*first).values(person_id=user))
                session.execute(update(Person).where(Person.id == user).values(orcid=f"0000-0002-0000-{user:04}"))
        for number in range(7):
            user = desk.number("person", "source", f"office:p{number * 4}")
            account = f"0000-0002-0000-{user:04}@orcid.org"
            session.execute(update(Transfer).where(Transfer.user_key == f"u{number}").values(user_key=account))


def _link(desk: Desk, *, secrets: bool) -> None:
    """Links of every state, to proposals, sessions and instruments; the secret proposals have papers as well."""
    states = ("validated", "auto", "candidate", "rejected")
    pairs = []
    for number in range(PUBLICATIONS):
        if number % 16 == 10:  # nothing but the affiliation of its authors: by staff alone
            continue
        paper = desk.number("publication", "doi", f"10.1/{number}")
        for step in range(number % 3 + 1):
            own = (number * 7 + step * 11) % PROPOSALS
            pairs.append(
                (paper, desk.number("proposal", "code", f"EPNS/ma{own}"), "publication-proposal", number + step)
            )
        if number % 5 == 0:
            shift = desk.number("experiment", "code", f"EPNS/e{number % PROPOSALS}")
            pairs.append((paper, shift, "publication-experiment", number // 5))
            beside = desk.number("experiment", "code", f"EPNS/e{(number + 1) % PROPOSALS}")
            pairs.append((paper, beside, "publication-experiment", number // 10))
        if number % 4 < 2:
            data = desk.number("dataset", "doi", f"10.5/{number % PROPOSALS}")
            pairs.append((paper, data, "publication-dataset", number))
        if number % 9 == 0:
            pairs.append((paper, desk.number("instrument", "name", "SNS2/x1"), "publication-instrument", number // 9))
        if number % 13 == 5:  # nothing but data of others
            pairs = [pair for pair in pairs if pair[0] != paper]
            pairs.append((paper, desk.number("dataset", "doi", f"10.5/{number % PROPOSALS}"), "publication-dataset", 0))
            continue
        if number % 11 == 0:
            pairs.append((paper, desk.number("instrument", "name", "EPNS/d3"), "publication-instrument", 0))
        if secrets:
            hidden = PROPOSALS + number % (3 * len(SECRETS))
            pairs.append((paper, desk.number("proposal", "code", f"EPNS/ma{hidden}"), "publication-proposal", 0))
            shift = desk.number("experiment", "code", f"EPNS/e{hidden}")
            pairs.append((paper, shift, "publication-experiment", 0))
    rows = [
        {
            "left_id": left,
            "right_id": right,
            "relation": relation,
            "state": states[turn % 4],
            "tier": "review",
            "channel": "identifier",
            "score": 1.0,
            "probability": 0.95 if turn % 8 == 2 else 0.5,
            "evidence": [],
            "evidence_digest": "",
            "model": "",
            "found_at": AT,
        }
        for left, right, relation, turn in {(pair[0], pair[1]): pair for pair in pairs}.values()
    ]
    first = [desk.number("publication", "doi", f"10.1/{number}") for number in range(5)]
    with desk.storage.writing() as session:
        insert_rows(session, Link, rows)
        insert_rows(session, Collection, [{"id": 1, "title": "Best of", "made_by": "Ada", "made_at": AT}])
        made_by = {"collection_id": 1, "added_by": "Ada", "added_at": AT}
        insert_rows(session, CollectionItem, [{"record_id": number, **made_by} for number in first])
