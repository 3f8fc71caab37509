"""OAI-PMH 2.0 over the written library: every verb, marcxml and oai_dc, date windows, sets, deleted records, paging."""

import base64
import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from puma.demo.world.marc import MARC_NS, OAI_NS, REPOSITORY

PAGE = 100
_DC = "http://purl.org/dc/elements/1.1/"
_OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
SETS = {
    "publications": "Publications", "archive": "Mirror of other repositories", "journal": "Journal articles",
    "contrib": "Contributions to proceedings", "phd": "Theses", "preprint": "Preprints", "contb": "Book chapters",
    "report": "Reports",
}  # fmt: skip
FORMATS = {
    "marcxml": ("http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd", MARC_NS),
    "oai_dc": ("http://www.openarchives.org/OAI/2.0/oai_dc.xsd", _OAI_DC),
}
_HEADER = re.compile(
    rb'<record><header(?P<deleted> status="deleted")?><identifier>(?P<id>[^<]+)</identifier><datestamp>(?P<stamp>[^<]+)'
    rb"</datestamp>(?P<sets>(?:<setSpec>[^<]+</setSpec>)*)"
)
ARGUMENTS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "Identify": (frozenset(), frozenset()),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"})),
    "ListSets": (frozenset(), frozenset({"resumptionToken"})),
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset()),
    "ListIdentifiers": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"})),
    "ListRecords": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"})),
}
"""Required and optional arguments of each verb."""


class OaiError(Exception):
    """An error condition of the protocol: its code and a sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Entry:
    identifier: str
    stamp: str
    sets: tuple[str, ...]
    deleted: bool
    file: int
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list request; a resumption token is this object, encoded, so that the server keeps no state."""

    metadataPrefix: str  # noqa: N815 - the protocol's own spelling
    since: str = ""
    until: str = ""
    set: str = ""
    position: int = 0

    def token(self) -> str:
        return base64.urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode()

    @classmethod
    def of(cls, token: str) -> "Wanted":
        try:
            return cls(**json.loads(base64.urlsafe_b64decode(token.encode())))
        except (ValueError, TypeError) as error:
            raise OaiError("badResumptionToken", "the resumption token is not one of ours") from error

    def includes(self, entry: Entry) -> bool:
        return (
            (not self.since or entry.stamp[: len(self.since)] >= self.since)
            and (not self.until or entry.stamp[: len(self.until)] <= self.until)
            and (not self.set or self.set in entry.sets)
        )


