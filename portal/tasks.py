"""The lanes as tasks. Each looks for what is due and works until nothing is, or for a while; the next look goes on."""

import threading

from django.utils import timezone

from portal import lanes
from portal.celery import app

# What a lane remembers from one task to the next: the server's answers, and when it last tidied up. Celery may run
# tasks in processes or in threads, and a lane's step belongs to one at a time.
_kept = threading.local()


@app.task
def mail() -> None:
    """Confirmations and login codes."""
    _work("mail")


@app.task
def newsletter() -> None:
    """Issues, for up to lanes.TURN seconds. As many at once as there are processes on the queue."""
    _step("newsletter")(timezone.now(), lambda: False)


@app.task
def upkeep() -> None:
    """Everything periodic."""
    _work("upkeep")


def _step(lane: str) -> lanes.Step:
    steps: dict[str, lanes.Step] = _kept.__dict__
    if lane not in steps:
        steps[lane] = lanes.LANES[lane]()
    return steps[lane]


def _work(lane: str) -> None:
    while _step(lane)(timezone.now(), lambda: False):
        pass
