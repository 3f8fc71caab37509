"""Words of science: titles and abstracts from templates per topic, for proposal and paper independently."""

import re
from collections.abc import Mapping, Sequence
from random import Random

from puma.demo.world.dials import Dials
from puma.demo.world.things import Subject, draw
from puma.demo.world.vocabulary import Phenomenon, Topic, sentences, techniques, topics

_SLOT = re.compile(r"\{([a-zA-Z]+2?)(?::([\d.]+):([\d.]+))?\}")
_ELEMENTS = frozenset(
    re.findall(
        "[A-Z][a-z]?",
        "HDLiBeBCNOFNaMgAlSiPSClKCaScTiVCrMnFeCoNiCuZnGaGeAsSeBrRbSrYZrNbMoRuRhPdAgCdInSnSbTeI"
        "CsBaLaCePrNdSmEuGdTbDyHoErTmYbLuHfTaWReIrPtAuHgPbBiU",
    )
)
_FORMULA = re.compile(r"(?<![\w-])(?:(?:\(?[A-Z][a-z]?|\))[\d.]*\d?|\()+(?![\w-])")
_PIECE = re.compile(r"([A-Z][a-z]?)|(\d+(?:\.\d+)?)|[().]")


def fill(rng: Random, template: str, slots: Mapping[str, str]) -> str:
    """The template with its slots filled; `{n:3:9}` draws a whole number, `{f:0.2:1.5}` one with as many decimals."""

    def put(match: re.Match[str]) -> str:
        name, low, high = match.groups()
        if low is None:
            return slots[name]
        if name == "n":
            return str(rng.randint(int(low), int(high)))
        decimals = max(len(low.partition(".")[2]), len(high.partition(".")[2]))
        return f"{rng.uniform(float(low), float(high)):.{decimals}f}"

    return _SLOT.sub(put, template)


def capital(text: str) -> str:
    """First letter in upper case, unless the word begins with a locant such as "n-"."""
    return text if len(text) > 1 and text[1] == "-" else text[:1].upper() + text[1:]


def headline(text: str) -> str:
    """A title: no article at the start, upper case first letter."""
    for article in ("the ", "The "):
        text = text.removeprefix(article)
    return capital(text)


def looks_like_formula(text: str) -> bool:
    """Whether it is symbols of elements, at least two, with numbers between them."""
    symbols = [symbol for symbol, _ in _PIECE.findall(text) if symbol]
    return bool(_FORMULA.fullmatch(text)) and len(symbols) > 1 and set(symbols) <= _ELEMENTS


def subscripted(text: str) -> str:
    """Chemical formulae with JATS-like <sub> elements, as publishers deposit them; "TF7" or "D12" is no formula."""

    def mark(match: re.Match[str]) -> str:
        token = match.group()
        pieces = _PIECE.findall(token)
        symbols = [symbol for symbol, _ in pieces if symbol]
        plain = token.isupper() or not any(number for _, number in pieces)
        if plain or len(symbols) < 2 or not set(symbols) <= _ELEMENTS:
            return token
        return re.sub(r"(?<=[A-Za-z)])(\d+(?:\.\d+)?)", r"<sub>\1</sub>", token)

    return _FORMULA.sub(mark, text)


def _known(topic: Topic, phenomenon: Phenomenon, year: int) -> list[int]:
    """Samples of a phenomenon that were known by a year; the oldest ones if none was."""
    found = [sample for sample in phenomenon.samples if topic.since[sample] <= year]
    return found or [min(phenomenon.samples, key=lambda sample: topic.since[sample])]


def topics_of(year: int) -> list[Topic]:
    """Topics that existed by a year."""
    return [one for one in topics() if min(one.since) <= year]


