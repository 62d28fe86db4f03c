"""The form of an article as readers would see it, without saving anything."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts import gate
from articles.along import surrounded, with_surroundings
from articles.models import Article
from articles.views import article_context

PAGE, GATE = "_preview", "_preview_gate"  # names of the two buttons


def is_asked_for(request: HttpRequest) -> bool:
    """Did an editor press one of the two buttons?"""
    return request.method == "POST" and (PAGE in request.POST or GATE in request.POST)


def show(request: HttpRequest, article: Article) -> HttpResponse:
    """The page or the gate of `article`, whose rows were saved in the open transaction, which is rolled back."""
    shown = surrounded(with_surroundings(Article.objects.all()).get(pk=article.pk))
    now = timezone.now()
    shown.status, shown.withdrawn_reason = article.status, article.withdrawn_reason
    shown.published_at = article.published_at or now
    shown.withdrawn_at = article.withdrawn_at or now
    response = _gate(request, shown) if GATE in request.POST else _page(request, shown)
    response["Cache-Control"] = "private, no-store"
    transaction.set_rollback(True)
    return response


def _page(request: HttpRequest, article: Article) -> HttpResponse:
    context = article_context(article, timezone.now())
    return render(request, "articles/article_detail.html", context | {"preview": True})


def _gate(request: HttpRequest, article: Article) -> HttpResponse:
    """The gate as visitors meet it; here it answers a POST, which it would otherwise refuse."""
    teaser = gate.Teaser(
        title=article.title,
        published_at=article.published_at,
        objectives=[objective.text for objective in article.objectives.all()],
    )
    response = gate.show(request, teaser)
    response.status_code = 200
    del response["HX-Refresh"]
    return response
