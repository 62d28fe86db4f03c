"""Topics. Treatments are the drugs of the trials."""

from __future__ import annotations

from django.contrib import admin

from articles.models import Topic
from portal.lib.admin_refusal import RefusingAdmin


@admin.register(Topic)
class TopicAdmin(RefusingAdmin):
    fields = ("name", "slug", "description", "position")
    prepopulated_fields = {"slug": ("name",)}
    list_display = ("name", "position", "description")
    search_fields = ("name",)
