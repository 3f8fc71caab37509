"""ICAT: investigations, instruments and data publications of a data catalogue, from its interface or from dumps."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from harvesters._icat_claims import claims_of
from harvesters._icat_dump import dumped, is_xml, is_yaml
from harvesters._reading import Json, answer, child, count, objects, parsed, raw, saved_pages, text
from puma import harvesting
from puma.claims import Claim
from puma.errors import SkipRecord, StopRun
from puma.harvesting import ENVIRONMENT, Page, RawRecord, Visit, from_environment
from puma.harvesting.saved import Broken, json_records
from puma.harvesting.transport import BadStatus

Collection = Literal["Instrument", "Investigation", "DataPublication"]
QUERIES: dict[str, str] = {
    "Instrument": "o.facility",
    "Investigation": "o.facility, o.type, o.investigationUsers AS iu, iu.user, o.investigationInstruments AS ii, "
    "ii.instrument, o.shifts, o.keywords, o.publications, o.parameters AS p, p.type, o.samples AS s, s.type, "
    "s.parameters AS sp, sp.type",
    "DataPublication": "o.facility, o.type, o.users AS u, u.user, u.affiliations, o.dates, o.relatedItems, "
    "o.fundingReferences AS f, f.funding, o.content AS c, c.dataCollectionInvestigations AS ci, ci.investigation AS i, "
    "i.investigationInstruments AS ii, ii.instrument, c.dataCollectionDatasets AS cd, cd.dataset AS d, "
    "d.investigation AS di, di.investigationInstruments AS dii, dii.instrument, d.datasetTechniques AS dt, "
    "dt.technique, c.parameters AS cp, cp.type, d.parameters AS dp, dp.type, d.sample AS s, s.type, "
    "s.parameters AS sp, sp.type",
}
FUNDING = ", o.fundingReferences AS f, f.funding"  # of an investigation; since ICAT 5


class Source(harvesting.Source):
    """Holds investigations (a visit of a proposal) with teams, instruments, shifts, funding and the publications that
    people entered, and data publications with creators, related items and, out of parameters and samples, wavelength,
    energy, temperature and formula. Lacks refused proposals, beam time asked
    for, and the remote or on-site mode of visitors. Datasets without a publication of their own are left alone.

    The name of an investigation is the proposal's code and its visit the experiment's, unless ``proposal_pattern``
    says otherwise. A publication's reference is free text: a DOI is taken out of it; year and title only where they
    are beyond doubt. Commercial investigations become confidential proposals. The address is that of the server's REST
    interface, https://icat.example.org/icat; ``path``: its answers, or dumps of python-icat (XML or YAML).
    """

    collections: list[Collection] = Field(
        default=["Instrument", "Investigation", "DataPublication"], description="what to ask for"
    )
    version: int = Field(default=5, ge=4, description="of the server; before 5 it has no funding or data publications")
    proposal_pattern: str = Field(
        default=r"^(?P<proposal>[^|]+)", description='regular expression with a group proposal, for "name|visit"'
    )
    session: str = Field(default="", description="env:NAME of the variable with the number of a session")
    sign_in: str = Field(default="", description="address of an ICAT+ that signs in; else the server does")
    plugin: str = Field(default="db", description="which of the server's ways of signing in")
    username: str = Field(default="", description="account to sign in with; one that may only read")
    password: str = Field(default="", description="env:NAME of the variable with its password")
    page_size: int = Field(default=100, ge=1, le=1000, description="records per answer")

    @field_validator("session", "password")
    @classmethod
    def _no_secret(cls, value: str) -> str:
        if value and not value.startswith(ENVIRONMENT):
            raise ValueError('is a secret: write "env:NAME_OF_A_VARIABLE"')
        return value

    @field_validator("proposal_pattern")
    @classmethod
    def _has_a_proposal(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groupindex
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from None
        if "proposal" not in groups:
            raise ValueError("has no group (?P<proposal>...)")
        return pattern

    @model_validator(mode="after")
    def _a_way_in(self) -> Source:
        if self.url is not None and bool(self.session) == bool(self.username):
            raise ValueError("give either session, or username and password")
        return self


# --- Asking ----------------------------------------------------------------------------------------------------------


def fetch(source: Source, visit: Visit) -> Iterator[Page]:
    """Pages of objects in the order of their numbers, one kind after the other."""
    if source.url is None:
        yield from saved_pages(source, visit, cut)
        return
    wanted = [kind for kind in source.collections if source.version >= 5 or kind != "DataPublication"]
    place = visit.cursor or {"collection": next(iter(wanted), ""), "after": -1}
    start = wanted.index(place["collection"]) if place["collection"] in wanted else len(wanted)
    catalogue = _Catalogue(source, visit)
    for kind in wanted[start:]:
        after = int(place["after"]) if kind == place["collection"] else -1
        while found := catalogue.ask(kind, after):
            numbers = [count(child(one, kind).get("id")) for one in found]
            last = max((number for number in numbers if number is not None), default=None)
            if last is None or last <= after:
                raise StopRun(f"{source.url} sends the same {kind} again and again.")
            after = last
            records = tuple(raw(own_key(one) or f"{kind} {n}", one) for n, one in zip(numbers, found, strict=True))
            yield Page(records, {"collection": kind, "after": after})


class _Catalogue:
    """The server, and the session that it is asked in; one that has run out is opened again."""

    def __init__(self, source: Source, visit: Visit) -> None:
        self._source = source
        self._visit = visit
        self._session = self._open()

    def _open(self) -> str:
        source, option = self._source, f'source "{self._source.name}"'
        if source.session:
            return from_environment(source.session, f"{option}: session")
        password = from_environment(source.password, f"{option}: password") if source.password else ""
        post, where = self._visit.transport.post, source.sign_in or f"{str(source.url).rstrip('/')}/session"
        if source.sign_in:
            body = post(where, json={"plugin": source.plugin, "username": source.username, "password": password})
        else:  # the server wants the account as JSON within a form
            credentials = [{"username": source.username}, {"password": password}]
            body = post(where, form={"json": json.dumps({"plugin": source.plugin, "credentials": credentials})})
        found = answer(body, where)
        session = text(found.get("sessionId")) if isinstance(found, dict) else ""
        if not session:
            raise StopRun(f"{where} gives no session.")
        return session

    def ask(self, kind: str, after: int) -> list[dict[str, Any]]:
        """The next objects of a kind behind a number."""
        source = self._source
        where = f"{str(source.url).rstrip('/')}/entityManager"
        include = QUERIES[kind] + (FUNDING if kind == "Investigation" and source.version >= 5 else "")
        query = (
            f"SELECT o FROM {kind} o WHERE o.id > {after} ORDER BY o.id LIMIT 0, {source.page_size} INCLUDE {include}"
        )
        try:
            body = self._visit.transport.get(where, {"sessionId": self._session, "query": query})
        except BadStatus as bad:
            if bad.status not in (401, 403) or source.session:
                raise
            self._session = self._open()
            body = self._visit.transport.get(where, {"sessionId": self._session, "query": query})
        found = answer(body, where)
        if not isinstance(found, list):
            raise StopRun(f"{where} answered without a list.")
        return objects(found)


def cut(name: str, body: bytes, broken: Broken) -> Iterator[RawRecord]:
    """Objects of a saved answer, or of a dump."""
    if is_xml(body) or is_yaml(name, body):
        try:
            found = list(dumped(name, body))
        except SkipRecord as reason:
            broken.append(("dump", str(reason)))
            return
    else:
        found = list(json_records(body, broken))
    for number, one in enumerate(found, start=1):
        yield raw(own_key(one) or f"{name}#{number}", one)


def own_key(record: Json) -> str:
    """Kind and natural key of an object: the same in the interface and in every dump."""
    for kind, names in (
        ("Investigation", ("name", "visitId")),
        ("DataPublication", ("pid",)),
        ("Instrument", ("name",)),
    ):
        if inner := child(record, kind):
            words = [text(child(inner, "facility").get("name")), *(text(inner.get(name)) for name in names)]
            return f"{kind} {'/'.join(words)}" if words[1] else ""
    return ""


def read(payload: bytes, source: Source) -> list[Claim]:
    """The claims of one investigation, data publication or instrument. Raises SkipRecord."""
    return claims_of(parsed(payload), source.proposal_pattern, source)
