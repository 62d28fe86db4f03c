"""A result: one endpoint at one data cut, with the arms as columns and the comparison beneath."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from portal.lib.admin_rows import Inline, Rows
from trials.models import Arm, ArmValue, Comparison, Given, Result
from trials.roles import role_of

from .constraints import SaysWhere
from .fields import TrialFields
from .per_arm import PerArmInline, label, refused_rows, show_refused
from .reasons import CHECKED, ReasonsAdmin, ReasonsForm


class ResultForm(ReasonsForm):
    of_trial = ("data_cut", "publication")

    def tables(self) -> Iterable[QuerySet]:
        result = self.instance
        return (
            Result.objects.filter(pk=result.pk),
            result.values.all(),
            Comparison.objects.filter(result=result.pk),
            result.waivers.all(),
            Arm.objects.filter(trial=result.trial_id),
        )


class ValueInline(PerArmInline):
    model = ArmValue
    hint = "An arm left empty has no value. “Not reached”, “not estimable” and “not reported” are values."
    verbose_name_plural = "Values of the arms"
    fields = (
        "status",
        "value",
        "ci_level",
        "ci_sides",
        "ci_lower",
        "ci_lower_status",
        "ci_upper",
        "ci_upper_status",
        "n",
        "n_analysed",
    )


class ComparisonForm(SaysWhere):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label(self)

    def clean(self) -> dict[str, Any]:
        """Where only p is published, there is no effect that could have been estimated."""
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("effect") and cleaned.get("value", "") is None:
            cleaned["status"] = Given.NOT_REPORTED
        return cleaned


class ComparisonRows(Rows):
    """At most one comparison, between arms of the trial."""

    refused: dict[str, dict[str, list[str]]] = {}

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.instance.trial = self.instance.trial
        arms = self.instance.trial.arms.all()
        for name in {"arm", "versus"} & set(form.fields):
            form.fields[name].queryset = arms
        if form.instance._state.adding:
            first = {role: arm.pk for role, arm in reversed([(arm.role, arm) for arm in arms])}
            form.initial.setdefault("arm", first.get(Arm.Role.EXPERIMENTAL))
            form.initial.setdefault("versus", first.get(Arm.Role.CONTROL))

    def clean(self) -> None:
        super().clean()
        show_refused(self)


class ComparisonInline(TrialFields, Inline, admin.StackedInline):
    model = Comparison
    form = ComparisonForm
    formset = ComparisonRows
    verbose_name = "comparison"
    fields = (
        ("arm", "versus"),
        ("effect", "status", "value"),
        ("ci_level", "ci_sides"),
        ("ci_lower", "ci_lower_status"),
        ("ci_upper", "ci_upper_status"),
        ("p_relation", "p_value", "p_sides", "is_p_nominal"),
    )

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.refused = refused_rows(request)
        return formset


@admin.register(Result)
class ResultAdmin(ReasonsAdmin):
    form = ResultForm
    inlines = (ValueInline, ComparisonInline)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "endpoint",
                    ("measure", "timepoint"),
                    ("population", "assessor"),
                    "detail",
                    ("publication", "data_cut"),
                    "note",
                    "position",
                    "seen",
                )
            },
        ),
        CHECKED,
    )
    autocomplete_fields = ("endpoint",)
    list_display = ("endpoint", "measure", "data_cut")
    list_select_related = ("endpoint", "data_cut__trial")
    search_fields = ("endpoint__name", "endpoint__abbreviation", "trial__acronym")

    def save_model(self, request: HttpRequest, obj: Result, form: Any, change: bool) -> None:
        obj.role = role_of(obj)
        super().save_model(request, obj, form, change)

    def get_inlines(self, request: HttpRequest, obj: Result | None) -> tuple[type, ...]:
        """A trial with one arm compares nothing."""
        trial = (obj or request.part_of).trial  # type: ignore[attr-defined]  # set by PartAdmin
        return self.inlines if trial.arms.count() > 1 else self.inlines[:1]
