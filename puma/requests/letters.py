"""The letter that asks somebody about a pair: to be read, copied or sent."""

from datetime import datetime
from textwrap import shorten

from puma.access import Viewer
from puma.errors import NotHere, WrongUsage
from puma.languages import Tongue
from puma.requests.asked import RequestView, one_asked
from puma.requests.asking import keep_link, new_link, new_secret
from puma.requests.mail import Letter, send, written_in
from puma.requests.pair import PairView, pair_of
from puma.settings import Settings
from puma.storage import Storage

PLACE = "[the link stands here once you copy or send this]"
SHORT = 90  # letters of a title in a subject


def preview(
    storage: Storage, settings: Settings, viewer: Viewer, request_id: int, *, at: datetime, language: str = ""
) -> Letter:
    """The letter of a question of the viewer, with a mark where the link will stand. Nothing is made or sent.

    language: that its author chose for who reads it; else that of the facility.
    """
    return _letter(storage, settings, viewer, request_id, PLACE, at, language)


def letter_with_link(
    storage: Storage, settings: Settings, viewer: Viewer, request_id: int, base: str, *, at: datetime,
    language: str = "",
) -> Letter:  # fmt: skip
    """The letter with a new link in it; an earlier link stops working. base: the address of these pages."""
    token = new_link(storage, viewer, request_id, at=at)
    return _letter(storage, settings, viewer, request_id, link_of(base, token), at, language)


def send_letter(
    storage: Storage, settings: Settings, viewer: Viewer, request_id: int, base: str, *, at: datetime,
    language: str = "",
) -> None:  # fmt: skip
    """Send the letter with a new link, which works once the letter is out; see ``mail.send`` for errors.

    When it does not go out, the question and its earlier link stay as they were.
    """
    token = new_secret()
    letter = _letter(storage, settings, viewer, request_id, link_of(base, token), at, language)
    if not letter.email:
        raise WrongUsage("No e-mail address is known: copy the text and send it yourself.")
    send(letter, settings.mail, by=f"{storage.url} {viewer.account or viewer.name}")
    keep_link(storage, viewer, request_id, token, at=at, sent=at)


def link_of(base: str, token: str) -> str:
    """The address that answers a question. base: of these pages, without a slash at its end."""
    return f"{base.rstrip('/')}/answer/{token}"


def _letter(
    storage: Storage, settings: Settings, viewer: Viewer, request_id: int, link: str, at: datetime, language: str
) -> Letter:
    one = one_asked(storage, viewer, request_id, at=at)
    with storage.reading() as session:
        pair = pair_of(session, viewer, one.link_id)
    if pair is None:
        raise NotHere("This pair is proposed no more, or not shown to you.")
    say = written_in(settings, language)
    shown = say(PLACE) if link == PLACE else link
    return Letter(one.asked_of, one.email, _subject(pair, say), _body(one, pair, shown, settings.facility.name, say))


def _subject(pair: PairView, say: Tongue) -> str:
    """Without the title of the other end, which may be confidential: subjects are read over shoulders."""
    return say("A question about “{}”", shorten(pair.left.title, SHORT, placeholder=" …"))


def _body(one: RequestView, pair: PairView, link: str, facility: str, say: Tongue) -> str:
    left, right = pair.left, pair.right
    paper = ", ".join(word for word in (left.where, left.when) if word)
    lines = [say("Dear {},", one.asked_of), "", say("{} asks you:", one.asked_by), say(pair.question)]
    if one.message:
        lines += ["", one.message]
    lines += ["", say("Publication"), f"  {left.title}"]
    people = ", ".join(left.people[:5])
    lines += [f"  {say('{} and others', people) if len(left.people) > 5 else people}"] if people else []
    lines += [f"  {paper}"] if paper else []
    lines += ["", say(right.kind.capitalize())]
    if pair.confidential:
        lines.append(f"  {say('It is confidential: you see it behind the link.')}")
    else:
        lines += [f"  {word}" for word in (right.title, right.code, right.where) if word]
    lines += [
        "",
        say("You answer here, without signing in, with one click:"),
        link,
        "",
        say("The link is for you alone and works until {}.", say.day(one.expires_at))
        + " "
        + say("Not knowing is an answer too."),
        "",
        facility,
    ]
    return "\n".join(lines) + "\n"
