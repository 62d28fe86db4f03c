"""What the pages of an issue share: where it is found, who may, and how a page is made."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from newsletter.models import Issue
from portal.lib.origin import SeeOther

ISSUES = "admin:newsletter_issue_changelist"


def to_look_at(request: HttpRequest, pk: int) -> Issue:
    """Issue `pk` for somebody who may see it. Raises Http404, PermissionDenied."""
    if not any(request.user.has_perm(f"newsletter.{verb}_issue") for verb in ("view", "change")):
        raise PermissionDenied
    return get_object_or_404(Issue, pk=pk)


def to_change(request: HttpRequest, pk: int, *, lock: bool = False) -> Issue:
    """Issue `pk` for somebody who may send it; `lock`ed against other steps until the transaction ends.

    raises  Http404, PermissionDenied
    """
    if not request.user.has_perm("newsletter.change_issue"):
        raise PermissionDenied
    rows = Issue.objects.select_for_update() if lock else Issue.objects.all()
    return get_object_or_404(rows, pk=pk)


def address(issue: Issue, page: str = "change", **kwargs: Any) -> str:
    """The address of a page of `issue` in the admin."""
    return reverse(f"admin:newsletter_issue_{page}", args=[issue.pk], kwargs=kwargs or None)


def back(issue: Issue) -> SeeOther:
    """Go on to the page of `issue`."""
    return SeeOther(address(issue))


def show(
    request: HttpRequest, template: str, issue: Issue, title: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page below `issue`, in the frame of the admin."""
    around = {
        **admin.site.each_context(request),
        "opts": Issue._meta,
        "issue": issue,
        "issue_url": address(issue),
        "title": title,
    }
    return TemplateResponse(request, f"admin/newsletter/{template}", around | context, status=status)
