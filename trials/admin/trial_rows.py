"""What is entered on the page of a trial: identifiers, arms, publications, endpoints."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.template.defaultfilters import pluralize
from django.utils.text import get_text_list, slugify

from portal.lib.admin_rows import LINE, Inline, Rows
from trials.models import Arm, Publication, Result, TrialEndpoint, TrialIdentifier
from trials.registries import normalise

from .constraints import SaysWhere
from .fields import TrialFields

DOI_ADDRESS = re.compile(r"^(https?://(dx\.)?doi\.org/|doi:)\s*", re.IGNORECASE)


class IdentifierForm(SaysWhere):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("number"):
            cleaned["number"] = normalise(cleaned["number"])
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


class UsedRows(Rows):
    """Rows that figures hang on: they are deleted only when no figure does."""

    def clean(self) -> None:
        for form in self.forms:
            is_deleted = self._should_delete_form(form)  # type: ignore[attr-defined]  # not in the stubs
            if form.instance.pk and is_deleted and (found := uses(form.instance)):
                raise forms.ValidationError(
                    f"{form.instance} cannot be deleted: it is used by {found}. Delete these first, or change them."
                )
        super().clean()


def uses(row: Arm | Publication) -> str:
    """What names `row`, counted: "2 results and 1 observation"; empty if nothing does."""
    if isinstance(row, Publication):
        counts = {"result": row.results.count(), "observation": row.observations.count()}
    else:
        compared = Q(comparison__arm=row) | Q(comparison__versus=row)
        results = Result.objects.filter(Q(values__arm=row) | compared).distinct()
        counts = {
            "result": results.count(),
            "observation": row.observations.count(),
            "follow-up": row.follow_ups.count(),
        }
    return get_text_list([f"{n} {name}{pluralize(n)}" for name, n in counts.items() if n], "and")


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
    formset = UsedRows
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
    formset = UsedRows
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
