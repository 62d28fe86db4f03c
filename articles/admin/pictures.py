"""Uploaded pictures in the admin."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.forms_pictures import PictureForm
from articles.models import Picture
from articles.pictures import discard, file_url


@admin.register(Picture)
class PictureAdmin(admin.ModelAdmin):
    form = PictureForm
    list_display = ("alt", "small", "kind", "credit", "uploaded_at")
    list_filter = ("kind",)
    search_fields = ("alt", "credit", "key")
    readonly_fields = ("small", "addresses")

    class Media:
        css = {"all": ["css/admin-extra.css"]}

    def get_fields(self, request: HttpRequest, obj: Picture | None = None) -> tuple[str, ...]:
        described = ("kind", "alt", "credit")
        return ("small", "addresses", *described) if obj else ("upload", *described)

    @admin.display(description="Picture")
    def small(self, picture: Picture) -> SafeString:
        address = file_url(picture, picture.widths[0], "jpg")
        return format_html(
            '<img class="picture-preview" src="{}" alt="{}" loading="lazy">', address, picture.alt
        )

    @admin.display(description="In a text")
    def addresses(self, picture: Picture) -> SafeString:
        """The Markdown that shows this picture in an article."""
        return format_html(
            "<code>![{}]({})</code>", picture.alt, file_url(picture, picture.widths[-1], "jpg")
        )

    def has_delete_permission(self, request: HttpRequest, obj: Picture | None = None) -> bool:
        if obj is not None and obj.shown_in.exists():
            return False  # its address is in a text
        return super().has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Picture) -> None:
        discard(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Picture]) -> None:
        for picture in queryset:
            discard(picture)
