"""The lanes as tasks. Each looks for what is due and works until nothing is, or for a while; the next look goes on.

A worker that is told to end (SIGTERM, Ctrl-C) waits for its tasks, whatever pool they run in; these see a mark and
end as `manage.py worker` does: nothing more is handed over, the answers to what was are waited for.
"""

import mmap
import threading
from typing import Any

from celery.signals import worker_shutting_down
from django.utils import timezone

from portal import lanes
from portal.celery import app

# What a lane remembers from one task to the next: the server's answers, and when it last tidied up. Celery may run
# tasks in processes or in threads, and a lane's step belongs to one at a time.
_kept = threading.local()

# One byte of memory that Celery's parent process shares with the children that it forks: only the parent hears that
# it is to end. No lock guards it, because the handler of a signal may come upon a task that holds that lock.
_ending = mmap.mmap(-1, 1)


@worker_shutting_down.connect
def end_tasks(**kwargs: Any) -> None:
    """Tell every task of this worker to end."""
    _ending[0] = 1


def is_ending() -> bool:
    """True if the worker was told to end."""
    return _ending[0] == 1


@app.task
def mail() -> None:
    """Confirmations and login codes."""
    _work("mail")


@app.task
def newsletter() -> None:
    """Issues, for up to lanes.TURN seconds. As many at once as there are processes on the queue."""
    if not is_ending():
        _step("newsletter")(timezone.now(), is_ending)


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
    while not is_ending() and _step(lane)(timezone.now(), is_ending):
        pass
