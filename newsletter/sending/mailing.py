"""One worker's turn with one issue: from the first claim to the last answer."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.db import Error, connection

from newsletter import letters, lifecycle
from newsletter.models import Delivery, Issue
from portal.lib.outage import is_away

from . import book
from .answers import Answer, Verdict
from .claims import claim, is_due, suppress
from .judgement import Judgement
from .lines import Job, Line, Lines

logger = logging.getLogger(__name__)

CLAIM = 200  # deliveries: a worker never holds many more in memory
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 15.0  # seconds between attempts to reach the database


class Letter(Protocol):
    """The messages of one issue: newsletter.letters.Letter, or a test's."""

    def message(self, delivery: Delivery, *, now: datetime) -> bytes: ...

    def envelope(self, delivery: Delivery) -> tuple[str, str]: ...


LetterOf = Callable[..., Letter]  # (issue, *, now)


class Mailing:
    """Sends what is due of `issue` in cycles; the package's `engine` tells what a cycle is and why."""

    def __init__(
        self,
        issue: Issue,
        worker: str,
        judgement: Judgement,
        *,
        clock: Callable[[], datetime],
        stop: Callable[[], bool],
        is_over: Callable[[], bool],
    ) -> None:
        """
        clock    the time
        stop     True: end now, whatever is not settled
        is_over  True: offer no more
        """
        self.issue, self.worker, self.judgement = issue, worker, judgement
        self.clock, self.stop, self.is_over = clock, stop, is_over
        self.claimed: deque[Delivery] = deque()
        self.jobs: list[Job] = []  # composed, for the next cycle
        self.offered: list[tuple[Line, Job]] = []  # in this cycle
        self.words: list[book.Word] = []  # answers not written down yet
        self.is_throttled = False
        self.reason = ""  # why the issue has to be stopped
        self.settled = 0  # answered, or suppressed

    def run(self, letters_of: LetterOf) -> int:
        """Send until nothing is due, the time is over, or the issue is held. Returns how many were answered or suppressed.

        raises  django.db.Error: the database is away and we were told to stop, or something is wrong with it; the
                leases will end
        """
        try:
            self.letter = letters_of(self.issue, now=self.clock())
        except Exception as error:  # else it would be tried for ever, and nobody told
            if is_away(error):
                raise
            logger.exception("Issue %s cannot be composed.", self.issue.pk)
            lifecycle.stop(self.issue, f"The issue cannot be composed: {type(error).__name__}: {error}")
            return 0
        self.lines = Lines(settings.NEWSLETTER_CONNECTIONS)
        try:
            self._guarded(self._prepare)
            while self.lines.start([] if self._offers_no_more() else self.jobs) or self._wait_for_rate():
                self._guarded(self._cycle)
            self._guarded(self._end)
        except BaseException:
            self._collect()
            self._abandon()
            raise
        finally:
            self.lines.close()
        return self.settled

    def _guarded(self, action: Callable[[], None]) -> None:
        try:
            action()
        except Error as error:
            if not is_away(error):
                raise
            self._recover(error)

    def _cycle(self) -> None:
        self._prepare()  # while the lines work
        self._collect()
        self._hand_over()

    def _offers_no_more(self) -> bool:
        return bool(self.reason) or self.is_over()

    def _prepare(self) -> None:
        """Claim and compose for the next cycle."""
        if self._offers_no_more():
            return
        wanted = len(self.lines.in_service())
        while len(self.jobs) < wanted and not self.is_over() and (self.claimed or self._claim()):
            if self.claimed:
                self._compose(self.claimed.popleft(), self.clock())
        self.is_throttled = bool(settings.NEWSLETTER_RATE and wanted and not self.jobs) and is_due(
            self.issue, self.clock()
        )

    def _claim(self) -> bool:
        """Claim more. Returns whether there was anything, be it only what is suppressed."""
        new = claim(self.issue, self.worker, CLAIM, self.clock())
        self.claimed += new
        self.settled += new.suppressed
        return bool(new or new.suppressed)

    def _compose(self, delivery: Delivery, now: datetime) -> None:
        """Make a job of a delivery, unless it is somebody else's by now or there is nothing to send."""
        if delivery.lease_until is None or delivery.lease_until <= now:
            return
        try:
            sender, recipient = self.letter.envelope(delivery)
            octets = self.letter.message(delivery, now=now)
        except letters.Unsendable as error:
            suppress(self.worker, {delivery.pk: str(error)})
            self.settled += 1
        except Exception as error:  # one that cannot be composed must not hold up the others
            if is_away(error):
                raise
            logger.exception("Delivery %s cannot be composed.", delivery.pk)
            self._hear(delivery, Answer.trouble(Verdict.NEVER, error))
        else:
            self.jobs.append(Job(delivery, letters.message_id(delivery), sender, recipient, octets))

    def _collect(self) -> None:
        """Hear what the lines at work have to say."""
        for report in self.lines.finish(self.stop):
            for delivery, answer in filter(None, (report.heard, report.refused)):
                self._hear(delivery, answer)
            if report.offered:
                self.offered.append((report.line, report.offered))

    def _hear(self, delivery: Delivery, answer: Answer) -> None:
        self.words.append(book.Word(delivery, answer, self.clock()))
        self.settled += 1
        self.reason = self.reason or self.judgement.of(self.issue, answer)

    def _hand_over(self) -> None:
        """Write down what was heard and what is handed over now; then, and not before, send the final dots."""
        if self.reason or self.stop():
            self._abandon()
        offered = [(job.delivery, job.message_id) for _, job in self.offered]
        marked = book.note(self.issue, self.worker, self.words, offered, self.clock())
        self.words.clear()
        lost = len(offered) - len(marked)
        while self.offered:
            line, job = self.offered.pop()
            if job.delivery.pk not in marked:
                line.transport.abandon()
            elif refusal := line.hand_over(job.delivery):
                self._hear(job.delivery, refusal)
        if lost:  # paused, cancelled, unwanted by now, or our leases have ended: begin anew with what is ours
            self._put_down()
            book.release(self.issue, self.worker)
            if not marked:  # perhaps stopped by another worker, and resumed
                self.judgement.forget(self.issue)

    def _abandon(self) -> list[int]:
        """Take back what is offered; returns the deliveries."""
        unsent = [job.delivery.pk for _, job in self.offered]
        for line, _ in self.offered:
            line.transport.abandon()
        self.offered.clear()
        return unsent

    def _put_down(self) -> None:
        self.claimed.clear()
        self.jobs.clear()

    def _end(self) -> None:
        self.judgement.reached(bool(self.lines.in_service()))
        self._settle([])
        if self.reason:
            self.judgement.forget(self.issue)
            if lifecycle.stop(self.issue, self.reason):
                logger.error("Issue %s is stopped. %s", self.issue.pk, self.reason)

    def _settle(self, unsent: list[int]) -> None:
        """Write down what was heard, and give back what was not sent."""
        book.note(self.issue, self.worker, self.words, [], self.clock())
        self.words.clear()
        book.release(self.issue, self.worker, unsent)
        if unsent:
            lifecycle.reopen(self.issue)

    def _recover(self, error: Exception) -> None:
        """The database is away. Nobody knows whether it wrote down what is offered, but we know that it is not sent."""
        what = str(error).splitlines()[0]
        logger.warning("The database is away (%s); nothing is handed over until it is back.", what)
        self._collect()
        unsent = self._abandon()
        self._put_down()
        pause = FIRST_PAUSE
        while True:
            connection.close()
            try:
                return self._settle(unsent)
            except Error as again:
                if not is_away(again) or self.stop():
                    raise
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _wait_for_rate(self) -> bool:
        """True after a moment if the rate alone keeps us from sending."""
        if not self.is_throttled or self._offers_no_more():
            return False
        time.sleep(min(1 / settings.NEWSLETTER_RATE, 1))
        return True
