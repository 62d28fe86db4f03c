"""The mail of the newsletter: one function for each."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage

from portal.lib.mail import compose, plain

from . import links
from .links import Purpose
from .models import Subscriber


def confirmation(subscriber: Subscriber, *, now: datetime) -> EmailMessage:
    """Asks whether the address is theirs. Nothing else: there is no consent yet."""
    context = {
        "confirm_path": links.path(Purpose.CONFIRM, subscriber, now=now),
        "days": settings.NEWSLETTER_LINK_DAYS,
        "topics": list(subscriber.topics.all()),
    }
    return compose("newsletter_confirm", subscriber.email, context)


def already_subscribed(subscriber: Subscriber, *, now: datetime) -> EmailMessage:
    """Answers a subscriber who signs up again, or somebody who tries an address."""
    context = _own_paths(subscriber, now) | {"topics": list(subscriber.topics.all())}
    return compose("newsletter_already", subscriber.email, context, unsubscribe_headers(subscriber, now=now))


def welcome(subscriber: Subscriber, *, now: datetime) -> EmailMessage:
    """Says that the subscription has begun, and how it ends."""
    context = _own_paths(subscriber, now) | {"topics": list(subscriber.topics.all())}
    return compose("newsletter_welcome", subscriber.email, context, unsubscribe_headers(subscriber, now=now))


def unsubscribe_headers(
    subscriber: Subscriber, *, now: datetime, purpose: Purpose = Purpose.LEAVE
) -> dict[str, str]:
    """For every mail to an active subscriber: leaving with one press in the mail program (RFC 8058, RFC 2369).

    purpose  what the press does: LEAVE the newsletter, or UNFOLLOW_ALL
    """
    context = {
        "leave_path": links.path(purpose, subscriber, now=now),
        "leave_mailbox": settings.NEWSLETTER_LEAVE_MAILBOX,
    }
    return {
        "List-Unsubscribe": plain("emails/_list_unsubscribe.txt", context).strip(),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _own_paths(subscriber: Subscriber, now: datetime) -> dict[str, object]:
    return {
        "leave_path": links.path(Purpose.LEAVE, subscriber, now=now),
        "preferences_path": links.path(Purpose.PREFERENCES, subscriber, now=now),
    }
