"""Health: alive, and ready with its parts."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from puma.api.asking import House
from puma.errors import PumaError

health_router = APIRouter()


@health_router.get("/healthz")
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@health_router.get("/readyz")
def ready(house: House) -> JSONResponse:
    """Whether database and facts are there; 503 with the reason of each part that is not."""
    parts = {"database": "ok", "facts": "ok"}
    try:
        if not house.storage.is_current():
            parts["database"] = "not at this program's version"
    except PumaError as error:
        parts["database"] = str(error)
    if house.snapshot() is None:
        parts["facts"] = "none yet"
    good = all(word == "ok" for word in parts.values())
    return JSONResponse({"ready": good, "parts": parts}, 200 if good else 503)
