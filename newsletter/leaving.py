"""Leaving: the newsletter, one followed thing, all of them, or everything. Leaving one thing leaves only that.

Each step may be repeated and then changes nothing. Who has neither the newsletter nor anything followed is no
subscriber any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from . import links, things
from .links import BadLink, Purpose
from .models import Cadence, Delivery, Issue, Subscriber

NEWSLETTER = (Issue.Kind.ISSUE, Issue.Kind.WEEKLY, Issue.Kind.MONTHLY)


def by_link(purpose: Purpose, token: str, *, now: datetime, about: str = "") -> Subscriber:
    """Do what the button behind a link to leave says.

    purpose  LEAVE, UNFOLLOW (about: what) or UNFOLLOW_ALL
    token    from the link; it does not expire
    now      aware datetime, stored as `left_at`
    returns  the subscriber as it is now
    raises   BadLink: forged, or the subscriber was deleted
    """
    with transaction.atomic():
        subscriber = links.follow(purpose, token, now=now, lock=True, about=about)
        if purpose == Purpose.LEAVE:
            leave_newsletter(subscriber, now=now)
        elif purpose == Purpose.UNFOLLOW_ALL:
            unfollow_all(subscriber, now=now)
        else:
            unfollow(subscriber, about, now=now)
    return subscriber


def by_mail(purpose: Purpose, token: str, *, asked_at: datetime | None, now: datetime) -> bool:
    """The same for who asks by mail, LEAVE or UNFOLLOW_ALL.

    asked_at  when they wrote, aware; None: unknown. What began later stays: mailboxes are read again and again
    returns   False if there was nothing to leave, or it began later
    raises    BadLink
    """
    with transaction.atomic():
        subscriber = links.follow(purpose, token, now=now, lock=True)
        began = _newsletter_began(subscriber) if purpose == Purpose.LEAVE else _last_followed(subscriber)
        if began is None or (asked_at and asked_at < began):
            return False
        by_link(purpose, token, now=now)
    return True


def _newsletter_began(subscriber: Subscriber) -> datetime | None:
    """When the newsletter was asked for; None if there is none to leave."""
    is_any = subscriber.cadence != Cadence.NONE or not _follows_something(subscriber)
    return subscriber.requested_at if subscriber.is_active and is_any else None


def _last_followed(subscriber: Subscriber) -> datetime | None:
    """When the last of what is followed was confirmed; None if nothing is."""
    latest: datetime | None = subscriber.follows.aggregate(Max("confirmed_at"))["confirmed_at__max"]
    return latest


def leave_newsletter(subscriber: Subscriber, *, now: datetime) -> None:
    """No more issues and digests; news of what is followed still come. `subscriber` is locked."""
    if not subscriber.is_active or (subscriber.cadence == Cadence.NONE and _follows_something(subscriber)):
        return
    _note_departure(subscriber, NEWSLETTER, now)
    if _follows_something(subscriber):
        subscriber.cadence = Cadence.NONE
        subscriber.confirmation_sent_at = None
        subscriber.save(update_fields=["cadence", "confirmation_sent_at"])
    else:
        _end(subscriber, now)


def unfollow(subscriber: Subscriber, key: str, *, now: datetime) -> None:
    """No more news of one thing (see things.key_of). `subscriber` is locked. Raises BadLink: no such name."""
    row = things.row_of(key)
    if row is None:
        raise BadLink
    subscriber.follows.filter(**row).delete()
    _end_if_empty(subscriber, now)


def unfollow_all(subscriber: Subscriber, *, now: datetime) -> None:
    """No more news of what is followed; the newsletter still comes. `subscriber` is locked."""
    if _follows_something(subscriber):
        _note_departure(subscriber, [Issue.Kind.FOLLOW], now)
    subscriber.follows.all().delete()
    _end_if_empty(subscriber, now)


def leave_everything(subscriber: Subscriber, *, now: datetime) -> None:
    """Neither the newsletter nor news of anything. `subscriber` is locked."""
    subscriber.follows.all().delete()
    if subscriber.is_active:
        _note_departure(subscriber, Issue.Kind.values, now)
        _end(subscriber, now)


def _follows_something(subscriber: Subscriber) -> bool:
    return subscriber.follows.filter(confirmed_at__isnull=False).exists()


def _end_if_empty(subscriber: Subscriber, now: datetime) -> None:
    if subscriber.is_active and subscriber.cadence == Cadence.NONE and not _follows_something(subscriber):
        _end(subscriber, now)


def _end(subscriber: Subscriber, now: datetime) -> None:
    subscriber.left_at = now
    subscriber.asked = None
    subscriber.confirmation_sent_at = None  # who asks again gets the link at once
    subscriber.save(update_fields=["left_at", "asked", "confirmation_sent_at"])


def _note_departure(subscriber: Subscriber, kinds: Iterable[str], now: datetime) -> None:
    """Count it for the mailing that came last: the numbers of an issue say how many left after it."""
    arrived = subscriber.deliveries.filter(state=Delivery.State.HANDED_OVER, issue__kind__in=list(kinds))
    latest = arrived.order_by("-handed_over_at", "-pk").values("pk")[:1]
    Delivery.objects.filter(pk__in=latest, left_at=None).update(left_at=now)
