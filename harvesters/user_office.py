"""UserOfficeProject: calls, instruments and proposals with teams, beam time, sessions and visits, over its GraphQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field, field_validator

from harvesters._paging import by_skip
from harvesters._reading import Json, answer, child, count, objects, parsed, raw, saved_pages, text
from harvesters._user_office_claims import claims_of, everybody, own_key
from puma import harvesting
from puma.claims import Claim
from puma.errors import StopRun, TryLater
from puma.harvesting import ENVIRONMENT, Page, RawRecord, Visit, from_environment
from puma.harvesting.saved import Broken, json_records, saved_payloads

PERSON = "id firstname lastname preferredname institution institutionId country oidc_sub"
CALLS = "query { calls { id shortCode startCall endCall startCycle endCycle allocationTimeUnit } }"
INSTRUMENTS = "query { instruments { instruments { id name shortCode } } }"
INSTITUTIONS = "query { institutions { id name rorId country { value } } }"
TECHNIQUES = "query { techniques { techniques { name instruments { id } } } }"
PROPOSALS = """query ($first: Int, $offset: Int) { proposals(first: $first, offset: $offset) { totalCount proposals {
  primaryKey proposalId title abstract submitted submittedDate finalStatus notified managementDecisionSubmitted
  call { shortCode startCycle allocationTimeUnit }
  proposer { %(person)s } users { %(person)s }
  instruments { id name shortCode managementTimeAllocation } %(techniques)s %(requested)s
  experiments { experimentId startsAt endsAt status instrument { name shortCode }
    localContact { %(person)s } %(visits)s }
} } }"""
PICKER = "INSTRUMENT_PICKER"  # the kind of question whose answer says how much time is asked for


class Source(harvesting.Source):
    """Holds proposals whatever was decided, their teams with institutions (most with ROR), the beam time asked for and
    given, sessions, and who came to them. Lacks publications, ORCID iDs (unless people sign in with them), gender.

    A decision counts once management has confirmed it or the proposer was told; until then a proposal is undecided,
    and so known to the user office only. Drafts of proposals and sessions stay out. The unit of time is that of the
    call. The address is that of the GraphQL interface; the token needs the rights of a user officer.
    """

    token: str = Field(default="", description="env:NAME of the variable with the access token")
    ask_for: list[Literal["techniques", "requested_times", "visits", "emails"]] = Field(
        default=["techniques", "requested_times", "visits"],
        description="what older versions may not know, and e-mail addresses",
    )
    page_size: int = Field(default=50, ge=1, le=1000, description="proposals per answer")

    @field_validator("token")
    @classmethod
    def _no_secret(cls, token: str) -> str:
        if token and not token.startswith(ENVIRONMENT):
            raise ValueError('is a secret: write token = "env:NAME_OF_A_VARIABLE"')
        return token


# --- Asking ----------------------------------------------------------------------------------------------------------


def fetch(source: Source, visit: Visit) -> Iterator[Page]:
    """Calls, instruments, then pages of proposals, each with the institutions of its people."""
    if source.url is None:
        yield from _saved(source, visit)
        return
    beside = _Beside(_ask(source, visit, INSTITUTIONS))
    if "techniques" in source.ask_for:
        beside.learn(_ask(source, visit, TECHNIQUES))
    most = 0

    def ask(collection: str, skip: int) -> object:
        nonlocal most
        if collection != "proposals":
            found = _ask(source, visit, CALLS if collection == "calls" else INSTRUMENTS)
            return list(beside.wrapped(found))[skip:]
        found = _proposals(source, visit, source.page_size, skip)
        total = count(child(found, "proposals").get("totalCount")) or 0
        listed = list(beside.wrapped(found))
        if total < most or (not listed and skip < total):
            raise TryLater(f'Source "{source.name}": the list of proposals became shorter while it was read.')
        most = total
        return listed

    yield from by_skip(("calls", "instruments", "proposals"), ask, own_key, visit)


def _proposals(source: Source, visit: Visit, first: int, offset: int) -> dict[str, Any]:
    """One page of proposals. Where one of them cannot be answered, the others are asked for without it."""
    wanted = set(source.ask_for)
    query = PROPOSALS % {
        "person": f"{PERSON} email" if "emails" in wanted else PERSON,
        "techniques": "techniques { name }" if "techniques" in wanted else "",
        "requested": "questionary { steps { fields { question { dataType } value } } }"
        if "requested_times" in wanted
        else "",
        "visits": f"visit {{ registrations {{ status user {{ {PERSON} }} }} }}" if "visits" in wanted else "",
    }
    try:
        return _ask(source, visit, query, {"first": first, "offset": offset})
    except _OneFails as fault:
        if first == 1:
            return {"proposals": {"proposals": [{"failed": str(fault)[:200]}]}}
        half = first // 2
        parts = [_proposals(source, visit, half, offset), _proposals(source, visit, first - half, offset + half)]
        listed = [one for part in parts for one in objects(child(part, "proposals").get("proposals"))]
        totals = [count(child(part, "proposals").get("totalCount")) or 0 for part in parts]
        return {"proposals": {"totalCount": max(totals), "proposals": listed}}


class _OneFails(StopRun):
    """The service could not answer for one of the proposals of a page."""


def _ask(source: Source, visit: Visit, query: str, variables: Mapping[str, int] | None = None) -> dict[str, Any]:
    assert source.url is not None
    token = from_environment(source.token, f'source "{source.name}": token') if source.token else ""
    headers = {"Authorization": f"Bearer {token.removeprefix('Bearer ')}"} if token else None
    question = {"query": query, "variables": dict(variables or {})}
    found = answer(visit.transport.post(source.url, json=question, headers=headers), source.url)
    if not isinstance(found, dict):
        raise StopRun(f"{source.url} answered without data.")
    if fault := next(iter(objects(found.get("errors"))), None):
        words = text(fault.get("message"))[:300] or "an error without words"
        if isinstance(fault.get("path"), list) and fault["path"][:1] == ["proposals"] and len(fault["path"]) > 1:
            raise _OneFails(f"{source.url} answered: {words}")
        raise StopRun(f"{source.url} answered: {words}")
    if not child(found, "data"):
        raise StopRun(f"{source.url} answered without data.")
    return child(found, "data")


class _Beside:
    """What answers say of institutions and techniques, to be laid beside the proposals and instruments of others."""

    def __init__(self, found: Json) -> None:
        self._institutions: dict[str, dict[str, Any]] = {}
        self._techniques: dict[str, list[str]] = {}
        self.learn(found)

    def learn(self, found: Json) -> None:
        for one in _listed(found, "institutions"):
            self._institutions[text(one.get("id"))] = one
        for one in _listed(found, "techniques"):
            for instrument in objects(one.get("instruments")):
                self._techniques.setdefault(text(instrument.get("id")), []).append(text(one.get("name")))

    def wrapped(self, found: Json) -> Iterator[dict[str, Any]]:
        """The records of an answer, each with what belongs to it; of the questionary only the time asked for."""
        for call in _listed(found, "calls"):
            yield {"call": call}
        for instrument in _listed(found, "instruments"):
            yield {"instrument": {**instrument, "techniques": self._techniques.get(text(instrument.get("id")), [])}}
        for proposal in _listed(found, "proposals"):
            if "failed" in proposal:
                yield proposal
                continue
            kept = {name: value for name, value in proposal.items() if name != "questionary"}
            kept["requested"] = _picked(child(proposal, "questionary"))
            numbers = dict.fromkeys(text(one.get("institutionId")) for one in everybody(kept))
            known = [self._institutions[number] for number in numbers if number in self._institutions]
            yield {"proposal": kept, "institutions": known}


def _listed(found: Json, name: str) -> list[dict[str, Any]]:
    """The records under a name, with or without the wrapper that carries their total."""
    value = found.get(name)
    return objects(value.get(name) if isinstance(value, dict) else value)


def _picked(questionary: Json) -> list[dict[str, str]]:
    """[{instrument number, time asked for}] of the answers to the questions that pick instruments."""
    found = []
    for step in objects(questionary.get("steps")):
        for field in objects(step.get("fields")):
            if text(child(field, "question").get("dataType")) == PICKER:
                found += objects(field.get("value"))
    return [{"id": text(one.get("instrumentId")), "time": text(one.get("timeRequested"))} for one in found]


def _saved(source: Source, visit: Visit) -> Iterator[Page]:
    """The same of saved answers; institutions and techniques may lie in other files than what they belong to."""
    assert source.path is not None
    beside = _Beside({})
    for _, body in saved_payloads(source.path, broken=[]):
        for found in json_records(body, []):
            beside.learn(found)

    def cut(name: str, body: bytes, broken: Broken) -> Iterator[RawRecord]:
        for found in json_records(body, broken):
            for number, record in enumerate(beside.wrapped(found), start=1):
                yield raw(own_key(record) or f"{name}#{number}", record)

    yield from saved_pages(source, visit, cut)


def read(payload: bytes, source: Source) -> list[Claim]:
    """The claims of one call, instrument or proposal; none of a draft. Raises SkipRecord."""
    return claims_of(parsed(payload), source)
