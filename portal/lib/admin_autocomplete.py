"""Choosing among many rows, also when what was sent is no choice at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.widgets import AutocompleteMixin, AutocompleteSelect, AutocompleteSelectMultiple
from django.db import models
from django.http import HttpRequest


def is_row_number(value: object) -> bool:
    """Could `value`, which a form sent, be the number of a row? Others end in the database as a server error."""
    text = str(value)
    return text.isascii() and text.isdecimal() and len(text) < 19


class _Numbers(AutocompleteMixin):
    """Django's widget asks the database for whatever was sent; what is no number ends there as a server error."""

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> Any:
        return super().optgroups(name, [item for item in value if is_row_number(item)], attr)


class _Select(_Numbers, AutocompleteSelect):
    pass


class _SelectMultiple(_Numbers, AutocompleteSelectMultiple):
    pass


class SafeAutocomplete(BaseModelAdmin):
    """Mixin for admins with `autocomplete_fields`: an unknown choice is an error of the form."""

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        kwargs = self._widget(_Select, db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: models.ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelMultipleChoiceField | None:
        kwargs = self._widget(_SelectMultiple, db_field, request, kwargs)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _widget(self, widget: Any, db_field: Any, request: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
        if db_field.name not in self.get_autocomplete_fields(request):
            return kwargs
        return kwargs | {"widget": widget(db_field, self.admin_site, using=kwargs.get("using"))}
