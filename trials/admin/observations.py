"""Baseline, exposure and safety: one share, count or rate per arm."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from trials.models import Arm, Observation, ObservationValue

from . import checking
from .pages import PartAdmin, PartForm
from .per_arm import PerArmInline


class ObservationForm(PartForm):
    of_trial = ("data_cut", "publication")

    def tables(self) -> Iterable[QuerySet]:
        observation = self.instance
        return (
            Observation.objects.filter(pk=observation.pk),
            observation.values.all(),
            Arm.objects.filter(trial=observation.trial_id),
        )


class ObservedInline(PerArmInline):
    model = ObservationValue
    fields = ("value", "n")
    verbose_name_plural = "Values of the arms"


@admin.register(Observation)
class ObservationAdmin(PartAdmin):
    form = ObservationForm
    inlines = (ObservedInline,)
    parents = ("cut", "trial")
    fields = (
        "kind",
        ("name", "grade"),
        "unit",
        ("publication", "data_cut"),
        "note",
        "position",
        "seen",
    )
    list_display = ("name", "grade", "kind", "trial")
    list_select_related = ("trial",)
    list_filter = ("kind",)
    search_fields = ("name", "trial__acronym")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for finding in checking.check_observed(form.instance):
            messages.warning(request, f"Saved, but look again: {finding.where}: {finding.message}")
        checking.redraw(form.instance.trial)
