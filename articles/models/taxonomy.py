"""The two ways into the articles besides search: topics and treatments."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Count, Q
from django.urls import reverse


class SubjectQuerySet(models.QuerySet):
    def with_article_counts(self, at: datetime) -> Self:
        """Subjects that have published articles at `at`, each with `article_count`."""
        shown = Q(articles__status__in=["scheduled", "published"], articles__published_at__lte=at)
        return self.annotate(article_count=Count("articles", filter=shown)).filter(article_count__gt=0)


class Subject(models.Model):
    """A named page that lists articles."""

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=100, unique=True)
    description = models.CharField(max_length=300, blank=True, help_text="One sentence under the heading.")

    objects = SubjectQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Topic(Subject):
    position = models.PositiveSmallIntegerField(default=0, help_text="Smaller numbers come first.")

    class Meta(Subject.Meta):
        ordering = ["position", "name"]

    def get_absolute_url(self) -> str:
        return reverse("articles:topic", args=[self.slug])


class Treatment(Subject):
    def get_absolute_url(self) -> str:
        return reverse("articles:treatment", args=[self.slug])
