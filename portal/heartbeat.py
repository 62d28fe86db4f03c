"""Signs of life of the worker's lanes, kept in the cache that all machines share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.cache import cache

EVERY = timedelta(seconds=30)  # a lane that works on one thing may be silent for longer
KEEP = timedelta(days=7)


def beat(lane: str, now: datetime) -> None:
    """Somebody works on `lane` at `now` (aware)."""
    cache.set(f"heartbeat-{lane}", now.timestamp(), KEEP.total_seconds())


def ages(lanes: Iterable[str], now: datetime) -> dict[str, float]:
    """Seconds since somebody last worked on each of `lanes`; infinite if nobody is known to have."""
    found = {lane: cache.get(f"heartbeat-{lane}") for lane in lanes}
    return {
        lane: float("inf") if at is None else max(0.0, now.timestamp() - at) for lane, at in found.items()
    }
