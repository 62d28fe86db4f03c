"""Following a topic, a drug or a trial: news of it by mail, and of nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from . import links, mail, mailbox, things
from .links import BadLink, Purpose
from .models import Cadence, Follow, Subscriber
from .subscriptions import ACCOUNT, locked_row, note_request, send_or_forget, start
from .things import Thing

RESEND_AFTER = timedelta(hours=1)
MOST_ASKED = 5  # things that may be asked for one address in MOST_ASKED_IN without being confirmed
MOST_ASKED_IN = timedelta(days=1)


def ask(email: str, thing: Thing, *, source: str, language: str, now: datetime) -> None:
    """Note a request and mail its confirmation link (first half of double opt-in).

    The caller cannot tell what the address was: nothing is mailed to one that follows `thing` already, was asked
    about it within RESEND_AFTER or about too many things (MOST_ASKED), got mailbox.MOST already, or is suppressed. A
    message is composed in any case.
    """
    with transaction.atomic():
        subscriber = locked_row(email, source=source, language=language, now=now)
        is_due = mailbox.has_room(email, now) and _claim_mail(subscriber, thing, now)
        if is_due and not subscriber.is_active:
            note_request(subscriber, source=source, language=language, now=now)
        send_or_forget(mail.follow_confirmation(subscriber, thing, now=now), subscriber, is_due, now=now)


def _claim_mail(subscriber: Subscriber, thing: Thing, now: datetime) -> bool:
    """Is a link to be mailed? Then the request is noted. The subscriber's lock lets one caller in at a time."""
    same = {things.kind_of(thing): thing}
    follow = subscriber.follows.filter(**same).first()
    if follow is None:
        recent = subscriber.follows.filter(confirmed_at=None, requested_at__gt=now - MOST_ASKED_IN)
        if recent.count() >= MOST_ASKED:
            return False
        subscriber.follows.create(requested_at=now, **same)
        return True
    is_waiting = follow.confirmed_at is None or not subscriber.is_active
    if not is_waiting or follow.requested_at > now - RESEND_AFTER:
        return False
    follow.requested_at = now
    follow.save(update_fields=["requested_at"])
    return True


def confirm(about: str, token: str, *, now: datetime) -> Subscriber:
    """Begin to follow what was asked for (second half of double opt-in).

    about   names it, from the link; see things.key_of
    returns the subscriber; a second call changes nothing
    raises  BadLink: forged or expired, or the request is gone or the subscriber has left since
    """
    with transaction.atomic():
        subscriber = links.follow(Purpose.CONFIRM_FOLLOW, token, now=now, lock=True, about=about)
        follow = subscriber.follows.filter(**(things.row_of(about) or {})).first()
        if follow is None:
            raise BadLink
        is_new = not subscriber.is_active
        _begin(subscriber, follow, now)
        if is_new:
            mail.following(subscriber, follow.thing, now=now).send()
    return subscriber


def follow_account(email: str, thing: Thing, *, language: str, now: datetime) -> Subscriber:
    """Follow at once: `email` is the verified address of an account that is signed in."""
    with transaction.atomic():
        subscriber = locked_row(email, source=ACCOUNT, language=language, now=now)
        if not subscriber.is_active:
            note_request(subscriber, source=ACCOUNT, language=language, now=now)
        follow_now(subscriber, thing, now=now)
    return subscriber


def follow_now(subscriber: Subscriber, thing: Thing, *, now: datetime) -> None:
    """Follow without a mail: whose address it is has been shown. `subscriber` is locked."""
    same = {things.kind_of(thing): thing}
    follow, _ = subscriber.follows.get_or_create(**same, defaults={"requested_at": now})
    _begin(subscriber, follow, now)


def _begin(subscriber: Subscriber, follow: Follow, now: datetime) -> None:
    """News come from now on. Who was no subscriber becomes one of this alone; the newsletter stays as it is."""
    if subscriber.is_active and follow.confirmed_at:
        return
    if not subscriber.is_active or not subscriber.follows.filter(confirmed_at__isnull=False).exists():
        subscriber.followed_until = now
        subscriber.save(update_fields=["followed_until"])
    if not subscriber.is_active:
        start(subscriber, Cadence.NONE, now=now)
    follow.confirmed_at = now
    follow.save(update_fields=["confirmed_at"])
