"""Proposals of a team in lines of siblings and resubmissions, the decisions on them, and the sessions that followed."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from puma.demo.world.dials import FIRST_YEAR, TODAY, Dials, Size
from puma.demo.world.instruments import HOURS, Calendar, rapid, rounds, suitable
from puma.demo.world.science import choose_subject, proposal_abstract, proposal_title, sibling
from puma.demo.world.teams import Team, contact
from puma.demo.world.things import Call, Instrument, Person, Proposal, Session, Subject, draw

SUFFIXES = (" (continuation)", " - part II", " (part 2)", " - continuation", "", "", ": follow-up")


@dataclass(slots=True)
class Office:
    """What the user office keeps between teams: beam-time calendar, next proposal numbers, local contacts."""

    seed: int
    size: Size
    dials: Dials
    contacts: dict[str, list[Person]]
    partners: dict[int, Team] = field(default_factory=dict)
    calendar: Calendar = field(default_factory=Calendar)
    numbers: Counter[tuple[str, str]] = field(default_factory=Counter)

    def next_code(self, area: str, call: Call) -> str:
        """Codes rise with the round, like those of real user offices: a block of numbers per round and area."""
        self.numbers[(area, call.code)] += 1
        return f"{area}-{(call.number + 1) * self.size.code_block + self.numbers[(area, call.code)]}"


def year_of(day: date) -> float:
    """The day as a fractional year."""
    return day.year + (day.timetuple().tm_yday - 1) / 366.0


def _subject(rng: Random, team: Team, call: Call) -> tuple[Subject, list[Instrument]] | None:
    for _ in range(12):
        subject = choose_subject(rng, rng.choice(team.topics), call.closes.year)
        places = suitable(subject.technique.key, call)
        if places:
            return subject, places
    return None


def _kind(rng: Random, team: Team) -> str:
    if team.industrial:
        return "proprietary"
    return rng.choices(
        ("standard", "rapid access", "long-term", "in-house", "training"), cum_weights=(0.84, 0.91, 0.95, 0.985, 1.0)
    )[0]


def _decision(rng: Random, kind: str, dials: Dials) -> str:
    if draw(rng, dials.withdrawn):
        return "withdrawn"
    if draw(rng, dials.refused * (0.4 if kind in {"in-house", "proprietary", "training"} else 1.06)):
        return "refused" if draw(rng, 0.8) else "reserve"
    return "accepted"


def _team_of_proposal(
    rng: Random, office: Office, team: Team, day: date, instrument: Instrument, partner: Team | None
) -> list[tuple[Person, str]]:
    year = year_of(day)
    here = team.present(year)
    juniors = [one for one in here if one.rank == "junior"]
    rng.shuffle(juniors)
    seniors = [one for one in here if one.rank == "senior"]
    chosen = [team.leader, *seniors[: rng.randint(0, 2)], *juniors[: rng.randint(1, 4)]]
    if partner is not None:
        others = partner.present(year)
        chosen += [partner.leader] if draw(rng, 0.6) else others[:1]
        chosen += rng.sample(others, min(len(others), rng.randint(0, 1)))
    unique: dict[str, Person] = {one.key: one for one in chosen}
    people = list(unique.values())
    if juniors and draw(rng, 0.2):
        people.sort(key=lambda one: one is not juniors[0])
    listed = [(one, "proposer" if position == 0 else "co_proposer") for position, one in enumerate(people)]
    listed.append((contact(rng, office.contacts[instrument.pid], year), "local_contact"))
    return listed


def _mode(rng: Random, day: date, technique: str) -> str:
    if technique == "mx" and day.year >= 2012 and draw(rng, 0.3):
        return "mail-in"
    if date(2020, 3, 15) <= day < date(2021, 10, 1):
        return rng.choices(("remote", "hybrid", "on-site", "mail-in"), (60, 15, 10, 15))[0]
    if day.year < 2020:
        return "on-site" if draw(rng, 0.97) else "remote"
    return rng.choices(("on-site", "hybrid", "remote", "mail-in"), (66, 14, 16, 4))[0]


def _sessions(rng: Random, office: Office, proposal: Proposal) -> None:
    call = proposal.call
    for instrument, requested, allocated in proposal.instruments:
        hours = HOURS[call.time_unit]
        days = max(1, round(allocated * hours / 24.0))
        if not allocated or draw(rng, 0.03):
            continue
        stretch = office.calendar.book(
            rng, instrument, max(call.cycle_start, proposal.deposited + timedelta(days=14)), call.cycle_end, days
        )
        if stretch is None or stretch[1] > TODAY:
            continue
        start, end = stretch
        lost = rng.random() * 0.1 if draw(rng, 0.85) else 0.2 + rng.random() * 0.5
        due = end + timedelta(days=90)
        received = end + timedelta(days=int(rng.lognormvariate(4.3, 0.7)))
        mode = _mode(rng, start, proposal.subject.technique.key)
        users = [one for one, role in proposal.people if role != "local_contact"]
        rng.shuffle(users)
        coming = users[: rng.randint(1, max(1, min(4, len(users))))]
        attendance = [
            (one, mode if mode != "hybrid" else "on-site" if position == 0 else "remote")
            for position, one in enumerate(coming)
        ]
        proposal.sessions.append(
            Session(
                code=f"{proposal.code}/{len(proposal.sessions) + 1}",
                instrument=instrument,
                start=start,
                end=end,
                requested_hours=requested * hours,
                allocated_hours=allocated * hours,
                delivered_hours=round(allocated * hours * (1.0 - lost), 1),
                mode=mode,
                report_due=due,
                report_received=received if draw(rng, 0.8) and received <= TODAY else None,
                people=attendance,
            )
        )


def _time(rng: Random, call: Call) -> tuple[int, int]:
    """Requested and allocated time in the unit of the call; beam time comes in whole units."""
    per_day = {"day": 1, "shift": 3, "hour": 24}[call.time_unit]
    requested = rng.choice((1, 2, 2, 3, 3, 4, 4, 5, 6)) * per_day
    if call.time_unit == "hour":
        requested = rng.choice((12, 24, 48, 48, 72, 72, 96, 120))
    return requested, max(1, round(requested * rng.choice((0.5, 0.67, 0.8, 1.0, 1.0))))


def _written_time(amount: int, unit: str) -> str:
    return f"{amount} {unit}{'s' if amount != 1 else ''}"


def proposals(rng: Random, office: Office, team: Team, wanted: int) -> list[Proposal]:
    """`wanted` proposals of one team, grouped in lines of research, in the order of deposit within each line."""
    found: list[Proposal] = []
    line = 0
    everything = rounds()
    opening = next(
        (spot for spot, call in enumerate(everything) if call.closes.year >= team.since), len(everything) - 3
    )
    closing = next((spot for spot, call in enumerate(everything) if call.closes.year >= team.until), len(everything))
    while len(found) < wanted:
        length = min(rng.randint(*office.dials.siblings), wanted - len(found))
        spot = rng.randrange(opening, max(opening + 1, closing - length))
        started = _subject(rng, team, everything[spot])
        while started is None and spot < len(everything) - 1:
            spot += 1
            started = _subject(rng, team, everything[spot])
        if started is None:
            opening = 0
            continue
        line += 1
        _line(rng, office, team, started, spot, length, line, found)
    return found


def _line(
    rng: Random,
    office: Office,
    team: Team,
    started: tuple[Subject, list[Instrument]],
    spot: int,
    length: int,
    line: int,
    found: list[Proposal],
) -> None:
    subject, places = started
    everything = rounds()
    base = proposal_title(rng, subject)
    partner = office.partners.get(rng.choice(team.partners)) if team.partners and draw(rng, 0.6) else None
    previous: Proposal | None = None
    for position in range(length):
        kind = _kind(rng, team)
        call = everything[min(spot, len(everything) - 1)]
        if kind == "rapid access":
            call = rapid(call.cycle_start.year)
            deposited = max(call.opens, date(FIRST_YEAR, 1, 2)) + timedelta(days=rng.randrange(150))
        else:
            deposited = call.closes - timedelta(days=min(44, int(rng.expovariate(0.25))))
        refused = previous is not None and previous.decision in {"refused", "reserve"}
        again = refused and draw(rng, 0.5)
        now = subject if position == 0 or again else sibling(rng, subject, call.closes.year)
        options = suitable(now.technique.key, call)
        if not options:
            now, options = subject, suitable(subject.technique.key, call) or places
        weights = [one.weight for one in options]
        chosen = [rng.choices(options, weights)[0]]
        if draw(rng, 0.1):
            second = [
                one for one in suitable(rng.choice(now.phenomenon.techniques), call) if one.name != chosen[0].name
            ]
            chosen += second[:1]
        decision = _decision(rng, kind, office.dials)
        times = [(one, *_time(rng, call)) for one in chosen]
        if decision != "accepted":
            times = [(one, requested, 0) for one, requested, _ in times]
        area = {"rapid access": "RB", "proprietary": "IN"}.get(kind, now.topic.area)
        code = office.next_code(area, call)
        if position == 0:
            title = base
        elif again:
            title = previous.title if previous and draw(rng, 0.6) else f"{base} (resubmission)"
        elif draw(rng, 0.55):
            title = f"{base}{rng.choice(SUFFIXES)}"
        else:
            title = proposal_title(rng, now)
        earlier = previous.code if previous and previous.decision == "accepted" and draw(rng, 0.5) else ""
        confidential = kind == "proprietary" or draw(rng, office.dials.confidential * 0.3)
        request = _written_time(times[0][1], call.time_unit)
        proposal = Proposal(
            code=code,
            title=title,
            abstract=proposal_abstract(
                rng, now, chosen[0].name, request, earlier, previous.code if again and previous else ""
            ),
            kind=kind,
            subject=now,
            call=call,
            deposited=min(deposited, TODAY),
            decision=decision,
            confidential=confidential,
            dmp="yes" if call.number >= 2 * (2017 - FIRST_YEAR) and draw(rng, 0.5) else "",
            instruments=times,
            people=_team_of_proposal(rng, office, team, deposited, chosen[0], partner),
            line=line,
        )
        if decision == "accepted":
            _sessions(rng, office, proposal)
        found.append(proposal)
        previous = proposal
        spot += rng.choice((1, 1, 2, 2, 3))
