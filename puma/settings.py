"""Settings: `puma.toml` and `PUMA_<SECTION>__<KEY>` in the environment, typed, with a default and a reason each."""

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from cronsim import CronSim, CronSimError
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from puma.errors import WrongUsage

Role = Literal["anonymous", "viewer", "scientist", "user_office", "admin"]
Origin = Literal["default", "file", "environment"]


class Section(BaseModel):
    """One paragraph of the file; a misspelt key is an error, not a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FacilitySettings(Section):
    """The facility whose installation this is."""

    name: str = Field("Example Photon and Neutron Source", description="printed on pages and reports")
    code: str = Field("EPNS", pattern=r"^[A-Za-z0-9_.-]{1,20}$", description="short name; it prefixes codes")
    country: str = Field("", description="ISO 3166 alpha-2 code")
    language: Literal["en", "fr", "de"] = Field(
        "en", description="of letters and e-mails, and of reports at the command line; pages speak their reader's"
    )
    ror: str = Field("", description="ROR id")
    shift_hours: float = Field(8.0, gt=0, description="length of a shift")
    crg_types: list[str] = Field(
        ["crg"], description="types of proposals by groups that run an instrument themselves; balances keep them apart"
    )


class DatabaseSettings(Section):
    """Where the truth is kept."""

    url: str = Field("sqlite:///puma.db", description="sqlite:///file.db, or postgresql+psycopg://user@host/name")


class SearchSettings(Section):
    """Where the search index is kept; it can always be rebuilt."""

    url: str = Field("embedded:", description="embedded: keeps it in the files folder; https://... is OpenSearch")
    user: str = Field("", description="name at OpenSearch; several of its nodes stand in url with commas between")
    password: SecretStr = Field(SecretStr(""), description="env:NAME takes the variable NAME; or PUMA_SEARCH__PASSWORD")
    ca: Path | None = Field(None, description="certificate of the authority that OpenSearch's are signed by")
    certificate: Path | None = Field(None, description="own certificate with its key, where OpenSearch asks for one")
    index: str = Field("puma", pattern=r"^[a-z][a-z0-9-]{0,60}$", description="what its indexes begin with")
    shards: int = Field(1, ge=1, le=64, description="parts of the next rebuilt index; one holds some million records")


class FilesSettings(Section):
    """Where PDFs, snapshots and the embedded index are kept."""

    folder: Path = Field(Path("files"), description="a folder of this program's own")
    max_pdf_mb: float = Field(200.0, gt=0, description="larger PDFs are not read")
    export_days: float = Field(
        3.0, gt=0, le=365, description="an export or report made in the background is deleted after so long"
    )


class WorkSettings(Section):
    """Who does long work."""

    url: str = Field("embedded:", description="embedded: the process itself does it")
    processes: int = Field(2, ge=1, le=64, description="children that read PDFs")


class MatchSettings(Section):
    """From which probability on a proposed link is what, and at which level institutions are counted."""

    auto: float = Field(
        0.95, ge=0.5, le=1, description="with an identifier among its evidence it counts without a person"
    )
    alone: float = Field(
        2.0, ge=0.5, le=2, description="the same without an identifier, by people and words alone; 2 is never"
    )
    review: float = Field(0.02, ge=0, le=1, description="from here on people are asked")
    institution_level: Literal["named", "top"] = Field(
        "named", description="named: institutions as affiliations name them; top: the topmost one above each"
    )


class AccessSettings(Section):
    """Who may see what."""

    oidc_issuer: str = Field(
        "", pattern=r"^(https?://[^\s/?#]+[^\s?#]*)?$", description="identity provider; empty: local accounts"
    )
    oidc_name: str = Field("your organisation", description="its name on the sign-in page")
    oidc_client_id: str = Field("", description="under which the provider knows this installation")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="give it as PUMA_ACCESS__OIDC_CLIENT_SECRET; empty: a public client, by PKCE alone"
    )
    oidc_scopes: str = Field("openid profile", description="what is asked of the provider")
    oidc_role_claim: str = Field("entitlements", description="the claim whose values oidc_roles turns into a role")
    oidc_roles: dict[str, Role] = Field(
        default_factory=dict,
        description="role by value of the role claim, the highest wins; empty: roles are given with `puma user role`",
    )
    oidc_default_role: Role = Field("anonymous", description="of whoever signs in and has none of those values")
    oidc_instrument_claim: str = Field("instruments", description="the claim that names a scientist's instruments")
    oidc_instruments: dict[str, str] = Field(
        default_factory=dict, description="instrument by value of that claim; a value not listed is its name itself"
    )
    oidc_orcid_claim: str = Field("orcid", description="the claim that holds the ORCID iD")
    scientists_see_own: bool = Field(
        False, description="true: scientists know of the refused and confidential proposals of their own instruments"
    )
    open_texts: bool = Field(
        False,
        description="true: everybody finds and reads full texts that a Creative Commons licence or the public domain "
        "opens, and those of diamond, gold and hybrid open access where no licence is told",
    )
    proposals_public_after_months: int = Field(
        0,
        ge=0,
        le=1200,
        description="accepted proposals (title, abstract, team) are public so many months after their last experiment, "
        "or after the cycle of their call where there was none; 0: never",
    )
    local_role: str = Field(
        "viewer",
        pattern="^(anonymous|viewer|scientist|user_office|admin)$",
        description="role of whoever sits at this machine as long as there are no accounts; then nobody has it",
    )
    visitor_role: Literal["anonymous", "viewer"] = Field(
        "anonymous", description="role of who did not sign in, once there are accounts"
    )
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^\s/?#]+)?/?$",
        description="how people reach the pages, as https://puma.example.org; other Host headers are then refused",
    )
    contact: str = Field("", max_length=300, description="whom to ask for rights, as the page that refuses says")
    session_idle_hours: float = Field(12.0, gt=0, le=720, description="a session not used for so long ends")
    session_days: float = Field(14.0, gt=0, le=365, description="a session ends after so long in any case")
    token_days: int = Field(365, ge=1, le=3650, description="longest life of an API token")
    requests_per_minute: int = Field(
        1200, ge=0, description="of one account, else of one address, once there are accounts; 0 is without limit"
    )
    max_request_mb: float = Field(10.0, gt=0, description="larger requests are refused")
    demo: bool = Field(False, description="written by `puma demo`; has a meaning in its folder only")


class RequestSettings(Section):
    """How people ask each other about pairs, and when they are told what is new."""

    days: int = Field(30, ge=1, le=365, description="how long a question can be answered")
    digest: str = Field("0 6 * * 1", description="when the weekly digests go out (cron, UTC); empty: by `puma digest`")

    @field_validator("digest")
    @classmethod
    def _is_cron(cls, written: str) -> str:
        if written:
            try:
                CronSim(written, datetime(2000, 1, 1, tzinfo=UTC))
            except CronSimError as error:
                raise ValueError(f'no cron string like "0 6 * * 1" ({error})') from error
        return written


class ReviewSettings(Section):
    """How people decide on proposed links."""

    two_persons: bool = Field(
        False, description="an accept or reject counts once a second, different person says the same; needs accounts"
    )
    two_persons_tiers: list[Literal["auto", "review", "low"]] = Field(
        ["auto", "review", "low"], description="of links in these tiers of the matching; others one person decides"
    )
    two_persons_relations: list[str] = Field(
        [], description='of these kinds of links only, as "publication-proposal"; empty: of all'
    )


class DebtSettings(Section):
    """Which beam time owes a publication, and from when on."""

    months: int = Field(24, ge=1, le=240, description="after the first session a proposal owes a publication")
    months_of: dict[str, Annotated[int, Field(ge=1, le=240)]] = Field(
        {}, description='of some types of proposals, like { "long term" = 48 }'
    )
    exempt: list[str] = Field(
        ["industry", "industrial", "proprietary", "commissioning", "training", "cancelled"],
        description="types of proposals that owe none; no rate of publications counts their beam time",
    )


class MailSettings(Section):
    """The server that sends e-mails; without one nothing is sent, and every text can be copied."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    host: str = Field("", pattern=r"^[^\s/@]*$", description="SMTP server; empty: nothing is sent")
    port: int = Field(587, ge=1, le=65535, description="465 goes with tls, 25 or 587 with starttls")
    tls: Literal["starttls", "tls", "none"] = Field("starttls", description="none: on this machine or network only")
    sender: str = Field("", alias="from", max_length=320, description="the address that letters come from")
    user: str = Field("", description="name at the server; empty: it asks for none")
    password: str = Field("", pattern=r"^(env:[A-Za-z_]\w*)?$", description="env:NAME takes the variable NAME")


