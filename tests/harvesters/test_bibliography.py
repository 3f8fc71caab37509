"""BibTeX, RIS and CSL-JSON: LaTeX, every notation of names, dates and pages, and entries that are broken."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from loopback import serving

from harvesters import bibliography
from harvesters._bibtex import unlatex
from puma.claims import Claim, check
from puma.errors import SkipRecord, StopRun
from puma.harvesting import Page, RawRecord, Visit
from puma.harvesting.saved import Broken
from puma.harvesting.transport import Web

SOURCE = bibliography.Source(name="bib", harvester="bibliography", path=Path("x"), facility="EPNS")


def cut(text: str | bytes) -> tuple[list[RawRecord], Broken]:
    broken: Broken = []
    body = text if isinstance(text, bytes) else text.encode()
    return list(bibliography.cut("f", body, broken)), broken


def read(text: str | bytes) -> Claim:
    (record,), broken = cut(text)
    assert not broken
    (claim,) = bibliography.read(record.payload, SOURCE)
    return check(claim)


def bib(fields: str, kind: str = "article") -> dict[str, Any]:
    return dict(read(f"@{kind}{{key1, title = {{Spins}}, {fields}}}").values)


def ris(*lines: str) -> dict[str, Any]:
    return dict(read("\n".join(["TY  - JOUR", "T1  - Spins", *lines, "ER  - "])).values)


def csl(**item: Any) -> dict[str, Any]:
    return dict(read(json.dumps([{"id": "k", "type": "article-journal", "title": "Spins", **item}])).values)


def names(values: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(one["name"], one["family_name"], one["given_name"]) for one in values["authors"]]


# --- BibTeX ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"G\"{u}rsoy, Schr{\"o}dinger, H\'el\`ene, \v{S}ime\v{c}ek", "Gürsoy, Schrödinger, Hélène, Šimeček"),
        (r"{\O}rsted, \aa, {\ss}, {\L}ukasz, \c{c}, \'{\i}", "Ørsted, å, ß, Łukasz, ç, í"),
        (r"{A} 50% cut \& {D}{N}{A} at 5\%", "A 50% cut & DNA at 5%"),
        ("Science & Technology {X}", "Science & Technology X"),
        (r"the case of $\alpha$-{F}e$_2$O$_3$", r"the case of $\alpha$-Fe$_2$O$_3$"),
        ("a~b -- c", "a b – c"),
        (r"\emph{in situ} and \textbf{operando}", "in situ and operando"),
        ("already Größe 100% & more", "already Größe 100% & more"),
    ],
)
def test_latex_becomes_unicode_and_loses_no_words(latex: str, expected: str) -> None:
    assert unlatex(latex) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{Lind, Ada M. and Kim, Bo}", [("Lind, Ada M.", "Lind", "Ada M."), ("Kim, Bo", "Kim", "Bo")]),
        ("{De Carlo F and Gursoy D}", [("De Carlo F", "De Carlo", "F"), ("Gursoy D", "Gursoy", "D")]),
        ("{L. A. Shepp}", [("L. A. Shepp", "Shepp", "L. A.")]),
        ("{van der Berg, J.-P.}", [("van der Berg, J.-P.", "van der Berg", "J.-P.")]),
        ("{King, Jr., Martin L.}", [("King, Martin L., Jr.", "King", "Martin L.")]),
        (r"{G\"{u}rsoy, Do{\u{g}}a}", [("Gürsoy, Doğa", "Gürsoy", "Doğa")]),
        ("{{The X02 Team} and others}", [("The X02 Team", "The X02 Team", None)]),
        ("{A. Lind; B. Kim}", [("A. Lind", "Lind", "A."), ("B. Kim", "Kim", "B.")]),
        ("{Barnes and Noble, Inc.}", [("Barnes", "Barnes", None), ("Noble, Inc.", "Noble", "Inc.")]),
    ],
)
def test_names_are_read_in_every_notation(written: str, expected: list[tuple[str, str, str | None]]) -> None:
    assert names(bib(f"author = {written}")) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("year = 2014", ("2014-07-01", "year")),
        ("year = 2014, month = mar", ("2014-03-01", "month")),
        ("year = {2014}, month = {March}, day = 5", ("2014-03-05", "day")),
        ("year = {2014}, month = {3}", ("2014-03-01", "month")),
        ('year = {2014}, month = "5~" # mar', ("2014-03-05", "day")),
        ("year = {2014}, month = {3--7 June}", ("2014-06-03", "day")),
        ("year = {2014}, month = {March--April}", ("2014-03-01", "month")),
        ("date = {2014-03-05}", ("2014-03-05", "day")),
        ("date = {2014-03/2014-05}", ("2014-03-01", "month")),
        ("year = {in press}", (None, None)),
    ],
)
def test_dates_of_all_notations_keep_their_precision(fields: str, expected: tuple[str | None, str | None]) -> None:
    values = bib(fields)
    assert (values.get("published_on"), values.get("published_precision")) == expected


@pytest.mark.parametrize("pages", ["101--109", "101-109", "101 – 109", "101---109"])
def test_a_range_of_pages_has_one_dash(pages: str) -> None:
    assert bib(f"pages = {{{pages}}}")["pages"] == "101-109"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("article", "JOURNAL_ARTICLE"),
        ("InProceedings", "PROCEEDINGS_ARTICLE"),
        ("phdthesis", "THESIS"),
        ("incollection", "BOOK_CHAPTER"),
        ("book", "BOOK"),
        ("misc", "OTHER"),
        ("anything", "OTHER"),
    ],
)
def test_types_of_entries_are_mapped(kind: str, expected: str) -> None:
    assert bib("year = 2014", kind)["type"] == expected


def test_a_preprint_is_known_by_its_archive_or_by_its_journal() -> None:
    archive = bib("eprint = {2303.01234}, archivePrefix = {arXiv}", "misc")
    journal = bib("journal = {arXiv preprint arXiv:2303.01234}")
    for values in (archive, journal):
        assert values["type"] == "PREPRINT"
        assert values["related"] == [{"type": "IsIdenticalTo", "scheme": "arxiv", "value": "2303.01234"}]


def test_a_doi_is_found_in_its_field_or_in_the_address() -> None:
    assert bib(r"doi = {https://doi.org/10.5072/A\_B}")["doi"] == "10.5072/a_b"
    assert bib("url = {https://doi.org/10.5072/A_B}")["doi"] == "10.5072/a_b"


def test_fields_of_a_beamlines_own_list_are_kept() -> None:
    values = bib("beamline = {X02, D19}, proposal = {EP-1; EP-2}, keywords = {cold, spin ice}")
    assert (values["instruments_stated"], values["proposals_stated"]) == ("X02;D19", "EP-1;EP-2")
    assert [one["value"] for one in values["keywords"]] == ["cold", "spin ice"]


def test_strings_are_resolved_in_the_entry_that_uses_them() -> None:
    records, _ = cut('@string{iu = "IUCrJ"}\n@article{a, title={A}, journal=iu}\n@article{b, title={B}, journal={JAC}}')
    journals = [bibliography.read(record.payload, SOURCE)[0].values["journal"] for record in records]
    assert journals == ["IUCrJ", "JAC"]
    assert b"string" not in records[1].payload


def test_a_broken_entry_is_told_and_the_rest_goes_on() -> None:
    records, broken = cut(
        "@article{a, title={A}}\n@article{b, title={never closed\n\n@article{c, title={C}}\n@misc{d e}"
    )
    assert [record.key for record in records][:2] == ["f/a", "f/c"]
    assert broken[0][0] == "line 2"
    assert all(reason.startswith("no BibTeX") for _, reason in broken)


def test_entries_under_one_key_stay_two_and_the_same_one_again_is_one() -> None:
    records, broken = cut("@misc{a, title={A}}\n@misc{a, title={B}}\n@misc{a, title={A}}")
    keys = [bibliography.read(record.payload, SOURCE)[0].keys for record in records]
    assert keys == [(("source", "bib:a"),), (("source", "bib:a#2"),)]
    assert not broken


def test_a_field_given_twice_does_not_lose_the_entry() -> None:
    assert read("@misc{a, title={A}, title={B}, year=2014}").values["title"] == "A"


def test_what_is_not_read_is_told_by_name() -> None:
    assert read("@misc{a, title={A}, note={x}, file={y}}").unread == ("note",)


# --- RIS -------------------------------------------------------------------------------------------------------------


def test_a_record_of_ris_is_read() -> None:
    values = ris(
        "AU  - Moss, Dara", "A1  - Lind, Ada", "JO  - IUCrJ", "PY  - 2023", "DA  - 2023/02/01/", "SP  - 11", "EP  - 19",
        "DO  - 10.5072/A", "SN  - 2052-2525", "KW  - cold", "KW  - spin ice", "L1  - https://x.example/a.pdf",
    )  # fmt: skip
    assert [name for name, _, _ in names(values)] == ["Moss, Dara", "Lind, Ada"]
    expected = {
        "type": "JOURNAL_ARTICLE", "journal": "IUCrJ", "published_on": "2023-02-01", "pages": "11-19",
        "doi": "10.5072/a", "issn": "2052-2525", "pdf_url": "https://x.example/a.pdf",
    }  # fmt: skip
    assert {name: values[name] for name in expected} == expected
    assert [one["value"] for one in values["keywords"]] == ["cold", "spin ice"]


@pytest.mark.parametrize("line", ["PY  - 2020///", "Y1 - 2020", "DA  -  2020", "PY-  2020"])
def test_dates_and_tags_with_odd_blanks_are_read(line: str) -> None:
    assert ris(line)["year"] == 2020


def test_records_without_an_end_and_with_lines_that_go_on_are_not_lost() -> None:
    records, broken = cut("TY  - JOUR\r\nT1  - Spins that\r\n go on\r\nTY -  BOOK\nTI  - Second\nPY  - 2020")
    claims = [bibliography.read(record.payload, SOURCE)[0] for record in records]
    assert [(one.values["title"], one.values["type"]) for one in claims] == [
        ("Spins that go on", "JOURNAL_ARTICLE"),
        ("Second", "BOOK"),
    ]
    assert broken == []


def test_an_entry_without_key_keeps_its_identity_when_other_fields_change() -> None:
    first = read("TY  - JOUR\nT1  - Spins\nAU  - Lind, A\nPY  - 2020\nER  - ")
    later = read("TY  - JOUR\nT1  - Spins\nAU  - Lind, A\nPY  - 2020\nVL  - 7\nER  - ")
    other = read("TY  - JOUR\nT1  - Spins\nAU  - Lind, A\nPY  - 2021\nER  - ")
    assert first.keys == later.keys != other.keys


# --- CSL-JSON --------------------------------------------------------------------------------------------------------


def test_people_of_csl_have_particles_and_organisations_are_whole() -> None:
    people = [
        {"family": "Berg", "given": "Jan", "non-dropping-particle": "van den"},
        {"family": "King", "given": "M. L.", "suffix": "Jr."},
        {"literal": "Example Collaboration"},
        {"literal": "Others"},
    ]
    assert names(csl(author=people)) == [
        ("van den Berg, Jan", "van den Berg", "Jan"),
        ("King, M. L., Jr.", "King", "M. L."),
        ("Example Collaboration", "Example Collaboration", None),
    ]


@pytest.mark.parametrize(
    ("issued", "expected"),
    [
        ({"date-parts": [["2022", 3, 14]]}, "2022-03-14"),
        ({"date-parts": [[2022, 3]]}, "2022-03-01"),
        ({"raw": "2022-03-14"}, "2022-03-14"),
        ({"literal": "March 2022"}, "2022-03-01"),
        ("2022", "2022-07-01"),
        (None, None),
    ],
)
def test_dates_of_csl_in_parts_and_in_words(issued: Any, expected: str | None) -> None:
    assert csl(issued=issued).get("published_on") == expected


def test_a_dataset_is_a_dataset() -> None:
    claim = read(
        json.dumps({"id": "k", "type": "dataset", "title": "Data", "DOI": "10.5072/d", "issued": {"raw": "2023"}})
    )
    assert (claim.kind, claim.values["year"]) == ("dataset", 2023)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"type": "webpage", "title": "Home"}, "web page"),
        ({"type": "software", "title": "Code"}, "software"),
        ({"type": "book"}, "no title"),
        ({"what": 1}, "no CSL-JSON"),
        ({"key": "A", "data": {"itemType": "thesis", "title": "T"}}, "Zotero"),
    ],
)
def test_what_is_no_publication_is_skipped_with_a_reason(item: dict[str, Any], reason: str) -> None:
    with pytest.raises(SkipRecord, match=reason):
        bibliography.read(json.dumps(item).encode(), SOURCE)


# --- Files and addresses ---------------------------------------------------------------------------------------------


def test_a_file_of_another_kind_is_told() -> None:
    assert cut("title: Spins\n")[1] == [("payload", "it is neither BibTeX, nor RIS, nor CSL-JSON")]


def test_an_old_code_page_is_read() -> None:
    assert read("@misc{a, title={Größe}}".encode("cp1252")).values["title"] == "Größe"


def harvest(body: bytes, cursor: Any = None) -> list[Page]:
    with serving(lambda path, query: (200, body)) as url:
        source = bibliography.Source(
            name="bib", harvester="bibliography", url=f"{url}/lists/x02.bib", allow_private=True, timeout_s=5
        )
        with Web(source) as web:
            return list(bibliography.fetch(source, Visit(web, datetime(2026, 3, 2, tzinfo=UTC), cursor=cursor)))


def test_an_address_gives_the_records_of_the_file_and_a_run_goes_on(tmp_path: Path) -> None:
    body = "".join(f"@misc{{k{n}, title={{T {n}}}}}\n" for n in range(700)).encode() + b"@misc{z, title={open"
    (tmp_path / "x02.bib").write_bytes(body)
    source = bibliography.Source(name="bib", harvester="bibliography", path=tmp_path / "x02.bib")
    with Web(source) as web:
        saved = list(bibliography.fetch(source, Visit(web, datetime(2026, 3, 2, tzinfo=UTC))))
    pages = harvest(body)
    assert [one for page in pages for one in page.records] == [one for page in saved for one in page.records]
    assert [reason for page in pages for _, reason in page.skipped] == ["no BibTeX: @misc{z, title={open"]
    assert [one.records for one in harvest(body, pages[0].cursor)] == [one.records for one in pages[1:]]


def test_a_web_page_in_place_of_a_list_stops_the_run() -> None:
    with pytest.raises(StopRun, match="web page"):
        harvest(b"<!DOCTYPE html><html>mail me @ home</html>")
