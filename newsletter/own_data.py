"""All that the newsletter holds about a subscriber, for that subscriber (GDPR, articles 15 and 20)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.cache import cache

from articles.models import Topic

from . import mail, things
from .links import DATA_FOR
from .models import Subscriber, Suppression
from .suppression import hash_of, suppressed

SUBSCRIPTION = (
    "email",
    "language",
    "cadence",
    "paused_until",
    "source",
    "wording_version",
    "requested_at",
    "confirmation_sent_at",
    "confirmed_at",
    "left_at",
    "digest_until",
    "followed_until",
    "soft_bounces",
)
DELIVERY = (
    "state",
    "since",
    "not_before",
    "message_id",
    "handed_over_at",
    "answered_at",
    "answer",
    "attempts",
    "bounced_at",
    "complained_at",
    "left_at",
)


def mail_link(subscriber: Subscriber, *, now: datetime) -> None:
    """Mail a link to the data to the address itself, unless one that still works is there already.

    A suppressed address gets nothing; the account of that address has the data, too.
    """
    asked = f"newsletter-data:{subscriber.pk}"
    if not suppressed([subscriber.email]) and cache.add(asked, True, int(DATA_FOR.total_seconds())):
        mail.own_data(subscriber, now=now).send()


def of(subscriber: Subscriber) -> dict[str, Any]:
    """Plain values, dates included: {"subscription": …, "topics": […], "follows": […], "deliveries": […],
    "suppression": why nothing is sent to the address, or None}.
    """
    return {
        "subscription": {name: getattr(subscriber, name) for name in SUBSCRIPTION}
        | {"asked": _asked(subscriber)},
        "topics": [topic.name for topic in subscriber.topics.all()],
        "follows": _follows(subscriber),
        "deliveries": _deliveries(subscriber),
        "suppression": suppression(subscriber.email),
    }


def suppression(email: str) -> dict[str, Any] | None:
    """The entry of `email` on the suppression list."""
    entry = Suppression.objects.filter(email_hash=hash_of(email)).first()
    if entry is None:
        return None
    return {"reason": entry.reason, "detail": entry.detail, "created_at": entry.created_at}


def _asked(subscriber: Subscriber) -> dict[str, Any] | None:
    """The request that waits to be confirmed, with the names of its topics."""
    if not subscriber.asked:
        return None
    names = Topic.objects.filter(pk__in=subscriber.asked["topics"]).values_list("name", flat=True)
    return subscriber.asked | {"topics": list(names)}


def _follows(subscriber: Subscriber) -> list[dict[str, Any]]:
    return [
        {
            "kind": things.LABELS[things.kind_of(follow.thing)].lower(),
            "name": things.name_of(follow.thing),
            "requested_at": follow.requested_at,
            "confirmed_at": follow.confirmed_at,
        }
        for follow in subscriber.follows.select_related("topic", "drug", "trial")
    ]


def _deliveries(subscriber: Subscriber) -> list[dict[str, Any]]:
    rows = subscriber.deliveries.select_related("issue").order_by("-pk")
    return [
        {"issue": row.issue.subject, "kind": row.issue.get_kind_display()}
        | {name: getattr(row, name) for name in DELIVERY}
        for row in rows
    ]
