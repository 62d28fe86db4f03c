"""From the list of articles, with all its filters, into a draft issue."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

import articles.admin  # noqa: F401  (registers the list that the action joins)
from articles.models import Article
from newsletter.models import Issue, IssueArticle

from . import pages
from .entries import offered

MOST = 40
NAME = "add_to_issue"


class ChoiceForm(forms.Form):
    """Which draft; none means a new one."""

    issue = forms.ModelChoiceField(
        Issue.objects.filter(kind=Issue.Kind.ISSUE, status=Issue.Status.DRAFT),
        required=False,
        empty_label="A new draft",
        label="Issue",
    )


@admin.action(description="Add to a draft issue", permissions=["view"])
def add_to_issue(model_admin: admin.ModelAdmin, request: HttpRequest, rows: QuerySet[Article]) -> Any:
    """Ask which issue, then add those of `rows` that readers can open or soon will, behind what is there."""
    if not request.user.has_perm("newsletter.change_issue"):
        raise PermissionDenied("Your account may not change issues.")
    chosen = list(offered(rows.order_by()).distinct()[: MOST + 1].only("pk", "title"))
    if not chosen or len(chosen) > MOST:
        text = (
            f"Choose at most {MOST} articles."
            if chosen
            else "Choose articles that are published or scheduled."
        )
        messages.error(request, text)
        return None
    form = ChoiceForm(request.POST if "apply" in request.POST else None)
    if form.is_valid():
        issue = add(form.cleaned_data["issue"], chosen, request)
        return pages.back(issue) if issue else None
    return _ask(request, form, chosen)


@transaction.atomic
def add(issue: Issue | None, chosen: list[Article], request: HttpRequest) -> Issue | None:
    """Put `chosen` behind the articles of `issue` (None: a new draft), but for those it has; None if it is none any more."""
    if issue is None:
        if not request.user.has_perm("newsletter.add_issue"):
            raise PermissionDenied("Your account may not add issues.")
        issue = Issue.objects.create(subject="Untitled issue")
    stored = Issue.objects.select_for_update().filter(pk=issue.pk, status=Issue.Status.DRAFT).first()
    if stored is None:
        messages.error(request, "This issue is no draft any more; nothing has been added.")
        return None
    there = set(stored.entries.values_list("article", flat=True))
    last = stored.entries.aggregate(last=Max("position"))["last"] or 0
    new = [article for article in chosen if article.pk not in there]
    IssueArticle.objects.bulk_create(
        IssueArticle(issue=stored, article=article, position=last + place)
        for place, article in enumerate(new, start=1)
    )
    known = len(chosen) - len(new)
    text = f"Articles added: {len(new)}." + (f" Already in the issue: {known}." if known else "")
    messages.success(request, text)
    return stored


def _ask(request: HttpRequest, form: ChoiceForm, chosen: list[Article]) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "opts": Article._meta,
        "title": "Add to a draft issue",
        "form": form,
        "chosen": chosen,
        "action": NAME,
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "admin/newsletter/choose.html", context)


listed = admin.site.get_model_admin(Article)
listed.actions = [*(listed.actions or []), add_to_issue]
