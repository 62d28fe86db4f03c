"""Who wants the newsletter, and the proof of it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from articles.models import Topic
from trials.models import Drug, Trial


class Status(models.TextChoices):
    ASKED = "asked", "Asked, not confirmed"
    ACTIVE = "active", "Subscribed"
    LEFT = "left", "Has left"


class Cadence(models.TextChoices):
    EACH = "each", "Each issue, when it appears"
    WEEKLY = "weekly", "A weekly digest"
    MONTHLY = "monthly", "A monthly digest"
    NONE = "none", "Only news of what I follow"


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def active(self) -> Self:
        """Confirmed and not left since."""
        return self.filter(Q(left_at=None) | Q(left_at__lt=F("confirmed_at")), confirmed_at__isnull=False)

    def reachable(self, at: datetime) -> Self:
        """Active, and not taking a break at `at` (aware)."""
        return self.active().filter(Q(paused_until=None) | Q(paused_until__lte=at.date()))

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
    cadence = models.CharField(max_length=7, choices=Cadence, default=Cadence.EACH)
    paused_until = models.DateField(
        "no mail before", null=True, blank=True, help_text="The first day on which mail may come again."
    )
    digest_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="News up to here were in a digest."
    )
    followed_until = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="News up to here were in a mail about what they follow.",
    )
    soft_bounces = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Temporary refusals in a row."
    )
    wording_version = models.PositiveSmallIntegerField(
        help_text="Version of the consent text shown at sign-up."
    )
    source = models.CharField(
        "source page", max_length=300, blank=True, help_text="Path of the page with the form."
    )
    requested_at = models.DateTimeField(default=timezone.now)
    # Of who is active and asks for the newsletter, or for whom a stranger does: the evidence above is of what they did
    # confirm, so this waits apart until it is, too (source, wording_version, requested_at, keys of topics).
    asked = models.JSONField(null=True, blank=True, editable=False)
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


class Follow(models.Model):
    """A topic, a drug or a trial of which a subscriber wants to hear when something new touches it.

    asked (requested_at) → confirmed (confirmed_at, by the mailed link or in a signed-in account). Unfollowing deletes.
    """

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="follows")
    topic = models.ForeignKey(Topic, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    drug = models.ForeignKey(Drug, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    trial = models.ForeignKey(Trial, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="follow_names_one_thing",
                condition=Q(topic__isnull=False, drug__isnull=True, trial__isnull=True)
                | Q(topic__isnull=True, drug__isnull=False, trial__isnull=True)
                | Q(topic__isnull=True, drug__isnull=True, trial__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["subscriber", "topic"], name="one_follow_per_subscriber_and_topic"
            ),
            models.UniqueConstraint(fields=["subscriber", "drug"], name="one_follow_per_subscriber_and_drug"),
            models.UniqueConstraint(
                fields=["subscriber", "trial"], name="one_follow_per_subscriber_and_trial"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber}: {self.thing}"

    @property
    def thing(self) -> Topic | Drug | Trial:
        return self.topic or self.drug or self.trial  # type: ignore[return-value]  # the constraint promises one
