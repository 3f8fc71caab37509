"""Writes an invented world to a folder as the payloads that real sources would serve, with the truth kept apart."""

import csv
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, TextIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo
from zlib import crc32

from puma.demo.documents import document
from puma.demo.world.catalogues import (
    datacite,
    panosc_dataset,
    panosc_document,
    panosc_instruments,
    scicat_instruments,
    scicat_proposal,
    scicat_published,
)
from puma.demo.world.crossref import item
from puma.demo.world.institutions import FACILITY
from puma.demo.world.marc import OAI_NS, copy_record, oai_identifier, record
from puma.demo.world.operation import Operation
from puma.demo.world.registry import ror_dump
from puma.demo.world.structures import own_id, structures
from puma.demo.world.tables import (
    COLUMNS,
    FACILITY_CODE,
    call_rows,
    contribution_rows,
    instrument_rows,
    journal_rows,
    participant_rows,
    proposal_instrument_rows,
    proposal_row,
    session_participant_rows,
    session_row,
    user_key,
)
from puma.demo.world.things import Block, Proposal, Work
from puma.demo.world.transfers import COLUMNS as TASK
from puma.demo.world.transfers import tasks
from puma.demo.world.truth import difficulty, evidence_of
from puma.demo.world.world import World

TRUTH: dict[str, tuple[str, ...]] = {
    "truth": ("proposal", "publication_doi", "publication_id", "difficulty", "evidence"),
    "publications": ("work", "doi", "records", "kind", "type", "year", "proposals", "instruments", "topic"),
    "persons": ("record", "position", "name", "person"),
    "affiliations": ("affiliation", "ror", "name", "country"),
    "duplicates": ("record", "work", "relation"),
    "datasets": ("dataset", "proposal", "session", "instrument", "code_shown"),
    "dataset_publications": ("dataset", "publication_doi", "publication_id", "relation"),
}
RECORDS_PER_FILE = 500
Progress = Callable[[str, float], None]


class _Table:
    """A CSV with fixed columns."""

    def __init__(self, file: TextIO, columns: Iterable[str]) -> None:
        self._writer = csv.DictWriter(file, list(columns), lineterminator="\n")
        self._writer.writeheader()

    def add(self, row: Mapping[str, str]) -> None:
        self._writer.writerow(row)

    def add_all(self, rows: Iterable[Mapping[str, str]]) -> None:
        self._writer.writerows(rows)


class _JsonArray:
    """A JSON array with one item per line, written as it grows; `count` items so far."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._file.write("[")
        self.count = 0

    def add(self, one: Any) -> None:
        self._file.write(("," if self.count else "") + "\n" + _json(one))
        self.count += 1

    def __enter__(self) -> "_JsonArray":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.write("\n]\n")
        self._file.close()


class _OaiPages:
    """Saved ListRecords responses of 500 records each, one record per line."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: TextIO | None = None
        self.count = 0

    def add(self, line: str) -> None:
        if self.count % RECORDS_PER_FILE == 0:
            self._close()
            path = self._folder / f"records-{self.count // RECORDS_PER_FILE + 1:05d}.xml"
            self._file = path.open("w", encoding="utf-8", newline="\n")
            self._file.write(
                f'<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="{OAI_NS}">'
                "<responseDate>2026-06-30T00:00:00Z</responseDate>"
                '<request verb="ListRecords" metadataPrefix="marcxml">https://library.epns.example.org/oai</request>'
                "<ListRecords>\n"
            )
        assert self._file is not None
        self._file.write(line + "\n")
        self.count += 1

    def _close(self) -> None:
        if self._file is not None:
            self._file.write("</ListRecords></OAI-PMH>\n")
            self._file.close()

    def __enter__(self) -> "_OaiPages":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()


def _json(one: Any) -> str:
    return json.dumps(one, ensure_ascii=False, separators=(",", ":"))


OPEN_ACCESS = ("source_id", "doi", "title", "open_access")
"""Columns of the library's open-access monitor: a table of publications with their status."""

FOLDERS = (
    "user_office", "open_access", "library", "crossref", "datacite", "scicat", "panosc", "pdb", "transfers", "ror",
    "pdfs", "truth",
)  # fmt: skip


