"""`manage.py worker`: what happens after the answer: mail goes out, derived texts and figures follow, old rows go."""

import logging
import signal
import time
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from newsletter import subscriptions
from portal import outbox
from portal.upkeep import Upkeep

logger = logging.getLogger(__name__)

IDLE = 1.0  # seconds between two looks at an empty outbox
LONGEST_PAUSE = 30.0  # seconds between two attempts to reach the database
TIDY_EVERY = timedelta(days=1)


class Command(BaseCommand):
    help = "Deliver mail as it becomes due, until SIGTERM. Any number may run at once, on any machine."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Deliver what is due now, tidy up, and end.")

    def handle(self, *args: object, once: bool, **options: object) -> None:
        self.is_stopping = False
        self.upkeep = Upkeep()
        if once:
            while outbox.deliver_due(timezone.now()):
                pass
            while self.upkeep.step(timezone.now()):
                pass
            tidy(timezone.now())
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        self.work()

    def stop(self, *_: object) -> None:
        """Finish the current message, then end."""
        self.is_stopping = True

    def work(self) -> None:
        next_tidying = timezone.now()
        pause = 0.0
        while not self.is_stopping:
            try:
                delivered = outbox.deliver_due(timezone.now(), stop=lambda: self.is_stopping)
                is_busy = self.upkeep.step(timezone.now())
                if timezone.now() >= next_tidying:
                    tidy(timezone.now())
                    next_tidying = timezone.now() + TIDY_EVERY
                pause = 0.0
                if not delivered and not is_busy:
                    self.sleep(IDLE)
            except (OperationalError, InterfaceError) as error:
                if not pause:
                    logger.warning(
                        "The database is away (%s); trying again until it is back.", first_line(error)
                    )
                connection.close()
                pause = min(pause * 2 or IDLE, LONGEST_PAUSE)
                self.sleep(pause)

    def sleep(self, seconds: float) -> None:
        """Sleep, but not much longer than until told to stop (a signal does not end time.sleep)."""
        until = time.monotonic() + seconds
        while not self.is_stopping and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.2))


def first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def tidy(now: datetime) -> None:
    """Delete what is kept no longer: old mail, requests that nobody confirmed, ended sessions."""
    outbox.purge(now)
    subscriptions.forget_unconfirmed(now)
    Session.objects.filter(expire_date__lt=now).delete()
