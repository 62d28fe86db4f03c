"""The book of record of the sending: a row for each issue and subscriber, and who must get nothing."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from .issues import Issue
from .subscribers import Subscriber


class Delivery(models.Model):
    """One message of one issue to one subscriber.

    queued (not_before) → claimed by a worker (claimed_by, lease_until) → handed over (message_id) → answered.

    "Handed over" is written before the mail server can take the message for its own (the end of DATA), so whatever
    happens afterwards, the message is never sent twice. The server's answer comes after it: taken (answered_at),
    not now (queued again), or never (failed). A row handed over without an answer belongs to a worker that died, or
    to a connection that broke, between the two: nobody can know whether the message arrived, and it is not repeated.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        CLAIMED = "claimed", "Claimed"
        HANDED_OVER = "handed_over", "Handed over"
        FAILED = "failed", "Failed"
        SUPPRESSED = "suppressed", "Suppressed"

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="deliveries")
    subscriber = models.ForeignKey(
        Subscriber, null=True, on_delete=models.SET_NULL, related_name="deliveries", help_text="None: erased."
    )
    state = models.CharField(max_length=11, choices=State, default=State.QUEUED)
    since = models.DateTimeField(null=True, help_text="Of a digest: news after this time are new to them.")
    not_before = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_by = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True)
    message_id = models.CharField(max_length=255, blank=True)
    handed_over_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, help_text="The server's last answer, or why nothing was sent.")
    bounced_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True, help_text="They left by this message or before the next.")

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["issue", "not_before", "id"],
                name="delivery_waiting",
                condition=Q(state__in=["queued", "claimed"]),
            ),
            models.Index(
                fields=["issue", "state"],
                name="delivery_unsent",
                condition=Q(state__in=["failed", "suppressed"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["issue", "subscriber"], name="one_delivery_per_issue_and_subscriber"
            ),
            models.UniqueConstraint(
                fields=["message_id"], condition=~Q(message_id=""), name="one_delivery_per_message_id"
            ),
            models.CheckConstraint(
                name="delivery_state_is_known",
                condition=Q(state__in=["queued", "claimed", "handed_over", "failed", "suppressed"]),
            ),
            models.CheckConstraint(
                name="delivery_is_held_by_who_sends_it",
                condition=Q(state__in=["claimed", "handed_over"]) | Q(claimed_by=""),
            ),
            models.CheckConstraint(
                name="delivery_waiting_was_not_handed_over",
                condition=~Q(state__in=["queued", "claimed"])
                | Q(handed_over_at__isnull=True, answered_at__isnull=True),
            ),
            models.CheckConstraint(
                name="delivery_claimed_until_its_lease_ends",
                condition=(Q(state="claimed", lease_until__isnull=False) & ~Q(claimed_by=""))
                | (~Q(state="claimed") & Q(lease_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="delivery_handed_over_has_message_id_and_time",
                condition=~Q(state="handed_over") | (Q(handed_over_at__isnull=False) & ~Q(message_id="")),
            ),
            models.CheckConstraint(
                name="delivery_without_success_says_why",
                condition=~Q(state__in=["failed", "suppressed"]) | ~Q(answer=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.issue}: {self.get_state_display()}"


class Suppression(models.Model):
    """An address that must get nothing: kept as a keyed hash, so that it outlives the erasure of the subscriber."""

    class Reason(models.TextChoices):
        BOUNCE = "bounce", "The mailbox does not exist or refuses us"
        COMPLAINT = "complaint", "The recipient reported our mail as spam"

    email_hash = models.CharField(max_length=64, unique=True, editable=False)
    reason = models.CharField(max_length=9, choices=Reason)
    detail = models.CharField(max_length=300, blank=True, help_text="What the mail server said.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="suppression_is_a_hash", condition=Q(email_hash__regex=r"^[0-9a-f]{64}$")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}, {self.created_at:%Y-%m-%d}"


class SendingRate(models.Model):
    """How many messages all workers together may hand over now: a bucket that fills with time."""

    provider = models.CharField(max_length=40, unique=True)
    allowance = models.FloatField(default=0, help_text="Messages.")
    filled_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(name="sending_rate_is_not_negative", condition=Q(allowance__gte=0)),
        ]

    def __str__(self) -> str:
        return self.provider
