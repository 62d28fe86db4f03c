"""How many mails strangers may cause to one address: each form has a limit of its own, this one is of them all."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.cache import cache

from .suppression import hash_of

MOST = 3  # in PERIOD, whatever was asked for and whoever asked
PERIOD = timedelta(hours=1)


def has_room(email: str, now: datetime) -> bool:
    """May another mail that anybody can ask for go to `email`? The caller holds the lock on its subscriber."""
    return len(_recent(email, now)) < MOST


def note(email: str, now: datetime) -> None:
    """One went to `email`. The caller holds the lock on its subscriber."""
    cache.set(_key(email), [*_recent(email, now), now.timestamp()], PERIOD.total_seconds())


def _recent(email: str, now: datetime) -> list[float]:
    since = (now - PERIOD).timestamp()
    return [at for at in cache.get(_key(email), []) if at > since]


def _key(email: str) -> str:
    return f"newsletter-mailbox:{hash_of(email)}"
