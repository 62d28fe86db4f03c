"""What is sent: issues that editors write, and the runs of digests and notices that build themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from articles.models import Article, Topic
from portal.lib.timezones import is_time_zone


class IssueQuerySet(models.QuerySet["Issue"]):
    def in_archive(self) -> Self:
        """Issues of the archive page, newest first: written by editors, and their sending has begun.

        A cancelled one stays if somebody got it: their mail links to its page. Else it is no issue that ever was.
        """
        got = Issue.objects.filter(status=Issue.Status.CANCELLED, deliveries__handed_over_at__isnull=False)
        shown = ~Q(status=Issue.Status.CANCELLED) | Q(pk__in=got.values("pk"))
        begun = self.filter(shown, kind=Issue.Kind.ISSUE, queued_at__isnull=False)
        return begun.order_by("-queued_at", "-pk")


class Issue(models.Model):
    """One mailing: an issue written by editors, or a run of the digests or of the mail about followed things.

    draft → scheduled (send_at) → sending (queued_at: its deliveries exist) → sent (finished_at).
    While sending: paused and resumed by an editor, stopped by the engine (stop_reason), or cancelled for good.
    """

    class Kind(models.TextChoices):
        ISSUE = "issue", "Issue"
        WEEKLY = "weekly", "Weekly digest"
        MONTHLY = "monthly", "Monthly digest"
        FOLLOW = "follow", "News of what is followed"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SCHEDULED = "scheduled", "Scheduled"
        SENDING = "sending", "Sending"
        PAUSED = "paused", "Paused"
        STOPPED = "stopped", "Stopped"
        CANCELLED = "cancelled", "Cancelled"
        SENT = "sent", "Sent"

    kind = models.CharField(max_length=7, choices=Kind, default=Kind.ISSUE, editable=False)
    key = models.CharField(
        max_length=40,
        unique=True,
        null=True,
        editable=False,
        help_text="Of an automatic run: weekly:2026-W47.",
    )
    subject = models.CharField(max_length=150)
    slug = models.SlugField(
        max_length=80, unique=True, null=True, blank=True, help_text="Its address in the archive."
    )
    funding_statement = models.CharField(
        "funding",
        max_length=400,
        blank=True,
        help_text="The first line of the mail: who paid for this issue.",
    )
    introduction = models.TextField(blank=True, max_length=5000, help_text="Markdown.")
    introduction_html = models.TextField(editable=False, blank=True)
    introduction_text = models.TextField(editable=False, blank=True)
    articles = models.ManyToManyField(Article, through="IssueArticle", related_name="issues")
    language = models.CharField(max_length=10, default="en")
    topics = models.ManyToManyField(
        Topic,
        blank=True,
        related_name="+",
        verbose_name="audience",
        help_text="Subscribers who chose any of these topics, or none, which means all; none here means everybody.",
    )

    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT, editable=False)
    send_at = models.DateTimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=60, default="Europe/London", validators=[is_time_zone])
    until = models.DateTimeField(null=True, editable=False, help_text="Of a digest: news up to here.")
    queued_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    stop_reason = models.TextField(editable=False, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = IssueQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="issue_is_written_or_has_a_key",
                condition=Q(kind="issue", key__isnull=True) | (~Q(kind="issue") & Q(key__isnull=False)),
            ),
            models.CheckConstraint(
                name="issue_once_scheduled_has_a_time",
                condition=Q(status__in=["draft", "cancelled"]) | Q(send_at__isnull=False),
            ),
            models.CheckConstraint(
                name="issue_being_sent_was_queued",
                condition=Q(status__in=["draft", "scheduled", "cancelled"]) | Q(queued_at__isnull=False),
            ),
            models.CheckConstraint(
                name="issue_status_is_known",
                condition=Q(
                    status__in=["draft", "scheduled", "sending", "paused", "stopped", "cancelled", "sent"]
                ),
            ),
            models.CheckConstraint(
                name="issue_not_queued_before_it_is_sent",
                condition=~Q(status__in=["draft", "scheduled"]) | Q(queued_at__isnull=True),
            ),
            models.CheckConstraint(
                name="issue_only_stopped_says_why",
                condition=(Q(status="stopped") & ~Q(stop_reason=""))
                | (~Q(status="stopped") & Q(stop_reason="")),
            ),
            models.CheckConstraint(
                name="issue_run_has_news_up_to_a_time", condition=Q(kind="issue") | Q(until__isnull=False)
            ),
            models.CheckConstraint(
                name="issue_finished_after_it_was_queued",
                condition=Q(finished_at__isnull=True) | Q(finished_at__gte=F("queued_at")),
            ),
            models.CheckConstraint(
                name="issue_finished_when_sent",
                condition=Q(status="sent", finished_at__isnull=False)
                | (~Q(status="sent") & Q(finished_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        return reverse("newsletter:issue", args=[self.slug])

    @property
    def local_send_at(self) -> datetime | None:
        """The time of sending in the time zone that the editor chose."""
        return self.send_at.astimezone(ZoneInfo(self.time_zone)) if self.send_at else None


class IssueArticle(models.Model):
    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="entries")
    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0, help_text="Smaller numbers come first.")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["issue", "article"], name="one_entry_per_issue_and_article")
        ]

    def __str__(self) -> str:
        return str(self.article)
