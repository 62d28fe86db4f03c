"""The rows of an article that are written together with it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from articles.admin.autocomplete import SafeAutocomplete
from articles.models import Contribution, KeyPoint, LearningObjective, Reference, TrialIdentifier

MAX_ROWS = 100  # of one sort; a long reference list has 60
LINE = forms.TextInput(attrs={"class": "long-line"})


class Rows(forms.BaseInlineFormSet):
    """Rows of an article; new ones without a position go to the end."""

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
    """What all inlines of an article share."""

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


class ObjectiveInline(SortedRows):
    model = LearningObjective
    fields = ("text", "position")
    formfield_overrides = {models.CharField: {"widget": LINE}}


class KeyPointInline(SortedRows):
    model = KeyPoint
    fields = ("text", "position")
    formfield_overrides = {models.CharField: {"widget": LINE}}


class ContributionInline(SortedRows):
    model = Contribution
    fields = ("person", "role", "position")
    autocomplete_fields = ("person",)


class TrialIdentifierInline(Inline, admin.TabularInline):
    model = TrialIdentifier


class ReferenceInline(Inline, admin.StackedInline):
    model = Reference
    formfield_overrides = {
        models.CharField: {"widget": LINE},
        models.URLField: {"assume_scheme": "https"},
    }
    fields = (
        ("key", "position"),
        "authors",
        "title",
        "source",
        ("year", "detail"),
        ("doi", "pmid"),
        "url",
    )

    class Media:
        js = ["js/admin-order.js"]
        css = {"all": ["css/admin-extra.css"]}
