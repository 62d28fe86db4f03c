"""The pages around the articles."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import professionals, public, staff
from articles.listing import topics_with_latest
from articles.models import Article
from articles.search import SearchForm
from portal.lib.kept import kept, nothing_personal
from portal.lib.ratelimit import limited
from trials.compare import comparison
from trials.compare_form import Selection
from trials.models import Figure, Trial
from trials.page import trial_page
from trials.search import first_trials

from .models import CommitteeMember, Page

# Standing pages with nothing but their text; each has a row from the first migration on.
PAGES = ("about", "independence", "privacy", "terms", "accessibility")
LATEST = 9


@professionals
@require_safe
@kept(personal=nothing_personal)
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    latest = list(
        Article.objects.published(now).newest_first().for_cards().select_related("hero")[: LATEST + 1]
    )
    context = {
        "lead": latest[0] if latest else None,
        "latest": latest[1:],
        "topics": topics_with_latest(now),
        "committee": CommitteeMember.objects.select_related("person__photo")[:4],
    }
    return render(request, "portal/home.html", context)


@professionals
@limited("search", with_queries=True)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Trials by their names, articles by their text. What was searched is not logged."""
    form = SearchForm(request.GET)
    page = form.results(timezone.now()) if form.is_valid() else None
    context = {"form": form, "q": request.GET.get("q", "")[:200], "page": page}
    if page is not None and page.number == 1:
        context |= first_trials(form.cleaned_data["q"])
    return render(request, "portal/search.html", context, status=200 if form.is_valid() else 400)


@public
@require_safe
@kept(personal=nothing_personal)
def page(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "portal/page.html", {"page": get_object_or_404(Page, slug=slug)})


@staff
@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component on one page, made from the templates that the pages use."""
    articles = Article.objects.published().newest_first().for_cards()[:2]
    return render(request, "styleguide.html", {"articles": articles, **trial_parts()})


def trial_parts() -> dict[str, Any]:
    """The parts of trials, from the first that have figures: `page` and its `cut`, and two trials `compared`."""
    drawn = Trial.objects.published().filter(Exists(Figure.objects.filter(trial=OuterRef("pk"))))
    slugs = tuple(drawn.values_list("slug", flat=True)[:2])
    page = trial_page(slugs[0]) if slugs else None
    return {
        "page": page,
        "cut": next((cut for cut in page.cuts if cut.figures), None) if page else None,
        "compared": comparison(Selection(slugs)) if len(slugs) == 2 else None,
    }
