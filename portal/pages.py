"""Standing pages with more than their text."""

from __future__ import annotations

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import public
from articles.models import Disclosure
from portal.lib.kept import kept, nothing_personal

from .models import CommitteeMember, Page


@public
@require_safe
@kept(personal=nothing_personal)
def steering_committee(request: HttpRequest) -> HttpResponse:
    """Who advises the editors, each with the newest disclosure."""
    declared = Disclosure.objects.filter(declared_on__lte=timezone.localdate())
    newest = declared.order_by("person_id", "-declared_on").distinct("person_id")
    members = CommitteeMember.objects.select_related("person__photo").prefetch_related(
        Prefetch("person__disclosures", newest)
    )
    context = {"page": get_object_or_404(Page, slug="steering-committee"), "members": members}
    return render(request, "portal/steering_committee.html", context)
