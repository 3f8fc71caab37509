"""A folder of PDF files: what their names say, and that nothing outside of it is touched."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from harvesters import pdf_folder
from harvesters.pdf_folder import owner_of
from puma.claims import check
from puma.errors import SkipRecord, WrongUsage
from puma.harvesting import Page, Visit
from puma.harvesting.transport import Web


def source(path: Path) -> pdf_folder.Source:
    return pdf_folder.Source(name="pdfs", harvester="pdf_folder", path=path, facility="EPNS")


def fetch(path: Path, cursor: dict[str, str] | None = None) -> list[Page]:
    with Web(source(path)) as web:
        return list(pdf_folder.fetch(source(path), Visit(web, datetime(2026, 3, 2, tzinfo=UTC), cursor=cursor)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("10.1107_S2052252519008285.pdf", ("doi", "10.1107/s2052252519008285")),
        ("10.1107%2FS2052252519008285.PDF", ("doi", "10.1107/s2052252519008285")),
        ("10.21105.jose.00044.pdf", ("doi", "10.21105/jose.00044")),
        ("doi_10.1007_978-3-540_4.pdf", ("doi", "10.1007/978-3-540_4")),
        ("1704.00452v2.pdf", ("doi", "10.48550/arxiv.1704.00452")),
        ("MA-1234.pdf", ("code", "EPNS/ma1234")),
        ("MA-1234_report.pdf", ("code", "EPNS/ma1234")),
        ("IH-CH-659 final.pdf", ("code", "EPNS/ihch659")),
        ("proposal_20190586.pdf", ("code", "EPNS/20190586")),
        ("EPN-2023-0123.pdf", ("code", "EPNS/epn20230123")),
        ("smith2021.pdf", None),
        ("2021.pdf", None),
        ("paper 2021.pdf", None),
        ("S2052252519008285.pdf", None),
        ("A" * 200 + ".pdf", None),
        (".pdf", None),
    ],
)
def test_names_of_files_say_what_they_belong_to(name: str, expected: tuple[str, str] | None) -> None:
    assert owner_of(name, "EPNS") == expected


def test_without_a_facility_a_code_says_nothing() -> None:
    assert owner_of("MA-1234.pdf", "") is None


def test_files_are_found_in_subfolders_with_digest_and_size(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "MA-1234.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "notes.txt").write_text("no PDF")
    (page,) = fetch(tmp_path)
    (claim,) = pdf_folder.read(page.records[0].payload, source(tmp_path))
    assert page.records[0].key == "sub/MA-1234.pdf"
    assert check(claim).values["size_bytes"] == 8
    assert claim.values["of"] == ["code", "EPNS/ma1234"]
    assert Path(str(claim.values["path"])).read_bytes() == b"%PDF-1.4"


def test_a_link_out_of_the_folder_is_not_followed_and_said(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret.pdf").write_bytes(b"%PDF secret")
    (inside / "link.pdf").symlink_to(outside / "secret.pdf")
    (inside / "broken.pdf").symlink_to(outside / "nothing.pdf")
    (inside / "folder").symlink_to(outside)
    (page,) = fetch(inside)
    assert page.records == ()
    assert [(name, "leads out" in why or "opened" in why) for name, why in page.skipped] == [
        ("broken.pdf", True),
        ("link.pdf", True),
    ]


def test_a_run_goes_on_behind_the_last_page(tmp_path: Path) -> None:
    for number in range(150):
        (tmp_path / f"{number:03}.pdf").write_bytes(b"%PDF")
    first, second = fetch(tmp_path)
    assert fetch(tmp_path, dict(first.cursor)) == [Page(second.records, second.cursor, 150)]
    assert fetch(tmp_path, dict(second.cursor)) == []


def test_a_folder_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="no folder"):
        fetch(tmp_path / "nothing")


@pytest.mark.parametrize("payload", [b"", b"{}", b'{"name": "a.pdf", "sha256": "x"}', b"[]"])
def test_a_payload_without_name_or_digest_is_skipped(payload: bytes) -> None:
    with pytest.raises(SkipRecord):
        pdf_folder.read(payload, source(Path("x")))
