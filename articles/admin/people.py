"""People and what they disclose."""

from __future__ import annotations

from datetime import date

from django.contrib import admin
from django.db.models import Max, QuerySet
from django.http import HttpRequest

from articles.models import Disclosure, Person
from portal.lib.admin_autocomplete import SafeAutocomplete
from portal.lib.admin_refusal import RefusingAdmin


class DisclosureInline(admin.TabularInline):
    """A new declaration is a new row: what somebody declared earlier stays on record."""

    model = Disclosure
    extra = 1

    def has_change_permission(self, request: HttpRequest, obj: Person | None = None) -> bool:
        return False


@admin.register(Person)
class PersonAdmin(SafeAutocomplete, RefusingAdmin):
    inlines = (DisclosureInline,)
    fields = ("name", "slug", "credentials", "affiliation", "country", "biography", "photo")
    prepopulated_fields = {"slug": ("name",)}
    autocomplete_fields = ("photo",)
    list_display = ("name", "credentials", "affiliation", "last_declared")
    ordering = ("name",)
    search_fields = ("name", "affiliation", "slug")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        return super().get_queryset(request).annotate(last_declared=Max("disclosures__declared_on"))

    @admin.display(description="Last disclosure", ordering="last_declared")
    def last_declared(self, person: Person) -> date | None:
        return person.last_declared  # type: ignore[attr-defined]  # annotated above
