"""Which articles are about a trial: the page of a trial asks here, because trials know nothing of articles."""

from __future__ import annotations

from collections.abc import Collection

from django import template
from django.utils import timezone

from articles.models import Article
from articles.models.articles import ArticleQuerySet

register = template.Library()


@register.simple_tag
def articles_about(numbers: Collection[str]) -> ArticleQuerySet:
    """Published articles on trials registered under any of `numbers`, newest first: one query."""
    about = Article.objects.filter(trial_identifiers__number__in=numbers).values("pk")
    return (
        Article.objects.published(timezone.now())
        .filter(pk__in=about)
        .newest_first()
        .only("title", "slug", "status", "published_at", "reading_minutes")
    )
