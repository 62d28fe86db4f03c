"""The connections of one worker: each carries one message at a time, all of them at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from newsletter.models import Delivery

from . import transports
from .answers import Answer, Verdict

PATIENCE = 25.0  # seconds for the last answers when told to stop; portal.local.children has more, then kills
LOOK = 0.5  # seconds between two looks whether we are told to stop


@dataclass(frozen=True)
class Job:
    """A message to offer."""

    delivery: Delivery
    message_id: str
    sender: str
    recipient: str
    octets: bytes


@dataclass(frozen=True)
class Report:
    """How a line's work went: what was said about its last message, and the next one if it was offered or refused."""

    line: Line
    heard: tuple[Delivery, Answer] | None
    offered: Job | None = None
    refused: tuple[Delivery, Answer] | None = None


class Line:
    """A connection, and the delivery that it has handed over and awaits an answer to."""

    def __init__(self) -> None:
        self.transport = transports.make()
        self.awaits: Delivery | None = None
        self.is_down = False

    def work(self, job: Job | None) -> Report:
        """Hear the answer about the last message, then offer the next. Touches no database: it runs in a thread."""
        heard, self.awaits = (self.awaits, self.transport.answer()) if self.awaits else None, None
        if job is None:
            return Report(self, heard)
        refusal = self.transport.offer(job.sender, job.recipient, job.octets)
        if refusal is None:
            return Report(self, heard, offered=job)
        self.is_down = refusal.verdict == Verdict.AWAY
        return Report(self, heard, refused=(job.delivery, refusal))

    def hand_over(self, delivery: Delivery) -> Answer | None:
        """Pass the point of no return with what was offered. An answer means that it was not passed."""
        refusal = self.transport.hand_over()
        self.awaits = None if refusal else delivery
        return refusal


class Lines:
    """`count` lines, each worked by a thread."""

    def __init__(self, count: int) -> None:
        self.lines = [Line() for _ in range(count)]
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="line")
        self._running: list[Future[Report]] = []
        self._stopped_at = 0.0

    def in_service(self) -> list[Line]:
        return [line for line in self.lines if not line.is_down]

    def start(self, jobs: list[Job]) -> bool:
        """Let the lines work on `jobs`, one each, which are taken from the list; those that await an answer hear it.

        returns  whether any line is at work
        """
        for line in self.lines:
            job = jobs.pop(0) if jobs and not line.is_down else None
            if job or line.awaits:
                self._running.append(self._pool.submit(line.work, job))
        return bool(self._running)

    def finish(self, stop: Callable[[], bool] = lambda: False) -> list[Report]:
        """Wait for all lines at work; once `stop` says so, for PATIENCE seconds at most."""
        running, self._running = self._running, []
        # all of them, even if one has failed: nobody else may use their transports meanwhile
        while wait(running, LOOK).not_done:
            if stop():
                self._stopped_at = self._stopped_at or time.monotonic()
                if time.monotonic() - self._stopped_at >= PATIENCE:
                    self._give_up()
                    wait(running)
        return [future.result() for future in running]

    def _give_up(self) -> None:
        """End the waiting: what has no answer now stays without one."""
        for line in self.lines:
            line.transport.interrupt()

    def close(self) -> None:
        """Say goodbye on all lines at once."""
        for line in self.lines:
            self._pool.submit(line.transport.close)
        self._pool.shutdown()
