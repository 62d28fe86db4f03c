"""A data cut: when patients were counted, and what was found then."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.validators import MinValueValidator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect

from trials import cuts
from trials.models import Arm, ArmFollowUp, DataCut

from . import checking
from .overview import check_overview, cut_overview, entered
from .pages import PartAdmin, PartForm, page_of
from .per_arm import ArmRow, PerArmInline
from .trial_rows import CodedForm


class CutForm(PartForm, CodedForm):
    def tables(self) -> Iterable[QuerySet]:
        cut = self.instance
        return (
            DataCut.objects.filter(pk=cut.pk),
            cut.arm_follow_ups.all(),
            Arm.objects.filter(trial=cut.trial_id),
        )


class FollowUpRow(ArmRow):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["months"].label = "Median follow-up, months"
        self.fields["months"].validators.append(MinValueValidator(0))


class FollowUpInline(PerArmInline):
    model = ArmFollowUp
    form = FollowUpRow
    fields = ("months",)
    verbose_name_plural = "Follow-up by arm, where the source gives it"


@admin.register(DataCut)
class DataCutAdmin(PartAdmin):
    form = CutForm
    inlines = (FollowUpInline,)
    parents = ("trial",)
    fields = ("label", "code", "cutoff", "median_follow_up", "note", "position", "seen")
    list_display = ("label", "trial", "cutoff")
    list_select_related = ("trial",)
    search_fields = ("label", "code", "trial__acronym")

    def above(self, row: DataCut) -> list[Any]:
        return [row.trial]

    def page_context(self, row: DataCut) -> dict[str, Any]:
        if not row.pk:
            return {}
        whole = entered(DataCut.objects.filter(pk=row.pk)).get()
        return {"overview": cut_overview(whole)} | check_overview(row.trial, row)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        cuts.settle(form.instance)
        checking.redraw(form.instance.trial)
        checking.tell_odd_cut(request, form.instance)

    def response_post_save_add(self, request: HttpRequest, obj: DataCut) -> HttpResponseRedirect:
        """A paper goes on with results, which are added from the page of the data cut."""
        return redirect(page_of(obj))
