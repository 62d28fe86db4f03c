"""`manage.py worker`: what happens after the answer, one thread for each lane (portal/lanes.py)."""

import logging
import signal
import threading
import time

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from portal.lanes import LANES
from portal.lib.outage import is_away

logger = logging.getLogger(__name__)

IDLE = 1.0  # seconds between two looks for something to do
LONGEST_PAUSE = 30.0  # seconds between two attempts after a failure
ONCE = ("upkeep", "mail", "newsletter", "upkeep")  # issues are begun, sent, and closed


class Command(BaseCommand):
    help = "Deliver mail and issues as they become due, until SIGTERM. Any number may run at once, on any machine."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Do what is due now, and end.")
        parser.add_argument("--lanes", default=",".join(LANES), help="which of mail,newsletter,upkeep")

    def handle(self, *args: object, once: bool, lanes: str, **options: object) -> None:
        chosen = [name.strip() for name in lanes.split(",")]
        if unknown := [name for name in chosen if name not in LANES]:
            raise CommandError(f"There is no lane {unknown[0]!r}; there are {', '.join(LANES)}.")
        self.is_stopping = False
        if once:
            self.work_off(chosen)
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        self.work(chosen)

    def stop(self, *_: object) -> None:
        """Finish the current messages, then end."""
        self.is_stopping = True

    def work_off(self, lanes: list[str]) -> None:
        steps = {name: LANES[name]() for name in lanes}
        for step in [steps[name] for name in ONCE if name in steps]:
            while step(timezone.now(), lambda: False):
                pass

    def work(self, lanes: list[str]) -> None:
        """The first lane in this thread, the others beside it."""
        others = [threading.Thread(target=self.beside, args=[name], name=name) for name in lanes[1:]]
        for thread in others:
            thread.start()
        self.lane(lanes[0])
        for thread in others:
            thread.join()

    def beside(self, name: str) -> None:
        try:
            self.lane(name)
        finally:
            connection.close()  # of this thread

    def lane(self, name: str) -> None:
        """Step by step until told to stop. What goes wrong in one lane is no reason for the others to stand still."""
        step = LANES[name]()
        pause = 0.0
        while not self.is_stopping:
            try:
                is_busy = step(timezone.now(), lambda: self.is_stopping)
                pause = 0.0
                if not is_busy:
                    self.sleep(IDLE)
                continue
            except Exception as error:
                if not is_away(error):
                    logger.exception("The lane %s stumbled; it goes on after a pause.", name)
                elif not pause:
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
