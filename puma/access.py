"""Who is asking: a role, and which records it may know to exist. Every answer of the program begins here."""

from dataclasses import dataclass, replace

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
CONFIDENTIAL = "restricted"
"""The visibility of what only user office and administrators may know of, and scientists where it is opened to them."""


OPEN_TEXT = "open_text"
"""The class, beside ``internal``, of full texts that the licence of their publication opens to everybody, where the
facility lets it: [access] open_texts."""


def opened(instrument: int) -> str:
    """The visibility, beside ``restricted``, of what is opened to those who are responsible for an instrument."""
    return f"{CONFIDENTIAL}:{instrument}"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who asks. ``name`` is written beside what they decide.

    instruments: the records of the instruments they are responsible for. account, session: their numbers, 0 for whoever
    did not sign in. A token has an account and no session. opened: the instruments whose confidential proposals exist
    for them all the same; see ``with_own``. open_texts: whether the texts of open publications are open to them even
    without an account; see ``with_open_texts``.
    """

    role: str = "anonymous"
    name: str = ""
    instruments: frozenset[int] = frozenset()
    account: int = 0
    session: int = 0
    opened: frozenset[int] = frozenset()
    open_texts: bool = False

    @property
    def sees(self) -> frozenset[str]:
        """The visibilities of the records that exist for this viewer."""
        return SEES[self.role] | {opened(number) for number in self.opened} if self.opened else SEES[self.role]

    @property
    def reads(self) -> frozenset[str]:
        """``sees``, and OPEN_TEXT where this viewer may read what it stands for: what full texts are found by."""
        return self.sees | {OPEN_TEXT} if self.open_texts or "internal" in SEES[self.role] else self.sees

    @property
    def may_see_secrets(self) -> bool:
        """Whether some confidential records may exist for this viewer; then what is shown of them is audited."""
        return CONFIDENTIAL in SEES[self.role] or bool(self.opened)

    @property
    def is_bound(self) -> bool:
        """Whether they judge links of their own instruments only: below user office, with an account or instruments.

        Who has neither sits at their own machine, or before the sample facility.
        """
        return not self.at_least("user_office") and bool(self.account or self.instruments)

    def at_least(self, role: str) -> bool:
        """Whether this viewer may do what ``role`` may."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def must_be(self, role: str, what: str) -> None:
        """Raise Refused when this viewer may not do what ``role`` may."""
        if not self.at_least(role):
            raise Refused(f"{what} needs the role {role.replace('_', ' ')}; ask an administrator for it.")


def with_own(viewer: Viewer) -> Viewer:
    """A scientist with the confidential proposals of their own instruments opened to them; anybody else as they are.

    The doors ask for it where [access] scientists_see_own is on. Letters and questions to others never carry it.
    """
    return replace(viewer, opened=viewer.instruments) if viewer.role == "scientist" else viewer


def with_open_texts(viewer: Viewer) -> Viewer:
    """Anybody with the full texts of open publications opened to them.

    The doors ask for it where [access] open_texts is on.
    """
    return replace(viewer, open_texts=True)


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
