"""What the columns of an export mean, in words: of fields as the entities describe them, of the others here."""

from collections.abc import Sequence

from puma.entities import RECORD_KINDS
from puma.fields import Field, fields_of

OTHERS = {
    "id": "number of the record here",
    "kind": "kind of the record",
    "source_ids": "numbers of the record at its sources, ; between",
    "authors": "authors in their order, ; between",
    "creators": "creators in their order, ; between",
    "proposers": "proposers in their order, ; between",
    "countries": "countries of the affiliations, ; between",
    "institutions": "institutions as resolved, ; between",
    "instruments": "instruments, ; between",
    "instrument": "instrument",
    "proposals": "proposals that it is linked with, by their codes, ; between",
    "proposal": "code of the proposal",
    "publications": "publications that it is linked with, by DOI or number, ; between",
    "publication_doi": "DOI of the publication",
    "publication_id": "number of the record of the publication",
    "publication_title": "title of the publication as plain text",
    "datasets": "datasets that it is linked with, ; between",
    "dataset": "dataset",
    "experiment": "code of the experiment",
    "techniques": "techniques as resolved, ; between",
    "keywords": "keywords, with their namespace where they have one, ; between",
    "start": "begin of the session",
    "end": "end of the session",
    "report_due": "day by which the report is due",
    "report_received": "day on which the report came",
    "state": "candidate, auto, validated or rejected",
    "probability": "that the link is right, from 0 to 1",
    "tier": "how sure the matching is: auto, review or low",
    "evidence": "what speaks for and against the link, as JSON",
    "channel": "what found the link first",
    "decided_by": "who decided",
    "decided_on": "when it was decided",
    "call": "call for proposals",
    "main_proposer": "main proposer, else the first on the team",
    "first_session": "day of the first session that had beam",
    "pairs_to_judge": "publications proposed for it that nobody has judged yet",
    "last_reminder": "when somebody was last reminded of the publication that it owes",
    "date": "day of publication, of deposit or of creation",
    "periods": "periods of the instrument, ; between",
    "facility": "facility",
    "names": "further names, ; between",
    "group": "group of the instrument",
}
"""Columns that are no field of an entity."""


def meanings(columns: Sequence[str]) -> dict[str, str]:
    """What each column means, with its unit; empty where nothing more is known than its name."""
    fields = _fields(columns)
    return {name: OTHERS.get(name) or _said(fields.get(name)) for name in columns}


def _fields(columns: Sequence[str]) -> dict[str, Field]:
    """The fields of the kind of record that has most of these columns."""
    kinds = [{field.name: field for field in fields_of(entity)} for entity in RECORD_KINDS.values()]
    return max(kinds, key=lambda known: len(known.keys() & set(columns)))


def _said(field: Field | None) -> str:
    if field is None:
        return ""
    words = f"{field.label}: {field.help}" if field.help else field.label
    return words + (f", in {field.unit}" if field.unit else "")
