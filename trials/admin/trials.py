"""A trial: what a paper says before its results, and the way to everything else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.defaultfilters import pluralize
from django.urls import URLPattern, path

from trials.models import Trial
from trials.publishing import shown_by

from . import checking
from .fields import TrialFields
from .freshness import GuardedForm
from .overview import check_overview, trial_overview
from .pages import page_of, trail
from .reasons import AskingAdmin, AskingForm, giver
from .registry import registry_link, registry_page
from .sources import SourcedForm
from .trial_rows import ArmInline, EndpointInline, IdentifierInline, PublicationInline


class TrialForm(AskingForm, SourcedForm, GuardedForm):
    def tables(self) -> Iterable[QuerySet]:
        trial = self.instance
        return (
            Trial.objects.filter(pk=trial.pk),
            trial.identifiers.all(),
            trial.arms.all(),
            trial.publications.all(),
            trial.endpoints.all(),
        )

    def trial(self) -> Trial:
        return self.instance

    def clean_is_published(self) -> bool:
        """Taken from readers only if no article leads them there."""
        wished = bool(self.cleaned_data["is_published"])
        was = Trial.objects.published().filter(pk=self.instance.pk).exists()
        if was and not wished and (titles := shown_by(self.instance)):
            listed = "; ".join(f"“{title}”" for title in titles[:5])
            raise forms.ValidationError(
                f"It stays published: it is shown in {len(titles)} article{pluralize(titles)}: {listed}."
            )
        return wished


@admin.register(Trial)
class TrialAdmin(TrialFields, AskingAdmin):
    form = TrialForm
    inlines = (IdentifierInline, ArmInline, PublicationInline, EndpointInline)
    change_form_template = "admin/trials/trial.html"
    delete_confirmation_template = "admin/trials/delete.html"
    fieldsets = (
        (None, {"fields": ("acronym", "slug", "title", "other_ids", "is_published", "seen")}),
        (
            "Design",
            {
                "fields": (
                    ("phase", "is_randomised"),
                    ("blinding", "control"),
                    ("allocation_ratio", "second_randomisation_ratio"),
                    "design_summary",
                )
            },
        ),
        (
            "Patients",
            {
                "fields": (
                    ("setting", "transplant"),
                    ("prior_lines_min", "prior_lines_max"),
                    "key_criteria",
                    "n_enrolled",
                )
            },
        ),
        (
            "Sponsor and notes",
            {"fields": ("sponsor", "sponsor_partner", "is_sponsor_confirmed", "notes", "position")},
        ),
        ("Where it was checked", {"classes": ("collapse",), "fields": ("source_codes",)}),
    )
    prepopulated_fields = {"slug": ("acronym",)}
    list_display = ("acronym", "title", "phase", "setting", "n_enrolled", "is_published")
    list_filter = ("is_published", "setting", "phase")
    search_fields = ("acronym", "title", "slug", "identifiers__number", "other_ids")
    list_per_page = 50
    save_on_top = True

    def get_urls(self) -> list[URLPattern]:
        def registry(request: HttpRequest, pk: int) -> HttpResponse:
            return registry_page(request, self, pk)

        view = self.admin_site.admin_view(registry)
        return [path("<int:pk>/registry/", view, name="trials_trial_registry"), *super().get_urls()]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        checking.check_trial(form.instance, request.known, form.reasons(), giver(request))  # type: ignore[attr-defined]
        checking.redraw(form.instance)
        checking.tell_open(request, form.instance)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if trial := context["original"]:
            context |= {"overview": trial_overview(trial), "registry": registry_link(trial)}
            context |= check_overview(trial)
        return super().render_change_form(request, context, *args, **kwargs)

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        return super().render_delete_form(request, context | {"trail": trail([context["object"]])})

    def response_post_save_add(self, request: HttpRequest, obj: Trial) -> HttpResponseRedirect:
        """A paper goes on with a data cut, which is added from the page of the trial."""
        return redirect(page_of(obj))
