"""People who asked to be erased: what sources tell of them again is left out before it is stored."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from puma.claims import Claim, Key
from puma.entities import Erasure
from puma.storage import insert_rows

ERASED = "erased"
"""The scheme under which an erased person is known again: of each key that sources use only a digest is kept."""
KEPT = frozenset({"role", "mode", "affiliation", "ror", "country"})
"""What stays of somebody's part in a proposal or experiment, so that what is counted stays true."""


def digest_of(scheme: str, value: str) -> str:
    """What is kept of a key of a person."""
    return sha256(f"person {scheme} {value}".encode()).hexdigest()


def erased_digests(session: Session) -> dict[str, int]:
    """The digests of the keys of all who were erased, and who each was."""
    return dict(session.execute(select(Erasure.digest, Erasure.person_id)).all())


def names_erased(claims: Sequence[Claim], digests: Collection[str]) -> bool:
    """Whether these claims tell of somebody who was erased; what they were read from is then not kept."""
    return bool(digests) and any(left_out(one.kind, one.keys, one.values, digests) is not None for one in claims)


def learn_keys(session: Session, claims: Sequence[Claim], digests: dict[str, int], at: datetime) -> None:
    """Learn further keys by which sources know people who were erased, so that all their records are recognised.

    digests: those that are known; the new ones are added.
    """
    for one in claims:
        own = [digest_of(*key) for key in one.keys if key[0] != ERASED] if one.kind == "person" else []
        person = next((digests[digest] for digest in own if digest in digests), None)
        if person is not None:
            fresh = [digest for digest in dict.fromkeys(own) if digest not in digests]
            insert_rows(session, Erasure, [{"person_id": person, "digest": one, "erased_at": at} for one in fresh])
            digests.update(dict.fromkeys(fresh, person))


def claims_left(claims: Sequence[Claim], digests: Collection[str]) -> list[Claim]:
    """The claims of one source record without what they say of people who were erased."""
    if not digests:
        return list(claims)
    left = []
    for one in claims:
        found = left_out(one.kind, one.keys, one.values, digests)
        left.append(one if found is None else replace(one, keys=found[0], values=found[1]))
    return left


def left_out(
    kind: str, keys: Sequence[Sequence[str]], values: Mapping[str, Any], digests: Collection[str]
) -> tuple[tuple[Key, ...], dict[str, Any]] | None:
    """Keys and values of a claim without those who were erased; None where it says nothing of them."""
    own = [digest_of(key[0], key[1]) for key in keys if key[0] != ERASED] if kind == "person" else []
    if any(digest in digests for digest in own):
        known = tuple((ERASED, digest) for digest in own) + tuple((ERASED, key[1]) for key in keys if key[0] == ERASED)
        return known, {name: value for name, value in values.items() if name == "user"}
    people = values.get("participants") or ()
    parts = [_part(one, digests) for one in people]
    if all(part is None for part in parts):
        return None
    shown = [one if part is None else part for one, part in zip(people, parts, strict=True)]
    return tuple((key[0], key[1]) for key in keys), {**values, "participants": shown}


def _part(one: Mapping[str, Any], digests: Collection[str]) -> dict[str, Any] | None:
    """Somebody's part in a proposal or experiment without who it was; None for whoever was not erased."""
    key = one.get("person")
    digest = digest_of(key[0], key[1]) if key and key[0] != ERASED else ""
    if digest not in digests:
        return None
    return {"person": [ERASED, digest], **{name: value for name, value in one.items() if name in KEPT}}
