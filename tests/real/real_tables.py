"""Real experiments of ANSTO, the Australian Synchrotron and TRIUMF, put into the tables that `tables` reads."""

import csv
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

Row = Mapping[str, Any]

FILES = {
    "ansto": "01_facility/ansto_experiments.json",
    "synchrotron": "01_facility/mytardis_experiment_view.json",
    "triumf": "01_facility/triumf_bnmr/bnmr_experiments.yaml",
}


def write_tables(data: Path, folder: Path) -> dict[str, int]:
    """Write the tables below ``folder``. Returns how many rows each has."""
    tables: dict[str, list[Row]] = {}
    for facility, file in (("ANSTO", FILES["ansto"]), ("AS", FILES["synchrotron"])):
        for experiment in json.loads((data / file).read_text("utf-8")):
            _mytardis(facility, experiment, tables)
    _triumf(data / "01_facility/triumf_bnmr", tables)
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        _write(folder / f"{name}.csv", rows)
    return {name: len(rows) for name, rows in tables.items()}


def _write(file: Path, rows: Iterable[Row]) -> None:
    rows = list(rows)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns)
        writer.writeheader()
        writer.writerows(rows)


def _mytardis(facility: str, experiment: dict[str, Any], tables: dict[str, list[Row]]) -> None:
    """One experiment of a MyTardis store: its proposal when it has a number, its session, its datasets."""
    groups: dict[str, list[dict[str, str]]] = {}
    for group in experiment["metadata"]:
        groups.setdefault(group["name"], []).append({v["name"]: str(v["value"]) for v in group["values"]})
    ident = (groups.get("Experiment ID") or [{}])[0]
    code = ident.get("Proposal") or ident.get("EPN") or ""
    bookings = groups.get("Instrument booking") or [{}]
    instrument = bookings[0].get("Instrument") or ident.get("Beamline") or ""
    start = _day(bookings[0].get("Start date", ""))
    own = f"{facility}-{experiment['id']}"
    if code and code not in {row["code"] for row in tables.get("proposals", ()) if row["facility"] == facility}:
        _proposal(facility, code, experiment, start, instrument, tables)
    for number, booking in enumerate(bookings, start=1):
        if code and booking.get("Start date"):
            tables.setdefault("sessions", []).append(
                {
                    "code": f"{own}-{number}",
                    "facility": facility,
                    "proposal": code,
                    "instrument": booking.get("Instrument", instrument),
                    "start": _day(booking["Start date"]),
                    "end": _day(booking.get("End date", "")),
                    "mode": "on-site",
                }
            )
    dois = re.findall(r"10\.\d{4,9}/[^\s\"<>]+", json.dumps(groups.get("Publication Details", "")))
    papers = re.findall(r"10\.\d{4,9}/[^\s\"<>\\]+", json.dumps([groups.get("Related Info"), experiment.get("desc")]))
    tables.setdefault("datasets", []).append(
        {
            "doi": dois[0] if dois else "",
            "title": experiment["name"],
            "abstract": experiment.get("desc", ""),
            "facility": facility,
            "proposal": code,
            "instrument": instrument,
            "session": f"{own}-1" if code and start else "",
            "created_on": start or experiment["date_modified"][:10],
            "size_bytes": experiment["size"],
            "creators": ";".join(experiment["authors"]),
            "related": ";".join(papers),
            "source_id": own,
        }
    )


def _proposal(
    facility: str, code: str, experiment: dict[str, Any], start: str, instrument: str, tables: dict[str, list[Row]]
) -> None:
    tables.setdefault("proposals", []).append(
        {
            "facility": facility,
            "code": code,
            "title": experiment["name"],
            "abstract": experiment.get("desc", ""),
            "type": "public",
            "deposited_on": start,
            "operation_year": start[:4],
            "decision": "accepted",
            "confidential": "false",
        }
    )
    if instrument:
        tables.setdefault("proposal_instruments", []).append(
            {"facility": facility, "proposal": code, "instrument": instrument}
        )
    for place, name in enumerate(experiment["authors"]):
        given, _, family = name.rpartition(" ")
        tables.setdefault("participants", []).append(
            {
                "facility": facility,
                "proposal": code,
                "person_key": f"{facility}:{name}",
                "given_name": given,
                "family_name": family,
                "institution": experiment["description"].get("institution", ""),
                "role": "co_proposer" if place else "proposer",
            }
        )


def _triumf(folder: Path, tables: dict[str, list[Row]]) -> None:
    for one in yaml.safe_load((folder / "bnmr_experiments.yaml").read_text("utf-8")):
        tables.setdefault("proposals", []).append(
            {"facility": "TRIUMF", "code": one["experiment"], "title": one["title"], "decision": "accepted"}
        )
        tables.setdefault("proposal_instruments", []).append(
            {"facility": "TRIUMF", "proposal": one["experiment"], "instrument": "BNMR"}
        )
        for place, name in enumerate(one["spokespersons"]):
            initials, family = re.match(r"((?:[\w-]+\.\s*)+)(.+)", name).groups() if "." in name else ("", name)
            tables.setdefault("participants", []).append(
                {
                    "facility": "TRIUMF",
                    "proposal": one["experiment"],
                    "person_key": f"TRIUMF:{name}",
                    "given_name": initials.strip(),
                    "family_name": family,
                    "role": "co_proposer" if place else "proposer",
                }
            )
    for file, kind in (("articles", "JOURNAL_ARTICLE"), ("reviews", "JOURNAL_ARTICLE")):
        for one in yaml.safe_load((folder / f"bnmr_publications_{file}.yaml").read_text("utf-8")):
            tables.setdefault("publications", []).append(
                {
                    "source_id": one.get("doi") or one["title"],
                    "doi": one.get("doi", ""),
                    "type": kind,
                    "title": one["title"],
                    "abstract": one.get("abstract", ""),
                    "journal": one.get("journal", ""),
                    "published_on": str(one.get("published") or one.get("year") or ""),
                    "authors": ";".join(one["author"]),
                }
            )


def _day(text: str) -> str:
    found = re.match(r"(\d\d?)/(\d\d?)/(\d{4})", text)
    return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}" if found else ""
