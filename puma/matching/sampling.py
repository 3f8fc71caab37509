"""Random samples of pairs that need no table: a pair is drawn by its numbers alone, and always the same way."""

import hashlib

AUDITED = 0.2  # of all pairs; people are asked about them whatever their probability, and no model learns from them


def drawn(purpose: str, left_id: int, right_id: int) -> float:
    """A number between 0 and 1 that says nothing about the pair; another one for each purpose."""
    digest = hashlib.sha256(f"{purpose}/{left_id}/{right_id}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def in_audit(left_id: int, right_id: int) -> bool:
    """Whether a pair belongs to the random audit."""
    return drawn("audit", left_id, right_id) < AUDITED
