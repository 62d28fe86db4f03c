"""What is entered on the page of a trial: identifiers, arms, publications, endpoints."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils.text import slugify

from portal.lib.admin_rows import LINE, Inline, Rows
from trials.models import Arm, Comparison, Publication, TrialEndpoint, TrialIdentifier

from .constraints import SaysWhere
from .fields import TrialFields, normalised

DOI_ADDRESS = re.compile(r"^(https?://(dx\.)?doi\.org/|doi:)\s*", re.IGNORECASE)


class IdentifierForm(SaysWhere):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("registry") and cleaned.get("number"):
            cleaned["number"] = normalised(cleaned["registry"], cleaned["number"])
        return cleaned


class CodedForm(SaysWhere):
    """A row with a code, by which articles name it; left empty, it is made from the first of `named_by`."""

    named_by: tuple[str, ...] = ("label",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "code" in self.fields:
            self.fields["code"].required = False
            self.fields["code"].help_text = "Articles name it by this. Left empty, it is made from the label."

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        if "code" in cleaned and not cleaned["code"]:
            name = next((cleaned[field] for field in self.named_by if cleaned.get(field)), "")
            longest = self.instance._meta.get_field("code").max_length
            cleaned["code"] = slugify(name)[:longest].strip("-")
            if not cleaned["code"]:
                self.add_error("code", "Enter a code of letters, digits and hyphens.")
        return cleaned


class ArmForm(CodedForm):
    named_by = ("label", "name")


class PublicationForm(CodedForm):
    def clean_doi(self) -> str:
        """Also what was copied with its address."""
        return DOI_ADDRESS.sub("", self.cleaned_data["doi"].strip())


class ArmRows(Rows):
    """An arm with figures stays: deleting it would take them along."""

    def clean(self) -> None:
        super().clean()
        for form in self.deleted_forms:
            if form.instance.pk and has_figures(form.instance):
                raise forms.ValidationError(f"{form.instance} has results: delete these first.")


def has_figures(arm: Arm) -> bool:
    """Does anything that was reported hang on `arm`?"""
    rows = arm.values, arm.observations, arm.follow_ups
    compared = Comparison.objects.filter(Q(arm=arm) | Q(versus=arm))
    return any(row.exists() for row in rows) or compared.exists()


class IdentifierInline(Inline, admin.TabularInline):
    model = TrialIdentifier
    form = IdentifierForm
    verbose_name = "identifier"

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """Room for a number as it was copied, with spaces; what is stored is shorter."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name == "number":
            field = forms.CharField(max_length=60, label=field.label)
        return field


class Sorted(TrialFields, Inline, admin.StackedInline):
    """Rows with many fields and, mostly, a position, which admin-order.js changes with buttons."""

    formfield_overrides = TrialFields.formfield_overrides | {
        models.CharField: {"widget": LINE},
    }

    class Media:
        js = ["js/admin-order.js"]
        css = {"all": ["css/admin-extra.css", "css/admin-trials.css"]}


class ArmInline(Sorted):
    model = Arm
    form = ArmForm
    formset = ArmRows
    extra = 0
    min_num = 1
    autocomplete_fields = ("regimen", "regimen_options", "drugs")
    fields = (
        "name",
        ("label", "code"),
        ("role", "n", "randomisation"),
        "regimen",
        "drugs",
        "regimen_options",
        "note",
        "position",
    )


class PublicationInline(Sorted):
    model = Publication
    form = PublicationForm
    extra = 0
    min_num = 1
    fields = (
        ("label", "code"),
        ("kind", "year"),
        "authors",
        "title",
        "journal",
        ("volume", "issue", "pages"),
        ("doi", "pmid"),
        "note",
    )


class EndpointInline(Sorted):
    extra = 0
    min_num = 1
    model = TrialEndpoint
    form = SaysWhere
    verbose_name = "endpoint"
    autocomplete_fields = ("endpoint",)
    fields = (("endpoint", "role"), "definition")
