"""Articles, readers, members and an issue for an empty portal; called in its own process, as `bench/visitors.py` is."""

from __future__ import annotations

import json
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from articles.models import Article
from articles.publishing import rebuild
from bench.mailing import make_issue, make_subscribers
from bench.visitors import cookies
from newsletter.models import Issue
from portal.local.loopback import HOST

ARTICLES, MEMBERS = 10, 60
TEXT = "The trial enrolled people of all ages, and what it found is said here with how sure it is. " * 8
BODY = "\n\n".join(f"## Part {number}\n\n{TEXT}" for number in range(1, 30))


def tell(subscribers: int) -> None:
    """Make them; print the cookies of an attested reader and of members, the articles, and the issue, a draft."""
    reader = Client(SERVER_NAME=HOST)
    attest(reader)
    make_subscribers(subscribers)
    issue = make_issue()
    Issue.objects.filter(pk=issue.pk).update(status=Issue.Status.DRAFT, send_at=None, queued_at=None)
    said = {
        "reader": cookies(reader),
        "members": {f"member{number}@example.org": member(number) for number in range(MEMBERS)},
        "slugs": [article(number) for number in range(ARTICLES)],
        "issue": issue.pk,
    }
    print(json.dumps(said))


def article(number: int) -> str:
    """The slug of a new article, published yesterday."""
    new = Article.objects.create(
        title=f"Survival in trial {number}",
        slug=f"trial-{number}",
        summary="What was found, in whom, and how sure it is.",
        body=BODY,
        funding_statement="No external funding.",
    )
    rebuild(new)
    new.status, new.published_at = Article.Status.PUBLISHED, timezone.now() - timedelta(days=1)
    new.save(update_fields=["status", "published_at"])
    return new.slug


def member(number: int) -> str:
    """The cookies of a new member who is signed in."""
    client = Client(SERVER_NAME=HOST)
    client.force_login(get_user_model().objects.create_user(f"member{number}@example.org"))
    attest(client)
    return cookies(client)


def attest(client: Client) -> None:
    client.post("/attest/", {"next": "/"}, secure=True)
