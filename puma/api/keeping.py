"""Endpoints of /api/v1 for what people keep: collections, keywords, saved searches, short links."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, model_validator

from puma import keeping, listing
from puma.api.asking import Asker, House

keeping_router = APIRouter()

Title = Annotated[str, Field(max_length=1000)]
State = Annotated[str, Field(max_length=40_000, description="as in the address of the search page: q=ice&year=2019")]
Numbers = Annotated[list[int], Field(min_length=1, max_length=100_000)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]


class NewCollection(BaseModel):
    """A collection to be made. private: for its owner; internal: for people with an account; public: for everybody."""

    title: Title
    description: str = Field("", max_length=10_000)
    visibility: Literal["private", "internal", "public"] = "private"


class ChangedCollection(BaseModel):
    """What of a collection is to change; what is not given stays."""

    title: Title | None = None
    description: str | None = Field(None, max_length=10_000)
    visibility: Literal["private", "internal", "public"] | None = None


class Items(BaseModel):
    """What is to be added: records by number, or all that a search finds."""

    records: Numbers | None = None
    search: State | None = None

    @model_validator(mode="after")
    def _one(self) -> "Items":
        if (self.records is None) == (self.search is None):
            raise ValueError("give either records or a search")
        return self


class NewKeyword(BaseModel):
    """A keyword for a record."""

    keyword: str = Field(max_length=1000)


class NewSearch(BaseModel):
    """A search to be kept."""

    name: Title
    search: State


class RenamedSearch(BaseModel):
    """Another name for a saved search."""

    name: Title


class NewLink(BaseModel):
    """A page and its state, as its address says them."""

    path: str = Field("/search", max_length=200)
    query: State = ""


@keeping_router.get("/collections")
def collections(house: House, asker: Asker) -> list[dict[str, Any]]:
    """The collections that are shown to the asker; counts are of records that the asker may know of."""
    return [asdict(one) for one in keeping.collections(house.storage, asker)]


@keeping_router.post("/collections", status_code=201)
def make(new: NewCollection, house: House, asker: Asker) -> dict[str, Any]:
    """Make a collection."""
    number = house.keep(
        lambda storage: keeping.make(storage, asker, new.title, new.description, visibility=new.visibility)
    )
    return asdict(keeping.collection(house.storage, asker, number))


@keeping_router.get("/collections/{collection_id}")
def collection(collection_id: int, house: House, asker: Asker, offset: Offset = 0, limit: Limit = 25) -> dict[str, Any]:
    """A collection and a page of its records, the newest additions first."""
    one = keeping.collection(house.storage, asker, collection_id)
    page = listing.members(house.storage, asker, collection_id, offset=offset, limit=limit)
    return {**asdict(one), "items": [asdict(row) for row in page.rows]}


@keeping_router.patch("/collections/{collection_id}")
def change(collection_id: int, changed: ChangedCollection, house: House, asker: Asker) -> dict[str, Any]:
    """Change title, description or visibility. ``DELETE /collections/changes/{change}`` takes it back."""
    values = {name: value for name, value in changed.model_dump().items() if value is not None}
    number = house.keep(lambda storage: keeping.change(storage, asker, collection_id, **values))
    return {"change": number, **asdict(keeping.collection(house.storage, asker, collection_id))}


@keeping_router.delete("/collections/changes/{change_id}")
def undo(change_id: int, house: House, asker: Asker) -> dict[str, int]:
    """Take a change of a collection back. 409 when it was taken back already."""
    return {"collection": house.keep(lambda storage: keeping.undo(storage, asker, change_id))}


@keeping_router.delete("/collections/{collection_id}")
def delete(collection_id: int, house: House, asker: Asker) -> dict[str, int]:
    """Delete a collection. ``DELETE /collections/changes/{change}`` brings it back."""
    return {"change": house.keep(lambda storage: keeping.delete(storage, asker, collection_id))}


@keeping_router.post("/collections/{collection_id}/items")
def add(collection_id: int, items: Items, house: House, asker: Asker) -> dict[str, int]:
    """Add records: says how many were new and how many were there, and the change by which it is undone."""
    numbers = items.records if items.records is not None else house.found_by(asker, items.search or "")
    return asdict(house.keep(lambda storage: keeping.add(storage, asker, collection_id, numbers)))


@keeping_router.delete("/collections/{collection_id}/items")
def remove(
    collection_id: int, house: House, asker: Asker, record: Annotated[list[int], Query(min_length=1, max_length=1000)]
) -> dict[str, int]:
    """Take records out: ``?record=1&record=2``."""
    done = house.keep(lambda storage: keeping.remove(storage, asker, collection_id, record))
    return {"change": done.change, "removed": done.new, "not_there": done.there}


@keeping_router.get("/records/{record_id}/keywords")
def keywords(record_id: int, house: House, asker: Asker) -> list[dict[str, Any]]:
    """The keywords that people gave to a record, with who and when."""
    return [asdict(one) for one in listing.given_keywords(house.storage, asker, record_id)]


@keeping_router.post("/records/{record_id}/keywords", status_code=201)
def tag(record_id: int, new: NewKeyword, house: House, asker: Asker) -> dict[str, int]:
    """Give a record a keyword; it is found at once. ``DELETE /decisions/{decision}`` takes it back."""
    return {"decision": house.tag(asker, record_id, new.keyword)}


@keeping_router.delete("/records/{record_id}/keywords")
def untag(
    record_id: int, house: House, asker: Asker, keyword: Annotated[str, Query(max_length=1000)]
) -> dict[str, int]:
    """Take a keyword away that a person gave: ``?keyword=ice``."""
    return {"decision": house.untag(asker, record_id, keyword)}


@keeping_router.get("/saved-searches")
def saved_searches(house: House, asker: Asker) -> list[dict[str, Any]]:
    """The asker's saved searches, each with how many records are new since the last visit."""
    found = keeping.saved_searches(house.storage, asker)
    return [{**asdict(one), "new": house.new_since(asker, one)} for one in found]


