"""Affiliations that publishers and users wrote, resolved against all of ROR: the recorded figures must not fall."""

import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from puma.matching.institutions.index import AffiliationText, InstitutionIndex, NameRow

CLOSED = date(2024, 1, 1)  # the file does not say the day, and the affiliations have none
SHARED = Path(__file__).parents[3] / "shared" / "data"
KINDS = {"display": "label", "acronym": "acronym"}
RECORDED = {
    "s2aff_val": (0.916, 0.877),
    "crossref_va": (0.862, 0.837),
    "logs_va": (0.878, 0.835),
    "aps_va": (0.872, 0.851),
}
"""Precision and F1 of the best organisation, on every other affiliation."""
TOLERANCE = 0.02


@pytest.mark.slow
def test_real_affiliations_are_resolved_no_worse_than_recorded() -> None:
    registry = json.loads(gzip.decompress((SHARED / "06_reference/ror/ror_registry.json.gz").read_bytes()))
    numbers = {one["id"]: number for number, one in enumerate(registry)}
    rows = []
    for number, one in enumerate(registry):
        kin = {kind: numbers.get(other) for kind, other in reversed(one["rel"])}
        if one["status"] == "withdrawn" and "successor" not in kin:
            continue
        closed = CLOSED if one["status"] == "inactive" else None
        follows = kin.get("successor") if one["status"] != "active" else None
        rows += [
            NameRow(
                number, name, KINDS.get(kind, "alias"), one["cc"], one["city"], kin.get("parent"), None, closed, follows
            )
            for name, kind in sorted(one["names"], key=lambda pair: pair[1] != "display")
        ]
    index = InstitutionIndex(rows, {ror.rpartition("/")[2]: number for ror, number in numbers.items()})
    for part, (precision, f1) in RECORDED.items():
        path = SHARED / "08_match" / "affiliation" / f"valid.{part}.jsonl.gz"
        cases = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()][::2]
        truth = [{numbers.get(ror) for ror in case["ror_ids"]} for case in cases]
        found = index.resolve([AffiliationText(case["affiliation"]) for case in cases])
        named = [(one, true) for one, true in zip(found, truth, strict=True) if one.institution_id is not None]
        right = sum(one.institution_id in true for one, true in named)
        print(part, round(right / len(named), 3), round(2 * right / (len(named) + sum(map(len, truth))), 3))
        assert right / len(named) >= precision - TOLERANCE
        assert 2 * right / (len(named) + sum(map(len, truth))) >= f1 - TOLERANCE
