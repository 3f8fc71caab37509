"""Letters in the language of the installation: no text of the program in English, no title changed."""

from datetime import timedelta

import pytest

from puma import requests
from puma.errors import WrongUsage
from puma.languages import tongue
from puma.requests import Letter, owing
from puma.settings import FacilitySettings, Settings
from tests.accounts.browser import Browser
from tests.dashboards.spoken import keys, left_over, outside
from tests.requests.conftest import AT, Facility
from tests.requests.post_office import PostOffice
from tests.requests.test_doors import asked, house  # noqa: F401
from tests.requests.test_letters import settings_for
from tests.requests.test_owing import proposal_of

LATER = AT + timedelta(hours=1)
BASE = "https://puma.example.org"


def letters_in(facility: Facility, language: str) -> list[Letter]:
    """One letter of each sort; the request and the reminder name records."""
    settings = Settings(
        facility=FacilitySettings.model_construct(name="EPNS", code="EPNS", language=language),
        access={"public_url": BASE},  # type: ignore[arg-type]  # as the file has it
    )
    ada, olga, storage = facility.people["Ada"], facility.people["Olga"], facility.storage
    number = requests.ask(storage, settings.requests, ada, facility.links["one"], name="Zoe Outside", at=LATER)
    found = requests.digest(storage, ada, at=LATER)
    return [
        requests.preview(storage, settings, ada, number, at=LATER),
        owing.reminder(storage, settings, olga, proposal_of(facility, "op0")),
        requests.letter_of(found, facility="EPNS", base=BASE, stop="x", say=tongue(language)),
    ]


def test_no_letter_leaves_a_text_of_the_program_in_english(facility: Facility) -> None:
    for letter in letters_in(facility, "qps"):
        lines = [letter.subject, *letter.body.splitlines()]
        assert sum("[" in line for line in lines) >= 4
        assert [key for line in lines for key in keys(outside(line))] == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("de", ("Guten Tag Zoe Outside,", "Ihr Antrag OP-0 hatte Strahlzeit an EPNS:", "neue Paare zu beurteilen")),
        (
            "fr",
            ("Bonjour Zoe Outside,", "votre proposition OP-0 a eu du temps", "nouvelles paires à juger"),
        ),
    ],
)
def test_letters_speak_the_language_of_the_installation_and_keep_titles(
    facility: Facility, code: str, words: tuple[str, ...]
) -> None:
    letters = letters_in(facility, code)
    for letter, said in zip(letters, words, strict=True):
        assert said in letter.subject + letter.body
    assert all("Paper 0" in letter.body for letter in letters[:2])
    assert "Proposal OP-0" in letters[0].body + letters[1].body


def test_who_writes_a_letter_chooses_its_language(facility: Facility, mail: PostOffice) -> None:
    settings, ada, storage = settings_for(mail), facility.people["Ada"], facility.storage
    olga, number = facility.people["Olga"], proposal_of(facility, "op0")
    asked = requests.ask(
        storage, settings.requests, ada, facility.links["one"], name="Zoe", email="zoe@example.org", at=LATER
    )
    assert "Dear Zoe," in requests.preview(storage, settings, ada, asked, at=LATER).body
    assert "Guten Tag Zoe," in requests.preview(storage, settings, ada, asked, at=LATER, language="de").body
    requests.send_letter(storage, settings, ada, asked, BASE, at=LATER, language="de")
    owing.send_reminder(storage, settings, olga, number, "zoe@example.org", at=LATER, language="fr")
    bodies = [letter.get_content() for letter in mail.letters]
    assert "Guten Tag Zoe," in bodies[0]
    assert "votre proposition OP-0" in bodies[1]
    with pytest.raises(WrongUsage, match="no language"):
        owing.reminder(storage, settings, olga, number, language="xx")


def test_the_page_behind_the_link_speaks_as_its_reader(house) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    _, link = asked(house, message="Were you there?")
    visitor = Browser(house)
    french = visitor.get(link, headers={"Accept-Language": "fr"})
    assert '<html lang="fr"' in french.text
    assert "Ce lien n&#x27;est que pour vous" in french.text
    visitor.cookies.set("puma_language", "qps")
    page = visitor.get(link)
    assert left_over(page.content) == []
    assert "Were you there?" in page.text
    form = visitor.get("/sign-in").content
    assert b"password" in form
    assert left_over(form) == []
    assert left_over(visitor.post(link, data={"answer": "accept"}).content) == []
    assert left_over(visitor.get(link).content) == []
