"""The rows of an article that are written together with it."""

from __future__ import annotations

from django.contrib import admin
from django.db import models

from articles.models import Contribution, KeyPoint, LearningObjective, Reference, TrialIdentifier
from portal.lib.admin_rows import LINE, Inline, SortedRows


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
