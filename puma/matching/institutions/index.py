"""Affiliations to institutions: names found by rarity, judged by a learned model, decided with the right to abstain."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from puma.countries import country_at_end
from puma.matching.institutions.decoding import Band, Fit, Level, Resolution, decode, settle
from puma.matching.institutions.features import FEATURES, Pairs, pairs
from puma.matching.institutions.judge import Judge, load_judge
from puma.matching.institutions.names import Floats, NameRow, Names, former_names
from puma.matching.institutions.retrieval import AffiliationText, Reading, read

__all__ = ["AffiliationText", "InstitutionIndex", "Level", "NameRow", "Resolution"]

SHOWN = 8  # candidates of an affiliation that decoding and callers see
BATCH = 1000  # affiliations judged together
_COUNTRY, _CITY = FEATURES.index("country"), FEATURES.index("city anywhere")
_ACRONYM, _EXACT = FEATURES.index("by acronym"), FEATURES.index("exact")


class InstitutionIndex:
    """Names of all institutions, ready to be looked for in affiliations.

    names: one row per name. rors: bare ROR ids to institution ids. level: "named" gives the institution that the
    affiliation names, "top" the topmost one that it belongs to.
    """

    def __init__(
        self,
        names: Iterable[NameRow],
        rors: Mapping[str, int] | None = None,
        *,
        level: Level = "named",
        judge: Judge | None = None,
    ) -> None:
        rows = list(names)
        followed = {row.institution_id: row.successor_id for row in rows if row.withdrawn}
        self._rors = {ror: followed.get(one) or one for ror, one in (rors or {}).items()}
        self._level = level
        self._judge = judge or load_judge()
        known = {row.institution_id for row in rows}
        rows += [row for row in former_names(self._rors) if row.institution_id in known]
        self._names = Names(rows, self._judge.shares)

    def resolve(self, texts: Sequence[AffiliationText]) -> list[Resolution]:
        """The institution of each affiliation, in order; equal affiliations are looked at once.

        Addresses in different countries written as one affiliation are looked at one by one.
        """
        parts = {one: addresses(one) for one in dict.fromkeys(texts)}
        found = self._resolved(list(dict.fromkeys(part for one in parts.values() for part in one)))
        whole = {one: _together([found[part] for part in apart]) for one, apart in parts.items()}
        return [whole[one] for one in texts]

    def _resolved(self, different: Sequence[AffiliationText]) -> dict[AffiliationText, Resolution]:
        found: dict[AffiliationText, Resolution] = {}
        for start in range(0, len(different), BATCH):
            some = different[start : start + BATCH]
            reading, judged, chance = self._judged(some)
            fits = self._fits(judged, chance, len(some))
            found.update((one, self._answer(one, fits[place], reading.stated[place])) for place, one in enumerate(some))
        return found

    def ranked(self, texts: Sequence[AffiliationText]) -> list[list[tuple[int, float]]]:
        """For each affiliation (institution, probability), best first: what ``resolve`` decides from."""
        ranked: list[list[tuple[int, float]]] = []
        for start in range(0, len(texts), BATCH):
            some = texts[start : start + BATCH]
            _, judged, chance = self._judged(some)
            for fits in self._fits(judged, chance, len(some)):
                ranked.append([(self._names.ids[one.institution], one.probability) for one in fits])
        return ranked

    def _judged(self, texts: Sequence[AffiliationText]) -> tuple[Reading, Pairs, Floats]:
        reading = read(self._names, texts)
        found = pairs(self._names, reading, self._judge.sight)
        return reading, found, self._judge.probabilities(found.values)

    def _fits(self, found: Pairs, chance: Floats, count: int) -> list[list[Fit]]:
        fits: list[list[Fit]] = [[] for _ in range(count)]
        order = np.lexsort((found.institution, -chance, found.text))
        text = found.text[order]
        order = order[np.arange(len(order)) - np.searchsorted(text, text) < SHOWN]
        told = found.values[order][:, [_ACRONYM, _EXACT, _COUNTRY, _CITY]].tolist()
        rows = zip(
            found.text[order].tolist(), found.institution[order].tolist(), chance[order].tolist(),
            found.segment[order].tolist(), found.span[order].tolist(), found.words[order].tolist(),
            found.name[order].tolist(), told, strict=True,
        )  # fmt: skip
        for place, who, p, segment, span, words, name, (acronym, exact, country, city) in rows:
            how = bool(acronym), bool(exact), int(country), bool(city), name
            fits[place].append(Fit(who, p, segment, span, words, *how))
        return fits

    def _answer(self, one: AffiliationText, fits: Sequence[Fit], said: str | None) -> Resolution:
        names = self._names
        if one.stated_ror and (stated := names.number.get(self._rors.get(one.stated_ror, -1))) is not None:
            chosen, probability, reason = [stated], 0.99, "the source states the ROR id"
            band: Band = "accept"
        else:
            found, band, reason = decode(names, fits, accept=self._judge.accept, ask=self._judge.ask)
            chosen, probability = [fit.institution for fit in found], fits[0].probability if fits else 0.0
        settled = list(dict.fromkeys(settle(names, number, level=self._level, day=one.day) for number in chosen))
        if not settled:
            return Resolution(None, said, probability, reason)
        where = int(names.country[settled[0]])
        ids = [names.ids[number] for number in settled]
        country = names.country_code[where] if where >= 0 else said
        return Resolution(ids[0], country, probability, reason, band, tuple(ids[1:]))


def addresses(one: AffiliationText) -> list[AffiliationText]:
    """The addresses that an affiliation holds, where semicolons part them and they end in different countries."""
    parts = [part.strip() for part in one.text.split(";") if part.strip()]
    countries = [country_at_end(part) for part in parts]
    if one.stated_ror or len(set(countries)) < 2 or None in countries:
        return [one]
    return [AffiliationText(part, day=one.day) for part in parts]


def _together(found: Sequence[Resolution]) -> Resolution:
    """The first of several addresses that is believed, or the surest, with the institutions of the others beside it."""
    sure = [1.0 if one.band == "accept" else one.probability for one in found]
    order = sorted(range(len(found)), key=lambda place: (found[place].institution_id is None, -sure[place]))
    best, *others = (found[place] for place in order)
    named = [number for one in (best, *others) for number in (one.institution_id, *one.also) if number is not None]
    return replace(best, also=tuple(dict.fromkeys(number for number in named if number != best.institution_id)))


def read_part(part: tuple[InstitutionIndex, Sequence[AffiliationText]]) -> list[Resolution]:
    """The institutions of some affiliations: a piece of the work that others can do, without the database."""
    index, texts = part
    return index.resolve(texts)
