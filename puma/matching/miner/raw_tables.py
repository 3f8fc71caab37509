"""Tables of raw data, as the Raw Data Letters of IUCrData print them: beamline, detector and wavelength, row by row."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from puma.conditions import CONDITIONS
from puma.identifiers import fold_code
from puma.matching.miner.elsewhere import named_facilities
from puma.matching.miner.raw_columns import is_text, values_beside

Said = Literal["table instrument", "table detector", "table wavelength"]
Span = tuple[int, int]

GAP = 12  # rows that may lie between two rows of one table that are read
LONGEST = 120  # characters of a value; longer ones are sentences

_ABOUT = re.compile(r"\braw[\s-]{1,2}data\b", re.IGNORECASE)
_CELL = re.compile(r"[^\n|\t]+")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_UNIT = r"(?P<{}>Å|A ?[\u02da\u00b0]?|nm|pm)"  # PDFs of this publisher say A and a ring
_BEGIN = r"\W{0,3}(?:Data collection\W{1,3})?"
_END = r"(?P<end>\s{0,2}:)?"
_PLACE = re.compile(
    rf"{_BEGIN}(?:(?:Diffraction|Radiation|Neutron|X-ray|Synchrotron) [Ss]ource|Source|Beam ?line|Instrument"
    r"|Diffractometer|Synchrotron|Facility)\b(?:\s?[/,]\s?(?:[Bb]eam ?line|[Ff]acility|[Ii]nstrument)\b)?"
    rf"(?: (?:type|name)\b)?{_END}"
)
_DETECTOR = re.compile(
    rf"{_BEGIN}Detector\b(?! (?:axis|distance|offset|pixel|position|settings|size|swing|temperature|to)\b)"
    rf"(?: (?:type|model|name)\b)?{_END}"
)
_WAVELENGTH = re.compile(
    rf"{_BEGIN}(?:(?:X-ray|Neutron|Radiation) )?[Ww]avelength\b(?:,? ?\(? ?{_UNIT.format('above')} ?\)?)?{_END}"
)
_NUMBER = re.compile(
    rf"(?P<number>\d{{1,2}}\.\d{{1,6}}|\d{{1,3}})(?:\(\d{{1,3}}\))?(?: ?{_UNIT.format('beside')}(?!\w))?"
)
_ROWS: Mapping[Said, re.Pattern[str]] = {
    "table wavelength": _WAVELENGTH, "table detector": _DETECTOR, "table instrument": _PLACE,
}  # fmt: skip


class Known(Protocol):
    """What is known of one facility, as the miner holds it."""

    @property
    def facility(self) -> str: ...
    @property
    def names(self) -> re.Pattern[str] | None: ...
    @property
    def instruments(self) -> re.Pattern[str] | None: ...
    @property
    def as_known(self) -> Mapping[str, str]: ...


class Read(NamedTuple):
    """One thing that a table says; value: the instrument as known, the detector as written, the wavelength in Å."""

    said: Said
    value: str
    facility: str
    span: Span


@dataclass(slots=True)
class _Table:
    """Rows of one table: where their values stand."""

    places: list[Span] = field(default_factory=list)
    detectors: list[Span] = field(default_factory=list)
    wavelengths: dict[Span, str] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        return bool(self.places and self.detectors and self.wavelengths)


def read_tables(text: str, facilities: Sequence[Known]) -> Iterator[Read]:
    """What tables of raw data on a page say of our instruments.

    A page counts that speaks of raw data, and a table there with a row for the source or beamline, one for the detector
    and one for the wavelength; running text has no such rows. A PDF may give the columns of a table one after the
    other: they are matched where as many values as labels follow, each of its label's kind, and not read otherwise. Of
    an instrument's name that several facilities have, the facility that the table names is meant.
    """
    if "avelength" not in text or "etector" not in text or not _ABOUT.search(text):
        return
    even = text.translate(_DASHES)
    for table in _tables(even):
        for one in facilities:
            if one.instruments is None or _is_elsewhere(even, table, one):
                continue
            found = [hit for span in table.places for hit in one.instruments.finditer(even, *span)]
            for hit in found:
                yield Read("table instrument", one.as_known[fold_code(hit[0])], one.facility, hit.span())
            for span in table.detectors if found else ():
                yield Read("table detector", text[slice(*span)], one.facility, span)
            for span, value in table.wavelengths.items() if found else ():
                yield Read("table wavelength", value, one.facility, span)


def _is_elsewhere(text: str, table: _Table, one: Known) -> bool:
    """Whether the table names a facility, and not this one."""
    ours = any(one.names.search(text, *span) for span in table.places) if one.names else False
    return not ours and any(named_facilities().search(text, *span) for span in table.places)


def _tables(text: str) -> Iterator[_Table]:
    cells = [span for found in _CELL.finditer(text) if (span := _stripped(text, *found.span()))[0] < span[1]]
    beside = values_beside(text, cells, lambda place, span: _fits(text, cells[place], span))
    table, last = _Table(), 0
    for place in range(len(cells)):
        if (row := _row(text, cells, place, beside.get(place, place + 1))) is None:
            continue
        if place - last > GAP:
            if table.is_whole:
                yield table
            table = _Table()
        last = place
        kind, span, value = row
        if kind == "table wavelength":
            table.wavelengths[span] = value
        else:
            (table.detectors if kind == "table detector" else table.places).append(span)
    if table.is_whole:
        yield table


def _row(text: str, cells: Sequence[Span], place: int, beside: int | None) -> tuple[Said, Span, str] | None:
    """The kind of a row, where its value stands, and the wavelength that it says. beside: the cell that has the value
    of a label with a cell of its own."""
    start, end = cells[place]
    for kind, pattern in _ROWS.items():
        if (label := pattern.match(text, start, end)) is None:
            continue
        span, apart = _stripped(text, label.end(), end), bool(label["end"])
        if span[0] == span[1] and beside is not None and beside < len(cells):
            span, apart = cells[beside], True
        if not 0 < span[1] - span[0] <= LONGEST:
            return None
        if kind == "table wavelength":
            return _wavelength(text, label, span)
        first = text[span[0]]
        return (kind, span, "") if apart or first.isupper() or first.isdigit() else None
    return None


def _fits(text: str, cell: Span, value: Span) -> bool | None:
    """Whether a value is one of the label in a cell; None where that is no label of ours and nothing else."""
    for kind, pattern in _ROWS.items():
        label = pattern.match(text, *cell)
        if label is None or _stripped(text, label.end(), cell[1])[0] < cell[1]:
            continue
        if kind == "table wavelength":
            said = _wavelength(text, label, value)
            return said is not None and said[1] == value
        return is_text(text, value)
    return None


def _wavelength(text: str, label: re.Match[str], span: Span) -> tuple[Said, Span, str] | None:
    """A wavelength whose unit stands in the label or beside the number."""
    number = _NUMBER.match(text, *span)
    unit = number and (number["beside"] or label["above"])
    if number is None or not unit:
        return None
    value = CONDITIONS["wavelength"].value_of(float(number["number"]), unit.rstrip("\u02da\u00b0 "))
    return ("table wavelength", number.span(), f"{value:g}") if value else None


def _stripped(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end
