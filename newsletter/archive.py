"""Past issues on the site: the list is for everybody, an issue itself for professionals."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.conf import settings
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import professionals, public
from accounts.gate import Teaser
from articles.models import Article
from articles.models.articles import ArticleQuerySet
from portal.lib.pages import page_of
from portal.lib.ratelimit import limited

from .models import Issue, IssueArticle
from .models.issues import IssueQuerySet


class PageForm(forms.Form):
    page = forms.IntegerField(min_value=1, max_value=10_000, required=False)


def archived() -> IssueQuerySet:
    """Issues that have a page of their own here."""
    return Issue.objects.in_archive().filter(slug__isnull=False)


def with_articles(issues: IssueQuerySet, articles: ArticleQuerySet) -> IssueQuerySet:
    """`issues` with those of `articles` that they hold, as `shown` (entries with their article) of each."""
    entries = IssueArticle.objects.filter(article__in=articles.values("pk")).prefetch_related(
        Prefetch("article", articles)
    )
    return issues.prefetch_related(Prefetch("entries", entries, to_attr="shown"))


def titles(now: datetime) -> ArticleQuerySet:
    """Articles that can be opened at `now`, with title and address only."""
    return Article.objects.readable(now).only("title", "slug", "status", "published_at")


@public
@limited("search", with_queries=True)
@require_safe
def archive(request: HttpRequest) -> HttpResponse:
    """Subjects and dates; the titles of the articles as far as the gate itself would show them."""
    form = PageForm(request.GET)
    if not form.is_valid():
        return render(request, "newsletter/archive.html", {"form": form}, status=400)
    issues = archived().only("subject", "slug", "queued_at", "language")
    context = {
        "form": form,
        "page": page_of(with_articles(issues, titles(timezone.now())), form.cleaned_data["page"]),
        "shows_titles": settings.GATE_TEASER or getattr(request, "attestation", None) is not None,
    }
    return render(request, "newsletter/archive.html", context)


def issue_teaser(request: HttpRequest, slug: str) -> Teaser:
    """What the gate may show of an issue: its subject, and the first objective of each article."""
    articles = titles(timezone.now()).prefetch_related("objectives")
    issue = get_object_or_404(with_articles(archived(), articles), slug=slug)
    shown = [entry.article for entry in issue.shown if not entry.article.is_withdrawn]  # type: ignore[attr-defined]  # with_articles
    return Teaser(
        title=issue.subject,
        published_at=issue.queued_at,
        objectives=[objectives[0].text for article in shown if (objectives := article.objectives.all())],
        metadata="newsletter/_metadata.html",
        subject=issue,
    )


@professionals(teaser=issue_teaser)
@require_safe
def issue(request: HttpRequest, slug: str) -> HttpResponse:
    """An issue as it was mailed, with the summaries that the mail leaves behind the gate; no personal links."""
    articles = Article.objects.readable(timezone.now()).for_cards()
    found = get_object_or_404(with_articles(archived(), articles), slug=slug)
    return render(request, "newsletter/archive_issue.html", {"issue": found})
