"""Fields and annotations say the same, every column is described, and no two columns of a table share a label."""

import types
import typing
from datetime import date, datetime
from typing import Any, cast

import pytest
from sqlalchemy import Column, String, Table

from puma.entities import Entity
from puma.fields import KINDS, fields_of

ENTITIES: list[type[Entity]] = sorted((m.class_ for m in Entity.registry.mappers), key=lambda entity: entity.__name__)
MACHINERY = {
    "source.checkpoint": "where a run that was cut off goes on",
    "run.left_over": "fields that were not read, by name",
    "run.counters": "shown one by one, by their names",
    "raw_record.run_id": "a number without a row to refer to, since runs may be pruned",
    "payload.body": "bytes as received",
    "claim.keys": "shown by the record page in the words of the source",
    "claim.values": "shown by the record page in the words of the source",
    "number_series.next": "no reader",
    "account.scope": "names of instruments, shown as one list",
    "api_token.scope": "names of instruments, shown as one list",
    "audit_entry.account_id": "a number without a row to refer to, since the entry outlives the account",
    "collection.account": "whose it is, beside the name that is shown",
    "collection_change.account": "whose it is, beside the name that is shown",
    "collection_change.before": "what an undo puts back",
    "collection_item.change_id": "what an undo takes away",
    "collection_removed.added_in": "what an undo puts back",
    "erasure.person_id": "a number without a row to refer to, since it outlives the person",
    "fair_answer.account": "whose it is, beside the name that is shown",
    "highlight.account": "whose it is, beside the name that is shown",
    "highlight.picture": "shown as a picture",
    "saved_search.account": "whose it is, beside the name that is shown",
    "file.about": "shown by the record page in the words of the file",
    "frozen_report.account": "whose it is, beside the name that is shown",
    "frozen_report.asked": "shown as the title of the report",
    "frozen_report.body": "the files as they were, and the rows behind each number",
    "report_recipe.account": "whose it is, beside the name that is shown",
    "report_recipe.asked": "shown in words: subject, years, policy",
}
"""Columns that nobody meets as a field, and why."""

every_entity = pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.__name__)


def columns(entity: type[Entity]) -> dict[str, Column[Any]]:
    return {column.name: column for column in cast(Table, entity.__table__).columns}


def annotated(entity: type[Entity], name: str) -> tuple[object, bool]:
    """(Python type, may be None) of a mapped attribute as its annotation says."""
    (inner,) = typing.get_args(typing.get_type_hints(entity)[name])
    options = typing.get_args(inner) if isinstance(inner, types.UnionType) else (inner,)
    (kept,) = [one for one in options if one is not type(None)]
    return typing.get_origin(kept) or kept, type(None) in options


def test_there_are_entities_to_check() -> None:
    assert len(ENTITIES) > 40


@every_entity
def test_every_annotation_says_whether_the_column_may_be_empty(entity: type[Entity]) -> None:
    told = {name: annotated(entity, name)[1] for name in columns(entity)}
    assert told == {name: bool(column.nullable) for name, column in columns(entity).items()}


@every_entity
def test_every_annotation_has_the_type_of_the_kind(entity: type[Entity]) -> None:
    told = {one.name: annotated(entity, one.name)[0] for one in fields_of(entity)}
    assert told == {one.name: one.kind.python for one in fields_of(entity)}


@every_entity
def test_every_column_is_described_or_a_key_or_a_reference(entity: type[Entity]) -> None:
    bare = {
        f"{entity.__tablename__}.{name}"
        for name, column in columns(entity).items()
        if "field" not in column.info and not column.primary_key and not column.foreign_keys
    }
    assert bare <= MACHINERY.keys()


@every_entity
def test_labels_are_unique_and_begin_with_a_capital(entity: type[Entity]) -> None:
    labels = [one.label for one in fields_of(entity)]
    assert sorted(set(labels)) == sorted(labels)
    assert [label for label in labels if not label[:1].isupper()] == []


@every_entity
def test_the_words_of_a_choice_fit_into_their_column(entity: type[Entity]) -> None:
    for one in fields_of(entity):
        length = getattr(columns(entity)[one.name].type, "length", None)
        assert not one.choices or (one.kind.name == "choice" and length is not None)
        assert all(len(word) <= (length or 0) for word in one.choices)
        assert len(set(one.choices)) == len(one.choices)


@every_entity
def test_what_names_a_person_is_marked_personal(entity: type[Entity]) -> None:
    unmarked = [f.name for f in fields_of(entity) if f.kind.name in ("email", "orcid") and not f.personal]
    assert not unmarked


def test_an_address_is_never_indexed_nor_exported() -> None:
    for entity in ENTITIES:
        for one in fields_of(entity):
            if one.kind.name == "email":
                assert (one.kind.mapping, one.exported, one.confidential, one.boost) == ("", False, True, 0.0)


def test_every_kind_is_explained_and_used() -> None:
    used = {one.kind.name for entity in ENTITIES for one in fields_of(entity)}
    assert used == KINDS.keys()
    assert [kind.name for kind in KINDS.values() if not kind.help] == []
    assert {kind.python for kind in KINDS.values()} <= {str, int, float, bool, date, datetime, list}


def test_every_code_fits_into_an_index_of_both_databases() -> None:
    """PostgreSQL refuses a row of an index above about 2700 bytes; four bytes per character is the worst."""
    for entity in ENTITIES:
        for index in cast(Table, entity.__table__).indexes:
            texts = [column.type for column in index.columns if isinstance(column.type, String)]
            assert all(text.length for text in texts), f"{index.name} is over text without a limit"
            assert sum(4 * (text.length or 0) for text in texts) <= 2700, index.name


def test_the_list_of_machinery_names_columns_that_exist() -> None:
    there = {f"{entity.__tablename__}.{name}" for entity in ENTITIES for name in columns(entity)}
    assert there >= MACHINERY.keys()
