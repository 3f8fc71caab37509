"""A tongue: says the program's texts in one language and leaves the words of records in their gaps as they are."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from html import escape

from puma.languages.catalogue import LANGUAGES, PSEUDO, catalogue, filled, speaker


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language, for what is written as text and not as components: paper, letters, plain pages. code: its code."""

    code: str

    def __call__(self, text: str, *words: object) -> str:
        """An English text in this language: ``say("by {} on {}", name, day)``, the words put in as they are.

        Without words the text is one as it stands in the source, or one whose gaps were filled in English: a sentence
        of an error, a number, a day.
        """
        if not words:
            say = speaker(self.code)
            return text if say is None else say(text)
        return self._filled(text, [str(word) for word in words])

    def markup(self, text: str, *safe: str) -> str:
        """The same as HTML. safe: what stands in the gaps, HTML already."""
        gaps = [f"\0{place}\0" for place in range(len(safe))]
        said = escape(self(text, *gaps))
        for gap, part in zip(gaps, safe, strict=True):
            said = said.replace(gap, part)
        return said

    def within(self, label: str) -> str:
        """A label as it stands inside of a sentence; German nouns keep their capital."""
        said = self(label)
        return said if self.code == "de" else said[:1].lower() + said[1:]

    def day(self, when: date) -> str:
        """``2 March 2026``."""
        return self(f"{when:%-d %B %Y}")

    def moment(self, when: datetime) -> str:
        """``2 March 2026 14:05``."""
        return self(f"{when:%-d %B %Y %H:%M}")

    def _filled(self, text: str, words: list[str]) -> str:
        if self.code == PSEUDO:
            return f"[{filled(text, words)}]"
        return filled(text, words) if self.code == "en" else catalogue(self.code).filled(text, words)


@cache
def tongue(code: str) -> Tongue:
    """The tongue of a language; English for a language that the program does not speak."""
    return Tongue(code if code in LANGUAGES or code == PSEUDO else "en")


ENGLISH = tongue("en")