def choose_subject(rng: Random, topic: Topic, year: int) -> Subject:
    """Something to study within a topic, with samples known by the year."""
    if min(topic.since) > year:
        topic = rng.choice([one for one in topics_of(year) if one.area == topic.area] or topics_of(year))
    phenomenon = rng.choice(topic.phenomena)
    return Subject(
        topic,
        phenomenon,
        rng.choice(_known(topic, phenomenon, year)),
        rng.randrange(len(topic.conditions)),
        techniques()[phenomenon.techniques[min(int(rng.expovariate(1.0)), len(phenomenon.techniques) - 1)]],
    )


def sibling(rng: Random, subject: Subject, year: int) -> Subject:
    """The same line of research, continued: another condition or sample, now and then another technique."""
    roll = rng.random()
    sample, condition, technique = subject.sample, subject.condition, subject.technique
    if roll < 0.42:
        condition = rng.randrange(len(subject.topic.conditions))
    elif roll < 0.78:
        sample = rng.choice(_known(subject.topic, subject.phenomenon, year))
    elif roll < 0.86:
        technique = techniques()[rng.choice(subject.phenomenon.techniques)]
    return Subject(subject.topic, subject.phenomenon, sample, condition, technique)


def other_topic(rng: Random, topic: Topic) -> Topic:
    """Another topic of the same area when there is one."""
    near = [one for one in topics() if one.area == topic.area and one is not topic]
    return rng.choice(near or [one for one in topics() if one is not topic])


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeioAEIOX" else "a"


def slots(rng: Random, subject: Subject, synonym: float) -> dict[str, str]:
    """What templates may mention; `synonym` is the chance of words other than the usual ones."""
    names = subject.topic.samples[subject.sample]
    sample = rng.choice(names[1:]) if draw(rng, synonym) else names[0]
    titles = subject.phenomenon.names
    phenomenon = rng.choice(titles[1:]) if draw(rng, synonym) else titles[0]
    phrase, noun = subject.topic.conditions[subject.condition]
    technique = subject.technique.name
    questions = list(subject.phenomenon.questions)
    rng.shuffle(questions)
    return {
        "s": sample,
        "S": capital(sample),
        "p": phenomenon,
        "P": capital(phenomenon),
        "o": subject.phenomenon.preposition,
        "c": phrase,
        "cn": noun or "the choice of sample",
        "t": technique,
        "T": capital(technique),
        "at": f"{_article(technique)} {technique}",
        "x": rng.choice(sentences()[f"complementary/{subject.topic.area}"]),
        "q": questions[0],
        "q2": questions[1],
    }


def _title(rng: Random, templates: Sequence[str], words: Mapping[str, str]) -> str:
    return headline(fill(rng, rng.choice(templates), words))


def proposal_title(rng: Random, subject: Subject) -> str:
    return _title(rng, sentences()["proposal_titles"], slots(rng, subject, 0.2))


def proposal_abstract(
    rng: Random, subject: Subject, instrument: str, request: str, earlier: str, resubmitted: str
) -> str:
    """A case for beam time; `earlier` is a former proposal's code, `resubmitted` that of a refused one, or empty."""
    texts = sentences()
    words = slots(rng, subject, 0.25) | {"i": instrument, "d": request, "code": earlier}
    parts = [rng.choice(subject.topic.context)]
    if draw(rng, 0.5):
        parts.append(fill(rng, rng.choice(texts["proposal_bridge"]), words))
    if earlier:
        parts.append(fill(rng, rng.choice(texts["continuation"]), words))
    elif resubmitted:
        parts.append(rng.choice(texts["resubmission"]))
    parts.append(fill(rng, rng.choice(texts["aim"]), words))
    if draw(rng, 0.6):
        parts.append(fill(rng, rng.choice(texts["state"]), words))
    parts.append(fill(rng, rng.choice(texts["plan"]), words))
    parts.append(fill(rng, rng.choice(texts["request"]), words))
    if draw(rng, 0.5):
        parts.append(fill(rng, rng.choice(texts["expected"]), words))
    return " ".join(parts)


