"""What one identifier settles: the pairs of the same proposal that rest on the same code as written."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.decisions.two_persons import OPEN, open_to
from puma.entities import Link, Record
from puma.identifiers import fold_code
from puma.visibility import exists_for

CODES = ("code_stated", "code_in_acknowledgement", "code_in_text")
_WRITTEN = re.compile(r"\bCode: (.+?)\.?$")


def codes_in(evidence: Iterable[Mapping[str, Any]]) -> list[str]:
    """The codes, as written, that the evidence of a pair rests on."""
    found = (
        match[1]
        for line in evidence
        if line.get("kind") in CODES and (match := _WRITTEN.search(str(line.get("detail", "")).strip()))
    )
    return list(dict.fromkeys(found))


def settled_with(session: Session, viewer: Viewer, links: Collection[Link]) -> dict[int, list[int]]:
    """For each of these links the others, open to this viewer, that its code decides too: link -> links, rising."""
    wanted = {link.id: (link.right_id, {fold_code(code) for code in codes_in(link.evidence)} - {""}) for link in links}
    rights = {right for right, codes in wanted.values() if codes}
    if not rights:
        return {}
    left, right_end = aliased(Record), aliased(Record)
    rows = session.execute(
        select(Link.id, Link.right_id, Link.evidence)
        .join(left, left.id == Link.left_id)
        .join(right_end, right_end.id == Link.right_id)
        .where(
            Link.right_id.in_(rights), Link.state.in_(OPEN), open_to(viewer),
            exists_for(viewer, left), exists_for(viewer, right_end),
        )
        .order_by(Link.id)
    )  # fmt: skip
    resting: dict[tuple[int, str], list[int]] = defaultdict(list)
    for number, right, evidence in rows:
        for code in codes_in(evidence):
            resting[right, fold_code(code)].append(number)
    found = {
        number: sorted({other for code in codes for other in resting[right, code]} - {number})
        for number, (right, codes) in wanted.items()
    }
    return {number: others for number, others in found.items() if others}
