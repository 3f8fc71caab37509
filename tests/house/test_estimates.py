"""Estimates stand in no report: whoever reads one takes it for what is known."""

import pytest

from puma import reports
from puma.access import EVERYTHING
from puma.errors import WrongUsage
from puma.reports.recipe import recipe_of
from puma.reports.recipes import with_parameters
from puma.storage import Storage


def test_candidates_are_in_no_report_and_one_frozen_with_them_before_is_still_read(storage: Storage) -> None:
    with pytest.raises(WrongUsage, match="wide is an estimate"):
        reports.recipe("facility", policy="wide")
    before = recipe_of({"kind": "facility", "policy": "wide"})
    assert before.policy == "wide"
    with pytest.raises(WrongUsage, match="wide is an estimate"):
        with_parameters(before, years="2019")
    with pytest.raises(WrongUsage, match="wide is an estimate"):
        reports.freeze(storage, None, EVERYTHING, before, facility="EPNS")
    assert [reports.recipe("facility", policy=one).policy for one in reports.SURE] == ["strict", "standard"]
