"""Affiliations of the database: which institution they get, at which level, on which day, and who may overrule."""

import pickle
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pytest
from sqlalchemy import select, update

import puma.linking.affiliations
from puma.claims import Claim
from puma.entities import Affiliation, AffiliationInstitution, HarvestSource, Institution, RawRecord
from puma.facts import refresh
from puma.linking import match
from puma.linking.affiliations import resolve_affiliations, store_affiliations
from puma.matching.institutions.index import Level
from puma.resolve import Received, apply_batch, settle_references
from puma.settings import FilesSettings, MatchSettings, Settings, WorkSettings
from puma.storage import Storage, insert_rows

T = TypeVar("T")
R = TypeVar("R")
AT = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
OLD = "Lakeside Institute of Crystallography, Lund, Sweden"
TWO = "Rutherford Appleton Laboratory, Didcot, United Kingdom; Scandinavian Institute of Matter, Lund, Sweden"
BOTH = "Rutherford Appleton Laboratory, Didcot, United Kingdom"


def institution(ror: str, name: str, **more: Any) -> Claim:
    return Claim("institution", (("ror", ror),), {"name": name, "ror": ror, **more})


def paper(doi: str, text: str, day: str) -> Claim:
    values: Mapping[str, Any] = {
        "doi": doi, "title": f"On {doi}", "type": "JOURNAL_ARTICLE", "published_on": day,
        "published_precision": "day", "authors": [{"name": "Quetzal, Ximena", "affiliations": [{"text": text}]}],
    }  # fmt: skip
    return Claim("publication", (("doi", doi),), values)


@pytest.fixture
def told(storage: Storage) -> Storage:
    with storage.writing() as session:
        insert_rows(session, HarvestSource, [{"id": 1, "name": "w", "harvester": "tables", "precedence": 50}])
    tell(
        storage, 1,
        institution("03gq8fr08", "Rutherford Appleton Laboratory", country="GB", city="Didcot", parent_ror="057g20z61"),
        institution("057g20z61", "Science and Technology Facilities Council", country="GB", city="Swindon"),
        institution("012a77v79", "Lakeside Institute of Crystallography", country="SE", city="Lund",
                    closed_on="2018-01-01", successor_ror="01wv9cn34"),
        institution("01wv9cn34", "Scandinavian Institute of Matter", country="SE", city="Lund"),
    )  # fmt: skip
    return storage


def tell(storage: Storage, raw: int, *claims: Claim) -> None:
    with storage.writing() as session:
        row = {"source_id": 1, "key": str(raw), "payload_sha256": "0", "fetched_at": AT, "run_id": 1}
        insert_rows(session, RawRecord, [{"id": raw, **row}])
        apply_batch(session, 1, [Received(raw, claims, changed=False)], AT)
        settle_references(session, AT)


def resolved(storage: Storage, level: Level = "named") -> dict[str, str | None]:
    """The name of the institution of each affiliation, after one round."""
    with storage.writing() as session:
        store_affiliations(session, resolve_affiliations(session, level)[0])
    return named(storage)


def named(storage: Storage) -> dict[str, str | None]:
    """The name of the institution of each affiliation."""
    with storage.reading() as session:
        called = dict(session.execute(select(Institution.id, Institution.name)).all())
        rows = session.execute(select(Affiliation.text, Affiliation.institution_id)).all()
        return {text: called.get(number) if number is not None else None for text, number in rows}


def further(storage: Storage) -> list[str]:
    """The names of the further institutions of all affiliations."""
    with storage.reading() as session:
        return list(
            session.scalars(
                select(Institution.name).join(
                    AffiliationInstitution, AffiliationInstitution.institution_id == Institution.id
                )
            )
        )


def countries(storage: Storage, folder: Path) -> set[tuple[str, float]]:
    """The countries of the publications with their shares, as the figures count them."""
    made = refresh(storage, folder, AT)
    rows = duckdb.sql(f"SELECT country, share FROM '{made.folder}/publication_countries.parquet'").fetchall()
    return {(country, float(share)) for country, share in rows}


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2012-06-01", "Lakeside Institute of Crystallography"), ("2021-06-01", "Scandinavian Institute of Matter")],
)
def test_the_day_of_the_work_decides_between_an_institution_and_its_successor(
    told: Storage, day: str, expected: str
) -> None:
    tell(told, 2, paper("10.1000/a", OLD, day))
    assert resolved(told)[OLD] == expected


def test_the_level_of_the_facility_decides_between_an_institution_and_the_one_above_it(told: Storage) -> None:
    tell(told, 2, paper("10.1000/a", BOTH, "2020-06-01"))
    assert resolved(told)[BOTH] == "Rutherford Appleton Laboratory"
    assert resolved(told, "top")[BOTH] == "Science and Technology Facilities Council"


