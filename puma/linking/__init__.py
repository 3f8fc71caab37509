"""Linking: from the database to links and back: affiliations, people, evidence, then what changed is stored."""

from puma.linking.run import MatchReport, match

__all__ = ["MatchReport", "match"]
