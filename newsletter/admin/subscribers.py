"""Subscribers for editors: to look at and, on request, to erase. What they said themselves cannot be edited."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.http import HttpRequest

from newsletter.models import Status, Subscriber, SubscriberQuerySet


class StatusFilter(SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in Status.choices]

    def queryset(  # type: ignore[override]  # only ever in the list of subscribers
        self, request: HttpRequest, queryset: SubscriberQuerySet
    ) -> SubscriberQuerySet:
        status = self.value()
        return queryset.having(Status(status)) if status in Status.values else queryset


@admin.register(Subscriber)
class SubscriberAdmin(ModelAdmin):
    list_display = ["email", "status_label", "source", "requested_at", "confirmed_at", "left_at"]
    list_filter = [StatusFilter, "topics", "language"]
    search_fields = ["email"]
    date_hierarchy = "requested_at"
    show_full_result_count = False

    @admin.display(description="status")
    def status_label(self, subscriber: Subscriber) -> str:
        return subscriber.status.label

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Subscriber | None = None) -> bool:
        return False
