"""Expert panels."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from articles.models import Topic
from portal.lib.timezones import is_time_zone
from trials.models import Drug, Trial


class EventQuerySet(models.QuerySet["Event"]):
    def announced(self, at: datetime | None = None) -> Self:
        """Published and not yet over at `at` (aware; default: now), soonest first."""
        return self.filter(is_published=True, ends_at__gt=at or timezone.now()).order_by("starts_at")


class Event(models.Model):
    """An expert panel, announced on the home and article pages until it ends."""

    title = models.CharField(max_length=160)
    slug = models.SlugField(max_length=80, unique=True)
    hosts = models.TextField(help_text="One per line.")
    speakers = models.TextField(help_text="One per line.")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    timezone = models.CharField(
        "time zone", max_length=60, default="Europe/London", validators=[is_time_zone]
    )
    registration_url = models.URLField("registration link", max_length=300, blank=True)
    funding_statement = models.CharField(max_length=400)
    description = models.TextField(blank=True, help_text="Markdown.")
    description_html = models.TextField(editable=False, blank=True)
    topics = models.ManyToManyField(Topic, blank=True, related_name="+")
    drugs = models.ManyToManyField(Drug, blank=True, related_name="+", verbose_name="treatments")
    trials = models.ManyToManyField(Trial, blank=True, related_name="+")
    is_published = models.BooleanField("published", default=False)
    announced_at = models.DateTimeField(
        null=True, editable=False, help_text="When it first became news; it does so once."
    )

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                name="event_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(name="event_names_its_funding", condition=~Q(funding_statement="")),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("event", args=[self.slug])

    @property
    def ics_url(self) -> str:
        return reverse("event-calendar", args=[self.slug])

    @property
    def local_start(self) -> datetime:
        """Start in the event's own time zone."""
        return self.starts_at.astimezone(ZoneInfo(self.timezone))

    @property
    def local_end(self) -> datetime:
        return self.ends_at.astimezone(ZoneInfo(self.timezone))

    @property
    def host_list(self) -> list[str]:
        return [line.strip() for line in self.hosts.splitlines() if line.strip()]

    @property
    def speaker_list(self) -> list[str]:
        return [line.strip() for line in self.speakers.splitlines() if line.strip()]
