"""Names side by side: how much alike two are, and how common, as the name part of a row of features."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist

from puma.matching.persons.given_names import relation
from puma.matching.persons.mentions import is_full
from puma.matching.rarity import Floats, Places
from puma.names import PersonName, fold, initials

_COMMON_FAMILIES = """
95 wang li zhang|65 liu chen|45 yang|30 huang zhao wu zhou xu|18 sun ma zhu hu guo he lin gao luo zheng
12 liang xie song tang han deng feng cao peng zeng xiao tian dong pan yuan cai jiang yu du ye cheng wei lu
8 su ding ren shen yao jin cui tan liao fan wan xia fu fang shi xiong bai meng qin qiu hou yan xue lei long tao
10 kim|7 lee park|3 choi jung jeong kang cho yoon jang lim shin oh seo kwon hwang ahn hong chang chung
12 nguyen|4 tran le pham|25 singh kumar devi das|10 sharma gupta patel khan ali ahmed mohamed shah jain verma roy
6 rao reddy sen mishra yadav prasad ghosh chowdhury iyer nair agarwal banerjee mukherjee chatterjee
3 smith garcia martinez rodriguez lopez hernandez gonzalez perez sanchez silva santos oliveira souza
2 johnson williams brown jones miller davis martin wilson anderson taylor thomas moore white sato suzuki takahashi
2 tanaka watanabe ito yamamoto nakamura kobayashi kato ivanov smirnov petrov muller schmidt fischer rossi
"""
FAMILIES = {
    name: float(line.split()[0]) for line in _COMMON_FAMILIES.replace("\n", "|").split("|") if line
    for name in line.split()[1:]
}  # fmt: skip
"""Millions of people of the most common family names of the world, roughly; most others have fewer than one."""

_COMMON_GIVENS_WORDS = (
    "james john robert michael david william richard joseph thomas charles christopher daniel matthew anthony "
    "mark paul steven stephen andrew kevin brian george edward ronald peter eric martin frank alan philip gary "
    "jeffrey scott mary patricia jennifer linda elizabeth barbara susan jessica sarah karen anna maria laura lisa "
    "julia andrea claudia jean pierre michel alain philippe jacques francois antoine nicolas hans klaus wolfgang "
    "andreas stefan christian markus alexander jan jose juan carlos luis antonio francisco manuel miguel pedro "
    "marco giovanni giuseppe paolo luca roberto francesco mario sergey alexander vladimir andrey dmitry igor "
    "alexey ivan nikolai mikhail victor hiroshi takashi kenji satoshi akira koichi yoshio masahiro mohamed ahmed "
    "ali rajesh sanjay anil sunil amit"
)
_COMMON_GIVENS = frozenset(_COMMON_GIVENS_WORDS.split())
_SYLLABLE = re.compile("(?:[bpmfdtnlgkhjqxrzcsyw]|[zcs]h)?(?:i?ao?|[iu]?an|[iu]?ang|u?ai|e|ei|en|eng|er|i|in|ing|ia"
                       "|ie|iu|iong|o|ou|ong|u|ua|uo|ui|un|ue|ue|uei)")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    """What is compared of names, read once for each; all in the order of ``names``."""

    names: Sequence[PersonName]
    given: Sequence[str]
    first: Sequence[str]
    family: Sequence[str]
    letters: Sequence[str]
    full: NDArray[np.bool_]
    family_common: Floats
    given_common: Floats

    @classmethod
    def of(cls, names: Sequence[PersonName]) -> "Read":
        """Names as they are compared."""
        given = [fold(name.given) for name in names]
        first = [one.split(" ")[0] for one in given]
        family = [fold(name.family).replace(" ", "") for name in names]
        return cls(
            names, given, first, family,
            [initials(name) for name in names],
            np.array([is_full(name) for name in names], dtype=bool),
            np.log1p(np.array([FAMILIES.get(one, 0.0) for one in family])).astype(np.float32),
            np.array([_given_common(one) for one in first], dtype=np.float32),
        )  # fmt: skip

    def some(self, places: Places) -> "Read":
        """Some of the names."""
        names = [self.names[place] for place in places.tolist()]
        given, first, family, letters = (
            [one[place] for place in places.tolist()] for one in (self.given, self.first, self.family, self.letters)
        )
        common = self.family_common[places], self.given_common[places]
        return Read(names, given, first, family, letters, self.full[places], *common)

    def table(self, one: Places, other: Places) -> Floats:
        """The name part of the features of pairs of places in ``names``."""
        left, right = one.tolist(), other.tolist()
        pairs = list(zip(left, right, strict=True))
        given, first, family, letters = self.given, self.first, self.family, self.letters
        similar = JaroWinkler.similarity
        table = np.zeros((len(pairs), 9), dtype=np.float32)
        table[:, 0] = [relation(self.names[a].given, self.names[b].given) for a, b in pairs]
        table[:, 1] = cpdist([first[a] for a in left], [first[b] for b in right], scorer=similar, dtype=np.float32)
        table[:, 2] = cpdist([family[a] for a in left], [family[b] for b in right], scorer=similar, dtype=np.float32)
        table[:, 3] = [given[a] == given[b] and family[a] == family[b] for a, b in pairs]
        table[:, 4] = [_prefix(letters[a], letters[b]) for a, b in pairs]
        table[:, 5] = [abs(len(letters[a]) - len(letters[b])) for a, b in pairs]
        table[:, 6] = self.full[one].astype(np.float32) + self.full[other]
        table[:, 7] = np.maximum(self.family_common[one], self.family_common[other])
        table[:, 8] = np.maximum(self.given_common[one], self.given_common[other])
        return table


@lru_cache(maxsize=1 << 17)
def _given_common(first: str) -> int:
    """How many people a folded first name may stand for: an initial most, then one syllable of pinyin, then John."""
    if len(first) < 2:
        return 3
    if _SYLLABLE.fullmatch(first):
        return 2
    return int(first in _COMMON_GIVENS)


def _prefix(one: str, other: str) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
