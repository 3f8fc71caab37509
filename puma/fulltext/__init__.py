"""Text of PDFs: files in, clean text per page out, read in children that may die without harm."""

from puma.fulltext.children import EXTRACTOR_VERSION, Extraction, extract_all
from puma.fulltext.extract import Limits, State, as_png

__all__ = ["EXTRACTOR_VERSION", "Extraction", "Limits", "State", "as_png", "extract_all"]