class _Writer:
    def __init__(self, world: World, folder: Path, stack: ExitStack) -> None:
        self.world, self.folder = world, folder
        for name in FOLDERS:
            shutil.rmtree(folder / name, ignore_errors=True)
            (folder / name).mkdir(parents=True)

        def table(path: Path, columns: Iterable[str]) -> _Table:
            return _Table(stack.enter_context(path.open("w", encoding="utf-8", newline="")), columns)

        def text(path: Path) -> TextIO:
            return stack.enter_context(path.open("w", encoding="utf-8", newline="\n"))

        self.tables = {
            name: table(folder / "user_office" / f"{name}.csv", columns) for name, columns in COLUMNS.items()
        }
        self.open_access = table(folder / "open_access" / "publications.csv", OPEN_ACCESS)
        self.truth = {name: table(folder / "truth" / f"{name}.csv", columns) for name, columns in TRUTH.items()}
        self.library = stack.enter_context(_OaiPages(folder / "library"))
        self.crossref, self.datacite = (
            text(folder / "crossref" / "works.jsonl"),
            text(folder / "datacite" / "dois.jsonl"),
        )
        arrays = {
            name: stack.enter_context(_JsonArray(folder / f"{name}.json"))
            for name in ("scicat/publishedData", "scicat/proposals", "scicat/instruments", "panosc/Documents",
                         "panosc/Datasets", "panosc/Instruments", "pdb/entries")
        }  # fmt: skip
        self.arrays = arrays
        self.carried = table(folder / "transfers" / "globus.csv", TASK)
        self.downloads = text(folder / "transfers" / "portal.jsonl")
        self.counts = dict.fromkeys(("proposals", "publications", "crossref", "datasets", "pdfs", "links"), 0)
        self.seen_affiliations: set[int] = set()
        self.seen_people: set[str] = set()
        self.operation = Operation(FACILITY_CODE)

    def fixed(self) -> None:
        self.tables["instruments"].add_all(instrument_rows())
        self.tables["calls"].add_all(call_rows())
        self.tables["contributions"].add_all(contribution_rows())
        self.tables["journals"].add_all(journal_rows())
        for name, items in (
            ("scicat/instruments", scicat_instruments()),
            ("panosc/Instruments", panosc_instruments()),
        ):
            for one in items:
                self.arrays[name].add(one)

        dump = ror_dump()
        self.counts["organisations"] = len(dump)
        with ZipFile(self.folder / "ror" / "ror.zip", "w", ZIP_DEFLATED) as archive:
            entry = ZipInfo("ror-data_schema_v2.json", (2026, 1, 1, 0, 0, 0))
            archive.writestr(entry, json.dumps(dump, ensure_ascii=False), ZIP_DEFLATED)

    def block(self, rng: Random, block: Block) -> None:
        for proposal in block.proposals:
            self._proposal(rng, proposal)
        for one in block.datasets:
            self.datacite.write(_json(datacite(rng, one)) + "\n")
            self.arrays["scicat/publishedData"].add(scicat_published(rng, one))
            self.truth["datasets"].add(
                {
                    "dataset": one.doi,
                    "proposal": one.proposal.code,
                    "session": one.session.code,
                    "instrument": one.session.instrument.name,
                    "code_shown": one.code_shown,
                }
            )
        self.counts["datasets"] += len(block.datasets)
        for entry in structures(self.world.seed, block.proposals, block.works):
            self.arrays["pdb/entries"].add({"rcsb_id": own_id(self.arrays["pdb/entries"].count + 1), **entry})
        for work in block.works:
            self._work(rng, work)

    def _proposal(self, rng: Random, proposal: Proposal) -> None:
        self.counts["proposals"] += 1
        self.operation.add(proposal)
        self.tables["proposals"].add(proposal_row(proposal))
        self.tables["proposal_instruments"].add_all(proposal_instrument_rows(proposal))
        self.tables["participants"].add_all(participant_rows(rng, proposal))
        for person, _ in proposal.people:
            if person.key not in self.seen_people:
                self.seen_people.add(person.key)
                self.truth["persons"].add(
                    {
                        "record": f"user_office:{user_key(person)}",
                        "position": "0",
                        "name": f"{person.family}, {person.given}",
                        "person": person.key,
                    }
                )
        for session in proposal.sessions:
            self.tables["sessions"].add(session_row(proposal, session))
            self.tables["session_participants"].add_all(session_participant_rows(session))
        self.carried.add_all(tasks(self.world.seed, proposal, "globus"))
        for task in tasks(self.world.seed, proposal, "portal"):
            self.downloads.write(_json(task) + "\n")
        if proposal.sessions and not proposal.confidential:
            self.arrays["scicat/proposals"].add(scicat_proposal(proposal))
            shared = [one for one in proposal.datasets if one.in_catalogue]
            if shared:
                self.arrays["panosc/Documents"].add(panosc_document(proposal, shared))
                for one in shared:
                    self.arrays["panosc/Datasets"].add(panosc_dataset(one, shared[0].doi))

    def _work(self, rng: Random, work: Work) -> None:
        self.counts["publications"] += 1
        records: list[tuple[str, str]] = []
        if work.in_library:
            self.library.add(record(rng, work, self.world.dials))
            records.append((f"library:{oai_identifier(work.library_number)}", "same"))
            for copy in work.copies:
                self.library.add(copy_record(rng, work, copy))
                if not copy.deleted:
                    records.append((f"library:{oai_identifier(copy.number)}", copy.relation))
        if work.in_crossref:
            self.counts["crossref"] += 1
            self.crossref.write(_json(item(rng, work)) + "\n")
            records.append((f"crossref:{work.doi}", "same"))
        if work.doi and records:
            row = {"source_id": work.doi, "doi": work.doi, "title": work.title, "open_access": work.open_access}
            self.open_access.add(row)
        evidence: list[str] = []
        if work.pdf:
            self.counts["pdfs"] += 1
            content, evidence = document(rng, work, self.world.dials)
            (self.folder / "pdfs" / work.pdf).write_bytes(content)
        self._truth_of_work(work, records, evidence)

    def _truth_of_work(self, work: Work, records: list[tuple[str, str]], found_in_text: list[str]) -> None:
        own = ";".join(name for name, relation in records if relation == "same")
        self.truth["publications"].add(
            {
                "work": work.key,
                "doi": work.doi,
                "records": ";".join(name for name, _ in records),
                "kind": work.kind,
                "type": work.type,
                "year": str(work.published.year),
                "proposals": ";".join(one.code for one in work.proposals),
                "instruments": ";".join(one.name for one in work.instruments),
                "topic": work.subject.topic.key if work.subject else "",
            }
        )
        for name, relation in records:
            self.truth["duplicates"].add({"record": name, "work": work.key, "relation": relation})
            for position, one in enumerate(work.authors):
                self.truth["persons"].add(
                    {
                        "record": name,
                        "position": str(position),
                        "name": f"{one.family}, {one.given}",
                        "person": one.person.key,
                    }
                )
        for author in work.authors:
            for line, ror in zip(author.affiliations, author.rors, strict=True):
                self._affiliation(author.person.station(work.published.year).institution.country, line, ror)
        if not work.proposals:
            self.truth["truth"].add(
                {
                    "proposal": "",
                    "publication_doi": work.doi,
                    "publication_id": own,
                    "difficulty": "none",
                    "evidence": work.kind,
                }
            )
        for proposal in work.proposals:
            self.counts["links"] += 1
            evidence = evidence_of(work, proposal) + found_in_text
            self.truth["truth"].add(
                {
                    "proposal": proposal.code,
                    "publication_doi": work.doi,
                    "publication_id": own,
                    "difficulty": difficulty(evidence),
                    "evidence": ";".join(evidence),
                }
            )
        for doi in work.data_references:
            self.truth["dataset_publications"].add(
                {
                    "dataset": doi,
                    "publication_doi": work.doi,
                    "publication_id": own,
                    "relation": "own" if work.proposals else "reuse",
                }
            )

    def _affiliation(self, country: str, line: str, ror: str) -> None:
        mark = (crc32(line.encode()) << 32) | crc32(line[::-1].encode())
        if mark in self.seen_affiliations:
            return
        self.seen_affiliations.add(mark)
        self.truth["affiliations"].add(
            {"affiliation": line, "ror": ror, "name": FACILITY.name if not ror else "", "country": country}
        )


def write_world(world: World, folder: Path | str, progress: Progress | None = None) -> dict[str, int]:
    """Writes all payloads below `folder` (made if needed; former contents of its sub-folders go) and counts them.

    `progress` is called with the name of the step and the share done, between 0 and 1. Memory stays bounded, whatever
    the size, because the world is made and written team by team. The same world gives the same bytes.
    """
    target = Path(folder)
    with ExitStack() as stack:
        writer = _Writer(world, target, stack)
        writer.fixed()
        teams = len(world.quotas)
        for number, block in enumerate(world.blocks()):
            writer.block(Random(f"{world.seed}/team/{number}/write"), block)
            if progress is not None:
                progress("sample facility", (number + 1) / teams)
        writer.tables["operation"].add_all(writer.operation.rows())
        counts = {
            **writer.counts,
            "library": writer.library.count,
            **{name: array.count for name, array in writer.arrays.items()},
        }
    summary = {"seed": world.seed, "size": world.size_name, "dials": asdict(world.dials), "counts": counts}
    (target / "world.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    return counts
