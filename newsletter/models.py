"""Who wants the newsletter, and the proof of it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from articles.models import Topic


class Status(models.TextChoices):
    ASKED = "asked", "Asked, not confirmed"
    ACTIVE = "active", "Subscribed"
    LEFT = "left", "Has left"


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def active(self) -> Self:
        """Confirmed and not left since."""
        return self.filter(Q(left_at=None) | Q(left_at__lt=F("confirmed_at")), confirmed_at__isnull=False)

    def having(self, status: Status) -> Self:
        """Those whose `status` is this one."""
        if status == Status.ACTIVE:
            return self.active()
        ended = self.filter(left_at__gte=F("confirmed_at"))
        if status == Status.LEFT:
            return ended.filter(left_at__gte=F("requested_at"))
        return self.filter(confirmed_at=None) | ended.filter(left_at__lt=F("requested_at"))


class Subscriber(models.Model):
    """An address that asked for the newsletter. Its status is read from the dates.

    asked (requested_at) → confirmed (confirmed_at, by the button behind the mailed link) → left (left_at).
    Each date is the latest of its kind. Asking again after leaving starts anew: the subscription begins when the new
    request is confirmed, and what was asked for (topics, language, wording, source) is that of the latest request.
    """

    email = models.EmailField("e-mail address", max_length=254)
    language = models.CharField(max_length=10, default="en")
    topics = models.ManyToManyField(
        Topic, blank=True, related_name="subscribers", help_text="None means all topics."
    )
    wording_version = models.PositiveSmallIntegerField(
        help_text="Version of the consent text shown at sign-up."
    )
    source = models.CharField(
        "source page", max_length=300, blank=True, help_text="Path of the page with the form."
    )
    requested_at = models.DateTimeField(default=timezone.now)
    confirmation_sent_at = models.DateTimeField(  # also of the mail that answers a subscriber who asks again
        null=True, blank=True
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_subscriber_per_email_address"),
            models.CheckConstraint(
                name="subscriber_left_after_confirming",
                condition=Q(left_at__isnull=True) | Q(confirmed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_active(self) -> bool:
        return self.confirmed_at is not None and (self.left_at is None or self.left_at < self.confirmed_at)

    @property
    def status(self) -> Status:
        if self.is_active:
            return Status.ACTIVE
        return Status.LEFT if self.left_at and self.left_at >= self.requested_at else Status.ASKED
