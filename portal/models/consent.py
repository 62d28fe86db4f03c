"""What visitors decided about cookies, and the wording they decided on."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone


class ConsentNoticeQuerySet(models.QuerySet["ConsentNotice"]):
    def current(self, at: datetime | None = None) -> ConsentNotice | None:
        """The notice in force at `at` (aware; default: now), or None before the first."""
        return self.filter(effective_from__lte=at or timezone.now()).order_by("-version").first()


class ConsentNotice(models.Model):
    """A version of the cookie notice. A newer one asks everyone again."""

    version = models.PositiveIntegerField(unique=True, editable=False)
    text = models.TextField(
        help_text="Shown in the cookie bar. A change is a new version: everyone is asked again."
    )
    effective_from = models.DateTimeField(default=timezone.now)

    objects = ConsentNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "cookie notice"
        ordering = ["-version"]
        constraints = [models.CheckConstraint(name="consent_notice_has_text", condition=~Q(text=""))]

    def __str__(self) -> str:
        return f"Version {self.version}"


class ConsentRecord(models.Model):
    """Evidence: a choice about optional purposes. Append-only, no IP address, not tied to an account."""

    opaque_id = models.UUIDField(default=uuid.uuid4)
    notice = models.ForeignKey(ConsentNotice, on_delete=models.PROTECT, related_name="records")
    statistics = models.BooleanField()
    third_party = models.BooleanField()
    signal = models.BooleanField("Sec-GPC was sent", default=False)
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-decided_at"]

    def __str__(self) -> str:
        return f"{self.opaque_id} ({self.decided_at:%Y-%m-%d})"
