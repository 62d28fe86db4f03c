"""What readers open: the list of trials and the page of one."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.access import professionals
from accounts.gate import Teaser
from portal.lib.kept import kept, nothing_personal
from portal.lib.pages import page_of
from portal.lib.ratelimit import limited

from .listing import TrialFilterForm, entry, for_entries, landscape
from .models import Trial
from .page import registered, trial_page, with_public_part
from .publishing import may_preview
from .registries import normalise


@professionals
@limited("search", with_queries=True)
@require_safe
@kept(personal=nothing_personal)
def trial_list(request: HttpRequest) -> HttpResponse:
    form = TrialFilterForm(request.GET)
    if not form.is_valid():
        return render(request, "trials/trial_list.html", {"form": form}, status=400)
    trials = Trial.objects.published()
    page = page_of(for_entries(form.narrow(trials)), form.cleaned_data["page"])
    context = {
        "form": form,
        "filters": form.facets(trials),
        "page": page,
        "entries": [entry(trial) for trial in page],
        "settings": Trial.Setting.labels,
        "landscape": landscape(form, trials),
    }
    return render(request, "trials/trial_list.html", context)


def trial_teaser(request: HttpRequest, slug: str) -> Teaser:
    """What the gate may show of a trial: acronym, title, registry numbers. Nothing of what was found."""
    trials = with_public_part(with_drafts=may_preview(request))
    trial = trials.filter(slug=slug).first() or by_number(slug)
    numbers = ", ".join(link.number for link in registered(trial))
    title = f"{trial.acronym}: {trial.title}"
    return Teaser(
        title=f"{title} ({numbers})" if numbers else title,
        metadata="trials/_metadata.html",
        subject=trial,
    )


@professionals(teaser=trial_teaser)
@require_safe
@kept
def trial_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """The page of the trial named `slug`; a registry number leads on to it. Editors see drafts, marked as such."""
    page = trial_page(slug, with_drafts=may_preview(request))
    if page is None:
        return redirect(by_number(slug), permanent=True)
    template = "trials/trial_detail.html" if page.trial.is_published else "trials/trial_draft.html"
    return render(request, template, {"page": page, "trial": page.trial})


def by_number(number: str) -> Trial:
    """The published trial registered under `number`, however its letters are written. Raises Http404."""
    trial = with_public_part().filter(identifiers__number=normalise(number)).first()
    if trial is None:
        raise Http404("There is no such trial here.")
    return trial
