"""Languages: what to say for each English text of the program, and in which language to say it."""

from puma.languages.catalogue import (
    COOKIE,
    FOLDER,
    LANGUAGES,
    PSEUDO,
    Catalogue,
    Say,
    catalogue,
    fits,
    language_of,
    sentences,
    speaker,
)
from puma.languages.tongue import ENGLISH, Tongue, tongue

__all__ = [
    "COOKIE",
    "ENGLISH",
    "FOLDER",
    "LANGUAGES",
    "PSEUDO",
    "Catalogue",
    "Say",
    "Tongue",
    "catalogue",
    "fits",
    "language_of",
    "sentences",
    "speaker",
    "tongue",
]
