"""Persons and institutions for machines, as their pages show them."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from puma import listing
from puma.api.asking import Asker, House
from puma.errors import NotHere

people_router = APIRouter()


@people_router.get("/person/{person_id}.json")
def person_json(person_id: int, house: House, asker: Asker) -> dict[str, Any]:
    """A person by all records that the asker may know of; whom none of them names does not exist."""
    found = listing.person(house.storage, asker, person_id)
    if found is None:
        raise NotHere(f"There is no person {person_id}.")
    return asdict(found)


@people_router.get("/institution/{institution_id}.json")
def institution_json(institution_id: int, house: House, asker: Asker) -> dict[str, Any]:
    """An institution with who wrote from it and the affiliations that it stands for."""
    found = listing.institution(house.storage, asker, institution_id)
    if found is None:
        raise NotHere(f"There is no institution {institution_id}.")
    return asdict(found)
