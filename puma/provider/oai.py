"""OAI-PMH 2.0: the six verbs over what was announced, in oai_dc and CERIF-XML of the OpenAIRE profile."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from lxml import etree
from sqlalchemy import select

from puma.cerif import NAMES, NAMESPACE, SCHEMA, WRITERS, legal, service
from puma.entities import Facility
from puma.provider.announced import Announced, Span, Told
from puma.provider.asked import List, OaiError, arguments, list_of, list_of_token
from puma.provider.contents import Row, rows
from puma.provider.dublin import OAI_DC, WORKS, dublin_core
from puma.provider.dublin import SCHEMA as DC_SCHEMA
from puma.settings import Settings
from puma.storage import Storage, now

OAI = "http://www.openarchives.org/OAI/2.0/"
IDENTIFIER = "http://www.openarchives.org/OAI/2.0/oai-identifier"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SETS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "openaire_cris_publications": ("OpenAIRE_CRIS_publications", ("publication",)),
    "openaire_cris_products": ("OpenAIRE_CRIS_products", ("dataset",)),
    "openaire_cris_patents": ("OpenAIRE_CRIS_patents", ()),
    "openaire_cris_persons": ("OpenAIRE_CRIS_persons", ("person",)),
    "openaire_cris_orgunits": ("OpenAIRE_CRIS_orgunits", ("institution", "facility")),
    "openaire_cris_projects": ("OpenAIRE_CRIS_projects", ("proposal",)),
    "openaire_cris_funding": ("OpenAIRE_CRIS_funding", ()),
    "openaire_cris_events": ("OpenAIRE_CRIS_events", ()),
    "openaire_cris_equipments": ("OpenAIRE_CRIS_equipments", ("instrument",)),
}
"""The sets that the guidelines fix -> their names and the kinds of records in them."""
SET_OF = {kind: name for name, (_, kinds) in SETS.items() for kind in kinds}


@dataclass(frozen=True, slots=True)
class Format:
    """A metadata format: its schema, its namespace, and the kinds of records that it can tell of."""

    schema: str
    namespace: str
    kinds: tuple[str, ...]


FORMATS: Mapping[str, Format] = {
    "oai_dc": Format(DC_SCHEMA, OAI_DC, WORKS),
    "oai_cerif_openaire": Format(SCHEMA, NAMESPACE, tuple(WRITERS)),
}


class Repository:
    """The records of an installation as everybody may harvest them. Close it when done."""

    def __init__(self, storage: Storage, settings: Settings) -> None:
        self._storage, self._settings = storage, settings
        self.announced = Announced(storage, settings.files_folder)

    def close(self) -> None:
        """Give the connection to the ledger back."""
        self.announced.close()

    @property
    def domain(self) -> str:
        """The domain in the identifiers; never a name of another's, also where no address is known yet."""
        host = urlsplit(self._settings.access.public_url).hostname or ""
        if self._settings.public.repository:
            return self._settings.public.repository
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*(\.[A-Za-z][A-Za-z0-9-]*)+", host):
            return host
        return f"{re.sub('[^a-z0-9]+', '-', 'puma-' + self._settings.facility.code.lower()).strip('-')}.invalid"

    def respond(self, pairs: Sequence[tuple[str, str]], base: str) -> bytes:
        """The answer to a request. pairs: its arguments; base: the address of this installation, without a slash."""
        root = etree.Element(f"{{{OAI}}}OAI-PMH", nsmap={None: OAI, "xsi": XSI})  # type: ignore[dict-item]
        root.set(f"{{{XSI}}}schemaLocation", f"{OAI} http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd")
        _say(root, "responseDate", _stamp(now()))
        request = _say(root, "request", f"{base}/oai")
        try:
            given = arguments(pairs)
            body = self._verb(given, base)
            root.append(body)
        except OaiError as error:
            _say(root, "error", str(error)).set("code", error.code)
            given = {} if error.code in ("badVerb", "badArgument") else dict(pairs)
        for name, value in given.items():
            request.set(name, legal(value))
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    def _verb(self, given: Mapping[str, str], base: str) -> etree._Element:
        verb = given["verb"]
        if verb == "Identify":
            return self._identify(base)
        if verb == "ListSets":
            return _sets(given)
        if verb == "ListMetadataFormats":
            return self._formats(given)
        if verb == "GetRecord":
            return self._get(given, base)
        return self._list(verb, given, base)

    def _identify(self, base: str) -> etree._Element:
        self.announced.look()
        made = _element("Identify")
        facility = self._settings.facility
        with self._storage.reading() as session:
            owner = session.scalar(select(Facility.id).where(Facility.code == facility.code)) or 0
        contact = self._settings.access.contact
        told = {
            "repositoryName": f"Research of {facility.name}",
            "baseURL": f"{base}/oai",
            "protocolVersion": "2.0",
            "adminEmail": contact if re.fullmatch(r"\S+@(\S+\.)+\S+", contact) else f"postmaster@{self.domain}",
            "earliestDatestamp": _stamp(self.announced.earliest()),
            "deletedRecord": "persistent",
            "granularity": "YYYY-MM-DDThh:mm:ssZ",
            "compression": "gzip",
        }
        for name, words in told.items():
            _say(made, name, words)
        space = etree.SubElement(_say(made, "description"), f"{{{IDENTIFIER}}}oai-identifier",
                                 nsmap={None: IDENTIFIER})  # type: ignore[dict-item]  # fmt: skip
        sample = self._identifier(Told(owner or 1, "facility", 0, gone=False))
        for name, words in (("scheme", "oai"), ("repositoryIdentifier", self.domain), ("delimiter", ":"),
                            ("sampleIdentifier", sample)):  # fmt: skip
            etree.SubElement(space, f"{{{IDENTIFIER}}}{name}").text = words
        _say(made, "description").append(service(base, facility.name, facility.code, owner))
        return made

    def _formats(self, given: Mapping[str, str]) -> etree._Element:
        kind = self._told(given["identifier"]).kind if "identifier" in given else ""
        made = _element("ListMetadataFormats")
        for prefix, one in FORMATS.items():
            if not kind or kind in one.kinds:
                listed = _say(made, "metadataFormat")
                _say(listed, "metadataPrefix", prefix)
                _say(listed, "schema", one.schema)
                _say(listed, "metadataNamespace", one.namespace)
        return made

    def _get(self, given: Mapping[str, str], base: str) -> etree._Element:
        prefix = given["metadataPrefix"]
        told = self._told(given["identifier"])
        if prefix not in FORMATS or told.kind not in FORMATS[prefix].kinds:
            raise OaiError("cannotDisseminateFormat", "The record is not there in this format.")
        made = _element("GetRecord")
        made.append(self._records([told], prefix, base)[0])
        return made

    def _told(self, identifier: str) -> Told:
        """The record of an identifier. Raises OaiError (idDoesNotExist) for what was never told to anybody."""
        self.announced.look()
        found = re.fullmatch(rf"oai:{re.escape(self.domain)}:(\w+)/(\d{{1,15}})", identifier)
        told = self.announced.one(int(found[2])) if found else None
        if found is None or told is None or NAMES[told.kind] != found[1]:
            raise OaiError("idDoesNotExist", "There is no record of this identifier.")
        return told

    def _list(self, verb: str, given: Mapping[str, str], base: str) -> etree._Element:
        """A page of a list. Pages are cut by stamp and number: what changes meanwhile comes again at the end, and
        nothing is left out, whatever the size of a page."""
        at = now()
        wanted = list_of_token(given["resumptionToken"], at) if "resumptionToken" in given else list_of(given)
        self.announced.look()
        if wanted.prefix not in FORMATS:
            raise OaiError("cannotDisseminateFormat", f"There are the formats {' and '.join(FORMATS)}.")
        if wanted.set and wanted.set not in SETS:
            raise OaiError("noRecordsMatch", "There is no such set; ListSets names them.")
        kinds = SETS[wanted.set][1] if wanted.set else tuple(WRITERS)
        span = Span(tuple(k for k in kinds if k in FORMATS[wanted.prefix].kinds), wanted.first, wanted.last)
        size = self._settings.public.oai_page_size
        page, left = self.announced.page(span, wanted.after, size)
        if not page and not wanted.given:
            raise OaiError("noRecordsMatch", "No record matches.")
        made = _element(verb)
        if verb == "ListIdentifiers":
            made.extend([self._header(told) for told in page])
        else:
            made.extend(self._records(page, wanted.prefix, base))
        if wanted.given or left > len(page):
            self._say_more(made, wanted, page, left, at)
        return made

    def _say_more(self, made: etree._Element, wanted: List, page: Sequence[Told], left: int, at: datetime) -> None:
        """How the list goes on; an empty token when this page is its last."""
        token = _say(made, "resumptionToken")
        token.set("completeListSize", str(wanted.given + left))
        token.set("cursor", str(wanted.given))
        if left > len(page):
            expires = int(at.timestamp() + self._settings.public.oai_token_hours * 3600)
            after = (page[-1].stamp, page[-1].id)
            following = replace(wanted, after=after, given=wanted.given + len(page), expires=expires)
            token.text = following.token()
            token.set("expirationDate", _stamp(datetime.fromtimestamp(expires, UTC)))

    def _records(self, page: Sequence[Told], prefix: str, base: str) -> list[etree._Element]:
        """The records of a page in its order; what vanished between the look and now is told as deleted."""
        of_kind: dict[str, list[int]] = defaultdict(list)
        for told in page:
            if not told.gone:
                of_kind[told.kind].append(told.id)
        found: dict[int, Row] = {}
        with self._storage.reading() as session:
            for kind, numbers in of_kind.items():
                found |= rows(session, kind, numbers)
        made = []
        for told in page:
            row = found.get(told.id)
            record = _element("record")
            record.append(self._header(told if row is not None else replace(told, gone=True)))
            if row is not None:
                page_here = f"{base}/record/{told.id}"
                body = dublin_core(told.kind, row, page_here) if prefix == "oai_dc" else WRITERS[told.kind](row)
                metadata = _say(record, "metadata")
                body.set(f"{{{XSI}}}schemaLocation", f"{FORMATS[prefix].namespace} {FORMATS[prefix].schema}")
                metadata.append(body)
            made.append(record)
        return made

    def _header(self, told: Told) -> etree._Element:
        made = _element("header")
        if told.gone:
            made.set("status", "deleted")
        _say(made, "identifier", self._identifier(told))
        _say(made, "datestamp", _stamp(told.at))
        _say(made, "setSpec", SET_OF[told.kind])
        return made

    def _identifier(self, told: Told) -> str:
        return f"oai:{self.domain}:{NAMES[told.kind]}/{told.id}"


def _sets(given: Mapping[str, str]) -> etree._Element:
    if "resumptionToken" in given:
        raise OaiError("badResumptionToken", "The list of sets has one page.")
    made = _element("ListSets")
    for spec, (name, _) in SETS.items():
        one = _say(made, "set")
        _say(one, "setSpec", spec)
        _say(one, "setName", name)
    return made


def _element(name: str) -> etree._Element:
    return etree.Element(f"{{{OAI}}}{name}", nsmap={None: OAI})  # type: ignore[dict-item]


def _say(parent: etree._Element, name: str, words: str = "") -> etree._Element:
    made = etree.SubElement(parent, f"{{{OAI}}}{name}")
    made.text = legal(words) or None
    return made


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
