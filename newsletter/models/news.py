"""What is new, and what it touches: the one list that digests and mail about followed things are made of."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from articles.models import Article, Topic
from trials.models import Drug, Trial


class News(models.Model):
    """Something that happened to the content, noted once (`key`) when it happened or was noticed."""

    class Kind(models.TextChoices):
        ARTICLE = "article", "New article"
        DATA_CUT = "data_cut", "Newer data"
        CORRECTION = "correction", "Correction"
        WITHDRAWAL = "withdrawal", "Withdrawal"
        EVENT = "event", "Event"

    kind = models.CharField(max_length=10, choices=Kind)
    key = models.CharField(max_length=120, unique=True, help_text="What it is about, such as article:12.")
    at = models.DateTimeField(db_index=True)
    title = models.CharField(max_length=300)
    detail = models.CharField(max_length=600, blank=True, help_text="One or two sentences.")
    path = models.CharField(max_length=300, help_text="Of the page to read.")
    article = models.ForeignKey(Article, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    topics = models.ManyToManyField(Topic, related_name="+")
    drugs = models.ManyToManyField(Drug, related_name="+")
    trials = models.ManyToManyField(Trial, related_name="+")

    class Meta:
        verbose_name_plural = "news"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(name="news_path_is_of_this_site", condition=Q(path__startswith="/")),
        ]

    def __str__(self) -> str:
        return self.title
