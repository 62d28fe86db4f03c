"""Trials for search engines."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from portal.lib.sitemaps import SiteSitemap

from .models import Trial


class TrialSitemap(SiteSitemap):
    """At their addresses a crawler finds the gate with name, title and registry numbers."""

    def items(self) -> QuerySet[Trial]:
        if not settings.GATE_TEASER:
            return Trial.objects.none()
        return Trial.objects.published().only("slug", "modified_at").order_by("slug")

    def lastmod(self, trial: Trial) -> datetime:
        return trial.modified_at
