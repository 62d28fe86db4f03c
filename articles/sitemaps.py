"""Articles for search engines."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from portal.lib.sitemaps import SiteSitemap

from .metadata import last_change
from .models import Article
from .models.articles import ArticleQuerySet


class ArticleSitemap(SiteSitemap):
    """Published articles: at their address a crawler finds the gate with the public part."""

    def items(self) -> ArticleQuerySet:
        if not settings.GATE_TEASER:
            return Article.objects.none()
        articles = Article.objects.published(timezone.now()).newest_first()
        return articles.only("slug", "published_at", "revised_on")

    def lastmod(self, article: Article) -> datetime | None:
        return last_change(article.published_at, article.revised_on)
