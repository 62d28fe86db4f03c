"""What tells all processes that a page may look different now."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models.functions import Cast, Now, Random

KEPT = timedelta(days=1)


class ContentChangeQuerySet(models.QuerySet["ContentChange"]):
    def purge(self, now: datetime) -> int:
        """Delete what is older than a day. The newest stays: without it, two histories could look the same."""
        newest = self.order_by("-pk").first()
        return self.filter(changed_at__lt=now - KEPT, pk__lt=newest.pk).delete()[0] if newest else 0


class ContentChange(models.Model):
    """A statement changed something that pages show. Written by triggers alone: see migration 0007.

    A table that a kept page shows needs the trigger; `tests/pagecache/test_revision.py` asks about each new one.
    `mark` is random, so that no two sets of rows have the same sum: not even before and after a backup was restored.
    """

    mark = models.BigIntegerField(db_default=Cast(Random() * 10**15, models.BigIntegerField()))
    changed_at = models.DateTimeField(db_default=Now())

    objects = ContentChangeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.changed_at:%Y-%m-%d %H:%M:%S}"
