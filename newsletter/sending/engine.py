"""Delivering what is due, with several connections and any number of workers.

A message goes out in three steps. All connections of a worker offer one message each (all but the final dot); one
transaction writes down that these are handed over, with what the server said about those before them; then the final
dots are sent. So a message is written down as handed over before the server can take it, and is never sent twice:

- a worker dies before that transaction: the server throws away what was offered, the lease ends, another sends it;
- it dies after it, or the connection breaks after the final dot: nobody can know whether the server took the message.
  This is the one undecidable case, at most one message for each connection. It stays "handed over" without an answer
  and is not repeated: a reader may miss an issue (the archive has it), but never gets it twice;
- the database is away, or nobody knows whether it wrote that down: the connections are dropped before the final
  dots; when the database is back, those messages are queued again, and the answers of earlier ones are written.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from newsletter import letters

from .claims import being_sent, due_issues
from .judgement import Judgement
from .mailing import LetterOf, Mailing

TURN = 5.0  # seconds for an issue while others wait


def deliver(
    now: datetime,
    *,
    worker: str = "",
    stop: Callable[[], bool] = lambda: False,
    budget: float | None = None,
    letters_of: LetterOf = letters.of,
) -> int:
    """Deliver what is due. As Engine(worker, letters_of).deliver; a process that goes on sending keeps an Engine."""
    return Engine(worker, letters_of).deliver(now, stop=stop, budget=budget)


class Engine:
    """One worker: its name, and what it remembers from one round to the next."""

    def __init__(self, worker: str = "", letters_of: LetterOf = letters.of) -> None:
        """
        worker      no other that runs at the same time may have this name; empty: one is made up
        letters_of  makes the messages of an issue
        """
        self.worker = worker or f"{socket.gethostname()[:14]}-{os.getpid()}-{secrets.token_hex(3)}"
        self.letters_of = letters_of
        self.judgement = Judgement()

    def deliver(
        self, now: datetime, *, stop: Callable[[], bool] = lambda: False, budget: float | None = None
    ) -> int:
        """Deliver what is due of all issues that are being sent, in turns, so that a large one delays no small one.

        now      aware datetime at the start
        stop     asked before each message: True ends early, after the answers to what was handed over
        budget   seconds after which to end likewise; None: when nothing is due any more
        returns  how many deliveries got an answer, or were suppressed
        raises   django.db.Error: the database is away, and nothing is lost by it
        """
        started = time.monotonic()
        settled = 0

        def clock() -> datetime:
            return now + timedelta(seconds=time.monotonic() - started)

        def is_over() -> bool:
            return stop() or (budget is not None and time.monotonic() - started >= budget)

        while not is_over() and not self.judgement.is_quiet:
            if self.judgement.remembers:
                self.judgement.forget_all_but(being_sent())
            issues = due_issues(clock())
            before = settled
            for issue in issues:
                until = time.monotonic() + TURN if len(issues) > 1 else float("inf")
                is_turn_over = lambda until=until: is_over() or time.monotonic() >= until  # noqa: E731
                mailing = Mailing(
                    issue, self.worker, self.judgement, clock=clock, stop=stop, is_over=is_turn_over
                )
                settled += mailing.run(self.letters_of)
            if settled == before:
                break
        return settled
