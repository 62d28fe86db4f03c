"""A result: one endpoint at one data cut, with the arms as columns and the comparison beneath."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from portal.lib.admin_rows import Inline, Rows
from trials.models import Arm, ArmValue, Comparison, Given, Result, Waiver

from . import checking
from .constraints import SaysWhere
from .fields import TrialFields
from .pages import PartAdmin, PartForm
from .per_arm import PerArmInline, label, refused_rows, show_refused

REASON = re.compile(r"reason-([-\w]{1,40})", re.ASCII)
MAX_REASONS = 30


class ResultForm(PartForm):
    """With a field for the reason of each oddity: `reason-<code>`."""

    of_trial = ("data_cut", "publication")
    oddities: checking.Oddities = {}  # set by ResultAdmin.get_form
    waivers: dict[str, Waiver] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        typed = [match[1] for name in self.data or () if (match := REASON.fullmatch(name))]
        asked = getattr(self.refusal, "oddities", {})
        for code in list(dict.fromkeys([*asked, *self.oddities, *typed]))[:MAX_REASONS]:
            waiver = self.waivers.get(code)
            self.fields[f"reason-{code}"] = forms.CharField(
                label="Reason why this stands as published",
                required=code in asked,
                initial=waiver.reason if waiver else "",
                help_text=" ".join(asked.get(code) or self.oddities.get(code) or ["No longer odd."]),
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
            )

    def reason_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if REASON.fullmatch(name)]

    def reasons(self) -> dict[str, str]:
        """{code: reason} as typed."""
        return {
            match[1]: text.strip()
            for name, text in self.cleaned_data.items()
            if (match := REASON.fullmatch(name))
        }

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
class ResultAdmin(PartAdmin):
    form = ResultForm
    inlines = (ValueInline, ComparisonInline)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("endpoint", "role"),
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
    )
    autocomplete_fields = ("endpoint",)
    list_display = ("endpoint", "measure", "data_cut")
    list_select_related = ("endpoint", "data_cut__trial")
    search_fields = ("endpoint__name", "endpoint__abbreviation", "trial__acronym")

    def get_inlines(self, request: HttpRequest, obj: Result | None) -> tuple[type, ...]:
        """A trial with one arm compares nothing."""
        trial = (obj or request.part_of).trial  # type: ignore[attr-defined]  # set by PartAdmin
        return self.inlines if trial.arms.count() > 1 else self.inlines[:1]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj:
            form.oddities = checking.oddities_of(obj)
            form.waivers = {waiver.check_code: waiver for waiver in obj.waivers.all()}
        return form

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        checking.check_result(form.instance, form.reasons(), str(getattr(request.user, "email", "")))
        checking.redraw(form.instance.trial)
