"""The policies of an installation: which settings they are, in which order, and those that the program fixes."""

from collections.abc import Mapping, Sequence

from pydantic import SecretStr

from dashboards.drawing.words import amount
from puma.matching.shelf import measured
from puma.measuring.definition import POLICIES, metrics

TOLD_FROM = 0.95
"""The probability of which the measured precision is told beside the policies."""

HOW = (
    "Settings are changed in the file, or in the environment, which wins: [match] auto is `PUMA_MATCH__AUTO` there. "
    "They hold from the next start of `puma serve` and `puma worker` on."
)
ORIGINS = {"default": ("default", ""), "file": ("file", "accent"), "environment": ("environment", "warn")}
"""Where a value comes from: its word and its tone."""

PERIODS = "Which links count"
"""The group that has what sources say of periods."""

GROUPS: dict[str, tuple[tuple[str, str, str], ...]] = {
    PERIODS: (
        ("match", "auto", "Counts by itself from"),
        ("match", "alone", "Counts by people and words alone from"),
        ("match", "review", "People are asked from"),
        ("match", "institution_level", "Institutions are counted as"),
        ("review", "two_persons", "Two persons decide on links"),
    ),
    "Who may see and do what": (
        ("access", "visitor_role", "Visitors"),
        ("access", "local_role", "At this machine, without accounts"),
        ("access", "oidc_issuer", "Identity provider"),
        ("access", "oidc_default_role", "Signed in, without a known role"),
        ("access", "scientists_see_own", "Scientists see their own"),
        ("access", "open_texts", "Everybody reads open full texts"),
        ("access", "proposals_public_after_months", "Accepted proposals are public after, months"),
        ("access", "contact", "Whom to ask for rights"),
    ),
    "How long things last": (
        ("access", "session_idle_hours", "Unused session, hours"),
        ("access", "session_days", "Session, days"),
        ("access", "token_days", "Token, days"),
        ("requests", "days", "Question to a person, days"),
        ("files", "export_days", "Export made in the background, days"),
        ("public", "oai_token_hours", "OAI-PMH list, hours"),
    ),
    "Letters": (
        ("requests", "digest", "Weekly digests"),
        ("mail", "host", "Mail server"),
        ("mail", "sender", "Sender"),
    ),
    "What the public sees": (
        ("access", "public_url", "Address of these pages"),
        ("public", "highlights", "Highlights"),
        ("public", "frame_ancestors", "Sites that may embed"),
    ),
    "Limits": (
        ("access", "requests_per_minute", "Requests per minute"),
        ("public", "requests_per_minute", "Requests per minute, interfaces"),
        ("access", "max_request_mb", "Request, MB"),
        ("files", "max_pdf_mb", "PDF, MB"),
    ),
}
"""Settings by what they decide: section, key, and what the policy is called."""


def _fewest() -> str:
    found = sorted({one.fewest for one in metrics().values() if one.fewest})
    return " or ".join(map(amount, found))


def _least() -> str:
    found = sorted({one.least for one in metrics().values() if one.least})
    return f"{amount(found[0])} to {amount(found[-1])}"


def _alone() -> str:
    """The precision of links without an identifier on facilities that the shipped model never saw."""
    several = measured().get("alone", {}).get("realistic", ())
    return next((f"{one['precision']:.3f}" for one in several if one["from"] == TOLD_FROM), "not known")


FIXED: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Which links count": (
        (
            "Measured precision by people and words alone",
            _alone(),
            f"if they counted from {TOLD_FROM:g} on; the page Match quality has more",
        ),
        ("Link policy at first", "standard", f"{POLICIES['standard']}; every page offers strict and wide"),
    ),
    "What the public sees": (
        ("Small numbers of people", _fewest(), "values about fewer people are not shown to anybody"),
        ("Rates of few records", _least(), "below this denominator no rate is given; each measure says its own"),
    ),
    "How long things last": (
        ("Lease of a source, minutes", "15", "a run that is silent for so long loses its source to the next one"),
        ("Source without a schedule, days", "30", "older than this, pages say that numbers may be out of date"),
    ),
}
"""What no setting changes, so that numbers of two facilities mean the same: name, value, what it does."""


def closing_day(sources: Sequence[Mapping[str, object]]) -> tuple[str, str, str]:
    """Whether the end of an instrument's period belongs to it: the name of the policy, its value, what it does."""
    names = [str(one.get("name", "")) for one in sources if one.get("period_end") == "last day"]
    return (
        "The closing day belongs to an instrument's period",
        f"yes in {', '.join(names)}; else no" if names else "no",
        "a session of that day is outside the period, unless the source says that its tables have the last day "
        "(period_end)",
    )


def written(value: object) -> str:
    """A value as people read it; a secret is never shown."""
    if isinstance(value, SecretStr):
        return "set" if value.get_secret_value() else "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).replace("_", " ") if value not in ("", None) else "not set"
