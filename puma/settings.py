"""Settings: `puma.toml` and `PUMA_<SECTION>__<KEY>` in the environment, typed, with a default and a reason each."""

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from puma.errors import WrongUsage

ROLES = ("anonymous", "viewer", "scientist", "user_office", "admin")


class Section(BaseModel):
    """One paragraph of the file; a misspelt key is an error, not a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FacilitySettings(Section):
    """The facility whose installation this is."""

    name: str = Field("Example Photon and Neutron Source", description="printed on pages and reports")
    code: str = Field("EPNS", pattern=r"^[A-Za-z0-9_.-]{1,20}$", description="short name; it prefixes codes")
    country: str = Field("", description="ISO 3166 alpha-2 code")
    ror: str = Field("", description="ROR id")
    shift_hours: float = Field(8.0, gt=0, description="length of a shift")


class DatabaseSettings(Section):
    """Where the truth is kept."""

    url: str = Field("sqlite:///puma.db", description="sqlite:///file.db, or postgresql+psycopg://user@host/name")


class SearchSettings(Section):
    """Where the search index is kept; it can always be rebuilt."""

    url: str = Field("embedded:", description="embedded: keeps it in the files folder; https://... is OpenSearch")
    user: str = Field("", description="name at OpenSearch; several of its nodes stand in url with commas between")
    password: SecretStr = Field(SecretStr(""), description="give it as PUMA_SEARCH__PASSWORD, not in the file")
    ca: Path | None = Field(None, description="certificate of the authority that OpenSearch's are signed by")
    index: str = Field("puma", pattern=r"^[a-z][a-z0-9-]{0,60}$", description="what its indexes begin with")
    shards: int = Field(1, ge=1, le=64, description="parts of the next rebuilt index; one holds some million records")


class FilesSettings(Section):
    """Where PDFs, snapshots and the embedded index are kept."""

    folder: Path = Field(Path("files"), description="a folder of this program's own")
    max_pdf_mb: float = Field(200.0, gt=0, description="larger PDFs are not read")


class WorkSettings(Section):
    """Who does long work."""

    url: str = Field("embedded:", description="embedded: the process itself does it")
    processes: int = Field(2, ge=1, le=64, description="children that read PDFs")


class MatchSettings(Section):
    """From which probability on a proposed link is what."""

    auto: float = Field(
        0.95, ge=0.5, le=1, description="with an identifier among its evidence it counts without a person"
    )
    alone: float = Field(
        2.0, ge=0.5, le=2, description="the same without an identifier, by people and words alone; 2 is never"
    )
    review: float = Field(0.02, ge=0, le=1, description="from here on people are asked")


class AccessSettings(Section):
    """Who may see what."""

    oidc_issuer: str = Field("", description="empty: local accounts")
    local_role: str = Field(
        "viewer",
        pattern="^(anonymous|viewer|scientist|user_office|admin)$",
        description="role of whoever reaches the port, also through a proxy",
    )


class Settings(BaseSettings):
    """All settings. Made by ``load_settings``."""

    model_config = SettingsConfigDict(env_prefix="PUMA_", env_nested_delimiter="__", extra="forbid", frozen=True)

    facility: FacilitySettings = FacilitySettings()
    database: DatabaseSettings = DatabaseSettings()
    search: SearchSettings = SearchSettings()
    files: FilesSettings = FilesSettings()
    work: WorkSettings = WorkSettings()
    match: MatchSettings = MatchSettings()
    access: AccessSettings = AccessSettings()
    source: list[dict[str, Any]] = Field(default_factory=list)
    home: Path = Field(default=Path(), exclude=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file."""
        return env_settings, init_settings

    @property
    def files_folder(self) -> Path:
        """The files folder; a relative one lies beside ``puma.toml``."""
        return self.home / self.files.folder

    @property
    def database_url(self) -> str:
        """The database's address; a relative SQLite file lies beside ``puma.toml``."""
        try:
            url = make_url(self.database.url)
        except ArgumentError as error:
            raise WrongUsage(f"[database] url is not a database address: {self.database.url!r}") from error
        if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
            url = url.set(database=str(self.home / url.database))
        return url.render_as_string(hide_password=False)


def config_path(given: Path | None = None) -> Path:
    """The file to read: the one given, ``PUMA_CONFIG``, or ``puma.toml`` here."""
    return given or Path(os.environ.get("PUMA_CONFIG", "puma.toml"))


def load_settings(path: Path | None = None) -> Settings:
    """Settings from the file and the environment. Raises WrongUsage in one sentence that names the line or option."""
    file = config_path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise WrongUsage(f"There is no {file}: `puma init` writes one, `puma --config FILE` names another.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(f"{file} cannot be read: {error}") from error
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WrongUsage(f"{file} is not valid TOML: {error}") from error
    try:
        return Settings(**values, home=file.parent)
    except ValidationError as error:
        raise WrongUsage(_sentence(file, text, error)) from error


def line_of(text: str, section: str, key: str) -> int | None:
    """The line on which a key of a section stands in a TOML text, counted from 1."""
    here = ""
    for number, line in enumerate(text.splitlines(), start=1):
        heading = re.match(r"\s*\[+\s*([\w.-]+)\s*\]+", line)
        if heading:
            here = heading[1]
            if here == section and not key:
                return number
        elif here == section and re.match(rf"\s*{re.escape(key)}\s*=", line):
            return number
    return None


def _sentence(file: Path, text: str, error: ValidationError) -> str:
    first = error.errors()[0]
    where = [str(part) for part in first["loc"]]
    section, key = where[0], where[-1] if len(where) > 1 else ""
    line = line_of(text, section, key)
    place = f"{file}, line {line}" if line else f"{file} or PUMA_{'__'.join(where).upper()}"
    option = f"[{section}] {key}".strip()
    reason = "is not a setting" if first["type"] == "extra_forbidden" else first["msg"][0].lower() + first["msg"][1:]
    return f"{place}: {option}: {reason}."
