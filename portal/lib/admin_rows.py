"""Rows that the admin shows and saves together with the row that they hang on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from .admin_autocomplete import SafeAutocomplete

MAX_ROWS = 100  # of one sort; a long reference list has 60
LINE = forms.TextInput(attrs={"class": "long-line"})


class Rows(forms.BaseInlineFormSet):
    """Rows below another; new ones without a position go to the end."""

    def get_queryset(self) -> Any:
        """The stored rows. If another editor deleted some meanwhile, None stands for each, so that the admin
        still shows all that was typed.
        """
        rows = super().get_queryset()
        if not self.is_bound:
            return rows
        lost = min(self.initial_form_count(), self.total_form_count()) - len(rows)
        return [*rows, *[None] * max(0, lost)]

    def _existing_object(self, pk: Any) -> models.Model | None:
        """As Django's, which does not know about None."""
        if not hasattr(self, "_object_dict"):
            self._object_dict = {row.pk: row for row in self.get_queryset() if row is not None}
        return self._object_dict.get(pk)

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        if "position" in form.fields:
            form.fields["position"].required = False
            if form.instance._state.adding:
                form.fields["position"].initial = None  # an untouched empty row stays untouched

    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.forms if form.has_changed() or not form.instance._state.adding]
        last = max([form.cleaned_data.get("position") or 0 for form in kept if form.is_valid()], default=0)
        for form in kept:
            if "position" in form.fields and form.is_valid() and form.cleaned_data.get("position") is None:
                last += 1
                form.instance.position = last


class Inline(SafeAutocomplete, admin.options.InlineModelAdmin):
    """What all inlines share."""

    formset = Rows
    extra = 1
    max_num = MAX_ROWS

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """However many rows a form claims to have, no more than these are made."""
        return super().get_formset(request, obj, absolute_max=MAX_ROWS, **kwargs)


class SortedRows(Inline, admin.TabularInline):
    """Rows with a position, which admin-order.js changes with buttons."""

    class Media:
        js = ["js/admin-order.js"]
        css = {"all": ["css/admin-extra.css"]}
