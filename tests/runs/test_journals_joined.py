"""Two titles of one ISSN become one journal at a harvest: its run says so, because numbers by journal change."""

import json
from collections import Counter
from pathlib import Path

from sqlalchemy import select, update

from puma.entities import Journal, Publication, Run
from puma.harvesting import harvester
from puma.languages import speaker
from puma.resolve.journals import NAMED, Joined, told
from puma.runs.harvest import harvest
from puma.storage import Storage
from tests.runs.test_reading import silent

SHORT, WHOLE = "Rev. Sci. Instrum.", "Review of Scientific Instruments"
SAID = (
    "Journals of one ISSN became one, and numbers by journal changed (publications in brackets): "
    f"{SHORT} → {WHOLE} (2)."
)


def test_a_harvest_that_joins_journals_says_which_and_how_many_publications_moved(tmp_path: Path) -> None:
    storage = Storage(f"sqlite:///{tmp_path}/puma.db")
    storage.migrate()
    file = tmp_path / "works.jsonl"
    source = harvester("crossref").Source(name="works", harvester="crossref", path=file)

    def report(*journals: str) -> str:
        works = [
            {"DOI": f"10.5555/{number}", "title": [f"On ice, part {number}"], "container-title": [title],
             "type": "journal-article"} for number, title in enumerate(journals)
        ]  # fmt: skip
        file.write_text("\n".join(map(json.dumps, works)), "utf-8")
        found = harvest(storage, source, full=True, progress=silent)
        assert (found.state, found.ok) == ("done", True)
        with storage.reading() as session:
            assert session.scalar(select(Run.message).where(Run.id == found.run_id)) == found.message
        return found.message

    assert report(SHORT, SHORT) == report(SHORT, SHORT, WHOLE, "Nature") == ""
    with storage.writing() as session:  # as an installation has them whose journals once were told apart by title
        session.execute(update(Journal).where(Journal.title != "Nature").values(issn="0034-6748"))
    assert report(SHORT, SHORT, WHOLE, "Nature") == SAID
    with storage.reading() as session:
        titles = select(Journal.title).join(Publication, Publication.journal_id == Journal.id)
        assert Counter(session.scalars(titles)) == {WHOLE: 3, "Nature": 1}
    assert report(SHORT, SHORT, WHOLE, "Nature") == "", "nothing changes any more"
    storage.close()


def test_only_the_first_titles_are_named_and_none_is_translated() -> None:
    many = [Joined(f"Publications {number}", "Country", number) for number in range(NAMED + 2)]
    assert told(many).endswith("Publications 9 → Country (9); ….")
    say = speaker("de")
    assert say is not None
    assert say(SAID) != SAID
    assert say(SAID).endswith(f": {SHORT} → {WHOLE} (2).")
