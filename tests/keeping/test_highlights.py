"""Words and pictures for everybody: small and bare, never overwritten unseen, of what everybody may read."""

from io import BytesIO
from random import Random

import pytest
from PIL import Image
from sqlalchemy import select, update

from puma import keeping
from puma.access import ANONYMOUS
from puma.entities import Record
from puma.errors import Conflict, NotHere, Refused, WrongUsage
from puma.keeping.highlights import picture_of, take_back, tell, told_of
from puma.listing.highlights import highlights
from puma.pictures import small_picture
from tests.keeping.conftest import ADA, OFFICE
from tests.resolve.desk import Desk

TITLE = "Highlights"


def photo(width: int = 2400, height: int = 1000, kind: str = "JPEG") -> bytes:
    """A picture that lies on its side and tells who made it."""
    written = BytesIO()
    about = Image.Exif()
    about[0x0112], about[0x013B] = 6, "Marie Curie"  # turned by a quarter; artist
    Image.new("RGB", (width, height), "teal").save(written, kind, exif=about.tobytes())
    return written.getvalue()


def test_a_picture_becomes_small_and_upright_and_tells_nothing_of_who_made_it() -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        small = small_picture(photo(kind=kind))
        with Image.open(BytesIO(small)) as read:
            assert (read.format, read.size) == ("JPEG", (333, 800))
            assert not read.getexif()
        assert b"Curie" not in small
    clear = BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(clear, "PNG")
    with Image.open(BytesIO(small_picture(clear.getvalue()))) as read:
        assert read.getpixel((1, 1)) == (255, 255, 255), "what is clear stands on white"


def test_what_is_no_picture_is_refused_with_a_sentence() -> None:
    whole = photo(60, 40)
    bad = [b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>", whole[:80], Random(1).randbytes(5000)]
    bad.append(photo(60, 40, "PNG")[:90])
    for one in bad:
        with pytest.raises(WrongUsage, match="JPEG, PNG or WebP"):
            small_picture(one)
    with pytest.raises(WrongUsage, match="8 MB"):
        small_picture(b"x" * 8_000_001)
    flat = BytesIO()
    Image.new("1", (30_000, 30_000)).save(flat, "PNG")  # a hundred kilobytes that would become gigabytes
    with pytest.raises(WrongUsage):
        small_picture(flat.getvalue())


def test_words_and_a_picture_stand_until_they_are_changed_or_taken_back(desk: Desk, papers: list[int]) -> None:
    shown = keeping.make(desk.storage, OFFICE, TITLE, visibility="public")
    keeping.add(desk.storage, OFFICE, shown, papers[:2])
    first = tell(desk.storage, OFFICE, papers[0], "Ice  flows.", picture=photo(), seen="A glacier", since=0)
    second = tell(desk.storage, OFFICE, papers[0], "Ice flows slowly.", picture=b"", seen="A glacier", since=first)
    found = highlights(desk.storage, ANONYMOUS, "highlights")
    assert {row["id"] for row in found.rows} == set(papers[:2])
    told = found.told[papers[0]]
    assert (told.id, told.summary, told.pictured, told.seen) == (second, "Ice flows slowly.", True, "A glacier")
    assert told.written_by == ""
    assert told_of(desk.storage, OFFICE, papers)[papers[0]].written_by == OFFICE.name
    number, body = picture_of(desk.storage, papers[0])
    assert number == second
    assert body.startswith(b"\xff\xd8")
    third = tell(desk.storage, OFFICE, papers[0], "", picture=None, seen="", since=second)
    assert told_of(desk.storage, OFFICE, papers) == {}
    with pytest.raises(NotHere):
        picture_of(desk.storage, papers[0])
    take_back(desk.storage, OFFICE, third)
    assert told_of(desk.storage, ANONYMOUS, papers)[papers[0]].summary == "Ice flows slowly."
    assert picture_of(desk.storage, papers[0])[1] == body


def test_nothing_is_overwritten_unseen_and_only_the_user_office_writes(desk: Desk, papers: list[int]) -> None:
    first = tell(desk.storage, OFFICE, papers[0], "Ice.", picture=None, seen="", since=0)
    with pytest.raises(Conflict):
        tell(desk.storage, OFFICE, papers[0], "Snow.", picture=None, seen="", since=0)
    tell(desk.storage, OFFICE, papers[0], "Snow.", picture=None, seen="", since=first)
    with pytest.raises(Conflict):
        take_back(desk.storage, OFFICE, first)
    with pytest.raises(Refused):
        tell(desk.storage, ADA, papers[1], "Ice.", picture=None, seen="", since=0)
    with pytest.raises(WrongUsage, match="cannot see it"):
        tell(desk.storage, OFFICE, papers[1], "Ice.", picture=photo(), seen=" ", since=0)
    with pytest.raises(WrongUsage, match="1500"):
        tell(desk.storage, OFFICE, papers[1], "x" * 1501, picture=None, seen="", since=0)


def test_nothing_is_said_about_what_is_not_for_everybody(desk: Desk, papers: list[int], secrets: list[int]) -> None:
    for number in (secrets[0], 999_999):
        with pytest.raises(NotHere):
            tell(desk.storage, OFFICE, number, "Ice.", picture=None, seen="", since=0)
    tell(desk.storage, OFFICE, papers[0], "Ice.", picture=photo(), seen="A glacier", since=0)
    with desk.storage.writing() as session:
        session.execute(update(Record).where(Record.id == papers[0]).values(visibility="restricted"))
        assert session.scalar(select(Record.visibility).where(Record.id == papers[0])) == "restricted"
    assert told_of(desk.storage, OFFICE, papers) == {}
    with pytest.raises(NotHere):
        picture_of(desk.storage, papers[0])
