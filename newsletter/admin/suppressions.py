"""Addresses that get nothing. Only their hashes are kept, so that one is found by typing the whole address."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from newsletter.models import Suppression
from newsletter.suppression import hash_of


@admin.register(Suppression)
class SuppressionAdmin(admin.ModelAdmin):
    """Bounces and complaints put addresses on the list; people with the right to may take one off it."""

    list_display = ("created_at", "reason", "detail")
    list_filter = ("reason",)
    search_fields = ("email_hash",)
    search_help_text = "The whole address: the list knows addresses by a keyed hash alone."
    date_hierarchy = "created_at"
    show_full_result_count = False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Suppression], search_term: str
    ) -> tuple[QuerySet[Suppression], bool]:
        term = search_term.strip()
        return (queryset.filter(email_hash=hash_of(term)) if term else queryset), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Suppression | None = None) -> bool:
        return False
