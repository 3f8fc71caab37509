"""What a harvester is: settings of a source, `fetch` that yields raw records, `read` that makes claims of one."""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from puma.claims import Claim
from puma.errors import WrongUsage

ENVIRONMENT = "env:"  # what follows is the name of a variable that holds the value
SECRET_NAME = re.compile(r"key|token|secret|passw|auth|cookie|session|mail|signature", re.IGNORECASE)
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
PROTOCOLS_OWN = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding"})


def from_environment(value: str, option: str) -> str:
    """The value itself, or, where it is written ``env:NAME``, that of the variable NAME.

    Raises WrongUsage, which names option and variable and never the value, when it is not set or no plain line.
    """
    if not value.startswith(ENVIRONMENT):
        return value
    name = value.removeprefix(ENVIRONMENT).strip()
    found = os.environ.get(name, "").strip()
    if not found:
        raise WrongUsage(f"{option} asks for the variable {name} of the environment, which is not set.")
    if not (found.isascii() and found.isprintable()):
        raise WrongUsage(f"{option}: the variable {name} of the environment is no plain line of text.")
    return found


class Source(BaseModel):
    """What every source may say in its paragraph of ``puma.toml``. A harvester adds its own settings to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=60, description="your name for the source; part of its records' ids")
    harvester: str = Field(description="file name of the harvester; `puma harvesters` lists them")
    url: str | None = Field(default=None, description="address of the service")
    path: Path | None = Field(default=None, description="in place of url: a file, folder or glob of saved payloads")
    facility: str = Field(default="", description="code of the facility that its records belong to, unless they say so")
    precedence: int = Field(default=50, ge=1, le=99, description="where sources disagree, the lower number wins")
    expect_min: int = Field(default=0, ge=0, description="fewer records than this: the run stops, the old state stays")
    expect_max: int | None = Field(default=None, ge=1, description="more records than this: the run stops")
    schedule: str = Field(default="", description="daily, hourly or a cron string")
    allow_private: bool = Field(default=False, description="the host is a private or loopback address")
    timeout_s: float = Field(default=60.0, gt=0, description="patience with one answer")
    max_answer_mb: float = Field(default=200.0, gt=0, description="largest answer that is read")
    fetch_pdfs: bool = Field(default=False, description="fetch the PDFs that its publications link to, if you may")
    deadline_minutes: float = Field(default=1440.0, gt=0, description="one run asks no longer; the next goes on there")
    requests_per_minute: float | None = Field(default=None, gt=0, description="ask no faster than this")
    headers: dict[str, str] = Field(
        default_factory=dict,
        description='sent with each request to the url\'s host: Authorization = "env:LIBRARY_TOKEN" takes a variable',
    )
    proxy: str = Field(
        default="",
        description="http:// or https:// proxy, or env:NAME; it resolves names, so it must itself refuse private ones",
    )
    allow_private_proxy: bool = Field(default=False, description="the proxy is a private or loopback address")

    needs_address: ClassVar[bool] = True
    tells_all: ClassVar[bool] = False  # every answer holds everything: what is not in it any more is deleted there

    @property
    def place(self) -> str:
        """Where its records are, as it may stand in a list."""
        return self.url or str(self.path or "")

    @model_validator(mode="after")
    def _one_address(self) -> Source:
        if self.needs_address and (self.url is None) == (self.path is None):
            raise ValueError("give either url or path")
        return self

    @model_validator(mode="after")
    def _no_secrets(self) -> Source:
        for name, value in self.headers.items():
            if not HEADER_NAME.fullmatch(name) or name.lower() in PROTOCOLS_OWN:
                raise ValueError(f"{name[:60]!r} is no header that can be set")
            if SECRET_NAME.search(name) and not value.startswith(ENVIRONMENT):
                raise ValueError(f'{name} is a secret: write {name} = "env:NAME_OF_A_VARIABLE" and set the variable')
        if "@" in self.proxy and not self.proxy.startswith(ENVIRONMENT):
            raise ValueError('the password of a proxy is a secret: write proxy = "env:NAME_OF_A_VARIABLE"')
        return self


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record as the source sent it. ``key``: the source's own identifier, stable between runs."""

    key: str
    payload: bytes
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What one answer of a source held. ``cursor``: hand it back in a ``Visit`` to go on after this page."""

    records: tuple[RawRecord, ...]
    cursor: Mapping[str, Any] = field(default_factory=dict)
    total: int | None = None  # what the source says it holds, when it says
    skipped: tuple[tuple[str, str], ...] = ()  # (key or place, reason) of what could not even be cut out of the answer


class Transport(Protocol):
    """The guarded way to the outside: sizes, time, redirects and addresses are bounded by it."""

    def get(
        self, url: str, params: Mapping[str, str] | None = None, *, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """The body of an answer. Raises TryLater, StopRun or Refused; never returns an error page."""
        ...

    def post(
        self,
        url: str,
        *,
        json: object = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """The same for a question sent as JSON or as a form; it may be repeated, so it must change nothing there."""
        ...


@dataclass(frozen=True, slots=True)
class Visit:
    """What one call of ``fetch`` is given: the way out, the clock, and where to go on."""

    transport: Transport
    now: datetime
    since: datetime | None = None  # start of the last run that ended well; None = fetch everything
    cursor: Mapping[str, Any] | None = None  # of the last page that was stored, when a run is resumed


AnySource = Source


class Harvester(Protocol):
    """A module in ``harvesters/``: these three names."""

    Source: type[AnySource]

    def fetch(self, source: Any, visit: Visit) -> Iterator[Page]:
        """Pages of raw records in a stable order; network only, stores nothing."""
        ...

    def read(self, payload: bytes, source: Any) -> Iterable[Claim]:
        """The claims of one raw record; pure. Raises SkipRecord with the reason when it cannot be read."""
        ...


def harvester_names() -> list[str]:
    """The harvesters that are installed, by file name; empty when there is no ``harvesters`` package."""
    try:
        package = importlib.import_module("harvesters")
    except ModuleNotFoundError:
        return []
    return sorted(m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_"))


def harvester(name: str) -> Harvester:
    """The harvester of that file name. Raises WrongUsage when there is none."""
    if name not in harvester_names():
        raise WrongUsage(f'There is no harvester "{name}"; there are: {", ".join(harvester_names())}.')
    module: Any = importlib.import_module(f"harvesters.{name}")  # the contract test checks that it is one
    return cast(Harvester, module)
