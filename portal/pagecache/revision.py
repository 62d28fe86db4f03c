"""Has anything changed that a page may show? One small query, asked at most once a second by each process.

Triggers write a row for every statement that changes a table that kept pages show (portal.models.ContentChange); moments
at which something changes by the clock alone, such as the publication of a scheduled article, are asked for with them.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.utils import timezone

from portal import replica

EVERY = 1.0  # seconds for which an answer holds: nothing withdrawn is shown for longer
LONGEST_WAIT = 0.2  # seconds to wait for another thread that is asking
logger = logging.getLogger(__name__)

LOOK_UP = """
    SELECT (SELECT concat(max(id), '.', sum(mark)) FROM portal_contentchange),
           concat_ws('|', (SELECT max(published_at) FROM articles_article WHERE published_at <= %(now)s),
                          (SELECT max(ends_at) FROM portal_event WHERE ends_at <= %(now)s)),
           (SELECT max(version) FROM accounts_statement WHERE effective_from <= %(now)s),
           (SELECT max(version) FROM portal_consentnotice WHERE effective_from <= %(now)s),
           (SELECT array_agg(slug) FROM portal_event WHERE is_published AND ends_at > %(now)s),
           NOT pg_is_in_recovery() OR (EXISTS (SELECT FROM pg_stat_wal_receiver)
               AND (pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn()
                    OR clock_timestamp() - pg_last_xact_replay_timestamp() < %(most_lag)s))
"""
MOST_LAG = timedelta(seconds=10)  # of a replica whose word is taken while the first server can be asked


@dataclass(frozen=True)
class Revision:
    """What the database said last.

    stamp      the same as before as long as no content has changed
    statement  the version that readers attest to now, None before the first
    notice     the version of the cookie notice, likewise
    announced  the slugs of the events that pages announce
    follows    False for a replica that has lost touch with the first server
    asked_at   when (aware)
    source     the database that said it, from which the pages under its keys are made
    is_last    the database does not answer: this is what it said when it last did
    """

    stamp: str
    statement: int | None
    notice: int | None
    announced: frozenset[str]
    follows: bool
    asked_at: datetime
    source: str = DEFAULT_DB_ALIAS
    is_last: bool = False


class Lookup:
    """The revision as this process knows it."""

    def __init__(self) -> None:
        self._known: Revision | None = None
        self._until = self._asked_at = 0.0
        self._asking = threading.Lock()

    def current(self) -> Revision | None:
        """What holds now; None if the database does not answer and never has."""
        if time.monotonic() < self._until:
            return self._known
        if not self._asking.acquire(timeout=self._patience()):
            return self._last()  # whoever asks is kept waiting: the database is slow
        try:
            if time.monotonic() >= self._until:
                self._asked_at = time.monotonic()
                self._ask()
            return self._known
        finally:
            self._asking.release()

    def _patience(self) -> float:
        """How long to wait for a thread that asks: not at all if it has been waiting for long itself."""
        if self._known is None:
            return -1
        return LONGEST_WAIT if time.monotonic() < self._asked_at + LONGEST_WAIT else 0

    def _last(self) -> Revision | None:
        return replace(self._known, is_last=True) if self._known else None

    def at_hand(self) -> Revision | None:
        """What holds now if nobody needs to ask for it and the database is not away, else None."""
        return (
            self._known
            if time.monotonic() < self._until and self._known and not self._known.is_last
            else None
        )

    def forget(self) -> None:
        """Ask again at the next request."""
        self._until = 0.0

    def _ask(self) -> None:
        began = time.monotonic()
        source = replica.alias_of_content()
        found = self._answer_of(source)
        if source != DEFAULT_DB_ALIAS and (found is None or not found.follows):
            if found is None:
                replica.note_away()
            # One that lost touch is right if nobody can write.
            found = self._answer_of(DEFAULT_DB_ALIAS) or found
        if found is None and (self._known is None or not self._known.is_last):
            logger.warning("The database does not answer.")
        self._known = found or self._last()
        self._until = began + EVERY

    def _answer_of(self, alias: str) -> Revision | None:
        """What the database `alias` says; None if it does not answer."""
        try:
            return look_up(timezone.now(), alias)
        except Error:
            connections[alias].close()  # it may be broken, and the request goes on
            return None


def look_up(now: datetime, alias: str = DEFAULT_DB_ALIAS) -> Revision:
    """Ask the database `alias`. One query. Raises django.db.Error."""
    with connections[alias].cursor() as cursor:
        values: dict[str, Any] = {"now": now, "most_lag": MOST_LAG}
        cursor.execute(LOOK_UP, values)
        changes, moments, statement, notice, announced, follows = cursor.fetchone()
    # The day: texts such as "of the past 24 months" hold for one.
    stamp = f"{changes}|{moments}|{now.date()}"
    return Revision(stamp, statement, notice, frozenset(announced or ()), follows, now, alias)


lookup = Lookup()