@keeping_router.post("/saved-searches", status_code=201)
def save(new: NewSearch, house: House, asker: Asker) -> dict[str, Any]:
    """Save a search. 422 when it cannot be understood, 409 when there is one of that name."""
    number = house.save_search(asker, new.name, new.search)
    return asdict(keeping.saved_search(house.storage, asker, number))


@keeping_router.patch("/saved-searches/{search_id}")
def rename(search_id: int, renamed: RenamedSearch, house: House, asker: Asker) -> dict[str, Any]:
    """Give a saved search another name."""
    keeping.rename_search(house.storage, asker, search_id, renamed.name)
    return asdict(keeping.saved_search(house.storage, asker, search_id))


@keeping_router.post("/saved-searches/{search_id}/seen")
def seen(search_id: int, house: House, asker: Asker) -> dict[str, Any]:
    """Say that the asker has seen what a search finds now."""
    keeping.mark_seen(house.storage, asker, search_id)
    return asdict(keeping.saved_search(house.storage, asker, search_id))


@keeping_router.post("/saved-searches/{search_id}/feed")
def another_feed(search_id: int, house: House, asker: Asker) -> dict[str, str]:
    """Give the feed of a saved search another address; the old one stops working."""
    return {"feed": keeping.new_feed(house.storage, asker, search_id)}


@keeping_router.delete("/saved-searches/{search_id}")
def forget(search_id: int, house: House, asker: Asker) -> dict[str, int]:
    """Delete a saved search; ``POST /saved-searches/{id}/restore`` brings it back."""
    keeping.forget_search(house.storage, asker, search_id)
    return {"deleted": search_id}


@keeping_router.post("/saved-searches/{search_id}/restore")
def restore(search_id: int, house: House, asker: Asker) -> dict[str, Any]:
    """Bring a deleted saved search back."""
    keeping.restore_search(house.storage, asker, search_id)
    return asdict(keeping.saved_search(house.storage, asker, search_id))


@keeping_router.post("/short-links", status_code=201)
def short_link(new: NewLink, house: House, asker: Asker) -> dict[str, str]:
    """A short address for a page and its state; equal states have the same, for good."""
    name = keeping.short_link(house.storage, asker, new.path, new.query)
    return {"id": name, "path": f"/p/{name}"}
