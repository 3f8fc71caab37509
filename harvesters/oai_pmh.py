"""OAI-PMH 2.0, the protocol of library repositories: oai_dc and MARCXML, page by page, also from saved answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from lxml import etree
from pydantic import Field

from harvesters import _marcxml, _oai_dc
from harvesters._reading import LONGEST_KEY
from harvesters._xml import cut_out, is_html, local, parse_xml, text_of
from puma import harvesting
from puma.claims import Claim
from puma.errors import SkipRecord, StopRun, TryLater
from puma.harvest_plan import Answer, Decision, Progress, from_moment, next_step
from puma.harvesting import Page, RawRecord, Visit
from puma.harvesting.saved import saved_payloads
from puma.harvesting.transport import BadStatus

OAI = "{http://www.openarchives.org/OAI/2.0/}"
_TRIES = 2  # of a page that came cut or as a web page, before the run ends
_DAY = timedelta(days=1)  # every repository understands days; finer granules are optional


class Source(harvesting.Source):
    """Titles, persons, dates, identifiers, types; affiliations, beamlines and grants with MARCXML only.

    Lacks: proposals unless the library keeps them as grants (JOIN2), citations, and in oai_dc affiliations. Deletions
    are known only where the repository announces them.
    """

    metadata_prefix: str = Field(default="oai_dc", description="format to ask for: oai_dc or the name of its MARCXML")
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
    if root.tag != f"{OAI}record":
        return _marcxml.claims(root, _marcxml.own_key(root), source)
    metadata = root.find(f"{OAI}metadata")
    found = next((child for child in metadata if isinstance(child.tag, str)), None) if metadata is not None else None
    if found is None:
        raise SkipRecord("it has no metadata")
    if _oai_dc.is_mine(found):
        return _oai_dc.claims(found, _key(root), source)
    if _marcxml.is_mine(found):
        return _marcxml.claims(found, _key(root), source)
    raise SkipRecord(f"its format {found.tag} is not read")


def _asked(source: Source, visit: Visit) -> Iterator[Page]:
    cursor = dict(visit.cursor or {})
    if cursor.get("done"):
        return
    moment = from_moment(visit.since, visit.now, _DAY)
    first: str = cursor["from"] if cursor else moment.date().isoformat() if moment else ""
    token: str = cursor.get("token", "")
    progress = Progress(cursor.get("read", 0), cursor.get("total"))
    seen: set[str] = set()
    while True:
        root = _answer(source, visit, _question(source, first, token))
        found = list(root.iterfind(f"{OAI}ListRecords/{OAI}record"))
        answer = _summary(root, found)
        decision = next_step(progress, answer, seen, asked_with=token, trust_total=source.trust_total)
        _raise_unless_good(source, decision, root)
        seen.update((token, answer.mark))
        progress, token = decision.progress, answer.token
        if decision.step == "start again":
            seen.clear()
            continue
        records, skipped = _cut(found)
        after: dict[str, Any] = {"from": first, "token": token, "read": progress.read, "total": progress.total}
        if decision.step == "done":
            after["done"] = True
        yield Page(records, after, progress.total, skipped)
        if decision.step == "done":
            return


def _question(source: Source, first: str, token: str) -> dict[str, str]:
    if token:
        return {"verb": "ListRecords", "resumptionToken": token}
    asked = {"verb": "ListRecords", "metadataPrefix": source.metadata_prefix, "set": source.set, "from": first}
    return {name: value for name, value in asked.items() if value}


def _answer(source: Source, visit: Visit, question: Mapping[str, str]) -> etree._Element:
    """The root of an OAI-PMH answer. Raises TryLater for a web page, StopRun for what is cut or something else."""
    assert source.url is not None
    for attempt in range(_TRIES):
        try:
            body = visit.transport.get(source.url, question)
        except BadStatus as bad:
            if b"<OAI-PMH" not in bad.body:  # some repositories send the protocol's errors with an error status
                raise
            body = bad.body
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


def _summary(root: etree._Element, found: list[etree._Element]) -> Answer:
    token = root.find(f"{OAI}ListRecords/{OAI}resumptionToken")
    size = (token.get("completeListSize") or "").strip() if token is not None else ""
    errors = tuple(error.get("code") or "an unnamed error" for error in root.iterfind(f"{OAI}error"))
    if not errors and root.find(f"{OAI}ListRecords") is None:
        errors = ("neither records nor an error",)
    return Answer(
        count=len(found),
        token=text_of(token).strip(),
        total=int(size[:15]) if size.isascii() and size.isdigit() else None,
        mark=" ".join(_key(record) for record in found),
        errors=errors,
    )


def _raise_unless_good(source: Source, decision: Decision, root: etree._Element) -> None:
    if decision.step not in ("stop", "try later"):
        return
    said = "; ".join(" ".join(text_of(error).split()) for error in root.iterfind(f"{OAI}error"))[:300]
    sentence = f'Source "{source.name}" {decision.reason}{f" ({said})" if said else ""}.'
    raise TryLater(sentence) if decision.step == "try later" else StopRun(sentence)


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
    """Records of a saved answer, of OAI records without envelope, of MARCXML. Raises SkipRecord for anything else."""
    found = list(root.iter(f"{OAI}record"))
    if found:
        return _cut(found)
    if root.tag.startswith(OAI):
        errors = ", ".join(error.get("code") or "" for error in root.iterfind(f"{OAI}error"))
        raise SkipRecord(f"an answer with the error {errors}" if errors else "an answer that holds no records")
    found = _marcxml.records_in(root)
    if not found:
        raise SkipRecord(f"neither an OAI-PMH answer nor MARCXML but {root.tag}")
    return _cut(found)


def _cut(found: list[etree._Element]) -> tuple[tuple[RawRecord, ...], tuple[tuple[str, str], ...]]:
    """Raw records of one page, and those that cannot be told apart, with the reason."""
    records: dict[str, RawRecord] = {}
    skipped = []
    for number, element in enumerate(found, start=1):
        is_oai = element.tag == f"{OAI}record"
        key = _key(element) if is_oai else _marcxml.own_key(element)
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
