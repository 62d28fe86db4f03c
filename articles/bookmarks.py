"""Keeping an article for later, also through a sign-in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.signals import user_logged_in
from django.db.models import Prefetch, Q, QuerySet
from django.dispatch import receiver
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import User

from .models import Article, Bookmark

PENDING = "bookmark_after_sign_in"


def keep(user: User, article: Article) -> None:
    """Bookmark `article`; again changes nothing."""
    Bookmark.objects.get_or_create(user=user, article=article)


def forget(user: User, article: Article) -> None:
    """Remove the bookmark, if there is one."""
    Bookmark.objects.filter(user=user, article=article).delete()


def remember(request: HttpRequest, slug: str) -> str:
    """A signed-out reader pressed the button: note the article in the session and come back to it."""
    article = get_object_or_404(Article.objects.readable(), slug=slug)
    if request.method == "POST" and request.POST.get("command") == "save":
        request.session[PENDING] = article.pk
    return article.get_absolute_url()


@receiver(user_logged_in)
def keep_pending(request: HttpRequest | None, user: User, **_: Any) -> None:
    """After sign-in, keep what was pressed before it."""
    pending = request.session.pop(PENDING, None) if request and hasattr(request, "session") else None
    article = Article.objects.readable().filter(pk=pending).first() if pending else None
    if article:
        keep(user, article)


class BookmarkSearchForm(forms.Form):
    q = forms.CharField(max_length=200, required=False, label="Search your bookmarks")
    page = forms.IntegerField(min_value=1, max_value=10_000, required=False)

    def results(self, user: User, at: datetime | None = None) -> QuerySet[Bookmark]:
        """The reader's bookmarks whose title or objective contains the text, newest first."""
        readable = Article.objects.readable(at or timezone.now())
        kept = Bookmark.objects.filter(user=user, article__in=readable)
        if text := self.cleaned_data["q"].strip():
            kept = kept.filter(
                Q(article__title__icontains=text)
                | Q(article__in=Article.objects.filter(objectives__text__icontains=text))
            )
        return kept.prefetch_related(Prefetch("article", Article.objects.for_cards()))
