"""Serves the written sample facility on loopback: OAI-PMH, Crossref, DataCite, SciCat, PaNOSC and PDB services."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from puma.demo.lines import JsonLines
from puma.demo.oai import Oai
from puma.demo.protein import ProteinBank
from puma.demo.world.marc import SITE

ROWS = 100
MAX_ROWS = 1000
CONTENT = {
    ".csv": "text/csv; charset=utf-8", ".json": "application/json", ".jsonl": "application/x-ndjson",
    ".pdf": "application/pdf",
    ".zip": "application/zip", ".xml": "text/xml; charset=utf-8",
}  # fmt: skip
SERVED = (
    "user_office", "open_access", "pdfs", "ror", "library", "crossref", "datacite", "scicat", "panosc", "pdb",
    "transfers",
)  # fmt: skip
"""Folders whose files can be fetched; `truth` is not among them."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    media_type: str
    body: bytes


def _json(value: Any, status: int = 200) -> Answer:
    return Answer(status, "application/json", json.dumps(value, ensure_ascii=False).encode())


def _number(text: str, default: int) -> int:
    return int(text) if text.isdigit() else default


class Site:
    """What the server knows: the folder, opened lazily; `answer` is the whole of its behaviour."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base = SITE

    @cached_property
    def oai(self) -> Oai:
        return Oai(self.folder / "library")

    @cached_property
    def works(self) -> JsonLines:
        return JsonLines(self.folder / "crossref" / "works.jsonl")

    @cached_property
    def dois(self) -> JsonLines:
        return JsonLines(self.folder / "datacite" / "dois.jsonl")

    @cached_property
    def proteins(self) -> ProteinBank:
        return ProteinBank(self.folder / "pdb" / "entries.json")

    @cached_property
    def lists(self) -> dict[str, JsonLines]:
        """SciCat and PaNOSC collections by catalogue and lower-case name."""
        return {
            f"{folder}/{path.stem.lower()}": JsonLines(path)
            for folder in ("scicat", "panosc")
            for path in sorted((self.folder / folder).glob("*.json"))
        }

    def answer(self, target: str) -> Answer:
        """The response to a GET of `target` (path and query)."""
        url = urlsplit(target)
        path = unquote(url.path).strip("/")
        query = {key: values[-1] for key, values in parse_qs(url.query, keep_blank_values=True).items()}
        words = path.split("/")
        if words[0] == "oai":
            return Answer(200, "text/xml; charset=utf-8", self.oai.respond(url.query, f"{self.base}/oai"))
        if "works" in words:
            return self._crossref(path.partition("works")[2].strip("/"), query)
        if "dois" in words:
            return self._datacite(path.partition("dois")[2].strip("/"), query)
        if path in ("pdb/search", "pdb/graphql"):
            return self._proteins(words[1], query)
        if words[0] in SERVED and (found := self._file(path)) is not None:
            return found
        for catalogue in ("scicat", "panosc"):
            if words[0] == catalogue:
                return self._catalogue(catalogue, words[1:], query)
        return _json({"status": 404, "title": "Not Found", "detail": f"nothing at /{path}"}, 404)

    def _file(self, path: str) -> Answer | None:
        found = (self.folder / path).resolve()
        allowed = (self.folder / path.split("/")[0]).resolve()
        if not found.is_relative_to(allowed) or not found.is_file():
            return None
        return Answer(200, CONTENT.get(found.suffix, "application/octet-stream"), found.read_bytes())

    def _proteins(self, service: str, query: dict[str, str]) -> Answer:
        if service == "graphql":
            return _json(self.proteins.answered(query.get("query", "")))
        try:
            return _json(self.proteins.found(query.get("json", "")))
        except (ValueError, KeyError, TypeError):
            return _json({"status": 400, "message": "the query is not understood"}, 400)

    def _crossref(self, doi: str, query: dict[str, str]) -> Answer:
        if doi:
            hit = next((one for one in self.works.all() if one["DOI"].lower() == doi.lower()), None)
            if hit is None:
                return Answer(404, "text/plain", b"Resource not found.")
            return _json({"status": "ok", "message-type": "work", "message-version": "1.0.0", "message": hit})
        rows = min(MAX_ROWS, _number(query.get("rows", ""), ROWS))
        try:
            keep = crossref_filter(query.get("filter", ""))
        except ValueError as error:
            faults = [{"type": "filter-not-available", "value": "filter", "message": str(error)}]
            return _json({"status": "failed", "message-type": "validation-failure", "message": faults}, 400)
        cursor = query.get("cursor", "")
        start = (
            _number(cursor.removeprefix("AoE"), 0) if cursor not in {"", "*"} else _number(query.get("offset", ""), 0)
        )
        items, following = self.works.page(start, rows, keep)
        message: dict[str, Any] = {
            "total-results": self.works.count(keep),
            "items-per-page": rows,
            "query": {"start-index": 0, "search-terms": None},
            "facets": {},
            "items": items,
        }
        if cursor:
            message["next-cursor"] = f"AoE{following}"
        return _json({"status": "ok", "message-type": "work-list", "message-version": "1.0.0", "message": message})

    def _datacite(self, doi: str, query: dict[str, str]) -> Answer:
        if doi:
            hit = next((one for one in self.dois.all() if one["id"] == doi.lower()), None)
            if hit is None:
                return _json(
                    {"errors": [{"status": "404", "title": "The resource you are looking for doesn't exist."}]}, 404
                )
            return _json({"data": hit})
        size = max(1, min(MAX_ROWS, _number(query.get("page[size]", ""), ROWS)))
        prefix = query.get("prefix", "")
        keep: Keep | None = (lambda one: one["attributes"]["prefix"] == prefix) if prefix else None
        cursor = query.get("page[cursor]", "")
        start = (_number(query.get("page[number]", "1"), 1) - 1) * size
        if cursor not in {"", "1"}:
            start = _number(cursor.removeprefix("C"), 0)
        items, following = self.dois.page(start, size, keep)
        total = self.dois.count(keep)
        links: dict[str, str] = {"self": f"{self.base}/datacite/dois"}
        if following < self.dois.lines:
            step = f"page[cursor]=C{following}" if cursor else f"page[number]={following // size + 1}"
            rest = "".join(f"&{key}={quote(value)}" for key, value in query.items() if not key.startswith("page["))
            links["next"] = f"{self.base}/datacite/dois?{quote(step, safe='=')}&page%5Bsize%5D={size}{rest}"
        meta = {"total": total, "totalPages": -(-total // size), "page": start // size + 1}
        return _json({"data": items, "meta": meta, "links": links})

    def _catalogue(self, catalogue: str, words: list[str], query: dict[str, str]) -> Answer:
        """LoopBack-like lists: `filter={"skip":..,"limit":..}`, `filters={"limits":..}`, or plain skip and limit."""
        names = [word.lower() for word in words if word.lower() not in {"api", "v3", "panosc-api"}]
        if not names or f"{catalogue}/{names[0]}" not in self.lists:
            return _json({"statusCode": 404, "message": "Not Found"}, 404)
        collection = self.lists[f"{catalogue}/{names[0]}"]
        if names[1:] == ["count"]:
            return _json({"count": collection.lines})
        if len(names) > 1:
            wanted = "/".join(words[words.index(next(word for word in words if word.lower() == names[0])) + 1 :])
            keys = ("pid", "doi", "proposalId")
            hit = next((one for one in collection.all() if wanted in {one.get(key) for key in keys}), None)
            return _json(hit) if hit is not None else _json({"statusCode": 404, "message": "Not Found"}, 404)
        try:
            wanted_page = {
                **json.loads(query.get("filters", "{}")).get("limits", {}),
                **json.loads(query.get("filter", "{}")),
            }
        except (ValueError, AttributeError):
            return _json({"error": {"statusCode": 400, "message": "filter is not a JSON object"}}, 400)
        skip = int(wanted_page.get("skip", wanted_page.get("offset", _number(query.get("skip", ""), 0))))
        limit = int(wanted_page.get("limit", _number(query.get("limit", ""), ROWS)))
        return _json(collection.page(skip, min(MAX_ROWS, max(0, limit)), None)[0])


Keep = Callable[[dict[str, Any]], bool]


def _day(parts: list[int]) -> str:
    return "-".join(f"{part:02d}" for part in parts)


def crossref_filter(text: str) -> Keep | None:
    """A test for the filter clauses that the demo knows; ValueError names one it does not know."""
    clauses = [clause.split(":", 1) for clause in text.split(",") if clause]
    for clause in clauses:
        known = ("from-pub-date", "until-pub-date", "from-index-date", "until-index-date", "from-update-date", "type",
                 "has-references", "issn", "prefix", "doi")  # fmt: skip
        if clause[0] not in known or len(clause) != 2:
            raise ValueError(f"filter {clause[0]!r} is not known here")
    if not clauses:
        return None

    def keep(one: dict[str, Any]) -> bool:
        issued = _day(one["issued"]["date-parts"][0])
        indexed = _day(one["indexed"]["date-parts"][0])
        tests: dict[str, Callable[[str], bool]] = {
            "from-pub-date": lambda value: issued >= value[: len(issued)],
            "until-pub-date": lambda value: issued[: len(value)] <= value,
            "from-index-date": lambda value: indexed >= value,
            "until-index-date": lambda value: indexed[: len(value)] <= value,
            "from-update-date": lambda value: indexed >= value,
            "type": lambda value: one["type"] == value,
            "issn": lambda value: value in one.get("ISSN", []),
            "prefix": lambda value: one["DOI"].startswith(f"{value}/"),
            "doi": lambda value: one["DOI"].lower() == value.lower(),
            "has-references": lambda value: bool(one["reference"]) == (value in {"true", "1", "t"}),
        }
        return all(tests[name](value) for name, value in clauses)

    return keep


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body does not wait until its head was acknowledged
    site: Site

    def do_GET(self) -> None:
        try:
            answer = self.site.answer(self.path)
        except Exception as error:  # a fault of the demo must not hang the client
            answer = _json({"status": 500, "title": type(error).__name__, "detail": str(error)}, 500)
        body = answer.body
        if answer.media_type not in {"application/pdf", "application/zip"}:
            body = body.replace(SITE.encode(), self.site.base.encode())
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the harvesters report what they did."""


@contextmanager
def serve(folder: Path | str) -> Iterator[str]:
    """Serves what `write_world` wrote on a free port of 127.0.0.1 and yields the base URL, without a slash at its end.

    Below it: `/oai`, `/crossref/works`, `/datacite/dois`, `/scicat/api/v3/{publishedData,proposals,instruments}`,
    `/panosc/{Documents,Datasets,Instruments}`, `/pdb/{search,graphql}`, and the files `/user_office/*.csv`,
    `/open_access/*.csv`, `/transfers/{globus.csv,portal.jsonl}`, `/ror/ror.zip`, `/pdfs/*.pdf`.
    """
    site = Site(Path(folder))
    handler = type("Handler", (_Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    site.base = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site.base
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
