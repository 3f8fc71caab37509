"""What UserOfficeProject's calls, instruments and proposals claim."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from harvesters._reading import Json, child, country, day, left_over, moment, objects, text, year
from puma.claims import Claim, Key
from puma.errors import SkipRecord
from puma.harvesting import Source
from puma.identifiers import clean_orcid, clean_ror, fold_code
from puma.names import fold

DECISIONS = {"ACCEPTED": "accepted", "RESERVED": "reserve", "REJECTED": "refused", "1": "accepted", "2": "reserve"}
DECISIONS |= {"3": "refused"}
UNITS = ("hour", "shift", "day", "week")
WAS_NOT_THERE = frozenset(("DRAFTED", "DISAPPROVED", "CANCELLED_BY_USER", "CANCELLED_BY_FACILITY"))
READ = {
    "call": frozenset(("id", "shortCode", "startCall", "endCall", "startCycle", "endCycle", "allocationTimeUnit")),
    "instrument": frozenset(("id", "name", "shortCode", "techniques")),
    "proposal": frozenset(
        (
            "primaryKey", "proposalId", "title", "abstract", "submitted", "submittedDate", "finalStatus", "notified",
            "managementDecisionSubmitted", "call", "proposer", "users", "instruments", "techniques", "requested",
            "experiments",
        )
    ),
}  # fmt: skip


def claims_of(record: Json, source: Source) -> list[Claim]:
    """The claims of one call, instrument or proposal; none of a draft. Raises SkipRecord."""
    if failed := text(record.get("failed")):
        raise SkipRecord(failed)
    if not source.facility:
        raise SkipRecord("the source names no facility")
    if call := child(record, "call"):
        return [_call(call, source)]
    if instrument := child(record, "instrument"):
        return [_instrument(instrument, source)]
    proposal = child(record, "proposal")
    if not proposal:
        raise SkipRecord("it is neither a call, nor an instrument or a proposal")
    if proposal.get("submitted") is False:
        return []
    places = {text(one.get("id")): one for one in objects(record.get("institutions"))}
    return list(_proposal(proposal, places, source))


def own_key(record: Json) -> str:
    """Kind and number of a record."""
    for kind, name in (("call", "id"), ("instrument", "id"), ("proposal", "primaryKey")):
        if number := text(child(record, kind).get(name)):
            return f"{kind} {number}"
    return ""


def everybody(proposal: Json) -> Iterator[dict[str, Any]]:
    """All people that a proposal names, but for those who did not come."""
    yield from objects(proposal.get("proposer"))
    yield from objects(proposal.get("users"))
    for session in objects(proposal.get("experiments")):
        yield from objects(session.get("localContact"))
        yield from _visitors(session)


def _visitors(session: Json) -> Iterator[dict[str, Any]]:
    for one in objects(child(session, "visit").get("registrations")):
        if text(one.get("status")) not in WAS_NOT_THERE:
            yield from objects(one.get("user"))


def _call(call: Json, source: Source) -> Claim:
    code = text(call.get("shortCode"))
    if not fold(code):
        raise SkipRecord("the call has no short code")
    values = {
        "facility": source.facility,
        "code": code,
        "opens_on": day(call.get("startCall")),
        "closes_on": day(call.get("endCall")),
        "cycle_starts_on": day(call.get("startCycle")),
        "cycle_ends_on": day(call.get("endCycle")),
        "time_unit": _unit(call),
    }
    return Claim("call", (("code", f"{source.facility}/{fold_code(code)}"),), values, left_over(call, READ["call"]))


def _instrument(instrument: Json, source: Source) -> Claim:
    name, label = _name(instrument), text(instrument.get("name"))
    if not fold(name):
        raise SkipRecord("the instrument has no name")
    techniques = [word for word in instrument.get("techniques") or [] if word]
    values = {"facility": source.facility, "name": name, "label": label, "techniques": techniques}
    keys = (("name", f"{source.facility}/{fold(label or name)}"),)
    return Claim("instrument", keys, values, left_over(instrument, READ["instrument"]))


def _proposal(proposal: Json, places: Mapping[str, Json], source: Source) -> Iterator[Claim]:
    code = text(proposal.get("proposalId"))
    if not fold_code(code):
        raise SkipRecord("the proposal has no code")
    call = child(proposal, "call")
    proposer = objects(proposal.get("proposer"))
    sessions = [one for one in objects(proposal.get("experiments")) if text(one.get("status")) != "DRAFT"]
    contacts = [one for session in sessions for one in objects(session.get("localContact"))]
    team = [(one, "proposer") for one in proposer]
    team += [(one, "co_proposer") for one in objects(proposal.get("users")) if one not in proposer]
    team += [(one, "local_contact") for one in contacts]
    decided = proposal.get("managementDecisionSubmitted") or proposal.get("notified")
    values = {
        "facility": source.facility,
        "code": code,
        "title": text(proposal.get("title")),
        "abstract": text(proposal.get("abstract")),
        "call_code": text(call.get("shortCode")),
        "deposited_on": day(proposal.get("submittedDate")),
        "operation_year": year(call.get("startCycle")),
        "decision": DECISIONS.get(text(proposal.get("finalStatus"))) if decided else None,
        "techniques": list(dict.fromkeys(text(one.get("name")) for one in objects(proposal.get("techniques")))),
        "times": list(_times(proposal, _unit(call))),
        "participants": list(_participants(team, places, source)),
    }
    key = f"{source.facility}/{fold_code(code)}"
    keys: tuple[Key, ...] = (("code", key), ("source", f"{source.name}:{own_key({'proposal': proposal}) or code}"))
    yield Claim("proposal", keys, values, left_over(proposal, READ["proposal"]))
    for session in sessions:
        yield from _session(session, code, source)
    people = {text(one.get("id")): one for one in everybody({**proposal, "experiments": sessions})}
    yield from (person for one in people.values() if (person := _person(one, source)))


def _times(proposal: Json, unit: str | None) -> Iterator[dict[str, Any]]:
    asked = {text(one.get("id")): one.get("time") for one in objects(proposal.get("requested"))}
    for one in objects(proposal.get("instruments")):
        if name := _name(one):
            requested = _amount(asked.get(text(one.get("id"))))
            allocated = _amount(one.get("managementTimeAllocation"))
            yield {"instrument": name, "requested": requested, "allocated": allocated, "unit": unit}


def _amount(value: object) -> float | None:
    """A finite number from 0 on."""
    try:
        amount = float(text(value))
    except ValueError:
        return None
    return amount if math.isfinite(amount) and amount >= 0 else None


def _participants(
    team: Iterable[tuple[dict[str, Any], str]], places: Mapping[str, Json], source: Source
) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for one, role in team:
        person = _person(one, source)
        if person is None or text(one.get("id")) in seen:
            continue
        seen.add(text(one.get("id")))
        place = places.get(text(one.get("institutionId")), {})
        yield {
            "person": list(person.keys[0]),
            "name": ", ".join(word for word in (person.values["family_name"], person.values["given_name"]) if word),
            "role": role,
            "affiliation": text(one.get("institution")) or text(place.get("name")),
            "ror": clean_ror(text(place.get("rorId"))),
            "country": country(text(child(place, "country").get("value")) or text(one.get("country"))),
        }


def _person(one: Json, source: Source) -> Claim | None:
    number, family, given = text(one.get("id")), text(one.get("lastname")), text(one.get("firstname"))
    if not number or not (family or given):
        return None
    orcid, preferred = clean_orcid(text(one.get("oidc_sub"))), text(one.get("preferredname"))
    email = text(one.get("email"))
    values = {
        "family_name": family or given,
        "given_name": given if family else None,
        "orcid": orcid,
        "email": email if "@" in email else None,
        "names": [f"{family}, {preferred}"] if family and preferred and preferred != given else [],
        "user": True,
    }
    keys: tuple[Key, ...] = (("source", f"{source.name}:{number}"), *((("orcid", orcid),) if orcid else ()))
    return Claim("person", keys, values)


def _session(session: Json, proposal: str, source: Source) -> Iterator[Claim]:
    code = text(session.get("experimentId"))
    if not fold_code(code):
        return
    starts, ends = moment(session.get("startsAt")), moment(session.get("endsAt"))
    hours = None
    if starts and ends and ends > starts:
        hours = (datetime.fromisoformat(ends) - datetime.fromisoformat(starts)).total_seconds() / 3600
    present = [person for one in _visitors(session) if (person := _person(one, source))]
    values = {
        "facility": source.facility,
        "code": code,
        "proposal_code": proposal,
        "instrument_name": _name(child(session, "instrument")),
        "starts_at": starts,
        "ends_at": ends,
        "allocated_hours": hours,
        "delivered_hours": hours if text(session.get("status")) == "COMPLETED" else None,
        "participants": [{"person": list(person.keys[0]), "mode": "on-site"} for person in present],
    }
    yield Claim("experiment", (("code", f"{source.facility}/{fold_code(code)}"),), values)


def _name(instrument: Json) -> str:
    """The short code under which people know it, else its name."""
    return text(instrument.get("shortCode")) or text(instrument.get("name"))


def _unit(call: Json) -> str | None:
    unit = text(call.get("allocationTimeUnit")).lower()
    return unit if unit in UNITS else None
