"""The cache in Redis, for as long as Redis answers; without it each process keeps a small cache of its own.

Rate limits are what the cache is needed for. With the cache gone they could let everything pass (then whoever guesses
passwords would only have to wait for a failure) or nothing (then nobody could sign in, the people who mend it least of
all). Counting in each process is between the two: limits hold, up to the number of processes times as many.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

LOOK_AGAIN = 5  # seconds: a Redis that hangs costs one request in that time its patience, not every one
PATIENCE = {"socket_connect_timeout": 1, "socket_timeout": 1}


def _kept(name: str) -> Callable[..., Any]:
    """The method `name` of the cache, by Redis or else by this process."""

    def method(self: Redis, *args: Any, **options: Any) -> Any:
        if time.monotonic() >= self.away_until:
            try:
                return getattr(RedisCache, name)(self, *args, **options)
            except (RedisError, OSError) as error:
                self.note(error)
        return getattr(self.own, name)(*args, **options)

    method.__name__ = name
    return method


class Redis(RedisCache):
    """Django's, but no page fails because Redis does. What went wrong is in the log."""

    away_until = 0.0  # of the process: each thread has a cache object of its own

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params | {"OPTIONS": PATIENCE | params.get("OPTIONS", {})})
        self.own = LocMemCache("without-redis", {})  # one of this name in the process

    def note(self, error: Exception) -> None:
        """Say once in a while that Redis is away, and leave it alone meanwhile."""
        type(self).away_until = time.monotonic() + LOOK_AGAIN
        logger.warning("Redis does not answer (%s): this process counts for itself.", type(error).__name__)

    add = _kept("add")
    get = _kept("get")
    set = _kept("set")
    touch = _kept("touch")
    delete = _kept("delete")
    get_many = _kept("get_many")
    set_many = _kept("set_many")
    delete_many = _kept("delete_many")
    has_key = _kept("has_key")
    incr = _kept("incr")
    clear = _kept("clear")
