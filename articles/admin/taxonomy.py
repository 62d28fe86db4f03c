"""Topics and treatments."""

from __future__ import annotations

from django.contrib import admin

from articles.models import Topic, Treatment


@admin.register(Topic)
class TopicAdmin(admin.ModelAdmin):
    fields = ("name", "slug", "description", "position")
    prepopulated_fields = {"slug": ("name",)}
    list_display = ("name", "position", "description")
    search_fields = ("name",)


@admin.register(Treatment)
class TreatmentAdmin(admin.ModelAdmin):
    fields = ("name", "slug", "description")
    prepopulated_fields = {"slug": ("name",)}
    list_display = ("name", "description")
    search_fields = ("name",)
