"""Log lines: JSON, one to a line, for whoever collects them; readable ones in development.

No line outside development holds what somebody sent. Addresses of pages, search words, forms, headers and cookies are
never given to a logger of ours; what Django's own loggers quote of them is taken out here; and since an exception's
message may quote a value ("Key (email)=(…) already exists"), only its type and its place are written.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from traceback import walk_tb
from typing import Any

from django.db import Error, InterfaceError, OperationalError

request_id: ContextVar[str] = ContextVar("request_id", default="")  # of the request that is being answered
CODE = f"{Path(__file__).resolve().parents[2]}/"
MAIL_ADDRESS = re.compile(r"[^\s<>()\"'=:,;@]+@[^\s<>()\"',;@]+")  # mail servers quote it in their answers
MOST_FRAMES = 40
logging.logThreads = logging.logMultiprocessing = False  # names that no line of ours says, looked up for each

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


class Discreet(logging.Filter):
    """Lets Django's lines about refused and failed requests keep their reason and lose what they quote."""

    def filter(self, record: logging.LogRecord) -> bool:
        """False for a line that says no more than the request's own (portal/request_log.py)."""
        if record.name == "django.request":
            record.msg, record.args = "The request failed.", ()
            return bool(record.exc_info)
        if record.name.startswith("django.security"):
            record.msg, record.args = "Refused: %s.", (record.name.rpartition(".")[2],)
            record.exc_info = None
            if record.levelno >= logging.ERROR:  # anybody can make us refuse something: that is no alarm
                record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


class JsonFormatter(logging.Formatter):
    """time, level, logger, pid, request_id within a request; then the record's `fields`, or its message and error."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": f"{second(int(record.created))}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "pid": record.process,
        }
        if number := request_id.get():
            line["request_id"] = number
        fields: dict[str, Any] | None = getattr(record, "fields", None)
        if fields is not None:
            return encode(line | fields)
        line["message"] = without_addresses(record.getMessage())
        if record.exc_info and record.exc_info[1]:
            line |= described(record.exc_info[1])
        return encode(line)


class ReadableFormatter(logging.Formatter):
    """For one's own terminal, where tracebacks may show everything."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] | None = getattr(record, "fields", None)
        time = f"{datetime.fromtimestamp(record.created):%H:%M:%S}"
        if fields is not None:
            return " ".join([time, *(str(value) for value in fields.values() if value not in ("", None))])
        return f"{time} {super().format(record)}"


@lru_cache(maxsize=1)
def second(number: int) -> str:
    """The second `number` since 1970 in UTC, as ISO 8601 writes it: many lines share one."""
    return datetime.fromtimestamp(number, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def without_addresses(text: str) -> str:
    return MAIL_ADDRESS.sub("[address]", text) if "@" in text else text


def described(error: BaseException) -> dict[str, Any]:
    """Type and place of `error`, and the types of what caused it; of its message only what cannot quote anybody."""
    causes = [named(cause) for cause in causes_of(error)]
    frames = [
        f"{frame.f_code.co_filename.removeprefix(CODE)}:{number} {frame.f_code.co_name}"
        for frame, number in walk_tb(error.__traceback__)
    ]
    return {"error": named(error), "trace": frames[-MOST_FRAMES:]} | ({"causes": causes} if causes else {})


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """What led to `error`, the nearest first."""
    seen = {id(error)}
    cause = error.__cause__ or error.__context__
    while cause is not None and id(cause) not in seen:
        yield cause
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__


def named(error: BaseException) -> str:
    """The type of `error`, with PostgreSQL's code and constraint, or why the server or the disk cannot be used."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    detail = ""
    if isinstance(error, OSError):
        detail = error.strerror or ""
    elif isinstance(error, Error) and error.__cause__ is not None:
        diagnosis = getattr(error.__cause__, "diag", None)
        words = [getattr(error.__cause__, "pgcode", None), getattr(diagnosis, "constraint_name", None)]
        detail = " ".join(word for word in words if word)
        if not detail and isinstance(error, OperationalError | InterfaceError):  # about the connection
            detail = without_addresses(" ".join(str(error).split()))[:300]
    return f"{kind}: {detail}" if detail else kind


def configuration(*, for_people: bool) -> dict[str, Any]:
    """Django's LOGGING: everything to the console, for one's own terminal or for whoever collects lines."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"discreet": {"()": Discreet}},
        "formatters": {
            "json": {"()": JsonFormatter},
            "readable": {"()": ReadableFormatter},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "readable" if for_people else "json",
                "filters": ["discreet"],
            }
        },
        "root": {"handlers": ["console"], "level": "WARNING" if for_people else "INFO"},
        "loggers": {
            "portal.request": {"level": "INFO"},
            "django": {"handlers": [], "level": "WARNING"},  # the root's only, not Django's own besides
            "django.server": {"handlers": [], "level": "CRITICAL"},  # whole addresses; ours name the routes
            "celery": {"level": "WARNING"},  # else a line for every look at the queues
        },
    }
