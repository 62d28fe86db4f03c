"""What readers open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import members, professionals
from accounts.gate import Teaser
from accounts.requests import MemberRequest
from portal.lib.kept import kept, nothing_personal
from portal.lib.origin import SeeOther, same_origin
from portal.lib.pages import page_of
from portal.lib.ratelimit import limited
from trials.models import Drug

from .along import surrounded, with_surroundings
from .bookmarks import BookmarkSearchForm, forget, keep, remember
from .listing import COUNTED, FilterForm, related_to
from .metadata import public_part
from .models import Article, Topic
from .placements import newer_data
from .treatments import drug_at, trials_with


@professionals
@limited("search", with_queries=True)
@require_safe
@kept(personal=nothing_personal)
def article_list(request: HttpRequest) -> HttpResponse:
    form = FilterForm(request.GET)
    if not form.is_valid():
        return render(request, "articles/article_list.html", {"form": form}, status=400)
    articles = Article.objects.published(timezone.now())
    context = {
        "form": form,
        "filters": form.facets(articles),
        "page": page_of(
            form.narrow(articles).newest_first().for_cards(), form.cleaned_data["page"], up_to=COUNTED
        ),
    }
    return render(request, "articles/article_list.html", context)


@professionals
@limited("search", with_queries=True)
@require_safe
@kept
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    subject = get_object_or_404(Topic, slug=slug)
    return subject_page(request, "articles/topic_detail.html", {"topic": subject}, subject)


def treatment_teaser(request: HttpRequest, slug: str) -> Teaser:
    """What the gate may show of a drug: its name."""
    drug = drug_at(slug)
    return Teaser(title=capfirst(drug.name), metadata="articles/_treatment_metadata.html", subject=drug)


@professionals(teaser=treatment_teaser)
@limited("search", with_queries=True)
@require_safe
@kept
def treatment(request: HttpRequest, slug: str) -> HttpResponse:
    """The page of the drug at `slug`; another of its names leads on to it."""
    drug = drug_at(slug)
    if drug.slug != slug:
        return redirect("articles:treatment", drug.slug, permanent=True)
    context: dict[str, object] = {"treatment": drug, "trials": trials_with(drug)}
    return subject_page(request, "articles/treatment_detail.html", context, drug)


def subject_page(
    request: HttpRequest, template: str, context: dict[str, object], subject: Topic | Drug
) -> HttpResponse:
    form = FilterForm(request.GET)
    if not form.is_valid():
        return render(request, template, context | {"form": form}, status=400)
    articles = subject.articles.published(timezone.now())
    page = page_of(articles.newest_first().for_cards(), form.cleaned_data["page"], up_to=COUNTED)
    return render(request, template, context | {"page": page})


def article_teaser(request: HttpRequest, slug: str) -> Teaser:
    """What the gate may show of an article."""
    article = get_object_or_404(public_part(Article.objects.readable()), slug=slug)
    return Teaser(
        title=article.title,
        published_at=article.published_at,
        objectives=[] if article.is_withdrawn else [o.text for o in article.objectives.all()],
        is_withdrawn=article.is_withdrawn,
        metadata="articles/_metadata.html",
        subject=article,
    )


# Composed by hand: for a page that is kept, composing the query would be the greater part of the work.
IS_SAVED = """
    SELECT EXISTS (SELECT FROM articles_bookmark AS bookmark JOIN articles_article AS article
                   ON article.id = bookmark.article_id WHERE article.slug = %s AND bookmark.user_id = %s)
"""


def saved_mark(request: MemberRequest, slug: str) -> tuple[bool]:
    """What the page of the article at `slug` shows of somebody signed in: whether it is in their bookmarks."""
    with connection.cursor() as cursor:
        cursor.execute(IS_SAVED, [slug, request.user.pk])
        is_saved: bool = cursor.fetchone()[0]
    return (is_saved,)


@professionals(teaser=article_teaser)
@require_safe
@kept(personal=saved_mark)
def article_detail(request: HttpRequest, slug: str) -> HttpResponse:
    now = timezone.now()
    articles = with_surroundings(Article.objects.readable(now).with_saved_by(request.user))
    article = surrounded(get_object_or_404(articles, slug=slug))
    return render(request, "articles/article_detail.html", article_context(article, now))


def article_context(article: Article, now: datetime) -> dict[str, Any]:
    """What the article page shows; also its preview."""
    return {
        "article": article,
        "newer_data": newer_data(article),
        "related": related_to(article, now),
        "is_saved": getattr(article, "is_saved", False),
    }


COMMANDS = {"save": keep, "remove": forget}


@members(remember=remember)
@limited("member")
@require_http_methods(["POST"])
@same_origin
def bookmark(request: MemberRequest, slug: str) -> HttpResponse:
    """Save or remove: two commands, each of which may be repeated."""
    article = get_object_or_404(Article.objects.readable(), slug=slug)
    command = COMMANDS.get(request.POST.get("command", ""))
    if command is None:
        raise BadRequest("Neither of the two commands.")
    command(request.user, article)
    if request.headers.get("HX-Request"):
        context = {"article": article, "is_saved": command is keep}
        return render(request, "articles/_bookmark.html", context)
    if request.POST.get("next") == "bookmarks":
        messages.success(request, "The bookmark has been removed.")
        return SeeOther(reverse("articles:bookmarks"))
    return SeeOther(article.get_absolute_url())


@members
@limited("member", with_queries=True)
@require_safe
def bookmarks(request: MemberRequest) -> HttpResponse:
    """What this reader keeps, newest first."""
    form = BookmarkSearchForm(request.GET)
    if not form.is_valid():
        return render(request, "articles/bookmarks.html", {"form": form, "q": ""}, status=400)
    page = page_of(form.results(request.user), form.cleaned_data["page"])
    return render(
        request, "articles/bookmarks.html", {"form": form, "q": form.cleaned_data["q"], "page": page}
    )