def test_an_override_is_still_there_after_another_harvest(told: Storage) -> None:
    tell(told, 2, paper("10.1000/a", BOTH, "2020-06-01"))
    resolved(told)
    with told.writing() as session:
        other = session.scalar(select(Institution.id).where(Institution.ror == "057g20z61"))
        session.execute(
            update(Affiliation).where(Affiliation.text == BOTH).values(decided_by="anna", institution_id=other)
        )
    tell(told, 3, paper("10.1000/a", BOTH, "2020-06-01"), paper("10.1000/b", BOTH, "2021-06-01"))
    assert resolved(told)[BOTH] == "Science and Technology Facilities Council"


def test_a_second_round_changes_nothing(told: Storage) -> None:
    tell(told, 2, paper("10.1000/a", BOTH, "2020-06-01"), paper("10.1000/b", OLD, "2012-06-01"))
    resolved(told)
    with told.reading() as session:
        changed, counters = resolve_affiliations(session)
    assert changed == []
    assert counters["affiliations_resolved"] == 2
    assert counters["affiliations_to_ask"] <= 2


class Elsewhere:
    """Two who get copies of their parts."""

    count = 2

    def map(self, task: Callable[[T], R], parts: Sequence[T]) -> list[R]:
        assert len(parts) == self.count
        return [task(pickle.loads(pickle.dumps(part))) for part in parts]


def test_affiliations_resolved_elsewhere_in_parts_get_the_same_institutions(
    told: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = (BOTH, OLD, TWO, "Street 5, Nowhere")
    tell(told, 2, *(paper(f"10.1000/{place}", text, "2020-06-01") for place, text in enumerate(written)))
    monkeypatch.setattr(puma.linking.affiliations, "WORTH_SHARING", 1)
    with told.reading() as session:
        here, there = resolve_affiliations(session), resolve_affiliations(session, hands=Elsewhere())
    assert here == there
    assert here[1]["affiliations_resolved"] == 3


def test_all_institutions_of_one_affiliation_are_kept_and_credited(told: Storage, tmp_path: Path) -> None:
    tell(told, 2, paper("10.1000/a", TWO, "2020-06-01"))
    assert resolved(told)[TWO] == "Rutherford Appleton Laboratory"
    assert further(told) == ["Scandinavian Institute of Matter"]
    with told.reading() as session:
        assert resolve_affiliations(session)[0] == []
    assert countries(told, tmp_path) == {("GB", 0.5), ("SE", 0.5)}


def test_what_a_person_decides_on_an_affiliation_stands_alone(told: Storage, tmp_path: Path) -> None:
    tell(told, 2, paper("10.1000/a", TWO, "2020-06-01"))
    resolved(told)
    with told.writing() as session:
        session.execute(update(Affiliation).where(Affiliation.text == TWO).values(decided_by="anna"))
    assert countries(told, tmp_path) == {("GB", 1.0)}


def test_an_institution_that_an_affiliation_names_no_more_is_forgotten(told: Storage) -> None:
    tell(told, 2, paper("10.1000/a", TWO, "2020-06-01"))
    resolved(told)
    with told.writing() as session:
        one = session.scalar(select(Affiliation.id).where(Affiliation.text == TWO))
        nobody = {"id": one, "institution_id": None, "country": None, "probability": None, "also": []}
        store_affiliations(session, [nobody])
    assert further(told) == []
    assert resolved(told)[TWO] == "Rutherford Appleton Laboratory"
    assert further(told) == ["Scandinavian Institute of Matter"]


def test_the_setting_says_at_which_level_institutions_are_counted(told: Storage, tmp_path: Path) -> None:
    tell(told, 2, paper("10.1000/a", BOTH, "2020-06-01"))
    levels: tuple[Level, Level, Level] = ("named", "top", "named")
    found = []
    for level in levels:
        settings = Settings(
            files=FilesSettings(folder=tmp_path), match=MatchSettings(institution_level=level),
            work=WorkSettings(processes=1),
        )  # fmt: skip
        match(told, settings, at=AT, progress=lambda *_: None, only_if_changed=True)
        found.append(named(told)[BOTH])
    assert found == [
        "Rutherford Appleton Laboratory", "Science and Technology Facilities Council", "Rutherford Appleton Laboratory"
    ]  # fmt: skip


def test_an_affiliation_of_nobody_is_counted_as_unresolved(told: Storage) -> None:
    tell(told, 2, paper("10.1000/a", "12 Main Street, Springfield", "2020-06-01"))
    with told.reading() as session:
        _, counters = resolve_affiliations(session)
    assert (counters["affiliations"], counters["affiliations_resolved"]) == (1, 0)
