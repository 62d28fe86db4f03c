"""What is given and what is measured: drugs, classes, regimens, endpoints."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from portal.lib.admin_rows import Inline
from trials.models import Drug, DrugClass, DrugName, Endpoint, Regimen

from .constraints import SaysWhere
from .fields import TrialFields


class NameForm(SaysWhere):
    def clean_name(self) -> str:
        return free_name(self.cleaned_data["name"], self.instance.drug)


class DrugForm(SaysWhere):
    def clean_name(self) -> str:
        return free_name(self.cleaned_data["name"], self.instance)


def free_name(name: str, drug: Drug) -> str:
    """`name`, unless another drug is called so, in capitals or not. Raises ValidationError."""
    if Drug.objects.taken([name], drug if drug.pk else None):
        raise forms.ValidationError("Another drug is called this.")
    return name


class NameInline(TrialFields, Inline, admin.TabularInline):
    model = DrugName
    form = NameForm
    verbose_name = "other name"


@admin.register(Drug)
class DrugAdmin(TrialFields, admin.ModelAdmin):
    form = DrugForm
    inlines = (NameInline,)
    fields = ("name", "slug", "description", "drug_class", "target", "routes", "letters", "note")
    prepopulated_fields = {"slug": ("name",)}
    autocomplete_fields = ("drug_class",)
    list_display = ("name", "drug_class", "other_names")
    list_filter = ("drug_class",)
    search_fields = ("name", "names__name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Drug]:
        return super().get_queryset(request).select_related("drug_class").prefetch_related("names")

    @admin.display(description="Other names")
    def other_names(self, drug: Drug) -> str:
        return ", ".join(name.name for name in drug.names.all()) or "–"


@admin.register(DrugClass)
class DrugClassAdmin(admin.ModelAdmin):
    form = SaysWhere
    list_display = ("name", "code")
    search_fields = ("name", "code")


@admin.register(Regimen)
class RegimenAdmin(TrialFields, admin.ModelAdmin):
    form = SaysWhere
    fields = ("abbreviation", "name", "kind", "drugs", "synonyms", "note")
    autocomplete_fields = ("drugs",)
    list_display = ("abbreviation", "name", "kind")
    list_filter = ("kind",)
    search_fields = ("abbreviation", "name", "synonyms", "drugs__name")


@admin.register(Endpoint)
class EndpointAdmin(admin.ModelAdmin):
    form = SaysWhere
    fields = ("name", "abbreviation", "code", "position", "event_is_desired")
    prepopulated_fields = {"code": ("abbreviation",)}
    list_display = ("abbreviation", "name", "position")
    search_fields = ("abbreviation", "name", "code")
