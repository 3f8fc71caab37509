"""Institutions of the invented teams and the many ways in which an address line can be written."""

from bisect import bisect
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from random import Random
from zlib import crc32

from puma.demo.world.things import draw
from puma.demo.world.vocabulary import Institution, institutions, rows

DEPARTMENTS = {
    "HC": ("Department of Physics", "Institute of Solid State Physics", "School of Physics and Astronomy"),
    "MA": ("Department of Materials Science", "Institute of Materials", "School of Engineering"),
    "SC": ("Department of Physical Chemistry", "Institute of Soft Matter", "Department of Chemical Engineering"),
    "CH": ("Department of Chemistry", "Institute of Inorganic Chemistry", "School of Chemistry"),
    "LS": ("Department of Biochemistry", "Institute of Molecular Biology", "Biophysics Group"),
    "ES": ("Department of Earth Sciences", "Institute of Geology", "Department of Environmental Sciences"),
    "HG": ("Department of Archaeology", "Conservation Science Unit", "Department of Palaeontology"),
}
LOCAL = {
    "FR": ("Laboratoire de Physique", "UMR 5588, Laboratoire Interdisciplinaire", "UFR de Chimie"),
    "DE": ("Physik-Department", "Institut für Physikalische Chemie", "Fakultät für Physik"),
    "AT": ("Institut für Physik", "Fakultät für Chemie"),
    "CH": ("Laboratorium für Festkörperphysik", "Institut für Geochemie"),
    "IT": ("Dipartimento di Fisica", "Dipartimento di Chimica"),
    "ES": ("Departamento de Física", "Facultad de Ciencias"),
    "PL": ("Wydział Fizyki", "Instytut Fizyki"),
}
FACILITY_ROR = ""
"""The invented facility has no ROR identifier."""


@dataclass(frozen=True, slots=True)
class Country:
    code: str
    name: str
    other_names: tuple[str, ...]
    group: str
    share: float | None
    """Contribution in per cent of the members' total while all are members."""
    member_from: int | None
    member_to: int | None
    """Last year of membership."""
    weight: float
    postcodes: tuple[str, ...]

    def member_in(self, year: int) -> bool:
        return (
            self.member_from is not None
            and self.member_from <= year
            and (self.member_to is None or year <= self.member_to)
        )


@cache
def countries() -> dict[str, Country]:
    def number(text: str) -> int | None:
        return int(text) if text else None

    return {
        row["code"]: Country(
            row["code"],
            row["name"],
            tuple(part for part in row["other_names"].split(";") if part),
            row["group"],
            float(row["share"]) if row["share"] else None,
            number(row["member_from"]),
            number(row["member_to"]),
            float(row["weight"]),
            tuple(part for part in row["postcodes"].split(";") if part),
        )
        for row in rows("countries.csv")
    }


FACILITY = Institution(
    FACILITY_ROR,
    "Example Photon and Neutron Source",
    (),
    ("EPNS",),
    "FR",
    "Valbourg",
    45.3,
    5.9,
    "facility",
    "",
    1,
    False,
)


@cache
def _of_country(code: str, sector: str) -> tuple[tuple[Institution, ...], tuple[float, ...]]:
    wanted = [
        one
        for one in institutions()
        if not one.decoy and one.country == code and (one.sector == "company") == (sector == "company")
    ]
    return tuple(wanted), tuple(accumulate(1.0 / one.rank**0.6 for one in wanted))


@cache
def _codes(sector: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    codes = [code for code in countries() if _of_country(code, sector)[0]]
    return tuple(codes), tuple(accumulate(countries()[code].weight for code in codes))


def pick_institution(rng: Random, country: str = "", sector: str = "public") -> Institution:
    """An institution, large ones more often; without a country, one drawn by the facility's user statistics."""
    if not country or not _of_country(country, sector)[0]:
        codes, weights = _codes(sector)
        country = rng.choices(codes, cum_weights=weights)[0]
    found, cumulated = _of_country(country, sector)
    return rng.choices(found, cum_weights=cumulated)[0]


def country_at(position: float, sector: str) -> str:
    """The country at a position between 0 and 1 of the cumulated user statistics."""
    codes, weights = _codes(sector)
    return codes[min(bisect(weights, position * weights[-1]), len(codes) - 1)]


def pick_department(rng: Random, institution: Institution, area: str) -> str:
    if institution.sector == "company":
        return rng.choice(("Research and Development", "Corporate Research", ""))
    if institution.sector != "education":
        return rng.choice(("", "", "Materials Division", "Neutron and Photon Group"))
    if draw(rng, 0.2) and institution.country in LOCAL:
        return rng.choice(LOCAL[institution.country])
    return rng.choice(DEPARTMENTS[area][: 1 + crc32(institution.ror.encode()) % 3])


def written_name(rng: Random, institution: Institution) -> str:
    """The institution as somebody would type it: full name, an alias, now and then the acronym."""
    roll = rng.random()
    name = institution.name.split(" (")[0] if institution.sector == "company" else institution.name
    if roll < 0.14 and institution.aliases:
        return rng.choice(institution.aliases[:2])
    if roll < 0.20 and institution.acronyms:
        return institution.acronyms[0]
    if roll < 0.26:
        return name.replace("University of ", "Univ. ").replace("University", "Univ.").replace("Institute", "Inst.")
    return name


def written_country(rng: Random, code: str) -> str:
    country = countries()[code]
    if country.other_names and draw(rng, 0.3):
        return rng.choice(country.other_names)
    return country.name


def postcode(institution: Institution) -> str:
    """An invented postcode in the form of the country, always the same for one institution."""
    patterns = countries()[institution.country].postcodes
    if not patterns:
        return ""
    digits = iter(str(crc32(institution.ror.encode()) + 10**9))
    kept = patterns[0][:1]
    return kept + "".join(next(digits) if letter.isdigit() else letter for letter in patterns[0][1:])


def address(rng: Random, institution: Institution, department: str) -> str:
    """One affiliation line as printed in a paper."""
    if institution is FACILITY:
        return rng.choice(
            (
                "Example Photon and Neutron Source (EPNS), Valbourg, France",
                "EPNS, Example Photon and Neutron Source, 38990 Valbourg, France",
                "Example Photon and Neutron Source, 1 Avenue des Anneaux, Valbourg, France",
            )
        )
    name = written_name(rng, institution)
    country = written_country(rng, institution.country)
    code = postcode(institution)
    parts: list[str] = []
    if department and draw(rng, 0.75):
        parts.append(department if draw(rng, 0.85) else department.replace("Department", "Dept."))
    parts.append(name)
    roll = rng.random()
    if roll < 0.35 and code:
        parts.append(f"{code} {institution.city}")
    elif roll < 0.85:
        parts.append(institution.city)
    if draw(rng, 0.93):
        parts.append(country)
    if draw(rng, 0.03):
        parts.reverse()
    return ", ".join(parts)
