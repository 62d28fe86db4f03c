"""Articles in the admin: one save is checked as a whole, or nothing of it is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from articles.models import Article
from articles.proofreading import contradictions_of
from articles.publishing import rebuild, settle, store_unsettled
from portal.lib.admin_autocomplete import SafeAutocomplete
from portal.lib.admin_refusal import Refused, RefusingAdmin

from . import preview
from .forms import ArticleForm
from .inlines import (
    ContributionInline,
    KeyPointInline,
    ObjectiveInline,
    ReferenceInline,
    TrialIdentifierInline,
)


class ReviewFilter(admin.SimpleListFilter):
    title = "review"
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("overdue", "Overdue"), ("undated", "Without a date")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        if self.value() == "overdue":
            return queryset.filter(review_by__lt=timezone.localdate())
        return queryset.filter(review_by=None) if self.value() == "undated" else queryset


@admin.register(Article)
class ArticleAdmin(SafeAutocomplete, RefusingAdmin):
    form = ArticleForm
    inlines = (ObjectiveInline, KeyPointInline, TrialIdentifierInline, ContributionInline, ReferenceInline)
    fieldsets = (
        (None, {"fields": ("title", "slug", "summary", "seen")}),
        ("Text", {"fields": ("body", "hero")}),
        ("What it is about", {"fields": ("topics", "treatments", "congress")}),
        ("Funding", {"fields": ("funding_kind", "funder", "funding_statement")}),
        (
            "Publication",
            {"fields": ("status", "published_at", "revised_on", "review_by", "withdrawn_reason")},
        ),
    )
    prepopulated_fields = {"slug": ("title",)}
    autocomplete_fields = ("topics", "treatments", "hero")
    list_display = ("title", "status", "published_at", "revised_on", "review_by", "reviewed_by")
    list_filter = ("status", ReviewFilter, "topics", "treatments")
    search_fields = ("title", "slug", "trial_identifiers__number")
    date_hierarchy = "published_at"
    list_per_page = 50
    save_on_top = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type:
        return ArticleList

    @admin.display(description="Reviewed by")
    def reviewed_by(self, article: Article) -> str:
        return ", ".join(person.name for person in article.reviewers) or "–"

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name in ("summary", "funding_statement", "withdrawn_reason"):
            kwargs["widget"] = forms.Textarea(attrs={"rows": 4, "cols": 110, "class": "vLargeTextField"})
        if db_field.name == "body":
            kwargs["widget"] = forms.Textarea(
                attrs={"rows": 40, "cols": 110, "class": "vLargeTextField source"}
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Article, form: Any, change: bool) -> None:
        store_unsettled(obj, timezone.now())

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        try:
            if preview.is_asked_for(request):
                rebuild(form.instance)
            else:
                settle(form.instance, timezone.now())
        except ValidationError as error:
            raise Refused(error.message_dict) from error
        for problem in contradictions_of(form.instance):
            messages.warning(request, str(problem))

    def response_add(
        self, request: HttpRequest, obj: Article, post_url_continue: str | None = None
    ) -> HttpResponse:
        if preview.is_asked_for(request):
            return preview.show(request, obj)
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Article) -> HttpResponse:
        return (
            preview.show(request, obj)
            if preview.is_asked_for(request)
            else super().response_change(request, obj)
        )

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        """What readers have seen, only administrators delete; for everybody else there is "withdrawn"."""
        if obj is not None and was_shown(obj, timezone.now()) and not request.user.is_superuser:
            return False
        return super().has_delete_permission(request, obj)

    def view_on_site(self, obj: Article) -> str | None:
        return obj.get_absolute_url() if was_shown(obj, timezone.now()) else None


class ArticleList(ChangeList):
    """Adds the reviewers for the list alone: the form does not need them."""

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Article]:
        rows = super().get_queryset(request, exclude_parameters)
        return rows.defer("body", "body_html", "body_text", "contents").prefetch_related(
            "contributions__person"
        )


def was_shown(article: Article, at: datetime) -> bool:
    """Does the address of `article` answer at `at`?"""
    return article.is_published(at) or article.is_withdrawn
