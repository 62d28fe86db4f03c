"""Issues in the admin: written as drafts, then only watched; the automatic runs can be looked at and held."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone

from newsletter.models import Issue
from newsletter.queueing import audience
from portal.lib.admin_autocomplete import SafeAutocomplete
from portal.lib.admin_refusal import RefusingAdmin
from portal.lib.admin_rows import LINE
from portal.lib.origin import SeeOther

from . import entries, pages, panel, previews, reports, steps, when
from .forms import IssueForm

Kind, Status = Issue.Kind, Issue.Status
USUAL = Q(kind=Kind.ISSUE) | Q(status=Status.STOPPED)  # a stopped run waits for somebody to mend its cause
AUDIENCE = (
    "Only those who want each issue, in this language, and who chose any of these topics for the newsletter, or none,"
    " which means all. What somebody follows does not count: they get mail of its own about that. No topic here"
    " means everybody."
)


class KindFilter(admin.SimpleListFilter):
    """Without a choice: what editors write, and whatever is stopped. The automatic runs are many."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in Kind.choices if value != Kind.ISSUE] + [
            ("all", "All")
        ]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        return [first | {"display": "Written by editors, or stopped"}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Issue]) -> QuerySet[Issue]:
        chosen = self.value()
        if chosen == "all":
            return queryset
        return queryset.filter(kind=chosen) if chosen else queryset.filter(USUAL)


@admin.register(Issue)
class IssueAdmin(SafeAutocomplete, RefusingAdmin):
    form = IssueForm
    inlines = (entries.EntryInline,)
    change_form_template = "admin/newsletter/issue.html"
    prepopulated_fields = {"slug": ("subject",)}
    autocomplete_fields = ("topics",)
    readonly_fields = ("reach",)
    list_display = ("subject", "kind", "status", "sends_at", "finished_at")
    list_filter = (KindFilter, "status", "language")
    search_fields = ("subject", "slug", "key")
    list_per_page = 50
    show_full_result_count = False
    formfield_overrides = {models.CharField: {"widget": LINE}}

    class Media:
        js = [forms.Script("js/length-hint.js", defer=True)]

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        views: dict[str, Any] = {
            "panel/": panel.view,
            "preview/": previews.preview,
            "document/": previews.document,
            "test/": previews.test_mail,
            "numbers/": reports.report,
            "numbers.csv": reports.report_csv,
        }
        names = {"numbers.csv": "csv"}
        below = [
            path(f"<int:pk>/{end}", guard(view), name=f"newsletter_issue_{names.get(end, end[:-1])}")
            for end, view in views.items()
        ]
        offer = entries.Offer.as_view(admin_site=self.admin_site)
        return [
            path("articles/", guard(offer), name=entries.URL_NAME),
            *below,
            *steps.routes(guard),
            *super().get_urls(),
        ]

    def get_fieldsets(self, request: HttpRequest, obj: Issue | None = None) -> Any:
        if obj and obj.kind != Kind.ISSUE:
            return ((None, {"fields": ("kind", "key", "subject", "until")}),)
        is_open = obj is None or self.has_change_permission(request, obj)
        who = ("language", "topics", "reach") if obj and not obj.queued_at else ("language", "topics")
        return (
            (None, {"fields": ("subject", "slug", "funding_statement", "introduction")}),
            ("Audience", {"fields": who, "description": AUDIENCE}),
            ("When", {"fields": ("send_at", "time_zone", "seen") if is_open else ("sends_at",)}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Issue | None = None) -> Any:
        return ("reach", "sends_at", "kind", "key", "until") if obj else ("reach",)

    def get_inlines(self, request: HttpRequest, obj: Issue | None) -> Any:
        return () if obj and obj.kind != Kind.ISSUE else self.inlines

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name == "introduction":
            kwargs["widget"] = forms.Textarea(
                attrs={"rows": 12, "cols": 110, "class": "vLargeTextField source"}
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description="Reaches now")
    def reach(self, issue: Issue) -> str:
        """Counted by the rule that queues the issue; addresses on the suppression list fall out when it is sent."""
        count = audience(issue, now=timezone.now()).count()
        return f"at most {count:,} subscriber{'' if count == 1 else 's'}, as saved"

    @admin.display(description="Send at", ordering="send_at")
    def sends_at(self, issue: Issue) -> str:
        return when.shown(issue.send_at, issue.time_zone) if issue.send_at else "–"

    def has_change_permission(self, request: HttpRequest, obj: Issue | None = None) -> bool:
        """Drafts only. The form of one that has been scheduled meanwhile is answered by the form itself."""
        may = super().has_change_permission(request, obj)
        if obj is None or not may:
            return may
        return obj.kind == Kind.ISSUE and (obj.status == Status.DRAFT or request.method == "POST")

    def has_delete_permission(self, request: HttpRequest, obj: Issue | None = None) -> bool:
        is_draft = obj is None or (obj.kind == Kind.ISSUE and obj.status == Status.DRAFT)
        return is_draft and super().has_delete_permission(request, obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if issue := context["original"]:
            stored = Issue.objects.get(pk=issue.pk)  # `issue` holds what was typed
            context |= {"panel": panel.context_of(request, stored, timezone.now())}
        return super().render_change_form(request, context, *args, **kwargs)

    def response_post_save_add(self, request: HttpRequest, obj: Issue) -> HttpResponseRedirect:
        """On with the check list, the previews and the buttons, which stand on the page of the issue."""
        return SeeOther(pages.address(obj))

    response_post_save_change = response_post_save_add

    def view_on_site(self, obj: Issue) -> str | None:
        is_in_archive = obj.kind == Kind.ISSUE and obj.queued_at is not None and obj.slug
        return obj.get_absolute_url() if is_in_archive else None
