"""Choosing among many rows, also when what was sent is no choice at all."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.db import models
from django.http import HttpRequest


class _Numbers:
    """Django's widget asks the database for whatever was sent; what is no number ends there as a server error."""

    def optgroups(self, name: str, value: list[Any], attrs: dict[str, Any] | None = None) -> Any:
        numbers = [
            item for item in value if str(item).isascii() and str(item).isdecimal() and len(str(item)) < 19
        ]
        return super().optgroups(name, numbers, attrs)  # type: ignore[misc]


class _Select(_Numbers, AutocompleteSelect):
    pass


class _SelectMultiple(_Numbers, AutocompleteSelectMultiple):
    pass


class SafeAutocomplete:
    """Mixin for admins with `autocomplete_fields`: an unknown choice is an error of the form."""

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest | None, **kwargs: Any
    ) -> forms.Field | None:
        return super().formfield_for_foreignkey(
            db_field, request, **self._widget(_Select, db_field, request, kwargs)
        )  # type: ignore[misc]

    def formfield_for_manytomany(
        self, db_field: models.ManyToManyField, request: HttpRequest | None, **kwargs: Any
    ) -> forms.Field | None:
        kwargs = self._widget(_SelectMultiple, db_field, request, kwargs)
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]

    def _widget(self, widget: Any, db_field: Any, request: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
        if db_field.name not in self.get_autocomplete_fields(request):  # type: ignore[attr-defined]
            return kwargs
        return kwargs | {"widget": widget(db_field, self.admin_site, using=kwargs.get("using"))}  # type: ignore[attr-defined]
