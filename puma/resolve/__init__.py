"""From claims to entities: which record a claim is about, which value wins, and the rows that say so."""

from puma.resolve.aliases import ALIAS, alias_key, aliases, settle_affiliations
from puma.resolve.batch import Received, apply_batch, forget_raw_records, resettle
from puma.resolve.grace import open_accepted
from puma.resolve.institutions import MADE, is_told, made_one, settle_institutions
from puma.resolve.persons import AUTHOR, Put, merged_persons, put_by_hand, settle_whereabouts, where_put, write_persons
from puma.resolve.references import settle_references
from puma.resolve.secrecy import set_visibility
from puma.resolve.settled import make_facility

__all__ = [
    "ALIAS",
    "AUTHOR",
    "MADE",
    "Put",
    "Received",
    "alias_key",
    "aliases",
    "apply_batch",
    "forget_raw_records",
    "is_told",
    "made_one",
    "make_facility",
    "merged_persons",
    "open_accepted",
    "put_by_hand",
    "resettle",
    "set_visibility",
    "settle_affiliations",
    "settle_institutions",
    "settle_references",
    "settle_whereabouts",
    "where_put",
    "write_persons",
]
