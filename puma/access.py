"""Who is asking: a role, and which records it may know to exist. Every answer of the program begins here."""

from dataclasses import dataclass

from puma.errors import Refused

ROLES = ("anonymous", "viewer", "scientist", "user_office", "admin")
"""Roles in rising order; each may do what the ones before it may."""

SEES: dict[str, frozenset[str]] = {
    "anonymous": frozenset({"public"}),
    "viewer": frozenset({"public", "internal"}),
    "scientist": frozenset({"public", "internal"}),
    "user_office": frozenset({"public", "internal", "restricted"}),
    "admin": frozenset({"public", "internal", "restricted"}),
}
"""The visibilities that each role may know of; whatever is not listed does not exist for it."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who asks. ``name`` is written beside what they decide.

    instruments: the records of the instruments they are responsible for. account, session: their numbers, 0 for whoever
    did not sign in. A token has an account and no session.
    """

    role: str = "anonymous"
    name: str = ""
    instruments: frozenset[int] = frozenset()
    account: int = 0
    session: int = 0

    @property
    def sees(self) -> frozenset[str]:
        """The visibilities of the records that exist for this viewer."""
        return SEES[self.role]

    def at_least(self, role: str) -> bool:
        """Whether this viewer may do what ``role`` may."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def must_be(self, role: str, what: str) -> None:
        """Raise Refused when this viewer may not do what ``role`` may."""
        if not self.at_least(role):
            raise Refused(f"{what} needs the role {role.replace('_', ' ')}; ask an administrator for it.")


def lower_role(one: str, other: str) -> str:
    """The lower of two roles."""
    return min(one, other, key=ROLES.index)


@dataclass(frozen=True, slots=True)
class Entrance:
    """How one comes in here. signs_in: there are accounts. demo: visitors choose the role they look as."""

    signs_in: bool = False
    demo: bool = False


ANONYMOUS = Viewer()
"""Whoever did not sign in."""
EVERYTHING = Viewer("admin", "puma")
"""The program itself, on the command line of the machine that holds the data."""
