"""Errors as `application/problem+json` (RFC 9457), each with a request id that also stands in the log."""

import logging
import uuid

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from puma.errors import PumaError
from puma.search import QueryError

log = logging.getLogger("puma.api")


def problem(request: Request, status: int, title: str, detail: str, **more: object) -> JSONResponse:
    """One error answer."""
    number = uuid.uuid4().hex[:12]
    log.info("problem %s %s %s: %s", number, status, request.url.path, detail)
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "request_id": number, **more}
    return JSONResponse(body, status, media_type="application/problem+json")


def add_problem_handlers(app: FastAPI) -> None:
    """Give an application the one error shape."""

    @app.exception_handler(PumaError)
    def known(request: Request, error: PumaError) -> JSONResponse:
        if isinstance(error, QueryError):
            return problem(request, 422, error.title, str(error), position=error.position, hint=error.hint)
        return problem(request, error.http_status, error.title, str(error))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "request"
        return problem(request, 422, "Wrong parameter", f"{where}: {first['msg']}")

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> JSONResponse:
        return problem(request, error.status_code, str(error.detail), f"{request.method} {request.url.path}")

    @app.exception_handler(Exception)
    def fault(request: Request, error: Exception) -> JSONResponse:
        log.exception("fault of the program")
        return problem(request, 500, "A fault of the program", "It was written to the log; the state is unchanged.")
