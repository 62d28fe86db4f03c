"""Topics and treatments."""

from __future__ import annotations

from django.contrib import admin

from articles.models import Topic, Treatment
from portal.lib.admin_refusal import RefusingAdmin


@admin.register(Topic)
class TopicAdmin(RefusingAdmin):
    fields = ("name", "slug", "description", "position")
    prepopulated_fields = {"slug": ("name",)}
    list_display = ("name", "position", "description")
    search_fields = ("name",)


@admin.register(Treatment)
class TreatmentAdmin(RefusingAdmin):
    fields = ("name", "slug", "description")
    prepopulated_fields = {"slug": ("name",)}
    list_display = ("name", "description")
    search_fields = ("name",)
