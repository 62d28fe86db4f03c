"""Readers and writers that go on whatever happens, and note what they are answered."""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from portal.local.loopback import HOST, LOOPBACK

PAGE, SEARCH, SIGN_UP = "kept page", "page from the database", "sign-up"
CLIENTS = {PAGE: 3, SEARCH: 2, SIGN_UP: 2}
HEADERS = {"Host": HOST, "X-Forwarded-Proto": "https"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
Connect = Callable[[], http.client.HTTPConnection]
PAUSE = 0.01  # seconds between two requests of a client: load, not a race for the processor
PATIENCE = 0.2  # seconds before it tries again after a bad answer
TIMEOUT = 15.0  # seconds
GOOD, REFUSED, FAILED = "good", "503", "failed"


@dataclass(frozen=True)
class Answered:
    began: float  # of time.monotonic, as in all of this module
    at: float
    kind: str
    outcome: str


@dataclass(frozen=True)
class Noticed:
    """Answers to one kind of requests around a blow.

    later    of the refused and the failed, those that were sent after the blow: the others were in flight
    seconds  from the blow to the first good one after all bad ones
    longest  seconds that anybody waited for an answer that came after the blow
    """

    good: int
    refused: int
    failed: int
    later: int
    seconds: float
    longest: float


@dataclass
class Stroke:
    """Everything that so many clients of each kind were answered around one blow."""

    kinds: Mapping[str, int]
    started: float = field(default_factory=time.monotonic)
    answered: list[Answered] = field(default_factory=list)
    at: float = 0.0  # of the blow

    @property
    def clients(self) -> int:
        return sum(self.kinds.values())

    def struck(self) -> None:
        self.at = time.monotonic()

    def is_well(self, seconds: float) -> bool:
        """True if for so long, and all of it after the blow, each kind was answered well and nothing badly."""
        start = time.monotonic() - seconds
        recent = [one for one in list(self.answered) if one.at >= start]
        is_long = start >= max(self.started, self.at)
        return is_long and {(one.kind, one.outcome) for one in recent} == {
            (kind, GOOD) for kind in self.kinds
        }

    def noticed(self) -> dict[str, Noticed]:
        """By kind of request."""
        return {
            kind: self._noticed([one for one in self.answered if one.kind == kind]) for kind in self.kinds
        }

    def _noticed(self, answered: list[Answered]) -> Noticed:
        outcomes = [one.outcome for one in answered]
        bad = [one for one in answered if one.outcome != GOOD]
        last_bad = max((one.at for one in bad), default=0.0)
        later = sum(one.began > self.at for one in bad) if self.at else 0
        good_again = min(
            (one.at for one in answered if one.outcome == GOOD and one.at > last_bad), default=0.0
        )
        seconds = good_again - self.at if last_bad > self.at else 0.0
        longest = max((one.at - one.began for one in answered if one.at > self.at), default=0.0)
        good, refused, failed = (outcomes.count(outcome) for outcome in (GOOD, REFUSED, FAILED))
        return Noticed(good, refused, failed, later, seconds, longest)


class Crowd(ABC):
    """Clients of several kinds, each of which sends one request after the other.

    A subclass says in `ask` what a request is.
    """

    def __init__(self, kinds: Mapping[str, int]) -> None:
        self.kinds, self.numbers = kinds, itertools.count()

    @abstractmethod
    def ask(self, kind: str, number: int) -> str:
        """Send one request, the number of which no other has. Returns its outcome."""

    @contextmanager
    def loading(self) -> Iterator[Stroke]:
        """Load until the end of the block."""
        is_over = threading.Event()
        stroke = Stroke(self.kinds)
        threads = [
            threading.Thread(target=self._go_on, args=(kind, stroke, is_over))
            for kind, number in self.kinds.items()
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
            began = time.monotonic()
            outcome = self.ask(kind, next(self.numbers))
            stroke.answered.append(Answered(began, time.monotonic(), kind, outcome))
            if outcome != GOOD:
                is_over.wait(PATIENCE)


class Clients(Crowd):
    """The same readers and writers for all blows; sign-ups that were acknowledged are remembered."""

    def __init__(self, port: int) -> None:
        super().__init__(CLIENTS)
        self._acknowledged = set[str]()
        self._connect = lambda: http.client.HTTPConnection(LOOPBACK, port, timeout=TIMEOUT)
        self._cookie = attest(self._connect)

    def acknowledged(self) -> set[str]:
        """The addresses whose sign-up was answered well."""
        return set(self._acknowledged)

    def ask(self, kind: str, number: int) -> str:
        if kind == SIGN_UP:
            email = f"reader{number}@example.org"
            outcome = outcome_of(
                send(self._connect, "POST", "/newsletter/", urlencode({"email": email}), FORM)
            )
            if outcome == GOOD:
                self._acknowledged.add(email)
            return outcome
        path = "/articles/" if kind == PAGE else f"/search/?q=survival+{number}"
        return outcome_of(send(self._connect, "GET", path, "", {"Cookie": self._cookie}))


@dataclass(frozen=True)
class Answer:
    status: int
    text: bytes


def send(connect: Connect, method: str, path: str, body: str, headers: Mapping[str, str]) -> Answer | None:
    """One request over a connection of its own; None if it got no whole answer."""
    connection = connect()
    try:
        connection.request(method, path, body or None, {**HEADERS, **headers})
        response = connection.getresponse()
        return Answer(response.status, response.read())
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def outcome_of(answer: Answer | None, wanted: int = 200) -> str:
    if answer is None:
        return FAILED
    return GOOD if answer.status == wanted else REFUSED if answer.status == 503 else FAILED


def attest(connect: Connect) -> str:
    """The cookie of a browser that attested."""
    connection = connect()
    connection.request("POST", "/attest/", "next=/", HEADERS | FORM)
    cookie = connection.getresponse().headers["Set-Cookie"].partition(";")[0]
    connection.close()
    return str(cookie)
