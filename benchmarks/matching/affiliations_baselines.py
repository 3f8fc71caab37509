"""Three simple ways to find the institution of an affiliation, to be beaten: exact segment, token_set_ratio, TF-IDF."""

import re
from collections import defaultdict
from collections.abc import Callable

import numpy as np
from rapidfuzz.fuzz import token_set_ratio
from rapidfuzz.process import extractOne
from sklearn.feature_extraction.text import TfidfVectorizer

from puma.countries import country_at_end
from puma.matching.institutions.index import NameRow
from puma.names import fold

Answer = Callable[[list[str]], list[list[int]]]
_PART = re.compile(r"[,;]")
LIKE = 90  # of 100, for token_set_ratio
NEAR = 0.75  # cosine of character 3-grams


def exact_segment(rows: list[NameRow]) -> Answer:
    """A part between commas is a name, and only one institution of the country (or of all) has it."""
    bearers: dict[str, set[int]] = defaultdict(set)
    where = {row.institution_id: row.country for row in rows}
    for row in rows:
        if row.kind != "acronym":
            bearers[fold(row.name)].add(row.institution_id)

    def answer(texts: list[str]) -> list[list[int]]:
        found = []
        for text in texts:
            country, here = country_at_end(text), []
            for part in _PART.split(text):
                some = bearers.get(fold(part), set())
                if country:
                    some = {one for one in some if where[one] == country}
                if len(some) == 1:
                    here = [*some]
                    break
            found.append(here)
        return found

    return answer


def set_ratio(rows: list[NameRow]) -> Answer:
    """The name of all names whose words are most alike."""
    kept = [row for row in rows if row.kind == "label"]
    names = [fold(row.name) for row in kept]

    def answer(texts: list[str]) -> list[list[int]]:
        found = []
        for text in texts:
            best = extractOne(fold(text), names, scorer=token_set_ratio, score_cutoff=LIKE)
            found.append([kept[best[2]].institution_id] if best else [])
        return found

    return answer


def nearest(rows: list[NameRow]) -> Answer:
    """The part whose character 3-grams are nearest to a name, countries not differing."""
    kept = [row for row in rows if row.kind != "acronym"]
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), sublinear_tf=True, dtype=np.float32)
    held = vectors.fit_transform(fold(row.name) for row in kept).T.tocsr()

    def answer(texts: list[str]) -> list[list[int]]:
        found = []
        for text in texts:
            country = country_at_end(text)
            parts = [folded for part in _PART.split(text) if len(folded := fold(part)) > 3]
            best: tuple[float, list[int]] = (NEAR, [])
            for row in (vectors.transform(parts) @ held) if parts else ():
                for place in np.argsort(-row.data)[:10].tolist():
                    name = kept[row.indices[place]]
                    if row.data[place] > best[0] and (not country or name.country in (country, None)):
                        best = (float(row.data[place]), [name.institution_id])
            found.append(best[1])
        return found

    return answer


BASELINES: dict[str, Callable[[list[NameRow]], Answer]] = {
    "exact segment and country": exact_segment,
    "TF-IDF best segment": nearest,
    "token_set_ratio": set_ratio,
}
