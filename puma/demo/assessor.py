"""An assessor of the sample facility: answers the questions of the FAIR self-assessment, a little better every year."""

from zlib import crc32

from sqlalchemy import select

from puma.access import Viewer
from puma.entities import Facility, Instrument
from puma.installation import Installation
from puma.keeping.fair import questions

YEARS = 4
INSTRUMENTS = ("D30", "L02", "L07")
"""Those that have an assessment of their own in the last year."""
COMMENTS = {
    "F1": "minted by the catalogue when a session ends",
    "A2": "data policy of 2011, revised in 2019",
    "R4": "asked for with the proposal since 2017; not yet followed up",
}


def assess(installation: Installation, last_year: int) -> int:
    """Answer for the whole facility in the years before and in ``last_year``, then for some instruments. Returns how
    many answers were kept."""
    assessor = Viewer("user_office", "EPNS assessor")
    with installation.storage.reading() as session:
        whole = session.scalars(select(Facility.id).where(Facility.code == installation.settings.facility.code)).first()
        named = select(Instrument.id, Instrument.name).where(Instrument.name.in_(INSTRUMENTS)).order_by(Instrument.id)
        places = {name: number for number, name in session.execute(named)}
    kept = 0
    for year in range(last_year - YEARS + 1, last_year + 1):
        own = {"": whole} if year < last_year else {"": whole, **places}
        for name, number in own.items():
            if number is not None:
                maturity = 62 - 11 * (last_year - year) + crc32(name.encode()) % 9
                kept += len(installation.answer_fair(assessor, number, year, _answers(name, maturity), seen=0))
    return kept


def _answers(name: str, maturity: int) -> dict[str, tuple[str, str]]:
    """Yes to what is easier than the maturity, a number below 100, partly to what is a little harder."""
    found: dict[str, tuple[str, str]] = {}
    for one in questions():
        hardness = crc32(f"{one.code}/{name}".encode()) % 100
        answer = "yes" if hardness < maturity else "partly" if hardness < maturity + 22 else "no"
        if name and one.code in ("A2", "R5"):
            answer = "not applicable"
        found[one.code] = (answer, "" if name else COMMENTS.get(one.code, ""))
    return found
