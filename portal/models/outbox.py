"""Mail on its way out."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone


class OutgoingMail(models.Model):
    """A message that was written in a transaction and is delivered by the worker after it.

    due (not_before) → leased (lease_until) → sent (sent_at) or given up (failed_at).
    """

    recipients = models.JSONField(help_text="List of addresses: the envelope.")
    message = models.BinaryField(help_text="The message as RFC 5322 bytes.")
    created_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = "outgoing mail"
        verbose_name_plural = "outgoing mail"
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["not_before"],
                condition=Q(sent_at__isnull=True, failed_at__isnull=True),
                name="outgoing_mail_waiting",
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="outgoing_mail_is_sent_or_failed_not_both",
                condition=Q(sent_at__isnull=True) | Q(failed_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return ", ".join(self.recipients)
