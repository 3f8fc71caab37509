"""From claims to entities: which record a claim is about, which value wins, and the rows that say so."""

from puma.resolve.aliases import ALIAS, alias_key, aliases, settle_affiliations
from puma.resolve.batch import Received, apply_batch, forget_raw_records, make_facility, resettle
from puma.resolve.references import settle_references

__all__ = [
    "ALIAS",
    "Received",
    "alias_key",
    "aliases",
    "apply_batch",
    "forget_raw_records",
    "make_facility",
    "resettle",
    "settle_affiliations",
    "settle_references",
]
