"""The articles of an issue: rows with an order, chosen from those that readers can open or soon will."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from articles.models import Article
from newsletter.models import IssueArticle
from portal.lib.admin_rows import SortedRows

URL_NAME = "newsletter_issue_articles"


def offered(articles: QuerySet[Article]) -> QuerySet[Article]:
    """Those of `articles` that are published or will be by themselves, newest first."""
    statuses = [Article.Status.SCHEDULED, Article.Status.PUBLISHED]
    return articles.filter(status__in=statuses).order_by("-published_at", "-pk")


class Offer(AutocompleteJsonView):
    """What the field of an article offers; searched as the list of articles is."""

    def process_request(self, request: HttpRequest) -> tuple[str, Any, Any, str]:
        articles = admin.site.get_model_admin(Article)
        return request.GET.get("term", ""), articles, IssueArticle._meta.get_field("article"), "id"

    def get_queryset(self) -> QuerySet[Article]:
        return offered(super().get_queryset())

    def serialize_result(  # type: ignore[override]  # only ever articles
        self, obj: Article, to_field_name: str
    ) -> dict[str, str]:
        found = super().serialize_result(obj, to_field_name)
        day = timezone.localtime(obj.published_at)
        return found | {"text": f"{obj.title} ({day.day} {day:%B %Y})"}


class EntryInline(SortedRows):
    model = IssueArticle
    fields = ("article", "position")
    autocomplete_fields = ("article",)
    verbose_name = "article"
    verbose_name_plural = "articles"

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None:
            field.queryset = Article.objects.only("title")
            field.widget.url_name = f"%s:{URL_NAME}"  # asks for what `Offer` offers
        return field

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """Articles are written and deleted elsewhere; to look at one stays."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name == "article":
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_delete_related = False
        return field

    def get_queryset(self, request: HttpRequest) -> QuerySet[IssueArticle]:
        """The texts of the articles are not needed."""
        return super().get_queryset(request).select_related("article").defer(*LONG)


LONG = tuple(f"article__{name}" for name in ("body", "body_html", "body_text", "glance_html", "contents"))
