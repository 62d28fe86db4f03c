"""What happens after the answer, in lanes that never wait for each other.

mail        confirmations, login codes: whatever a person waits for
newsletter  issues, digests, news of what is followed
upkeep      begins and closes issues, derives texts and figures again, deletes what is kept no longer

`manage.py worker` runs them as threads, `portal.tasks` as tasks of Celery. Any number of each may run at once, on any
machine: what is to do stands in the database, and what is taken from it is leased.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session

from newsletter import bounces, lifecycle, subscriptions
from newsletter.sending import Engine
from portal import outbox
from portal.news import keep_up
from portal.upkeep import Upkeep

TURN = 30.0  # seconds of sending issues, after which the lane looks up
TIDY_EVERY = timedelta(days=1)
NEWS_EVERY = timedelta(minutes=1)

Step = Callable[
    [datetime, Callable[[], bool]], bool
]  # (now, stop): works a while; True if there may be more to do


def mail() -> Step:
    """Deliver the outbox."""
    return lambda now, stop: outbox.deliver_due(now, stop=stop) > 0


def newsletter() -> Step:
    """Deliver issues; one engine remembers the server's answers."""
    engine = Engine()
    return lambda now, stop: engine.deliver(now, stop=stop, budget=TURN) > 0


def upkeep() -> Step:
    """One step of each of the periodic works."""
    derived = Upkeep()
    next_tidying: datetime | None = None
    next_news: datetime | None = None

    def step(now: datetime, stop: Callable[[], bool]) -> bool:
        nonlocal next_tidying, next_news
        is_busy = [work(now) for work in PERIODIC]
        if next_news is None or now >= next_news:
            next_news = now + NEWS_EVERY
            keep_up(now)
            bounces.note_refused(now)
        if next_tidying is None or now >= next_tidying:
            tidy(now)
            next_tidying = now + TIDY_EVERY
        return derived.step(now) or any(is_busy)

    return step


def tidy(now: datetime) -> None:
    """Delete what is kept no longer: old mail, requests that nobody confirmed, ended sessions."""
    outbox.purge(now)
    subscriptions.forget_unconfirmed(now)
    Session.objects.filter(expire_date__lt=now).delete()


# Each looks for what is due at `now` and does it; called again, it finds nothing.
PERIODIC: list[Callable[[datetime], object]] = [lifecycle.queue_due, lifecycle.finish_done]
LANES: dict[str, Callable[[], Step]] = {"mail": mail, "newsletter": newsletter, "upkeep": upkeep}
