"""Errors as `application/problem+json` (RFC 9457), each with a request id that also stands in the log."""

import logging
import math
import uuid
from contextvars import ContextVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from puma.api.speaking import reader
from puma.errors import PumaError, SignIn, SlowDown
from puma.search import QueryError

log = logging.getLogger("puma.api")

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the present request: in its answer, in its problems, in every line of the log that it caused."""


class WithRequestId(logging.Filter):
    """Puts the id of the present request into each line of a log, as ``%(request_id)s``."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a line."""
        record.request_id = request_id.get() or "-"
        return True


def problem(request: Request, status: int, title: str, detail: str, **more: object) -> JSONResponse:
    """One error answer."""
    return problem_at(request.url.path, status, title, detail, **more)


def problem_at(path: str, status: int, title: str, detail: str, **more: object) -> JSONResponse:
    """One error answer to a request for ``path``, its words in the language of who asks."""
    number, say = request_id.get() or uuid.uuid4().hex[:12], reader.get()
    log.info("problem %s %s %s: %s", number, status, path, detail)
    told = {"title": say(title), "status": status, "detail": say(detail)}
    body = {"type": "about:blank", **told, "request_id": number, **more}
    headers = {"Content-Language": say.code}
    return JSONResponse(body, status, media_type="application/problem+json", headers=headers)


def problem_of(path: str, error: PumaError) -> JSONResponse:
    """The answer to a request that ended with a known error."""
    if isinstance(error, QueryError):
        return problem_at(path, 422, error.title, str(error), position=error.position, hint=reader.get()(error.hint))
    answer = problem_at(path, error.http_status, error.title, str(error))
    if isinstance(error, SlowDown):
        answer.headers["Retry-After"] = str(math.ceil(error.after_s))
    if isinstance(error, SignIn):
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def add_problem_handlers(app: FastAPI) -> None:
    """Give an application the one error shape."""

    @app.exception_handler(PumaError)
    def known(request: Request, error: PumaError) -> JSONResponse:
        return problem_of(request.url.path, error)

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
        return fault_at(request.url.path, error)


def fault_at(path: str, error: Exception) -> JSONResponse:
    """The answer to a request that ended with a fault of the program."""
    log.error("fault of the program", exc_info=error)
    return problem_at(path, 500, "A fault of the program", "It was written to the log; the state is unchanged.")
