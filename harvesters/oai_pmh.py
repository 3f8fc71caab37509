"""OAI-PMH 2.0, the protocol of libraries, repositories and research information systems, also from saved answers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Protocol

from lxml import etree
from pydantic import Field

from harvesters import _cerif, _datacite_xml, _marcxml, _mods, _oai_dc
from harvesters._reading import LONGEST_KEY
from harvesters._xml import cut_out, is_html, local, parse_xml, text_of
from puma import harvesting
from puma.claims import Claim
from puma.errors import SkipRecord, StopRun, TryLater
from puma.harvest_plan import Answer, Decision, Plan, decide, plan_of
from puma.harvesting import Page, RawRecord, Visit
from puma.harvesting.saved import saved_payloads
from puma.harvesting.transport import BadStatus

OAI = "{http://www.openarchives.org/OAI/2.0/}"
_TRIES = 2  # of a page that came cut or as a web page, before the run ends
_DATED = re.compile(r"\s*[12]\d{3}-[01]\d-[0-3]\d")  # a datestamp that a window of days can hold


class Format(Protocol):
    """A metadata format: a module with these two names."""

    def own_key(self, record: etree._Element, /) -> str: ...

    def claims(self, record: etree._Element, key: str, source: harvesting.Source, /) -> list[Claim]: ...


FORMATS: dict[str, Format] = {
    **dict.fromkeys(("dc", "qualifieddc", "rioxx", "metadata"), _oai_dc),  # metadata: of DSpace's xoai
    "record": _marcxml,
    "mods": _mods,
    **dict.fromkeys(("oai_datacite", "resource"), _datacite_xml),
    **dict.fromkeys((*_cerif.READERS, *_cerif.NOT_KEPT), _cerif),
}
"""Root element of a record -> its format; what the repository calls the format does not matter."""


class Source(harvesting.Source):
    """Titles, persons, dates, identifiers, types; how much else depends on the format that is asked for.

    oai_dc and qualified Dublin Core: no affiliations. MARCXML: affiliations, and with JOIN2 beamlines, grants and
    proposals. MODS: affiliations, funders, hosts. oai_datacite: datasets with ORCID iDs and relations. CERIF-XML
    (oai_cerif_openaire): works, persons, institutions, proposals, calls, instruments. Citations are in none of them,
    and deletions only where the repository announces them.
    """

    metadata_prefix: str = Field(
        default="oai_dc", description="the repository's name of the format: oai_dc, marcxml, mods, oai_datacite ..."
    )
    set: str = Field(default="", description="the repository's set to read; empty: everything")
    trust_total: bool = Field(
        default=True, description="a list that ends before its announced total stops the run; false: totals are wrong"
    )


def fetch(source: Source, visit: Visit) -> Iterator[Page]:
    """Pages of ListRecords, or of the saved files, in the source's order."""
    return _asked(source, visit) if source.url else _saved(source, visit)


def read(payload: bytes, source: Source) -> list[Claim]:
    """The claims of one record: of its metadata, in whatever format it is."""
    root = parse_xml(payload)
    is_oai = root.tag == f"{OAI}record"
    found = root.find(f"{OAI}metadata/*") if is_oai else root
    if found is None:
        raise SkipRecord("it has no metadata")
    if local(found) not in FORMATS:
        raise SkipRecord(f"its format {found.tag} is not read")
    format_ = FORMATS[local(found)]
    return format_.claims(found, _key(root) if is_oai else format_.own_key(found), source)


def _asked(source: Source, visit: Visit) -> Iterator[Page]:
    """Pages of each window's list; a list that is begun anew gives again what the run has met already.

    Memory: a number of eight bytes for each record of the list, to know those that come twice.
    """
    plan = plan_of(visit.cursor, visit.since, visit.now)
    seen: set[str] = set()
    met: set[int] = set()
    while plan.windows:
        root = _answer(source, visit, plan)
        found = list(root.iterfind(f"{OAI}ListRecords/{OAI}record"))
        keys = [hash(_key(record)) for record in found]
        answer = _summary(root, found, sum(key in met for key in keys))
        decision = decide(plan, answer, seen, today=visit.now.date(), trust_total=source.trust_total)
        if decision.step in ("stop", "try later"):
            if decision.anew:
                yield Page((), decision.plan.as_cursor())
            raise _ended(source, decision, root)
        total = plan.promised or answer.total or plan.progress.total
        if decision.plan.token:
            seen.update((plan.token, answer.mark))
            met.update(keys)
        else:
            seen.clear()
            met.clear()
        plan = decision.plan
        if decision.step != "start again":
            records, skipped = _cut(found)
            yield Page(records, plan.as_cursor(), total, skipped)


def _question(source: Source, plan: Plan) -> dict[str, str]:
    if plan.token:
        return {"verb": "ListRecords", "resumptionToken": plan.token}
    window = plan.windows[0]
    asked = {
        "verb": "ListRecords",
        "metadataPrefix": source.metadata_prefix,
        "set": source.set,
        "from": window.first.isoformat() if window.first else "",
        "until": window.last.isoformat() if window.last else "",
    }
    return {name: value for name, value in asked.items() if value}


