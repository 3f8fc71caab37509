"""Claims of an identity provider turned into what we keep of somebody: name, role, instruments, ORCID. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from puma.access import ROLES
from puma.identifiers import clean_orcid
from puma.settings import AccessSettings


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a provider vouches for. role: None where roles are given by hand; a new account then has first_role."""

    issuer: str
    subject: str
    name: str
    orcid: str
    role: str | None
    scope: tuple[str, ...]
    first_role: str


def read_claims(issuer: str, claims: Mapping[str, Any], settings: AccessSettings) -> Vouched:
    """What the claims of a sign-in say under the rules of the settings; E-mail is neither read nor kept."""
    given = set(_words(claims, settings.oidc_role_claim))
    matching = [role for value, role in settings.oidc_roles.items() if value in given]
    role = max([settings.oidc_default_role, *matching], key=ROLES.index) if settings.oidc_roles else None
    named = (settings.oidc_instruments.get(value, value) for value in _words(claims, settings.oidc_instrument_claim))
    return Vouched(
        issuer=issuer,
        subject=str(claims["sub"])[:500],
        name=_name(claims)[:300],
        orcid=clean_orcid(str(claims.get(settings.oidc_orcid_claim) or "")) or "",
        role=role,
        scope=tuple(dict.fromkeys(named)),
        first_role=settings.oidc_default_role,
    )


def _words(claims: Mapping[str, Any], name: str) -> list[str]:
    """The values of a claim: a list of words, or one text with words between blanks, commas or semicolons."""
    value = claims.get(name)
    if isinstance(value, str):
        return [word for word in value.replace(",", " ").replace(";", " ").split() if word]
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def _name(claims: Mapping[str, Any]) -> str:
    parts = [str(claims.get(key) or "") for key in ("given_name", "family_name")]
    written = str(claims.get("name") or " ".join(parts) or claims.get("preferred_username") or "")
    shown = "".join(letter for letter in written if letter.isprintable()).strip()
    return shown if shown and "@" not in shown else "Somebody of an identity provider"