class Oai:
    """The repository in a folder of saved ListRecords responses with one record per line."""

    def __init__(self, folder: Path) -> None:
        self._files = sorted(folder.glob("records-*.xml"))
        self.entries: list[Entry] = []
        for number, path in enumerate(self._files):
            position = 0
            with path.open("rb") as file:
                for line in file:
                    found = _HEADER.match(line)
                    if found:
                        sets = tuple(re.findall(r"<setSpec>([^<]+)", found["sets"].decode()))
                        deleted = found["deleted"] is not None
                        identifier, stamp = found["id"].decode(), found["stamp"].decode()
                        self.entries.append(Entry(identifier, stamp, sets, deleted, number, position, len(line)))
                    position += len(line)

    def respond(self, query: str, address: str) -> bytes:
        """The response document to a query string; protocol errors are part of it."""
        pairs = parse_qsl(query, keep_blank_values=True)
        arguments = dict(pairs)
        shown = "".join(f" {key}={quoteattr(value)}" for key, value in arguments.items())
        try:
            if len(arguments) != len(pairs):
                raise OaiError("badArgument", "an argument is repeated")
            body = self._verb(arguments, address)
        except OaiError as error:
            if error.code in {"badVerb", "badArgument"}:
                shown = ""
            body = f'<error code="{error.code}">{escape(str(error))}</error>'
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="{OAI_NS}" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            f'xsi:schemaLocation="{OAI_NS} http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">'
            f"<responseDate>2026-06-30T00:00:00Z</responseDate><request{shown}>{escape(address)}</request>{body}</OAI-PMH>\n"
        ).encode()

    def _verb(self, arguments: dict[str, str], address: str) -> str:
        verb = arguments.get("verb", "")
        if verb not in ARGUMENTS:
            raise OaiError("badVerb", "the verb is missing or unknown")
        given = set(arguments) - {"verb"}
        required, optional = ARGUMENTS[verb]
        if verb in {"ListRecords", "ListIdentifiers"} and "resumptionToken" in given:
            if given != {"resumptionToken"}:
                raise OaiError("badArgument", "a resumption token excludes other arguments")
            return self._list(verb, Wanted.of(arguments["resumptionToken"]))
        if not required <= given or given - required - optional:
            raise OaiError("badArgument", f"{verb} needs {sorted(required)} and allows {sorted(optional)}")
        if verb == "Identify":
            return self._identify(address)
        if verb == "ListSets":
            if "resumptionToken" in given:
                raise OaiError("badResumptionToken", "the list of sets has one page")
            sets = (f"<set><setSpec>{key}</setSpec><setName>{name}</setName></set>" for key, name in SETS.items())
            return f"<ListSets>{''.join(sets)}</ListSets>"
        if verb == "ListMetadataFormats":
            if "identifier" in given:
                self._entry(arguments["identifier"])
            formats = (
                f"<metadataFormat><metadataPrefix>{key}</metadataPrefix><schema>{schema}</schema>"
                f"<metadataNamespace>{space}</metadataNamespace></metadataFormat>"
                for key, (schema, space) in FORMATS.items()
            )
            return f"<ListMetadataFormats>{''.join(formats)}</ListMetadataFormats>"
        if arguments["metadataPrefix"] not in FORMATS:
            raise OaiError("cannotDisseminateFormat", f"formats are {', '.join(FORMATS)}")
        if verb == "GetRecord":
            entry = self._entry(arguments["identifier"])
            return f"<GetRecord>{self._record(entry, arguments['metadataPrefix'])}</GetRecord>"
        since, until = _date(arguments.get("from", "")), _date(arguments.get("until", ""))
        if since and until and (len(since) != len(until) or since > until):
            raise OaiError("badArgument", "from and until differ in granularity or order")
        return self._list(verb, Wanted(arguments["metadataPrefix"], since, until, arguments.get("set", "")))

    def _identify(self, address: str) -> str:
        earliest = min((entry.stamp for entry in self.entries), default="2005-01-01T00:00:00Z")
        return (
            f"<Identify><repositoryName>EPNS Library</repositoryName><baseURL>{escape(address)}</baseURL>"
            f"<protocolVersion>2.0</protocolVersion><adminEmail>library@{REPOSITORY}</adminEmail>"
            f"<earliestDatestamp>{earliest}</earliestDatestamp><deletedRecord>persistent</deletedRecord>"
            "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
        )

    def _entry(self, identifier: str) -> Entry:
        for entry in self.entries:
            if entry.identifier == identifier:
                return entry
        raise OaiError("idDoesNotExist", "no record has this identifier")

    def _list(self, verb: str, wanted: Wanted) -> str:
        page: list[Entry] = []
        position = wanted.position
        while position < len(self.entries) and len(page) < PAGE:
            if wanted.includes(self.entries[position]):
                page.append(self.entries[position])
            position += 1
        if not page:
            raise OaiError("noRecordsMatch", "no record matches")
        more = next((True for entry in self.entries[position:] if wanted.includes(entry)), False)
        token = ""
        if more:
            following = Wanted(wanted.metadataPrefix, wanted.since, wanted.until, wanted.set, position)
            token = f"<resumptionToken>{following.token()}</resumptionToken>"
        elif wanted.position:
            token = "<resumptionToken/>"
        if verb == "ListIdentifiers":
            items = [_header(entry) for entry in page]
        else:
            items = [self._record(entry, wanted.metadataPrefix) for entry in page]
        return f"<{verb}>{''.join(items)}{token}</{verb}>"

    def _record(self, entry: Entry, prefix: str) -> str:
        with self._files[entry.file].open("rb") as file:
            file.seek(entry.start)
            line = file.read(entry.length).decode().rstrip("\n")
        if prefix == "marcxml" or entry.deleted:
            return line
        return f"<record>{_header(entry)}<metadata>{dublin_core(line)}</metadata></record>"


def _date(text: str) -> str:
    if not text:
        return ""
    for pattern in ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            datetime.strptime(text, pattern)
        except ValueError:
            continue
        return text
    raise OaiError("badArgument", f"{text!r} is not a UTC date")


def _header(entry: Entry) -> str:
    status = ' status="deleted"' if entry.deleted else ""
    sets = "".join(f"<setSpec>{one}</setSpec>" for one in entry.sets)
    identifier = f"<identifier>{entry.identifier}</identifier>"
    return f"<header{status}>{identifier}<datestamp>{entry.stamp}</datestamp>{sets}</header>"


def dublin_core(line: str) -> str:
    """The oai_dc form of a marcxml record: no affiliations, identifiers in no order."""
    marc = f"{{{MARC_NS}}}"
    root = ET.fromstring(line)

    def values(tag: str, code: str) -> list[str]:
        return [
            one.text or ""
            for field in root.iter(f"{marc}datafield")
            if field.get("tag") == tag
            for one in field.iter(f"{marc}subfield")
            if one.get("code") == code
        ]

    elements = [("title", one) for one in values("245", "a")]
    elements += [("creator", one) for tag in ("100", "700", "710") for one in values(tag, "a")]
    elements += [("subject", one) for one in values("653", "a")]
    elements += [("description", one) for one in values("520", "a")]
    elements += [("publisher", one) for one in values("260", "b")]
    elements += [("date", one) for one in values("260", "c")]
    elements += [("type", one) for one in values("980", "a")]
    elements += [("identifier", one) for one in [*values("856", "u"), *values("024", "a")] if "altmetric" not in one]
    elements += [("source", one) for one in values("773", "p")]
    inner = "".join(f"<dc:{name}>{escape(text)}</dc:{name}>" for name, text in elements if text)
    return f'<oai_dc:dc xmlns:oai_dc="{_OAI_DC}" xmlns:dc="{_DC}">{inner}</oai_dc:dc>'
