"""What the registry says about a trial beside our values, and which of its groups are which of our arms."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from portal.lib.origin import SeeOther
from trials.exchange import Refused
from trials.models import RegistrySnapshot, RegistrySuggestion, Trial
from trials.registries import address
from trials.registry import compare_again

from .pages import page_of

ROWS = 200  # suggestions on a page; long records have some thousand
Verdict = RegistrySuggestion.Verdict


class ArmMapForm(forms.Form):
    """One field for each group of the registry, named `group-<key of its row>`."""

    def __init__(self, trial: Trial, may_change: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = {f"group-{row.pk}": row for row in trial.registry_arms.all()}
        arms = [("", "None of our arms"), *((arm.pk, str(arm)) for arm in trial.arms.all())]
        for name, row in self.rows.items():
            self.fields[name] = forms.TypedChoiceField(
                choices=arms,
                coerce=int,
                empty_value=None,
                label=row.title,
                initial=row.arm_id,
                required=False,
                disabled=not may_change,
                help_text="Set by an editor."
                if row.is_by_hand
                else "Proposed."
                if row.arm_id
                else "Not known.",
                show_hidden_initial=may_change,  # what somebody else has set meanwhile stays
            )

    def save(self) -> int:
        """Store what was changed here; returns how many groups that was."""
        for name in self.changed_data:
            row = self.rows[name]
            row.arm_id, row.is_by_hand = self.cleaned_data[name], True
            row.save()
        return len(self.changed_data)


def registry_address(trial: Trial, **query: Any) -> str:
    """The page with the registry's records of `trial`."""
    path = reverse("admin:trials_trial_registry", args=[trial.pk])
    return f"{path}?{urlencode(query)}" if query else path


def registry_link(trial: Trial) -> dict[str, Any]:
    """For the page of the trial: where its records are, and what was found in the newest."""
    newest = trial.snapshots.defer("raw").first()
    counts = Counter(newest.suggestions.values_list("verdict", flat=True)) if newest else Counter()
    return {"url": registry_address(trial), "newest": newest, "mismatches": counts[Verdict.MISMATCH]}


@require_http_methods(["GET", "HEAD", "POST"])
def registry_page(request: HttpRequest, model_admin: admin.ModelAdmin, pk: int) -> HttpResponse:
    """Snapshots of the trial `pk` and their suggestions; POST stores the map of arms and compares again."""
    trial = get_object_or_404(Trial, pk=pk)
    may_change = model_admin.has_change_permission(request, trial)
    if not (may_change or (request.method != "POST" and model_admin.has_view_permission(request, trial))):
        raise PermissionDenied
    form = _posted(request, trial) if request.method == "POST" else ArmMapForm(trial, may_change)
    if form is None:
        return SeeOther(registry_address(trial))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"Registry records of {trial}",
        "opts": model_admin.opts,
        "trial": trial,
        "trial_url": page_of(trial),
        "form": form,
        "may_change": may_change,
        **_shown(request, trial),
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/trials/registry.html", context, status=status)


def _posted(request: HttpRequest, trial: Trial) -> ArmMapForm | None:
    """Store the map of arms and compare again; the form if it has errors."""
    try:
        with transaction.atomic():
            Trial.objects.select_for_update().get(pk=trial.pk)  # its arms stay while one of them is chosen
            form = ArmMapForm(trial, True, request.POST)
            if not form.is_valid():
                return form
            changed = form.save()
            compare_again(trial)
    except Refused as refused:
        messages.error(request, f"A kept record can no longer be read; import it again. {refused}")
        return None
    groups = f"{changed} group{'' if changed == 1 else 's'} changed. " if changed else ""
    messages.success(request, f"{groups}The records have been compared with our rows as they are now.")
    return None


def _shown(request: HttpRequest, trial: Trial) -> dict[str, Any]:
    """The chosen snapshot (else the newest) and a page of its suggestions with the chosen verdict (else all)."""
    snapshots = list(trial.snapshots.defer("raw"))
    if not snapshots:
        return {"snapshots": []}
    chosen = {str(row.pk): row for row in snapshots}.get(request.GET.get("snapshot", ""), snapshots[0])
    verdict = request.GET.get("verdict", "")
    verdict = verdict if verdict in Verdict.values else ""
    rows = chosen.suggestions.select_related("result")
    counts = Counter(rows.values_list("verdict", flat=True))
    page = Paginator(rows.filter(verdict=verdict) if verdict else rows, ROWS).get_page(
        request.GET.get("page")
    )
    return {
        "snapshots": [(row, registry_address(trial, snapshot=row.pk)) for row in snapshots],
        "chosen": chosen,
        "registry_url": address("nct", chosen.number),
        "filters": _filters(trial, chosen, verdict, counts),
        "lines": [(row, page_of(row.result) if row.result else "") for row in page],
        "page": page,
        **_neighbours(trial, chosen, verdict, page),
    }


def _filters(
    trial: Trial, chosen: RegistrySnapshot, verdict: str, counts: Counter[str]
) -> list[dict[str, Any]]:
    choices = [("", "All", sum(counts.values()))]
    choices += [(value, str(label), counts[value]) for value, label in Verdict.choices]
    return [
        {"label": label, "count": count, "is_chosen": value == verdict, "url": _page(trial, chosen, value, 1)}
        for value, label, count in choices
    ]


def _neighbours(trial: Trial, chosen: RegistrySnapshot, verdict: str, page: Page) -> dict[str, str]:
    """Addresses of the pages before and after, where there are any."""
    found = {}
    if page.has_previous():
        found["previous_url"] = _page(trial, chosen, verdict, page.previous_page_number())
    if page.has_next():
        found["next_url"] = _page(trial, chosen, verdict, page.next_page_number())
    return found


def _page(trial: Trial, chosen: RegistrySnapshot, verdict: str, number: int) -> str:
    query: dict[str, Any] = {"snapshot": chosen.pk}
    query |= {"verdict": verdict} if verdict else {}
    query |= {"page": number} if number > 1 else {}
    return registry_address(trial, **query)
