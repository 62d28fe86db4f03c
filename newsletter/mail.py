"""The mail of the newsletter: one function for each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage

from articles.models import Topic
from portal.lib.mail import compose, plain

from . import links, things
from .links import Purpose
from .models import Cadence, Subscriber
from .things import Thing


def confirmation(
    subscriber: Subscriber,
    *,
    now: datetime,
    cadence: Cadence = Cadence.EACH,
    topics: Sequence[Topic] = (),
) -> EmailMessage:
    """Asks whether the address is theirs. Nothing else: there is no consent yet.

    cadence  what was asked for; the link says so
    topics   likewise; none means all
    """
    about = "" if cadence == Cadence.EACH else cadence.value
    context = {
        "confirm_path": links.path(Purpose.CONFIRM, subscriber, now=now, about=about),
        "days": settings.NEWSLETTER_LINK_DAYS,
        "topics": topics,
        "cadence": cadence.label,
    }
    return compose("newsletter_confirm", subscriber.email, context)


def follow_confirmation(subscriber: Subscriber, thing: Thing, *, now: datetime) -> EmailMessage:
    """Asks whether it was they who want news of `thing`."""
    path = links.path(Purpose.CONFIRM_FOLLOW, subscriber, now=now, about=things.key_of(thing))
    context = {"confirm_path": path, "days": settings.NEWSLETTER_LINK_DAYS} | _naming(thing)
    return compose("newsletter_follow", subscriber.email, context)


def following(subscriber: Subscriber, thing: Thing, *, now: datetime) -> EmailMessage:
    """Says to a new subscriber that they follow `thing`, and how that ends."""
    context = _naming(thing) | {
        "unfollow_path": links.path(Purpose.UNFOLLOW, subscriber, now=now, about=things.key_of(thing)),
        "preferences_path": links.path(Purpose.PREFERENCES, subscriber, now=now),
    }
    headers = unsubscribe_headers(subscriber, now=now, purpose=Purpose.UNFOLLOW_ALL)
    return compose("newsletter_following", subscriber.email, context, headers)


def already_subscribed(subscriber: Subscriber, *, now: datetime) -> EmailMessage:
    """Answers a subscriber who signs up again, or somebody who tries an address."""
    return compose(
        "newsletter_already",
        subscriber.email,
        _own(subscriber, now),
        unsubscribe_headers(subscriber, now=now),
    )


def welcome(subscriber: Subscriber, *, now: datetime) -> EmailMessage:
    """Says that the subscription has begun, and how it ends."""
    return compose(
        "newsletter_welcome",
        subscriber.email,
        _own(subscriber, now),
        unsubscribe_headers(subscriber, now=now),
    )


def own_data(subscriber: Subscriber, *, now: datetime) -> EmailMessage:
    """The link to all that we hold: to the address itself, because other links are forwarded with our mail."""
    context = {"data_path": links.path(Purpose.DATA, subscriber, now=now)}
    return compose("newsletter_data", subscriber.email, context)


def unsubscribe_headers(
    subscriber: Subscriber, *, now: datetime, purpose: Purpose = Purpose.LEAVE
) -> dict[str, str]:
    """For every mail to an active subscriber: leaving with one press in the mail program (RFC 8058, RFC 2369).

    purpose  what the press does: LEAVE the newsletter, or UNFOLLOW_ALL
    """
    leave_path = links.path(purpose, subscriber, now=now)
    context = {
        "leave_path": leave_path,
        "leave_subject": links.mail_subject(leave_path),
        "leave_mailbox": settings.NEWSLETTER_LEAVE_MAILBOX,
    }
    return {
        "List-Unsubscribe": plain("emails/_list_unsubscribe.txt", context).strip(),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _own(subscriber: Subscriber, now: datetime) -> dict[str, object]:
    """What a subscriber gets, and where to change it."""
    return {
        "leave_path": links.path(Purpose.LEAVE, subscriber, now=now),
        "preferences_path": links.path(Purpose.PREFERENCES, subscriber, now=now),
        "topics": list(subscriber.topics.all()),
        "cadence": Cadence(subscriber.cadence).label,
    }


def _naming(thing: Thing) -> dict[str, object]:
    return {"name": things.name_of(thing), "thing_path": things.path_of(thing)}
