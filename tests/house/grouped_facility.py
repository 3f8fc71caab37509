"""A facility of four instruments, of which two are a group, and of institutions that are parts of others."""

from datetime import UTC, datetime

from sqlalchemy import select

from puma.claims import Claim
from puma.entities import Affiliation, AffiliationInstitution, Institution, Link
from puma.storage import Storage, insert_rows
from tests.resolve.desk import Desk, dataset, experiment, instrument, person, proposal, publication

AT = datetime(2024, 6, 1, tzinfo=UTC)
SECTORS = {"CNRS": "government", "Néel": "government", "LNCMI": None, "Univ": "education", "Soft": "company",
           "Holding": None}  # fmt: skip
"""Institutions with their sector; of some the registry knows none."""
PARENTS = {"Néel": "CNRS", "LNCMI": "CNRS", "Soft": "Holding"}
RORS = dict(zip(SECTORS, ("02feahw73", "04dbzz632", "00qwqqp90", "02rx3b187", "03yrm5c26", "042nb2s44"), strict=True))
PAPERS: tuple[tuple[tuple[str, ...], tuple[tuple[str, ...], ...]], ...] = (
    (("A1", "A2"), (("Néel", "LNCMI"), ("Univ",))),
    (("A1", "B1"), (("LNCMI",),)),
    (("A1", "A2", "B1"), (("CNRS",), (), ("Soft",))),
    (("C1",), ()),
)
"""Of each publication the instruments that it credits, and the institutions of each of its authors."""
TEAM = ("Néel",) * 6 + ("Soft",) * 7 + ("LNCMI",) * 5


GROUPS = {"A1": "A", "A2": "A", "B1": "B", "C1": None}
OPENED = {"A1": ("1997-07-01", "2013-12-20"), "A2": ("2014-12-01", None)}


def built(storage: Storage) -> Desk:
    """The facility in that database."""
    desk = Desk(storage, {"office": 10, "library": 30})
    for name, group in GROUPS.items():
        first, last = OPENED.get(name, (None, None))
        periods = [{"label": name, "starts_on": first, "ends_on": last}] if first else []
        desk.hand_in("office", instrument(name, group=group, periods=periods, label=f"Machine {name}",
                                          successor_of="A1" if name == "A2" else None))  # fmt: skip
    desk.hand_in("office", *(_institution(name) for name in SECTORS))
    _beamtime(desk)
    for number, (machines, authors) in enumerate(PAPERS, start=1):
        _paper(desk, number, machines, authors)
    _find_institutions(storage)
    return desk


def _institution(name: str) -> Claim:
    values = {"name": name, "country": "FR", "sector": SECTORS[name]}
    above = {"parent_ror": RORS[PARENTS[name]]} if name in PARENTS else {}
    return Claim("institution", (("ror", RORS[name]),), values | above)


def _beamtime(desk: Desk) -> None:
    """One proposal on both instruments of the group A, with a session and data on each; another on B1, a third on
    C1; everybody of the team is in every session."""
    people = [person(f"u{who}") for who in range(len(TEAM))]
    team = [
        {"person": ["source", f"office:u{who}"], "name": f"U{who}", "affiliation": f"At {name}", "role": "proposer"}
        for who, name in enumerate(TEAM)
    ]
    for code, machines in (("P-1", ("A1", "A2")), ("P-2", ("B1",)), ("P-3", ("C1",))):
        times = [{"instrument": name, "requested": 3, "allocated": 2, "unit": "day"} for name in machines]
        claims = [*people, proposal(code, decision="accepted", operation_year=2020, times=times, participants=team)]
        for name in machines:
            claims += [
                experiment(f"E-{code}-{name}", proposal_code=code, instrument_name=name, delivered_hours=24,
                           starts_at="2020-03-01T08:00:00+00:00",
                           participants=[{"person": one["person"], "mode": "on-site"} for one in team]),
                dataset(f"10.5/{code}-{name}", proposal_code=code, instrument_name=name, year=2020),
            ]  # fmt: skip
        desk.hand_in_records("office", {code: claims})


def _paper(desk: Desk, number: int, machines: tuple[str, ...], authors: tuple[tuple[str, ...], ...]) -> None:
    written = [{"name": f"Author {place}", "affiliations": [{"text": "At " + " and ".join(names)}] if names else []}
               for place, names in enumerate(authors)]  # fmt: skip
    key = ("doi", f"10.1/{number}")
    desk.hand_in("library", publication(key, type="JOURNAL_ARTICLE", year=2021, authors=written))
    rows = [
        {
            "left_id": desk.number("publication", *key), "relation": "publication-instrument", "state": "auto",
            "right_id": desk.number("instrument", "name", f"EPNS/{name.lower()}"), "tier": "review", "score": 1.0,
            "channel": "identifier", "probability": 0.95, "evidence": [], "evidence_digest": "", "model": "",
            "found_at": AT,
        }
        for name in machines
    ]  # fmt: skip
    with desk.storage.writing() as session:
        insert_rows(session, Link, rows)


def _find_institutions(storage: Storage) -> None:
    """What matching does: every affiliation means the institutions that it names."""
    with storage.writing() as session:
        numbers = {one.name: one.id for one in session.scalars(select(Institution))}
        for row in session.scalars(select(Affiliation)):
            first, *further = [numbers[name] for name in row.text.removeprefix("At ").split(" and ")]
            row.institution_id = first
            more = [{"affiliation_id": row.id, "institution_id": number} for number in further]
            insert_rows(session, AffiliationInstitution, more)
