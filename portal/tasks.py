"""The lanes as tasks. Each looks for what is due and works until nothing is, or for a while; the next look goes on."""

from django.utils import timezone

from portal import lanes
from portal.celery import app


@app.task
def mail() -> None:
    """Confirmations and login codes."""
    _work(lanes.mail())


@app.task
def newsletter() -> None:
    """Issues, for up to lanes.TURN seconds. As many at once as there are processes on the queue."""
    lanes.newsletter()(timezone.now(), lambda: False)


@app.task
def upkeep() -> None:
    """Everything periodic."""
    _work(lanes.upkeep())


def _work(step: lanes.Step) -> None:
    while step(timezone.now(), lambda: False):
        pass
