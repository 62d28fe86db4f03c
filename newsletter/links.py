"""The links in our mail. Each is bound to the state that it changes, and names no address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.urls import reverse

from portal.lib import tokens

from .models import Subscriber


class BadLink(Exception):
    """Forged, expired, or about a state that is over."""


class Purpose(StrEnum):
    CONFIRM = "confirm"
    LEAVE = "leave"
    PREFERENCES = "preferences"


def path(purpose: Purpose, subscriber: Subscriber, *, now: datetime) -> str:
    """The path of the page that does `purpose` for `subscriber`."""
    token = tokens.make(_salt(purpose), subscriber.pk, _state(purpose, subscriber), now=now)
    return reverse(f"newsletter:{purpose}", args=[token])


def follow(purpose: Purpose, token: str, *, now: datetime, lock: bool = False) -> Subscriber:
    """The subscriber for whom `token` was made.

    lock    hold the row until the end of the transaction
    raises  BadLink
    """
    rows = Subscriber.objects.select_for_update() if lock else Subscriber.objects.all()
    try:
        subscriber = rows.get(pk=tokens.subject_of(token))
        tokens.check(token, _salt(purpose), _state(purpose, subscriber), now=now, max_age=_max_age(purpose))
    except (tokens.BadToken, Subscriber.DoesNotExist):
        raise BadLink from None
    return subscriber


def _salt(purpose: Purpose) -> str:
    return f"newsletter.{purpose}"


def _state(purpose: Purpose, subscriber: Subscriber) -> str:
    """A confirmation dies when the subscriber leaves after it, the links of a subscription with its successor."""
    date = subscriber.left_at if purpose == Purpose.CONFIRM else subscriber.confirmed_at
    return f"{subscriber.email}\n{date.astimezone(UTC).isoformat() if date else '-'}"


def _max_age(purpose: Purpose) -> timedelta | None:
    """Links to leave do not expire: CAN-SPAM wants them to work for 30 days after each issue, readers for ever."""
    return timedelta(days=settings.NEWSLETTER_LINK_DAYS) if purpose == Purpose.CONFIRM else None
