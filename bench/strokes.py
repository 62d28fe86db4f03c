"""Readers and writers that go on whatever happens, and note what they are answered."""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from portal.local.loopback import HOST, LOOPBACK

PAGE, SEARCH, SIGN_UP = "kept page", "page from the database", "sign-up"
CLIENTS = {PAGE: 3, SEARCH: 2, SIGN_UP: 2}
HEADERS = {"Host": HOST, "X-Forwarded-Proto": "https"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
PAUSE = 0.01  # seconds between two requests of a client: load, not a race for the processor
PATIENCE = 0.2  # seconds before it tries again after a bad answer
TIMEOUT = 15.0  # seconds
GOOD, REFUSED, FAILED = "good", "503", "failed"


@dataclass(frozen=True)
class Answered:
    at: float  # of time.monotonic, as in all of this module
    kind: str
    outcome: str


@dataclass(frozen=True)
class Noticed:
    """Answers to one kind of requests around a blow. seconds: from the blow to the first good one after all bad ones"""

    good: int
    refused: int
    failed: int
    seconds: float


@dataclass
class Stroke:
    """Everything that so many clients were answered around one blow."""

    clients: int
    started: float = field(default_factory=time.monotonic)
    answered: list[Answered] = field(default_factory=list)
    at: float = 0.0  # of the blow

    def struck(self) -> None:
        self.at = time.monotonic()

    def is_well(self, seconds: float) -> bool:
        """True if for so long, and all of it after the blow, each kind was answered well and nothing badly."""
        start = time.monotonic() - seconds
        recent = [one for one in list(self.answered) if one.at >= start]
        is_long = start >= max(self.started, self.at)
        return is_long and {(one.kind, one.outcome) for one in recent} == {(kind, GOOD) for kind in CLIENTS}

    def noticed(self) -> dict[str, Noticed]:
        """By kind of request."""
        return {kind: self._noticed([one for one in self.answered if one.kind == kind]) for kind in CLIENTS}

    def _noticed(self, answered: list[Answered]) -> Noticed:
        outcomes = [one.outcome for one in answered]
        last_bad = max((one.at for one in answered if one.outcome != GOOD), default=0.0)
        good_again = min(
            (one.at for one in answered if one.outcome == GOOD and one.at > last_bad), default=0.0
        )
        seconds = good_again - self.at if last_bad > self.at else 0.0
        return Noticed(outcomes.count(GOOD), outcomes.count(REFUSED), outcomes.count(FAILED), seconds)


class Clients:
    """The same readers and writers for all blows; sign-ups that were acknowledged are remembered."""

    def __init__(self, port: int) -> None:
        self._port, self._numbers, self._acknowledged = port, itertools.count(), set[str]()
        self._cookie = self._attest()

    def acknowledged(self) -> set[str]:
        """The addresses whose sign-up was answered well."""
        return set(self._acknowledged)

    @contextmanager
    def loading(self) -> Iterator[Stroke]:
        """Load until the end of the block."""
        is_over = threading.Event()
        stroke = Stroke(sum(CLIENTS.values()))
        threads = [
            threading.Thread(target=self._go_on, args=(kind, stroke, is_over))
            for kind, number in CLIENTS.items()
            for _ in range(number)
        ]
        for thread in threads:
            thread.start()
        try:
            yield stroke
        finally:
            is_over.set()
            for thread in threads:
                thread.join()

    def _go_on(self, kind: str, stroke: Stroke, is_over: threading.Event) -> None:
        while not is_over.wait(PAUSE):
            outcome = self._ask(kind)
            stroke.answered.append(Answered(time.monotonic(), kind, outcome))
            if outcome != GOOD:
                is_over.wait(PATIENCE)

    def _ask(self, kind: str) -> str:
        number = next(self._numbers)
        if kind == SIGN_UP:
            email = f"reader{number}@example.org"
            outcome = self._send("POST", "/newsletter/", urlencode({"email": email}), FORM)
            if outcome == GOOD:
                self._acknowledged.add(email)
            return outcome
        path = "/articles/" if kind == PAGE else f"/search/?q=survival+{number}"
        return self._send("GET", path, "", {"Cookie": self._cookie})

    def _send(self, method: str, path: str, body: str, headers: dict[str, str]) -> str:
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=TIMEOUT)
        try:
            connection.request(method, path, body or None, HEADERS | headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            return FAILED
        finally:
            connection.close()
        return GOOD if response.status == 200 else REFUSED if response.status == 503 else FAILED

    def _attest(self) -> str:
        """The cookie of a browser that attested."""
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=60)
        connection.request("POST", "/attest/", "next=/", HEADERS | FORM)
        cookie = connection.getresponse().headers["Set-Cookie"].partition(";")[0]
        connection.close()
        return str(cookie)
