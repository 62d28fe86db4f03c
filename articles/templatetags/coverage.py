"""Which articles are about a trial: the page of a trial asks here, because trials know nothing of articles."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from django import template
from django.utils import timezone

from articles.models import Article, TrialIdentifier

register = template.Library()


MOST_SHOWN = 12  # articles on the page of a trial


class About(NamedTuple):
    articles: list[Article]
    has_more: bool


@register.simple_tag
def articles_about(numbers: Collection[str]) -> About:
    """The newest published articles on trials registered under any of `numbers`, and whether there are more."""
    about = TrialIdentifier.objects.filter(number__in=numbers).values("article")
    newest = Article.objects.published(timezone.now()).filter(pk__in=about).newest_first()
    shown = newest.only("title", "slug", "status", "published_at", "reading_minutes")
    found = list(shown[: MOST_SHOWN + 1])
    return About(found[:MOST_SHOWN], len(found) > MOST_SHOWN)
