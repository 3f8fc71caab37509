"""Errors, each named after what the caller should do; each knows its HTTP status and its exit code."""

from typing import ClassVar


class PumaError(Exception):
    """Something went wrong that the operator can act on; the message is a sentence for them."""

    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1
    title: ClassVar[str] = "A fault of the program"


class WrongUsage(PumaError):
    """The command, option, setting or parameter is wrong: correct it and call again."""

    http_status = 422
    exit_code = 2
    title = "Wrong usage or configuration"


class NotHere(PumaError):
    """The thing asked for does not exist, or the asker may not know that it does."""

    http_status = 404
    exit_code = 2
    title = "Not found"


class Refused(PumaError):
    """A rule forbids it (rights, expected totals): the state is unchanged."""

    http_status = 403
    exit_code = 4
    title = "Refused by a rule"


class SignIn(PumaError):
    """Nobody is signed in, the session has ended or the token is not valid: sign in, then ask again."""

    http_status = 401
    exit_code = 4
    title = "Sign in first"


class SlowDown(PumaError):
    """Too many requests or attempts: wait for ``after_s`` seconds, then ask again."""

    http_status = 429
    exit_code = 4
    title = "Too many requests"

    def __init__(self, words: str, after_s: float = 1.0) -> None:
        super().__init__(words)
        self.after_s = after_s


class Conflict(PumaError):
    """Somebody else changed it meanwhile: look again, then decide."""

    http_status = 409
    exit_code = 4
    title = "Changed meanwhile"


class SkipRecord(PumaError):
    """This one record cannot be read: its reason is kept in the run's report, the rest goes on."""

    http_status = 422
    exit_code = 3
    title = "Record skipped"


class TryLater(PumaError):
    """The source is busy or unreachable: ask again later; nothing was changed."""

    http_status = 503
    exit_code = 3
    title = "Try later"


class StopRun(PumaError):
    """The source answers with something that cannot be trusted: the run stops and the old state stays."""

    http_status = 502
    exit_code = 3
    title = "Run stopped"


ERRORS: tuple[type[PumaError], ...] = (
    WrongUsage,
    NotHere,
    Refused,
    SignIn,
    SlowDown,
    Conflict,
    SkipRecord,
    TryLater,
    StopRun,
    PumaError,
)
