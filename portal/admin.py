"""The site around the content, in the admin."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from allauth.account.decorators import secure_admin_login
from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin import ReadOnlyAdmin, VersionedAdmin
from articles.rendering import SourceError
from portal.lib.admin_autocomplete import SafeAutocomplete
from portal.lib.admin_refusal import RefusingAdmin
from portal.models import (
    CommitteeMember,
    ConsentNotice,
    ConsentRecord,
    ContactMessage,
    Event,
    Hub,
    OutgoingMail,
    Page,
)
from portal.rendering import derive_event, derive_page

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # as allauth documents
SOURCE = forms.Textarea(attrs={"rows": 30, "cols": 110, "class": "vLargeTextField source"})


@admin.register(Hub)
class HubAdmin(RefusingAdmin):
    """One row: described once, then changed."""

    list_display = ("name", "disease_area", "publisher")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Hub.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Hub | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Hub, form: Any, change: bool) -> None:
        obj.pk = 1
        super().save_model(request, obj, form, change)


class PageForm(forms.ModelForm):
    class Meta:
        widgets = {"body": SOURCE}

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        refuse_source(self, "body", derive_page)


@admin.register(Page)
class PageAdmin(RefusingAdmin):
    """The pages are fixed; their words are not."""

    form = PageForm
    fields = ("title", "body")
    list_display = ("title", "slug", "updated_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Page | None = None) -> bool:
        return False


class EventForm(forms.ModelForm):
    """Start and end are typed as the clock shows them where the event is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("starts_at", "ends_at"):
                local = getattr(self.instance, name).astimezone(ZoneInfo(self.instance.timezone))
                self.initial[name] = local.replace(tzinfo=UTC)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        for name in ("starts_at", "ends_at"):
            if (moment := cleaned.get(name)) and not 2000 <= moment.year <= 2200:
                self.add_error(name, "The year must be between 2000 and 2200.")
        start, end = cleaned.get("starts_at"), cleaned.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", "The event ends before it starts.")
        if start and end and cleaned.get("timezone") in available_timezones():
            zone = ZoneInfo(cleaned["timezone"])
            cleaned |= {"starts_at": start.replace(tzinfo=zone), "ends_at": end.replace(tzinfo=zone)}
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        refuse_source(self, "description", derive_event)


@admin.register(Event)
class EventAdmin(SafeAutocomplete, RefusingAdmin):
    form = EventForm
    autocomplete_fields = ("topics", "drugs", "trials")
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    fieldsets = (
        (None, {"fields": ("title", "slug", "hosts", "speakers", "description")}),
        (
            "When",
            {
                "fields": (("starts_at", "ends_at"), "timezone"),
                "description": "Start and end as the clock shows them in the time zone of the event.",
            },
        ),
        (
            "What it is about",
            {
                "fields": ("topics", "drugs", "trials"),
                "description": "Subscribers who follow one of these get a mail when the event is published.",
            },
        ),
        ("Registration and funding", {"fields": ("registration_url", "funding_statement")}),
        ("Publication", {"fields": ("is_published",)}),
    )
    prepopulated_fields = {"slug": ("title",)}
    list_display = ("title", "starts_at", "timezone", "is_published")
    list_filter = ("is_published",)
    search_fields = ("title",)
    date_hierarchy = "starts_at"

    def view_on_site(self, obj: Event) -> str | None:
        return obj.get_absolute_url() if obj.is_published else None


def refuse_source(form: forms.ModelForm, field: str, derive: Any) -> None:
    """Derive the HTML of the instance of `form`; problems become errors of `field`, each with its line."""
    if field in form.errors or field not in form.fields:
        return
    try:
        derive(form.instance)
    except SourceError as error:
        form.add_error(field, ValidationError([str(problem) for problem in error.problems]))


@admin.register(CommitteeMember)
class CommitteeMemberAdmin(SafeAutocomplete, RefusingAdmin):
    autocomplete_fields = ("person",)
    list_display = ("person", "role", "position")
    list_select_related = ("person",)


@admin.register(ConsentNotice)
class ConsentNoticeAdmin(VersionedAdmin):
    pass


@admin.register(ConsentRecord)
class ConsentRecordAdmin(ReadOnlyAdmin):
    list_display = ("opaque_id", "notice", "statistics", "third_party", "signal", "decided_at")
    list_filter = ("notice", "statistics", "third_party", "signal")
    date_hierarchy = "decided_at"
    list_select_related = ("notice",)


@admin.register(ContactMessage)
class ContactMessageAdmin(admin.ModelAdmin):
    """What visitors wrote: nobody edits it; it is marked when it has been answered."""

    fields = readonly_fields = ("name", "email", "message", "created_at", "answered_at")
    list_display = ("name", "email", "created_at", "answered_at")
    list_filter = (("answered_at", admin.EmptyFieldListFilter),)
    actions = ("mark_answered",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description="Mark as answered", permissions=["change"])
    def mark_answered(self, request: HttpRequest, messages: QuerySet[ContactMessage]) -> None:
        """A message that is marked already keeps its first date."""
        count = messages.filter(answered_at=None).update(answered_at=timezone.now())
        self.message_user(request, f"Marked as answered: {count}.")


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyAdmin):
    """State of delivery only: what was written is between us and the recipient."""

    fields = ("recipients", "created_at", "not_before", "attempts", "sent_at", "failed_at", "error")
    list_display = ("recipients", "created_at", "attempts", "sent_at", "failed_at")
    list_filter = (("sent_at", admin.EmptyFieldListFilter), ("failed_at", admin.EmptyFieldListFilter))
    date_hierarchy = "created_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("message")
