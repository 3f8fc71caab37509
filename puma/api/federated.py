"""What other systems ask for: the federated search API at /panosc-api, and the credits that installations share."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from puma.access import ANONYMOUS
from puma.api.asking import House
from puma.api.oai import Provider, admitted
from puma.errors import NotHere
from puma.installation import Installation
from puma.provider.federated import Catalogue
from puma.provider.loopback import MOST, Filter, filter_of, where_of
from puma.storage import now

federated_router = APIRouter(prefix="/panosc-api")
credit_router = APIRouter()

Collection = Literal["Documents", "Datasets", "Instruments"]
Said = Annotated[str, Query(max_length=20_000)]
CATEGORIES = {"Documents": "publication", "Datasets": "dataset"}


@federated_router.get("/{collection}")
def found(
    collection: Collection, house: House, request: Request, response: Response, filter: Said = "", query: Said = ""
) -> list[dict[str, Any]]:
    """Records of a collection. ``query``, here or in the filter: words that order them by how well they fit."""
    provider = _admitted(request, response)
    wanted = filter_of(filter)
    words = query or wanted.query
    scores = _scores(house, collection, words) if words and collection in CATEGORIES else None
    with house.storage.reading() as session:
        return Catalogue(session, _prefix(provider)).found(collection, wanted, scores)


@federated_router.get("/{collection}/count")
def count(
    collection: Collection, house: House, request: Request, response: Response, where: Said = "", filter: Said = ""
) -> dict[str, int]:
    """How many records there are, of those that a condition or a whole filter leaves."""
    provider = _admitted(request, response)
    wanted = filter_of(filter) if filter else where_of(where)
    with house.storage.reading() as session:
        return {"count": Catalogue(session, _prefix(provider)).count(collection, wanted)}


@federated_router.get("/{collection}/{pid:path}")
def one(
    collection: Collection, pid: str, house: House, request: Request, response: Response, filter: Said = ""
) -> dict[str, Any]:
    """One record by its persistent identifier."""
    provider = _admitted(request, response)
    wanted = filter_of(filter)
    with house.storage.reading() as session:
        only = Filter({"pid": pid}, wanted.include, 1)
        answers = Catalogue(session, _prefix(provider)).found(collection, only)
    if not answers:
        raise NotHere(f"There is no such record among the {collection}.")
    return answers[0]


@credit_router.get("/public/federation", response_class=Response)
def credits_here(house: House, request: Request) -> Response:
    """Which publication is credited to which facility here, signed; for other installations that fetch it."""
    provider = admitted(request)
    body = provider.credits.told(house.snapshot(), now())
    return Response(body, media_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


def _admitted(request: Request, response: Response) -> Provider:
    """Let in whoever does not ask too often; every site may read the answer."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return admitted(request)


def _prefix(provider: Provider) -> str:
    return f"oai:{provider.repository.domain}:"


def _scores(house: Installation, collection: str, words: str) -> Mapping[int, float]:
    """How well records fit to any of the words, between 0 and 1, of the best thousand."""
    plain = [word for part in words.split() if (word := "".join(c for c in part if c.isalnum() or c in "-"))]
    terms = [word.strip("-") for word in plain if word.strip("-")][:30]
    if not terms:
        return {}
    category = {"kind": (CATEGORIES[collection],)}
    answer = house.search(ANONYMOUS, " | ".join(terms), filters=category, limit=MOST, facets=())
    best = max((hit.score for hit in answer.hits), default=0.0) or 1.0
    return {int(hit.id): hit.score / best for hit in answer.hits}
