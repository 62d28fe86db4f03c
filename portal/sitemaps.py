"""What search engines may look at."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.access import public
from articles.sitemaps import ArticleSitemap, TreatmentSitemap
from newsletter.sitemaps import IssueSitemap
from portal.lib.sitemaps import SiteSitemap
from trials.sitemaps import TrialSitemap

from .models import Page


class HomeSitemap(SiteSitemap):
    def items(self) -> list[str]:
        return ["/", "/not-a-professional/"]

    def location(self, item: str) -> str:
        return item


class PageSitemap(SiteSitemap):
    """The standing pages."""

    def items(self) -> QuerySet[Page]:
        return Page.objects.only("slug", "updated_at").order_by("slug")

    def location(self, item: Page) -> str:
        return f"/{item.slug}/"

    def lastmod(self, item: Page) -> datetime:
        return item.updated_at


SITEMAPS: dict[str, type[Sitemap] | Sitemap] = {
    "home": HomeSitemap,
    "pages": PageSitemap,
    "articles": ArticleSitemap,
    "treatments": TreatmentSitemap,
    "trials": TrialSitemap,
    "issues": IssueSitemap,
}


@public(is_shared=True)
@require_safe
def sitemap_xml(request: HttpRequest) -> HttpResponseBase:
    response = sitemap(request, sitemaps=SITEMAPS)
    response["Cache-Control"] = "public, max-age=300"
    return response
