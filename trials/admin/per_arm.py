"""Values by arm: one row for each arm of the trial, shown as a column. No arm is chosen by hand."""

from __future__ import annotations

from functools import cached_property
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from trials.models import Arm, Given

from .constraints import SaysWhere
from .fields import TrialFields

LABELS = {
    "ci_lower_status": "Lower bound open",
    "ci_upper_status": "Upper bound open",
    "p_relation": "p, sign",
    "p_value": "p",
    "p_sides": "p, sides",
    "is_p_nominal": "Nominal p",
}


def label(form: forms.ModelForm) -> None:
    """Name the parts of an interval and of a p value in the words of papers."""
    for name in LABELS.keys() & form.fields.keys():
        form.fields[name].label = LABELS[name]


class ArmRow(SaysWhere):
    """What is entered for one arm. Left or made empty, there is no row."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label(self)
        self.was_percent = getattr(self.instance, "is_percent", None)

    def is_empty(self) -> bool:
        """Has nothing been entered? "Estimated" alone says nothing."""
        said = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        return said in ({}, {"status": Given.ESTIMATED})

    def has_changed(self) -> bool:
        """Also where the same number now means something else: the measure or unit was changed."""
        is_stored = not self.instance._state.adding
        return (is_stored and self.was_percent != is_percent(self.instance)) or super().has_changed()

    def _post_clean(self) -> None:
        if self.errors or not self.is_empty():
            if self.was_percent is not None:
                self.instance.is_percent = is_percent(self.instance)
            super()._post_clean()


def is_percent(row: Any) -> bool | None:
    """Is the value of `row` a percentage, by what it hangs on? None: it has no such column."""
    if not hasattr(row, "is_percent"):
        return None
    parent = row.observation if hasattr(row, "observation") else row.result
    return parent.unit == "percent"


class PerArm(forms.BaseInlineFormSet):
    """One form for each arm of the trial, whatever was sent. They are told apart by the arm, not by a count."""

    is_locked = False  # for people who may only look
    may_empty = True
    refused: dict[str, dict[str, list[str]]] = {}  # by the checks: {prefix: {field: messages}}

    @cached_property
    def arms(self) -> list[Arm]:
        return list(self.instance.trial.arms.all())

    @cached_property
    def rows(self) -> dict[int, models.Model]:
        return {row.arm_id: row for row in self.get_queryset()}

    def total_form_count(self) -> int:
        return len(self.arms)

    def initial_form_count(self) -> int:
        return 0

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        arm = self.arms[i]
        row: Any = self.rows.get(arm.pk) or self.model(arm=arm)  # type: ignore[misc]  # set by the factory
        self.attach(row)
        form: Any = self.form(
            data=self.data if self.is_bound else None,
            auto_id=self.auto_id,
            prefix=f"{self.prefix}-{arm.pk}",
            error_class=self.error_class,
            instance=row,
            empty_permitted=row._state.adding,
            use_required_attribute=False,
        )
        for name, field in form.fields.items():
            field.required = False
            field.disabled = self.is_locked
            field.widget.attrs["aria-labelledby"] = f"{form.prefix} {self.prefix}-{name}"
            if field.help_text:
                field.widget.attrs["aria-describedby"] = f"{self.prefix}-{name}-help"
        form.arm = arm
        return form

    def attach(self, row: models.Model) -> None:
        """Hang `row` on what this form is about, and on its trial."""
        setattr(row, self.fk.name, self.instance)
        if any(field.name == "trial" for field in row._meta.fields):
            row.trial = self.instance.trial  # type: ignore[attr-defined]  # checked above

    def lines(self) -> list[dict[str, Any]]:
        """The table as it is shown: one line for each field, in it the field of each arm."""
        if not self.forms:
            return []
        return [
            {
                "id": f"{self.prefix}-{name}",
                "label": field.label,
                "help": field.help_text,
                "cells": [form[name] for form in self.forms],
            }
            for name, field in self.forms[0].fields.items()
        ]

    def clean(self) -> None:
        for form in self.forms:
            if is_emptied(form) and not self.may_empty:
                form.add_error(None, "You may correct these values, but not remove them.")
        show_refused(self)

    def save(self, commit: bool = True) -> list[Any]:
        self.new_objects: list[Any] = []
        self.changed_objects: list[Any] = []
        self.deleted_objects: list[Any] = []
        for form in cast(list[Any], self.forms):
            if is_emptied(form):
                form.instance.delete()
                self.deleted_objects.append(form.instance)
            elif form.has_changed() and not form.is_empty():
                self._store(form)
        return [*self.new_objects, *(row for row, fields in self.changed_objects)]

    def _store(self, form: Any) -> None:
        self.attach(form.instance)
        if form.instance._state.adding:
            self.new_objects.append(form.instance)
        else:
            self.changed_objects.append((form.instance, form.changed_data))
        form.save()


def show_refused(formset: Any) -> None:
    """Add what the checks refused to the forms of `formset`."""
    for form in formset.forms:
        for field, messages in formset.refused.get(form.prefix, {}).items():
            form.add_error(field if field in form.fields else None, messages)


def is_emptied(form: Any) -> bool:
    """Was there a row, and is all of it deleted from its fields?"""
    is_stored = not form.instance._state.adding
    return is_stored and form.has_changed() and form.is_valid() and form.is_empty()


def refused_rows(request: HttpRequest) -> dict[str, dict[str, list[str]]]:
    """What the checks refused when this request was first tried; see RefusingAdmin."""
    refusal = getattr(request, "refusal", None)
    return refusal.rows if refusal else {}


class PerArmInline(TrialFields, admin.options.InlineModelAdmin):
    """Base of the inlines by arm."""

    form = ArmRow
    formset = PerArm
    template = "admin/trials/per_arm.html"
    can_delete = False
    extra = 0
    hint = "An arm left empty has no value."

    class Media:
        css = {"all": ["css/admin-trials.css"]}

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.is_locked = not self.has_change_permission(request, obj)
        formset.may_empty = self.has_delete_permission(request, obj)
        formset.refused = refused_rows(request)
        return formset
