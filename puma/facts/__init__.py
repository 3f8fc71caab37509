"""Facts: the entities as columns, frozen under a version; every metric is a query over one such snapshot."""

from puma.facts.snapshot import Snapshot, latest, refresh

__all__ = ["Snapshot", "latest", "refresh"]
