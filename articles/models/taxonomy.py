"""Topics: with treatments, which are the drugs of the trials, the ways into the articles besides search."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Count, Q
from django.urls import reverse


class TopicQuerySet(models.QuerySet["Topic"]):
    def with_article_counts(self, at: datetime) -> Self:
        """Topics that have published articles at `at`, each with `article_count`."""
        shown = Q(articles__status__in=["scheduled", "published"], articles__published_at__lte=at)
        return self.annotate(article_count=Count("articles", filter=shown)).filter(article_count__gt=0)


class Topic(models.Model):
    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=100, unique=True)
    description = models.CharField(max_length=300, blank=True, help_text="One sentence under the heading.")
    position = models.PositiveSmallIntegerField(default=0, help_text="Smaller numbers come first.")

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("articles:topic", args=[self.slug])