def _answer(source: Source, visit: Visit, plan: Plan) -> etree._Element:
    """The root of an OAI-PMH answer. Raises TryLater for a web page, StopRun for what is cut or something else."""
    assert source.url is not None
    for attempt in range(_TRIES):
        try:
            body = visit.transport.get(source.url, _question(source, plan))
        except BadStatus as bad:
            if b"<OAI-PMH" in bad.body:  # some repositories send the protocol's errors with an error status
                body = bad.body
            elif plan.resumed and plan.token:  # and some forget an old token without a word of the protocol
                return etree.Element(f"{OAI}OAI-PMH")
            else:
                raise
        try:
            root = parse_xml(body)
        except SkipRecord as error:
            if attempt + 1 < _TRIES:
                continue
            if is_html(body):
                raise TryLater(f'Source "{source.name}" sent a web page in place of an OAI-PMH answer.') from None
            raise StopRun(f'Source "{source.name}" sent a page that cannot be trusted: {error}.') from None
        if root.tag == f"{OAI}OAI-PMH":
            return root
        if is_html(body):
            raise TryLater(f'Source "{source.name}" sent a web page in place of an OAI-PMH answer.')
        raise StopRun(f'Source "{source.name}" sent something else than an OAI-PMH answer: {local(root)}.')
    raise AssertionError("the loop above returns or raises")


def _summary(root: etree._Element, found: list[etree._Element], again: int) -> Answer:
    token = root.find(f"{OAI}ListRecords/{OAI}resumptionToken")
    size = (token.get("completeListSize") or "").strip() if token is not None else ""
    errors = tuple(error.get("code") or "an unnamed error" for error in root.iterfind(f"{OAI}error"))
    if not errors and root.find(f"{OAI}ListRecords") is None:
        errors = ("neither records nor an error",)
    return Answer(
        count=len(found),
        token=text_of(token).strip(),
        total=int(size[:15]) if size.isascii() and size.isdigit() else None,
        mark=hashlib.sha256("\n".join(_key(record) for record in found).encode()).hexdigest() if found else "",
        errors=errors,
        again=again,
        undated=sum(not _DATED.match(text_of(record.find(f"{OAI}header/{OAI}datestamp"))) for record in found),
    )


def _ended(source: Source, decision: Decision, root: etree._Element) -> TryLater | StopRun:
    said = "; ".join(" ".join(text_of(error).split()) for error in root.iterfind(f"{OAI}error"))[:300]
    sentence = f'Source "{source.name}" {decision.reason}{f" ({said})" if said else ""}.'
    return TryLater(sentence) if decision.step == "try later" else StopRun(sentence)


def _saved(source: Source, visit: Visit) -> Iterator[Page]:
    """One page for each saved file; a file that cannot be read is skipped with its reason."""
    assert source.path is not None
    broken: list[tuple[str, str]] = []
    after = (visit.cursor or {}).get("file")
    for name, body in saved_payloads(source.path, after=after, broken=broken, max_mb=source.max_answer_mb):
        try:
            records, skipped = _records_of(parse_xml(body))
        except SkipRecord as error:
            records, skipped = (), ((name, str(error)),)
        yield Page(records, {"file": name}, skipped=(*broken, *skipped))
        broken.clear()
    if broken:
        yield Page((), {"file": broken[-1][0]}, skipped=tuple(broken))


def _records_of(root: etree._Element) -> tuple[tuple[RawRecord, ...], tuple[tuple[str, str], ...]]:
    """Records of a saved answer, or of the formats without envelope. Raises SkipRecord for anything else."""
    found = list(root.iter(f"{OAI}record"))
    if found:
        return _cut(found)
    if root.tag.startswith(OAI):
        errors = ", ".join(error.get("code") or "" for error in root.iterfind(f"{OAI}error"))
        raise SkipRecord(f"an answer with the error {errors}" if errors else "an answer that holds no records")
    outer = [root] if local(root) in FORMATS else list(root)
    found = _marcxml.records_in(root) or [one for one in outer if local(one) in FORMATS]
    if not found:
        raise SkipRecord(f"neither an OAI-PMH answer nor a record of a known format but {root.tag}")
    return _cut(found)


def _cut(found: list[etree._Element]) -> tuple[tuple[RawRecord, ...], tuple[tuple[str, str], ...]]:
    """Raw records of one page, and those that cannot be told apart, with the reason."""
    records: dict[str, RawRecord] = {}
    skipped = []
    for number, element in enumerate(found, start=1):
        is_oai = element.tag == f"{OAI}record"
        key = _key(element) if is_oai else FORMATS[local(element)].own_key(element)
        if not key or len(key) > LONGEST_KEY:
            skipped.append((f"record {number}", "its identifier is too long" if key else "it has no identifier"))
        elif key in records:
            skipped.append((key, f"record {number} has the identifier of an earlier one on the same page"))
        else:
            deleted = _is_deleted(element) if is_oai else _marcxml.is_deleted(element)
            records[key] = RawRecord(key, _payload(element), deleted)
    return tuple(records.values()), tuple(skipped)


def _payload(element: etree._Element) -> bytes:
    """The record without its datestamp, which some repositories set to today: only content says that it changed."""
    header = element.find(f"{OAI}header")
    stamp = header.find(f"{OAI}datestamp") if header is not None else None
    if header is not None and stamp is not None:
        header.remove(stamp)
    return cut_out(element)


def _key(record: etree._Element) -> str:
    return " ".join(text_of(record.find(f"{OAI}header/{OAI}identifier")).split())


def _is_deleted(record: etree._Element) -> bool:
    """By the header, or by the MARC record inside: some libraries keep a record that says it is deleted."""
    header = record.find(f"{OAI}header")
    if header is not None and header.get("status") == "deleted":
        return True
    metadata = record.find(f"{OAI}metadata")
    return metadata is not None and any(_marcxml.is_deleted(child) for child in metadata if _marcxml.is_mine(child))
