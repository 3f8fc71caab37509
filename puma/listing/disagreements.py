"""Pairs about which two persons said different things, where two decide: what a third one says counts."""

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.decisions.two_persons import BOTH, WORDS
from puma.entities import Decision, Link, Record
from puma.listing.doubts import Doubt, Option
from puma.listing.record import names_of
from puma.storage import chunks
from puma.visibility import exists_for

SAID = {"for": "yes", "against": "no"}


def disagreements(session: Session, viewer: Viewer) -> list[Doubt]:
    """The pairs on which persons disagree, the longest waiting first.

    The link's number stands in the key, its state and the other record in the one option, which holds who said what.
    """
    left, right = aliased(Record), aliased(Record)
    rows = session.execute(
        select(Link, left.kind, right.kind)
        .join(left, left.id == Link.left_id)
        .join(right, right.id == Link.right_id)
        .where(Link.said == BOTH, exists_for(viewer, left), exists_for(viewer, right))
    ).all()
    ends = {
        (kind, number) for link, one, other in rows for kind, number in ((one, link.left_id), (other, link.right_id))
    }
    names = names_of(session, sorted(ends))
    said = _said(session, [link for link, *_ in rows])
    found = []
    for link, *_ in rows:
        words = said.get((link.left_id, link.right_id), {})
        title, code = names[link.right_id]
        values = tuple((by, f"{SAID[row.verdict]}: {row.reason}" if row.reason else SAID[row.verdict])
                       for by, row in words.items())  # fmt: skip
        option = Option(": ".join(word for word in (code, title) if word), link.state, link.right_id, values)
        first = min((row.id for row in words.values()), default=0)
        doubt = Doubt(
            f"disagreement/{link.id}", "disagreements", names[link.left_id][0], 2, "", link.left_id,
            options=(option,), probability=link.probability,
        )  # fmt: skip
        found.append((first, link.id, doubt))
    return [doubt for *_, doubt in sorted(found, key=lambda one: one[:2])]


def _said(session: Session, links: list[Link]) -> dict[tuple[int, int], dict[str, Decision]]:
    """The newest word of each person on each pair."""
    pairs = {(link.left_id, link.right_id) for link in links}
    undoing = aliased(Decision)
    undone = select(undoing.id).where(undoing.undoes_id == Decision.id).exists()
    found: dict[tuple[int, int], dict[str, Decision]] = {}
    for some in chunks(sorted({left for left, _ in pairs})):
        words = select(Decision).where(Decision.left_id.in_(some), Decision.verdict.in_(WORDS.values()), ~undone)
        for row in session.scalars(words.order_by(Decision.id)):
            if (row.left_id, row.right_id or 0) in pairs:
                found.setdefault((row.left_id, row.right_id or 0), {})[row.decided_by] = row
    return found
