"""Articles for search engines."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.utils import timezone

from .metadata import last_change
from .models import Article
from .models.articles import ArticleQuerySet


class SiteSitemap(Sitemap):
    """Addresses below SITE_URL, whatever host name the request carries."""

    def get_protocol(self, protocol: str | None = None) -> str:
        return urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: object = None) -> str:
        return settings.SITE_URL.partition("://")[2]


class ArticleSitemap(SiteSitemap):
    """Published articles: at their address a crawler finds the gate with the public part."""

    def items(self) -> ArticleQuerySet:
        if not settings.GATE_TEASER:
            return Article.objects.none()
        articles = Article.objects.published(timezone.now()).newest_first()
        return articles.only("slug", "published_at", "revised_on")

    def lastmod(self, article: Article) -> datetime | None:
        return last_change(article.published_at, article.revised_on)
