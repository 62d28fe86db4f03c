"""Articles and treatments for search engines."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from portal.lib.sitemaps import SiteSitemap
from trials.models import Drug

from .metadata import last_change
from .models import Article
from .models.articles import ArticleQuerySet
from .treatments import drugs_with_pages


class ArticleSitemap(SiteSitemap):
    """Published articles: at their address a crawler finds the gate with the public part."""

    def items(self) -> ArticleQuerySet:
        if not settings.GATE_TEASER:
            return Article.objects.none()
        articles = Article.objects.published(timezone.now()).newest_first()
        return articles.only("slug", "published_at", "revised_on")

    def lastmod(self, article: Article) -> datetime | None:
        return last_change(article.published_at, article.revised_on)


class TreatmentSitemap(SiteSitemap):
    """Drugs with articles or trials: at their addresses a crawler finds the gate with their name."""

    def items(self) -> QuerySet[Drug]:
        if not settings.GATE_TEASER:
            return Drug.objects.none()
        return drugs_with_pages(timezone.now()).only("slug")

    def location(self, drug: Drug) -> str:
        return reverse("articles:treatment", args=[drug.slug])
