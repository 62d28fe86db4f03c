"""Past issues for search engines."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from portal.lib.sitemaps import SiteSitemap

from .archive import archived
from .models import Issue
from .models.issues import IssueQuerySet


class IssueSitemap(SiteSitemap):
    """At their addresses a crawler finds the gate with subject and objectives."""

    def items(self) -> IssueQuerySet:
        if not settings.GATE_TEASER:
            return Issue.objects.none()
        return archived().only("slug", "queued_at")

    def lastmod(self, issue: Issue) -> datetime | None:
        return issue.queued_at
