"""One installation: its settings, database, facts and search index, opened together and asked by every door."""

from puma.installation.asking import Asking
from puma.installation.deciding import Deciding
from puma.installation.running import Running

__all__ = ["Installation"]


class Installation(Running, Deciding, Asking):
    """Everything that a page, an endpoint or a command needs to answer. Close it when done."""
