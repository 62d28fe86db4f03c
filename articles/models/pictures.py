"""Uploaded pictures. The files are made by `articles.pictures`; this is the row that owns them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from datetime import datetime


class PictureQuerySet(models.QuerySet["Picture"]):
    def shown_in_articles(self, at: datetime) -> Self:
        """Pictures that a visible article shows, as its hero or in its text."""
        from .articles import Article  # the two modules refer to each other

        visible = Article.objects.published(at)
        return self.filter(Q(hero_of__in=visible) | Q(shown_in__in=visible)).distinct()


class Picture(models.Model):
    """A picture in several widths and formats, at `<kind>/<key>/<width>.<format>` below the media folder."""

    class Kind(models.TextChoices):
        ARTICLE = "articles", "Article (professionals only)"
        PERSON = "people", "Portrait (public)"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ARTICLE)
    alt = models.CharField(
        "alternative text", max_length=300, help_text="What the picture shows, for those who cannot see it."
    )
    credit = models.CharField(max_length=200, blank=True)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    widths = ArrayField(models.PositiveIntegerField(), editable=False, help_text="Ascending, in pixels.")
    formats = ArrayField(models.CharField(max_length=4), editable=False, help_text="Best first, JPEG last.")
    source_hash = models.CharField(
        max_length=64,
        editable=False,
        help_text="SHA-256 of the uploaded file: the same upload is not made twice.",
    )
    uploaded_at = models.DateTimeField(auto_now_add=True)

    objects = PictureQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at"]
        constraints = [
            models.CheckConstraint(name="picture_has_alternative_text", condition=~Q(alt="")),
            models.CheckConstraint(name="picture_has_an_area", condition=Q(width__gt=0, height__gt=0)),
        ]

    def __str__(self) -> str:
        return self.alt
