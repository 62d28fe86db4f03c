"""How fast all workers together may hand over: a bucket of messages in the database that fills with time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from newsletter.models import SendingRate

from .transports import provider


@dataclass
class Allowance:
    """What may be taken now; `taken` is what was."""

    messages: int
    taken: int = 0

    def take(self, messages: int) -> None:
        self.taken += messages


@contextmanager
def allowance(wanted: int) -> Iterator[Allowance]:
    """Hold the provider's bucket while messages are claimed, and note what was taken from it.

    wanted  at most so many
    yields  how many are allowed: NEWSLETTER_RATE for each second since the last look, and at most for one second
            (at least one message), so that a pause is not followed by a flood
    """
    rate = settings.NEWSLETTER_RATE
    if not rate:
        yield Allowance(wanted)
        return
    with transaction.atomic():
        SendingRate.objects.get_or_create(provider=provider(), defaults={"allowance": 1})
        bucket = SendingRate.objects.select_for_update().get(provider=provider())
        now = _database_time()
        passed = max(0.0, (now - bucket.filled_at).total_seconds())
        full = min(max(rate, 1), bucket.allowance + rate * passed)
        granted = Allowance(min(wanted, int(full)))
        yield granted
        bucket.allowance = full - granted.taken
        bucket.filled_at = now
        bucket.save(update_fields=["allowance", "filled_at"])


def _database_time() -> datetime:
    """The time of the one clock that all workers share: a machine whose own is wrong would hold up the others."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
