"""Providing: what everybody may read of the records, for other systems to harvest; the public side of the house."""

from puma.provider.announced import Announced, Span, Told
from puma.provider.credit import Credits
from puma.provider.oai import Repository

__all__ = ["Announced", "Credits", "Repository", "Span", "Told"]
