"""Passwords: hashed with argon2id, checked in the same time whether or not the account exists, never logged."""

import secrets
import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from puma.errors import WrongUsage

SHORTEST = 10
LONGEST = 200
AT_ONCE = 2
"""Checks that run at the same time: each takes 64 MiB, and a flood of them must not take the memory of all."""

_hasher = PasswordHasher()
_room = threading.BoundedSemaphore(AT_ONCE)


def made_password() -> str:
    """A password nobody guesses: 96 bits, in groups that can be read aloud."""
    word = secrets.token_hex(12)
    return "-".join(word[start : start + 6] for start in range(0, 24, 6))


def must_be_good(password: str, name: str) -> None:
    """Raise WrongUsage for a password that is too short, too long, or no secret."""
    if len(password) < SHORTEST:
        raise WrongUsage(f"A password has at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise WrongUsage(f"A password has at most {LONGEST} characters.")
    if len(set(password)) < 4 or password.casefold() in (name.casefold() * 2, name.casefold()):
        raise WrongUsage("That password is too easy to guess.")


def hashed(password: str) -> str:
    """What is kept of a password."""
    with _room:
        return _hasher.hash(password)


def fits(password: str, kept: str | None) -> bool:
    """Whether a password is the one; without a kept hash the same work is done for nothing."""
    with _room:
        try:
            return _hasher.verify(kept or _nobodys(), password[: LONGEST + 1]) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def is_old(kept: str) -> bool:
    """Whether a hash was made with weaker parameters than those of today."""
    return _hasher.check_needs_rehash(kept)


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))
