"""CERIF-XML: whole lists and what a search finds, for other research information systems; OpenAIRE's profile 1.2."""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from lxml import etree

from puma.cerif import NAMESPACE, WRITERS, legal
from puma.errors import WrongUsage
from puma.exports.format import Export, Rows

TOLD_BY = {
    "kind": "", "decision": "proposal", "size_bytes": "dataset", "family_name": "person", "sector": "institution",
    "successor_of": "instrument", "journal": "publication",
}  # fmt: skip
"""A column that only one list has -> the kind of its rows; what a search finds has the kind in each row."""
OPEN = f'<?xml version="1.0" encoding="UTF-8"?>\n<CERIF xmlns="{NAMESPACE}">\n'


def write(columns: Sequence[str], rows: Rows, file: BinaryIO, about: str) -> int:
    """Write one element a record, as they come. Proposals that got no beam time are no projects and are left out.

    Raises WrongUsage for rows of a list that CERIF-XML has no element for.
    """
    of_all = next((kind for column, kind in TOLD_BY.items() if column in columns), "")
    file.write(OPEN.encode())
    file.write(f"<!-- {legal(about).replace('--', '- -')} -->\n".encode())
    count = 0
    for row in rows:
        make = WRITERS.get(of_all or str(row.get("kind")))
        if make is None:
            raise WrongUsage(f"CERIF-XML has no element for a list of {', '.join(columns)}.")
        if got_no_beam(row):
            continue
        file.write(etree.tostring(make(row), encoding="utf-8") + b"\n")
        count += 1
    file.write(b"</CERIF>\n")
    return count


def got_no_beam(row: Mapping[str, Any]) -> bool:
    """Whether a row is a proposal that was not accepted: by its decision, or by the type that a search shows."""
    if "decision" in row:
        return bool(row["decision"] != "accepted")
    kind = str(row.get("type") or "")
    return kind.startswith("PROPOSAL_") and kind != "PROPOSAL_ACCEPTED"


EXPORT = Export(
    "cerif",
    "application/xml; charset=utf-8",
    ".cerif.xml",
    "CERIF-XML, for research information systems",
    write,
    ("publications", "proposals", "datasets", "persons", "institutions", "instruments", "search"),
)
