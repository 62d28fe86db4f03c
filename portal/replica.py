"""A second, read-only PostgreSQL that follows the first (DATABASE_REPLICA_URL): where kept pages are made from.

Only they: whoever is signed in, editors, forms and the worker read where they write, so nobody misses what they have
just saved. The page cache asks the replica for the revision, too, so a page is never older than its key; how far the
replica lags is added to the second after which a change shows. When it is away, the first server does its work.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, models

ALIAS = "replica"
CONTENT = ("accounts", "articles", "portal", "trials")  # the apps whose rows kept pages show
LOOK_AGAIN = 10.0  # seconds
logger = logging.getLogger(__name__)

_source: ContextVar[str] = ContextVar("source", default=DEFAULT_DB_ALIAS)
_away_until = 0.0


@contextmanager
def reading_content(alias: str) -> Iterator[None]:
    """Content that is read in this block comes from the database `alias`."""
    token = _source.set(alias)
    try:
        yield
    finally:
        _source.reset(token)


def alias_of_content() -> str:
    """The database that content is to be read from now."""
    return ALIAS if has_replica() and time.monotonic() >= _away_until else DEFAULT_DB_ALIAS


def has_replica() -> bool:
    return ALIAS in settings.DATABASES


def note_away() -> None:
    """The replica did not answer: leave it alone for a while."""
    global _away_until
    _away_until = time.monotonic() + LOOK_AGAIN
    logger.warning("The replica does not answer; pages are made from the first server.")


class Router:
    """Django asks it which database a query goes to."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str | None:
        return _source.get() if model._meta.app_label in CONTENT else None

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: models.Model, other: models.Model, **hints: Any) -> bool:
        return True  # the same rows

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db != ALIAS  # it follows by itself
