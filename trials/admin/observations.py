"""Baseline, exposure and safety: one share, count or rate per arm."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import admin
from django.db.models import QuerySet

from trials.models import Arm, Observation, ObservationValue

from .per_arm import PerArmInline
from .reasons import CHECKED, ReasonsAdmin, ReasonsForm


class ObservationForm(ReasonsForm):
    of_trial = ("data_cut", "publication")

    def tables(self) -> Iterable[QuerySet]:
        observation = self.instance
        return (
            Observation.objects.filter(pk=observation.pk),
            observation.values.all(),
            observation.waivers.all(),
            Arm.objects.filter(trial=observation.trial_id),
        )


class ObservedInline(PerArmInline):
    model = ObservationValue
    fields = ("value", "n")
    verbose_name_plural = "Values of the arms"


@admin.register(Observation)
class ObservationAdmin(ReasonsAdmin):
    form = ObservationForm
    inlines = (ObservedInline,)
    parents = ("cut", "trial")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "kind",
                    ("name", "grade"),
                    "unit",
                    ("publication", "data_cut"),
                    "note",
                    "position",
                    "seen",
                )
            },
        ),
        CHECKED,
    )
    list_display = ("name", "grade", "kind", "trial")
    list_select_related = ("trial",)
    list_filter = ("kind",)
    search_fields = ("name", "trial__acronym")
