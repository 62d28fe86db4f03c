"""The worker's share in what readers see: what is derived from trials and texts follows when those change."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from articles import upkeep as of_articles
from portal.lib.outage import is_lost
from trials import upkeep as of_trials

logger = logging.getLogger(__name__)

LOOK_EVERY = timedelta(minutes=1)


class Upkeep:
    """Looks for what waits once a minute at most, and works it off row by row between two deliveries of mail."""

    def __init__(self) -> None:
        self.next_look: datetime | None = None
        self.rows: Iterator[None] | None = None

    def step(self, now: datetime) -> bool:
        """Derive one row again if any waits; True if there may be more.

        One row at a time, so that mail does not wait; each in a transaction of its own, so that ending the worker
        loses nothing.
        """
        if self.rows is None:
            if self.next_look is not None and now < self.next_look:
                return False
            self.next_look = now + LOOK_EVERY
            self.rows = work_off()
        for _ in self.rows:
            return True
        self.rows = None
        return False


def work_off() -> Iterator[None]:
    """Derive again what waits, a row for each step: trials first, since articles show their figures.

    What cannot be derived is logged and tried again after the next look: it holds up neither mail nor the rest.
    """
    for part in (of_trials, of_articles):
        for pk in part.waiting():
            try:
                part.catch_up(pk)
            except Exception as error:
                if is_lost(error):  # the worker waits for it
                    raise
                logger.exception("%s: row %s cannot be derived again.", part.__name__, pk)
            yield
