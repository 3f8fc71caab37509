"""Affiliations that publishers and users wrote, resolved against all of ROR: the recorded figures must not fall."""

import gzip
import json
from pathlib import Path

import pytest

from puma.matching.institutions import AffiliationText, InstitutionIndex, NameRow

SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.mark.slow
def test_real_affiliations_are_resolved_no_worse_than_recorded() -> None:
    registry = json.loads(gzip.decompress((SHARED / "06_reference/ror/ror_registry.json.gz").read_bytes()))
    numbers = {one["id"]: number for number, one in enumerate(registry)}
    kinds = {"display": "label", "label": "label", "acronym": "acronym"}
    rows = [
        NameRow(numbers[one["id"]], name, kinds.get(kind, "alias"), one["cc"], one["city"])
        for one in registry
        for name, kind in one["names"]
    ]
    index = InstitutionIndex(rows)
    for part, least_precision, least_f1 in (("aps_va", 0.87, 0.82), ("s2aff_val", 0.88, 0.78)):
        path = SHARED / "08_match" / "affiliation" / f"valid.{part}.jsonl.gz"
        cases = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
        truth = [{numbers.get(ror) for ror in case["ror_ids"]} for case in cases]
        found = index.resolve([AffiliationText(case["affiliation"]) for case in cases])
        right = sum(
            one.institution_id in true for one, true in zip(found, truth, strict=True) if one.institution_id is not None
        )
        named = sum(one.institution_id is not None for one in found)
        assert right / named >= least_precision
        assert 2 * right / (named + sum(map(len, truth))) >= least_f1
