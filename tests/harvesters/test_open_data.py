"""Whether anybody can have data is told by a catalogue that says so; a licence, a date or one's own silence is none."""

import json
from pathlib import Path
from typing import Any

import pytest

from harvesters import datacite, panosc, scicat
from harvesters._vocabulary import says_open

PANOSC = panosc.Source(name="pn", harvester="panosc", path=Path("x"), facility="EPNS")
SCICAT = scicat.Source(name="sc", harvester="scicat", path=Path("x"), facility="EPNS")
DATACITE = datacite.Source(name="dc", harvester="datacite", path=Path("x"), facility="EPNS")
RUN = {"pid": "20.5/d1", "title": "Run 1", "creationDate": "2024-05-05T15:01:02.341Z"}


def document(*flags: Any) -> dict[str, Any]:
    parts = [{**RUN, "pid": f"20.5/d{n}", "isPublic": flag} for n, flag in enumerate(flags)]
    return {"pid": "10.5291/ILL-DATA.1-2-3", "isPublic": True, "type": "dataset", "title": "Spins", "datasets": parts}


def published(*flags: Any) -> dict[str, Any]:
    return {"doi": "10.17199/abc", "title": "Spins", "datasets": [{"isPublished": flag} for flag in flags]}


def rights(*words: str) -> dict[str, Any]:
    listed = [{"rights": word} for word in words]
    types = {"resourceTypeGeneral": "Dataset"}
    attributes = {"doi": "10.5291/ill-data.1-2-3", "titles": [{"title": "Spins"}], "types": types, "rightsList": listed}
    return {"id": attributes["doi"], "attributes": attributes}


CASES: list[tuple[Any, Any, dict[str, Any], bool | None]] = [
    (panosc, PANOSC, {**RUN, "isPublic": True}, True),
    (panosc, PANOSC, RUN, None),
    (panosc, PANOSC, {**RUN, "isPublic": "yes"}, None),
    (panosc, PANOSC, document(True, True), True),
    (panosc, PANOSC, document(True, False), False),
    (panosc, PANOSC, document(True, None), None),
    (panosc, PANOSC, document(), None),  # that the document is public says nothing of its data
    (scicat, SCICAT, published(True), True),
    (scicat, SCICAT, published(True, False), False),
    (scicat, SCICAT, published(), None),  # a registered DOI is a landing page
    (scicat, SCICAT, {"pid": "20.5/1", "datasetName": "Run 1", "isPublished": True}, True),
    (datacite, DATACITE, rights("info:eu-repo/semantics/openAccess"), True),
    (datacite, DATACITE, rights("info:eu-repo/semantics/embargoedAccess"), False),
    (datacite, DATACITE, rights("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"), None),
]


@pytest.mark.parametrize(("harvester", "source", "record", "expected"), CASES)
def test_data_are_open_only_where_the_catalogue_says_it_of_the_data(
    harvester: Any, source: Any, record: dict[str, Any], expected: bool | None
) -> None:
    claim = next(one for one in harvester.read(json.dumps(record).encode(), source) if one.kind == "dataset")
    assert claim.values["open_now"] is expected


def test_one_word_that_shuts_outweighs_one_that_opens() -> None:
    assert says_open(["http://purl.org/coar/access_right/c_abf2"]) is True
    assert says_open(["info:eu-repo/semantics/openAccess", "http://purl.org/coar/access_right/c_16ec"]) is False
    assert says_open(["free", "", "gratis"]) is None
