"""Health: alive, and ready with its parts."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from puma.api.asking import House
from puma.installation.health import READY, looked

health_router = APIRouter()

UNREADY = {
    "database": "does not answer, or is empty",
    "migrations": "not at this program's version",
    "facts": "none yet",
    "search": "does not answer",
    "disk": "is full",
}


@health_router.get("/healthz")
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@health_router.get("/readyz")
def ready(house: House) -> JSONResponse:
    """Whether database, facts, search and room for files are there; 503 with what is the case of each part that is not.

    Anybody may ask: what exactly is wrong stands on the page Administration and in `puma check`.
    """
    parts = {one.name: "ok" if one.ok else UNREADY[one.name] for one in looked(house, READY)}
    good = all(word == "ok" for word in parts.values())
    return JSONResponse({"ready": good, "parts": parts}, 200 if good else 503)
