"""What happens after the answer, in lanes that never wait for each other.

mail        confirmations, login codes: whatever a person waits for
newsletter  issues, digests, news of what is followed
upkeep      begins and closes issues, derives texts and figures again, deletes what is kept no longer

`manage.py worker` runs them as threads, `portal.tasks` as tasks of Celery. Any number of each may run at once, on any
machine: what is to do stands in the database, and what is taken from it is leased.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial, wraps

from accounts import deletion
from newsletter import bounces, lifecycle
from newsletter.sending import Engine
from portal import heartbeat, outbox, retention
from portal.lib.outage import is_lost
from portal.models import ContentChange
from portal.news import keep_up
from portal.upkeep import Upkeep

TURN = 20.0  # seconds of sending issues, after which the lane looks up; less than a worker has to end
TIDY_EVERY = timedelta(days=1)
NEWS_EVERY = timedelta(minutes=1)
ERASE_EVERY = timedelta(hours=1)  # accounts whose owners had their time to think it over

# (now, stop): works a while; True if there may be more to do
Step = Callable[[datetime, Callable[[], bool]], bool]
Work = Callable[[datetime], object]  # returns something true if there may be more to do
logger = logging.getLogger(__name__)
SAY_EVERY = timedelta(minutes=1)  # of a work that stumbles each time
LONG_AGO = datetime.min.replace(tzinfo=UTC)
_stumbled: dict[str, datetime] = {}  # when that was last said of a work, by its name


def mail() -> Step:
    """Deliver the outbox."""
    return lambda now, stop: outbox.deliver_due(now, stop=stop) > 0


def newsletter() -> Step:
    """Begin the issues that are due and deliver; one engine remembers the server's answers."""
    engine = Engine()

    def step(now: datetime, stop: Callable[[], bool]) -> bool:
        _guarded(lifecycle.queue_due, now)  # here, too: nobody waits for the upkeep after "Send now"
        return engine.deliver(now, stop=stop, budget=TURN) > 0

    return step


def upkeep() -> Step:
    """One step of each of the periodic works."""
    derived = Upkeep()
    works: list[Work] = [
        *PERIODIC,
        _every(NEWS_EVERY, news),
        _every(ERASE_EVERY, deletion.erase_due),
        _every(TIDY_EVERY, tidy),
        derived.step,
    ]
    return lambda now, stop: sum(_guarded(work, now) for work in works) > 0


def _every(period: timedelta, work: Work) -> Work:
    """`work` at most once in `period`."""
    due: datetime | None = None

    @wraps(work)
    def occasionally(now: datetime) -> bool:
        nonlocal due
        if due is None or now >= due:
            due = now + period
            try:
                work(now)
            except Exception as error:
                if is_lost(error):
                    due = None  # what its absence cut off is done as soon as the database is back
                raise
        return False

    return occasionally


def _with_heartbeat(name: str, lane: Callable[[], Step]) -> Callable[[], Step]:
    """`lane`, whose steps say now and then that somebody works on it."""

    def begin() -> Step:
        step, beat = lane(), _every(heartbeat.EVERY, partial(heartbeat.beat, name))

        def beating(now: datetime, stop: Callable[[], bool]) -> bool:
            _guarded(beat, now)
            return step(now, stop)

        return beating

    return begin


def _guarded(work: Work, now: datetime, name: str = "") -> bool:
    """Do `work`; what goes wrong in it is logged, and no reason for the others to stand still.

    name     for the log; default: that of the function
    returns  True if there may be more to do
    raises   django.db.Error: the database is away, for all of them
    """
    try:
        return bool(work(now))
    except Exception as error:
        if is_lost(error):
            raise
        name = name or getattr(work, "__qualname__", "")
        if now - _stumbled.get(name, LONG_AGO) >= SAY_EVERY:
            _stumbled[name] = now
            logger.exception("The periodic work %s stumbled; it is done again when it is next due.", name)
        return False


def news(now: datetime) -> None:
    """Gather news, make the runs of digests that are due, and note who could not be reached."""
    for work in (keep_up, bounces.note_refused):
        _guarded(work, now)


def tidy(now: datetime) -> None:
    """Delete what is kept no longer, rule by rule."""
    _guarded(ContentChange.objects.purge, now)
    for rule in retention.rules():
        _guarded(rule.end, now, name=f"of retention ({rule.what})")


# Each looks for what is due at `now` and does it; called again, it finds nothing.
PERIODIC: list[Work] = [lifecycle.queue_due, lifecycle.finish_done]
LANES: dict[str, Callable[[], Step]] = {
    name: _with_heartbeat(name, lane)
    for name, lane in {"mail": mail, "newsletter": newsletter, "upkeep": upkeep}.items()
}
