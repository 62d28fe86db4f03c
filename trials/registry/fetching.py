"""A record as bytes, from the registry or from a file, within bounds of time and size."""

from __future__ import annotations

import time
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from django.conf import settings

TIMEOUT = 30.0  # seconds for the whole answer; the longest records take a few
MOST_BYTES = 32 * 1024 * 1024  # the longest records with results have about a third of it
PORTION = 64 * 1024
FALL_BACK = "Download the record on another machine and import the file."


class Unreachable(Exception):
    """No record could be got; the message says why and what to do."""


def address(number: str) -> str:
    """Where the registry serves the record of `number`."""
    return f"{settings.REGISTRY_URL}/{number}"


def fetch(number: str) -> bytes:
    """The record of `number` as the registry serves it now. Raises Unreachable."""
    request = Request(  # noqa: S310  (the setting is an http(s) address)
        address(number), headers={"Accept": "application/json", "User-Agent": "trial-portal"}
    )
    deadline = time.monotonic() + TIMEOUT
    try:
        with _opener().open(request, timeout=TIMEOUT) as answer:
            return _whole(answer, deadline)
    except HTTPError as error:
        error.close()
        if error.code == 404:
            raise Unreachable(f"The registry has no record {number}: check the number.") from error
        raise Unreachable(f"The registry answered with error {error.code}: try again later.") from error
    except TimeoutError as error:
        raise Unreachable(
            f"The registry did not answer within {TIMEOUT:g} seconds: try again later."
        ) from error
    except URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise Unreachable(
                f"The registry did not answer within {TIMEOUT:g} seconds: try again later."
            ) from error
        raise Unreachable(f"The registry cannot be reached ({error.reason}). {FALL_BACK}") from error
    except (OSError, HTTPException) as error:
        raise Unreachable(f"The connection to the registry broke: {error!r}. Try again.") from error


def _opener() -> OpenerDirector:
    """Opens http and https only, also after a redirect; urllib's own opens ftp: and file:, too."""
    opener = OpenerDirector()
    for handler in (
        ProxyHandler,
        HTTPHandler,
        HTTPSHandler,
        HTTPRedirectHandler,
        HTTPErrorProcessor,
        HTTPDefaultErrorHandler,
    ):
        opener.add_handler(handler())
    return opener


def _whole(answer: object, deadline: float) -> bytes:
    """Everything that `answer` sends; the time-out of a socket alone would let it drip for ever."""
    read = answer.read1  # type: ignore[attr-defined]  # what is there, instead of waiting for a full portion
    expected = answer.length  # type: ignore[attr-defined]
    content = bytearray()
    while portion := read(PORTION):
        content += portion
        if len(content) > MOST_BYTES:
            raise Unreachable(f"The answer is longer than {MOST_BYTES // 1024**2} MB: this is no record.")
        if time.monotonic() > deadline:
            raise TimeoutError
    if expected is not None and len(content) < expected:
        raise Unreachable("The connection to the registry broke before the record was complete. Try again.")
    return bytes(content)


def read_file(path: Path) -> bytes:
    """The content of the file `path`. Raises Unreachable."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or "no file can have this name"
        raise Unreachable(f"{str(path)!r} cannot be read: {reason}.") from error
    if len(content) > MOST_BYTES:
        raise Unreachable(f"{path} is longer than {MOST_BYTES // 1024**2} MB: this is no record.")
    return content
