"""Bookmarks, as data of their owners."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.models import User
from accounts.own_data import PARTS, Part
from accounts.requests import MemberRequest

from .models import Bookmark


def bookmarks(request: MemberRequest) -> list[dict[str, Any]]:
    rows = Bookmark.objects.filter(user=request.user).select_related("article")
    return [
        {
            "article": row.article.title,
            "address": request.build_absolute_uri(reverse("articles:detail", args=[row.article.slug])),
            "kept": row.created_at,
        }
        for row in rows
    ]


def erase(user: User, now: datetime) -> None:
    Bookmark.objects.filter(user=user).delete()


PARTS["bookmarks"] = Part("Your bookmarks", bookmarks, erase)
