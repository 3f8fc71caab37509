"""The weekly digest of one's instruments: what waits, what one is asked, what was decided, what is new; as a letter."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from puma.access import Viewer
from puma.decisions.log import stands
from puma.entities import Decision, Experiment, Instrument, Link, ProposalTime, Record
from puma.languages import ENGLISH, Tongue
from puma.listing.record import ASKED, names_of
from puma.requests.asked import RequestView, inbox
from puma.requests.mail import Letter
from puma.storage import Storage
from puma.text import clean_text
from puma.visibility import exists_for

PERIOD = timedelta(days=7)
COUNTED = ("validated", "auto")
LISTED = 5  # of each sort; their number is told anyway
VERDICTS = {"accept": "accepted", "reject": "rejected"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Pairs of an instrument that nobody decided yet, and how many of them were proposed in the period."""

    instrument: int
    name: str
    total: int
    new: int


@dataclass(frozen=True, slots=True)
class Digest:
    """A week of somebody's instruments, as far as they may know of it. decided: (title, code, verdict, by whom), the
    last ones; new: (number, title) of publications, the last ones."""

    name: str
    since: datetime
    until: datetime
    waiting: tuple[Waiting, ...]
    requests: tuple[RequestView, ...]
    accepted: int
    rejected: int
    decided: tuple[tuple[str, str, str, str], ...]
    publications: int
    new: tuple[tuple[int, str], ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell: no letter goes out then."""
        return not (self.requests or self.accepted or self.rejected or self.publications) and not any(
            one.new for one in self.waiting
        )


def digest(storage: Storage, viewer: Viewer, *, at: datetime) -> Digest:
    """The seven days before ``at`` for the instruments of a viewer."""
    since = at - PERIOD
    with storage.reading() as session:
        machines = session.execute(
            select(Instrument.id, Instrument.name)
            .join(Record, Record.id == Instrument.id)
            .where(Instrument.id.in_(sorted(viewer.instruments)), exists_for(viewer))
            .order_by(Instrument.name, Instrument.id)
        ).all()
        own = [number for number, _ in machines]
        waiting = [Waiting(number, name, *_waiting(session, viewer, number, since, at)) for number, name in machines]
        counts, decided = _decided(session, viewer, own, since, at)
        publications, new = _new(session, viewer, own, since, at)
    asked = tuple(one for one, _ in inbox(storage, viewer, at=at).waiting)
    return Digest(
        name=viewer.name,
        since=since,
        until=at,
        waiting=tuple(waiting) if viewer.at_least("scientist") else (),
        requests=asked,
        accepted=counts.get("accept", 0),
        rejected=counts.get("reject", 0),
        decided=tuple(decided),
        publications=publications,
        new=tuple(new),
    )


def letter_of(
    found: Digest, *, facility: str, base: str, email: str = "", stop: str = "", say: Tongue = ENGLISH
) -> Letter:
    """The digest as a letter in the language of ``say``. base: the address of these pages; stop: the secret of the link
    that ends the digest."""
    new, names = sum(one.new for one in found.waiting), [one.name for one in found.waiting]
    told = [
        _counted(say, new, "{} new pair to judge", "{} new pairs to judge"),
        _counted(say, len(found.requests), "{} question to you", "{} questions to you"),
        _counted(say, found.publications, "{} new publication", "{} new publications"),
    ]
    news = ", ".join(one for one in told if one) or say("nothing new this week")
    week = say("your instruments, {} to {}:", say.day(found.since), say.day(found.until))
    lines = [say("Dear {},", found.name), "", week]
    if found.waiting:
        lines += _section(say("Pairs to judge"))
        for one in found.waiting:
            lines += [f"  {one.name}: {say('{} wait, {} of them new', one.total, one.new)}",
                      f"    {base}/review?instrument={one.instrument}"]  # fmt: skip
    if found.requests:
        lines += _section(say("You are asked"))
        lines += [f"  {one.asked_by}: {one.title} ({one.code}), {say('until {}', say.day(one.expires_at))}"
                  for one in found.requests[:LISTED]]  # fmt: skip
        lines += [*_more(say, len(found.requests)), f"    {base}/requests"]
    if found.decided:
        lines += _section(say("Decided this week: {} accepted, {} rejected", found.accepted, found.rejected))
        lines += [
            f"  {say('{} by {}', say(verdict), by)}: {title} ({code})" for title, code, verdict, by in found.decided
        ]
        lines += _more(say, found.accepted + found.rejected)
    if found.new:
        lines += _section(say("New publications: {}", found.publications))
        lines += [f"  {title}\n    {base}/record/{number}" for number, title in found.new]
        lines += _more(say, found.publications)
    if found.is_empty:
        lines += ["", say("Nothing is new this week.")]
    headers: dict[str, str] = {}
    if stop:
        way = f"{base}/no-digest/{stop}"
        lines += ["", say("You wanted this letter once a week. One click ends it:"), way]
        headers = {"List-Unsubscribe": f"<{way}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    subject = f"{', '.join(names[:3]) or facility}: {news}"
    return Letter(found.name, email, subject, "\n".join([*lines, "", facility]) + "\n", headers)


def _section(head: str) -> list[str]:
    return ["", head, "-" * len(head)]


def _counted(say: Tongue, number: int, one: str, many: str) -> str:
    return say(one if number == 1 else many, number) if number else ""


def _more(say: Tongue, total: int) -> list[str]:
    return [f"  {say('and {} more', total - LISTED)}"] if total > LISTED else []


def _on(instruments: Sequence[int], right: Any) -> ColumnElement[bool]:
    """SQL that is true where the right end of a pair is one of the instruments, or was measured there."""
    bids = select(ProposalTime.proposal_id).where(ProposalTime.instrument_id.in_(instruments))
    runs = select(Experiment.id).where(Experiment.instrument_id.in_(instruments))
    return or_(right.in_(bids), right.in_(runs), right.in_(instruments))


def _seen(viewer: Viewer, table: Any, *columns: Any) -> Any:
    """A query over links or decisions on pairs that exist for the viewer."""
    left, right = aliased(Record), aliased(Record)
    return (
        select(*columns)
        .select_from(table)
        .join(left, left.id == table.left_id)
        .join(right, right.id == table.right_id)
        .where(exists_for(viewer, left), exists_for(viewer, right))
    )


def _waiting(session: Session, viewer: Viewer, instrument: int, since: datetime, until: datetime) -> tuple[int, int]:
    """(all, those of the period) of the candidates of an instrument, as the review page counts them."""
    query = _seen(viewer, Link, func.count()).where(
        Link.state == "candidate", Link.relation.in_(ASKED), _on([instrument], Link.right_id)
    )
    recent = query.where(Link.found_at > since, Link.found_at <= until)
    return session.scalar(query) or 0, session.scalar(recent) or 0


def _decided(
    session: Session, viewer: Viewer, instruments: Sequence[int], since: datetime, until: datetime
) -> tuple[dict[str, int], list[tuple[str, str, str, str]]]:
    """What of the verdicts of the period stands: how many of each, and the last ones."""
    which = (
        Decision.verdict.in_(VERDICTS), Decision.decided_at > since, Decision.decided_at <= until, stands(),
        _on(instruments, Decision.right_id),
    )  # fmt: skip
    counts = _seen(viewer, Decision, Decision.verdict, func.count()).where(*which).group_by(Decision.verdict)
    newest = _seen(viewer, Decision, Decision).where(*which).order_by(Decision.id.desc()).limit(LISTED)
    rows: Sequence[Decision] = session.scalars(newest).all()
    numbers = sorted({number for one in rows for number in (one.left_id, one.right_id) if number})
    kinds = session.execute(select(Record.kind, Record.id).where(Record.id.in_(numbers))).all()
    names = names_of(session, [(kind, number) for kind, number in kinds])
    said = [
        (
            clean_text(names[one.left_id][0]),
            names[one.right_id or 0][1] or clean_text(names[one.right_id or 0][0]),
            VERDICTS[one.verdict],
            one.decided_by,
        )
        for one in rows
    ]
    return dict(session.execute(counts).all()), said


def _new(
    session: Session, viewer: Viewer, instruments: Sequence[int], since: datetime, until: datetime
) -> tuple[int, list[tuple[int, str]]]:
    """Publications first seen in the period whose links to the instruments count: how many, and the last ones."""
    linked = _seen(viewer, Link, Link.left_id).where(Link.state.in_(COUNTED), _on(instruments, Link.right_id))
    which = (
        Record.kind == "publication", Record.created_at > since, Record.created_at <= until, exists_for(viewer),
        Record.id.in_(linked),
    )  # fmt: skip
    total = session.scalar(select(func.count()).select_from(Record).where(*which)) or 0
    newest = select(Record.id).where(*which).order_by(Record.created_at.desc(), Record.id.desc()).limit(LISTED)
    numbers = list(session.scalars(newest))
    names = names_of(session, [("publication", number) for number in numbers])
    return total, [(number, clean_text(names[number][0])) for number in numbers]
