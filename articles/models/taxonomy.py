"""Topics: with treatments, which are the drugs of the trials, the ways into the articles besides search."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Func, OuterRef
from django.urls import reverse

COUNTED = 100  # articles of a topic; of those that have more this is said


class TopicQuerySet(models.QuerySet["Topic"]):
    def with_article_counts(self, at: datetime) -> Self:
        """All topics, each with how many articles it has at `at` as `article_count`, counted to one above COUNTED."""
        from .articles import Article  # the two modules refer to each other

        shown = Article.objects.published(at).filter(topics=OuterRef("pk")).order_by()
        keys = ArraySubquery(shown.values("pk")[: COUNTED + 1])
        counted = Func(keys, function="CARDINALITY", output_field=models.IntegerField())
        return self.annotate(article_count=counted)


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

    @property
    def article_count_in_words(self) -> str:
        """For those from `with_article_counts`."""
        count: int = self.article_count  # type: ignore[attr-defined]  # annotated
        return f"more than {COUNTED} articles" if count > COUNTED else f"{count} article{'s'[: count != 1]}"
