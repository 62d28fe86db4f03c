"""The links in our mail. They name no address.

A link that begins something, or shows it, is bound to the state that it belongs to. A link to leave is bound to the
address alone: it ends whatever subscription there is, also one that began after the mail.
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.urls import reverse

from portal.lib import tokens

from .models import Subscriber


class BadLink(Exception):
    """Forged, expired, or about a state that is over."""


class Purpose(StrEnum):
    """What the page behind a link does; the two with `about` do it to one thing, such as trial-12."""

    CONFIRM = "confirm"  # the newsletter; about: the cadence that was asked for, if not each issue
    CONFIRM_FOLLOW = "confirm-follow"  # about
    LEAVE = "leave"  # the newsletter; what is followed stays
    UNFOLLOW = "unfollow"  # about
    UNFOLLOW_ALL = "unfollow-all"  # the newsletter stays
    PREFERENCES = "preferences"
    DATA = "data"  # all that we hold; mailed on request


MARK = "-token-"  # never a part of `about`
DATA_FOR = timedelta(hours=1)
CONFIRMING = (Purpose.CONFIRM, Purpose.CONFIRM_FOLLOW)
LEAVING = (Purpose.LEAVE, Purpose.UNFOLLOW, Purpose.UNFOLLOW_ALL)


def path(purpose: Purpose, subscriber: Subscriber, *, now: datetime, about: str = "") -> str:
    """The path of the page that does `purpose` for `subscriber`.

    about  of what the purpose speaks; it is signed, and stands in the path
    """
    token = tokens.make(_salt(purpose, about), subscriber.pk, _state(purpose, subscriber), now=now)
    return _page(purpose, about).replace(MARK, token)


@functools.lru_cache(maxsize=200)
def _page(purpose: Purpose, about: str) -> str:
    """The path with MARK for the token: finding a path costs more than all else in a message of an issue."""
    return reverse(f"newsletter:{purpose}", args=[about, MARK] if about else [MARK])


def mail_subject(leave_path: str) -> str:
    """The subject of a mail that asks for what the page at `leave_path` does; see dsn.wish_to_leave."""
    purpose, token = leave_path.strip("/").split("/")[-2:]
    return f"{purpose}.{token}"


def follow(purpose: Purpose, token: str, *, now: datetime, lock: bool = False, about: str = "") -> Subscriber:
    """The subscriber for whom `token` was made.

    lock    hold the row until the end of the transaction
    about   from the path of the link
    raises  BadLink
    """
    rows = Subscriber.objects.select_for_update() if lock else Subscriber.objects.all()
    try:
        subscriber = rows.get(pk=tokens.subject_of(token))
        salt, state = _salt(purpose, about), _state(purpose, subscriber)
        tokens.check(token, salt, state, now=now, max_age=_max_age(purpose))
    except (tokens.BadToken, Subscriber.DoesNotExist):
        raise BadLink from None
    return subscriber


def _salt(purpose: Purpose, about: str) -> str:
    return f"newsletter.{purpose}.{about}" if about else f"newsletter.{purpose}"


def _state(purpose: Purpose, subscriber: Subscriber) -> str:
    """A confirmation dies when the subscriber leaves after it, preferences and data with the subscription."""
    if purpose in LEAVING:
        return subscriber.email
    date = subscriber.left_at if purpose in CONFIRMING else subscriber.confirmed_at
    return f"{subscriber.email}\n{date.astimezone(UTC).isoformat() if date else '-'}"


def _max_age(purpose: Purpose) -> timedelta | None:
    """Links to leave do not expire: CAN-SPAM wants them to work for 30 days after each issue, readers for ever."""
    if purpose == Purpose.DATA:
        return DATA_FOR
    return timedelta(days=settings.NEWSLETTER_LINK_DAYS) if purpose in CONFIRMING else None
