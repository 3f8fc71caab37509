"""E-mail: a letter as text that can be read before it goes, and its way out through the server of the settings."""

import re
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from puma.accounts.slowing import Slowing
from puma.errors import Refused, SlowDown, TryLater, WrongUsage
from puma.harvesting import from_environment
from puma.languages import LANGUAGES, PSEUDO, Tongue, tongue
from puma.requests.asking import clean_email
from puma.settings import MailSettings, Settings
from puma.storage import now
from puma.text import clean_text

TIMEOUT_S = 10.0
LONGEST_SUBJECT = 150
_sent = Slowing(30, 5)
"""Letters of one account at once, and a minute."""


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail before it goes. name, email: of who gets it. headers: further ones, by name."""

    name: str
    email: str
    subject: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


def written_in(settings: Settings, language: str = "") -> Tongue:
    """What says a letter: the language that its author chose, else the facility's. Raises WrongUsage for others."""
    if language and language not in (*LANGUAGES, PSEUDO):
        raise WrongUsage(f"There is no language {language!r}; there are: {', '.join(LANGUAGES)}.")
    return tongue(language or settings.facility.language)


def can_send(settings: MailSettings) -> bool:
    """Whether letters can be sent here; else their text can be copied."""
    return bool(settings.host and settings.sender)


def message_of(letter: Letter, sender: str) -> EmailMessage:
    """A letter as it goes out. What would begin another header becomes a space; raises WrongUsage for an address that
    is none."""
    message = EmailMessage()
    message["From"] = _address("", sender)
    message["To"] = _address(letter.name, letter.email)
    message["Subject"] = clean_text(letter.subject)[:LONGEST_SUBJECT]
    message["Date"] = format_datetime(now())
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or None)
    message["Auto-Submitted"] = "auto-generated"
    for name, value in letter.headers.items():
        message[name] = re.sub(r"\s+", " ", value)
    message.set_content(letter.body)
    return message


def send(letter: Letter, settings: MailSettings, *, by: str) -> None:
    """Send a letter. by: whose letters are counted, so that nobody floods others.

    Raises Refused where no server is set, SlowDown after many letters, WrongUsage for an address or setting that is
    none, TryLater with the reason when the server does not take it.
    """
    if not can_send(settings):
        raise Refused("Nothing is sent from here: [mail] names no server. Copy the text and send it yourself.")
    message = message_of(letter, settings.sender)
    password = from_environment(settings.password, "[mail] password") if settings.password else ""
    if wait := _sent.wait_s(by):
        raise SlowDown(f"Many letters went out from you: wait {round(wait) + 1} seconds.", wait)
    try:
        _deliver(message, settings, password)
    except smtplib.SMTPRecipientsRefused as error:
        raise TryLater("The mail server does not take this address. Nothing was sent.") from error
    except smtplib.SMTPAuthenticationError as error:
        raise TryLater("The mail server does not take [mail] user and password. Nothing was sent.") from error
    except (smtplib.SMTPException, ssl.SSLError) as error:
        kind = type(error).__name__
        raise TryLater(f"The mail server refuses or ends the conversation ({kind}). Nothing was sent.") from error
    except OSError as error:
        place = f"{settings.host}:{settings.port}"
        raise TryLater(f"The mail server {place} does not answer. Nothing was sent.") from error


def _deliver(message: EmailMessage, settings: MailSettings, password: str) -> None:
    trusted = ssl.create_default_context()
    if settings.tls == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(settings.host, settings.port, timeout=TIMEOUT_S, context=trusted)
    else:
        server = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_S)
    with server:
        if settings.tls == "starttls":
            server.starttls(context=trusted)  # a server that offers none is refused, not talked to in the open
        if settings.user:
            server.login(settings.user, password)
        server.send_message(message)


def _address(name: str, written: str) -> Address:
    address = clean_email(written)
    if not address:
        raise WrongUsage("There is no e-mail address to send to.")
    return Address(display_name=clean_text(name), addr_spec=address)