class PublicSettings(Section):
    """What everybody may read without an account: outreach pages, and the interfaces for other systems."""

    highlights: str = Field("Highlights", description="the public collection that is shown first on /public")
    frame_ancestors: str = Field(
        "'self'",
        pattern=r"^[^;,\r\n]*$",
        description="sites that may embed lists and charts: 'self' https://example.org",
    )
    repository: str = Field(
        "",
        pattern=r"^([A-Za-z][A-Za-z0-9-]*(\.[A-Za-z][A-Za-z0-9-]*)+)?$",
        description="domain in the OAI-PMH identifiers, which must never change; empty: the host of public_url",
    )
    oai_page_size: int = Field(100, ge=1, le=1000, description="records of one OAI-PMH answer")
    oai_token_hours: float = Field(48.0, gt=0, le=720, description="a resumption token is valid for so long")
    requests_per_minute: int = Field(
        600, ge=0, description="of one address at /oai and /panosc-api; beyond it 503 with Retry-After; 0: no limit"
    )


class FederationSettings(Section):
    """What other installations of this program may fetch."""

    share: bool = Field(
        False,
        description="true: others may fetch, signed, which public publication (DOI) is credited to which facility here",
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
    public: PublicSettings = PublicSettings()
    federation: FederationSettings = FederationSettings()
    requests: RequestSettings = RequestSettings()
    review: ReviewSettings = ReviewSettings()
    debt: DebtSettings = DebtSettings()
    mail: MailSettings = MailSettings()
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


def origin(settings: Settings, section: str, key: str, environ: Mapping[str, str] = os.environ) -> Origin:
    """Where the value of a setting comes from: the environment wins over the file, the file over the default."""
    part: Section = getattr(settings, section)
    names = {key, part.__class__.model_fields[key].alias or key}
    asked = {name.upper(): value for name, value in environ.items()}
    whole = asked.get(f"PUMA_{section}".upper(), "")
    if any(f"PUMA_{section}__{name}".upper() in asked or f'"{name}"' in whole for name in names):
        return "environment"
    return "file" if key in part.model_fields_set else "default"


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