def paper_title(rng: Random, subject: Subject, kind: str, dials: Dials) -> str:
    """Title of a JOURNAL_ARTICLE, PROCEEDINGS_ARTICLE or THESIS."""
    texts = sentences()
    words = slots(rng, subject, dials.synonyms)
    if kind == "THESIS":
        return _title(rng, texts["thesis_titles"], words)
    if kind == "PROCEEDINGS_ARTICLE":
        return _title(rng, texts["proceedings_titles"], words)
    roll = rng.random()
    if roll < 0.42:
        return _title(rng, subject.phenomenon.headlines, words)
    if roll < 0.54 and subject.topic.conditions[subject.condition][1]:
        return _title(rng, texts["paper_titles_condition"], words)
    return _title(rng, texts["paper_titles"], words)


def paper_abstract(rng: Random, subject: Subject, dials: Dials, extra: str = "") -> str:
    """Context, question, method, one to three findings, outlook; `extra` is slipped in before the last sentence."""
    texts = sentences()
    words = slots(rng, subject, dials.synonyms)
    exact = words | {"s": subject.topic.samples[subject.sample][0]}
    parts: list[str] = []
    if draw(rng, 0.75):
        parts.append(rng.choice(subject.topic.context))
    if draw(rng, 0.4):
        parts.append(fill(rng, rng.choice(texts["context_bridge"]), words))
    parts.append(fill(rng, rng.choice(texts["here"]), words if draw(rng, dials.synonyms * 0.5) else exact))
    findings = list(subject.phenomenon.findings)
    rng.shuffle(findings)
    parts += [fill(rng, one, words) for one in findings[: rng.choice((1, 2, 2, 3))]]
    if draw(rng, 0.45):
        parts.insert(-1, fill(rng, rng.choice(texts["method"]), words))
    if extra:
        parts.append(extra)
    has_noun = subject.topic.conditions[subject.condition][1] is not None
    closing = texts["outlook_condition"] if has_noun and draw(rng, 0.3) else texts["outlook"]
    if draw(rng, 0.8):
        parts.append(fill(rng, rng.choice(closing), words))
    return " ".join(parts)


def body_text(rng: Random, subject: Subject, dials: Dials, abstract: str) -> list[tuple[str, list[str]]]:
    """Sections of a full text as heading and sentences; what the abstract states is repeated, not contradicted."""
    texts = sentences()
    words = slots(rng, subject, dials.synonyms)
    told = abstract.split(". ") if abstract else []
    stated = [f"{one.rstrip('.')}." for one in told if any(letter.isdigit() for letter in one)]
    findings = stated or [fill(rng, one, words) for one in subject.phenomenon.findings]
    introduction = [*rng.sample(subject.topic.context, len(subject.topic.context))]
    introduction += [fill(rng, rng.choice(texts["context_bridge"]), words), fill(rng, rng.choice(texts["here"]), words)]
    methods = [fill(rng, one, words) for one in rng.sample(texts["fulltext_methods"], 7)]
    methods.append(fill(rng, rng.choice(texts["method"]), words))
    discussion = [fill(rng, one, words) for one in rng.sample(texts["fulltext_discussion"], 11)]
    for position, one in enumerate(findings):
        discussion.insert(min(len(discussion), 3 * position), one)
    conclusions = [fill(rng, one, words) for one in rng.sample(texts["outlook"], 3)]
    return [
        ("1. Introduction", introduction),
        ("2. Experimental", methods),
        ("3. Results and discussion", discussion),
        ("4. Conclusions", conclusions),
    ]


def survey_title(rng: Random, topic: Topic, templates: str) -> str:
    """Title of a review or chapter (`templates`: review_titles or chapter_titles)."""
    keyword = rng.choice(topic.keywords)
    technique = techniques()[rng.choice(topic.techniques)].name
    words = {"k": keyword, "K": capital(keyword), "t": technique, "T": capital(technique)}
    return _title(rng, sentences()[templates], words)


def survey_abstract(rng: Random, topic: Topic) -> str:
    texts = list(sentences()["review_abstract"])
    words = {"k": rng.choice(topic.keywords)}
    return " ".join([rng.choice(topic.context), *(fill(rng, one, words) for one in rng.sample(texts, 3))])
