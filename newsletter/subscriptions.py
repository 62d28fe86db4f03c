"""Asking for the newsletter, confirming it, changing it and leaving it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Lower

from articles.models import Topic

from . import links, mail
from .links import BadLink, Purpose
from .models import Subscriber

WORDING_VERSION = 1  # raise it when the promises beside the sign-up forms change (templates/newsletter/)
RESEND_AFTER = timedelta(minutes=10)
REMIND_AFTER = timedelta(days=1)
FORGET_AFTER = timedelta(days=30)


def ask(email: str, *, source: str, topics: Iterable[Topic], language: str, now: datetime) -> None:
    """Note a request and mail its confirmation link (first half of double opt-in).

    email     a valid address; upper and lower case are the same
    source    path of the page with the form
    topics    none means all
    language  code from LANGUAGES
    now       aware datetime of the request

    The caller cannot tell what the address was: a known subscriber, whose subscription stays as it is, gets a mail
    that says so, at most once in REMIND_AFTER; anybody else the link, at most once in RESEND_AFTER. A message is
    composed in any case, so that the answer takes the same time but for one INSERT.
    """
    with transaction.atomic():
        subscriber = _locked_row(email, language, now)
        is_due = _claim_mail(subscriber, REMIND_AFTER if subscriber.is_active else RESEND_AFTER, now)
        if subscriber.is_active:
            message = mail.already_subscribed(subscriber, now=now)
        else:
            if is_due:  # a link confirms what was asked for with it, not a stranger's afterthought
                _note_request(subscriber, source, topics, language, now)
            message = mail.confirmation(subscriber, now=now)
        if is_due:
            message.send()


def _locked_row(email: str, language: str, now: datetime) -> Subscriber:
    """The one row of this address, made if need be, locked: equal requests at the same moment take turns."""
    new = Subscriber(email=email, language=language, wording_version=WORDING_VERSION, requested_at=now)
    Subscriber.objects.bulk_create([new], ignore_conflicts=True)  # INSERT … ON CONFLICT DO NOTHING
    same = Subscriber.objects.alias(lower=Lower("email")).filter(lower=Lower(Value(email)))
    return same.select_for_update().get()


def _note_request(
    subscriber: Subscriber, source: str, topics: Iterable[Topic], language: str, now: datetime
) -> None:
    """Write down what the confirmation will confirm."""
    subscriber.source = source
    subscriber.language = language
    subscriber.wording_version = WORDING_VERSION
    subscriber.requested_at = now
    subscriber.save(update_fields=["source", "language", "wording_version", "requested_at"])
    subscriber.topics.set(topics)


def _claim_mail(subscriber: Subscriber, pause: timedelta, now: datetime) -> bool:
    """True for one caller in `pause`: that one sends."""
    due = Q(confirmation_sent_at=None) | Q(confirmation_sent_at__lte=now - pause)
    return Subscriber.objects.filter(due, pk=subscriber.pk).update(confirmation_sent_at=now) == 1


def confirm(token: str, *, now: datetime) -> Subscriber:
    """Turn a request into a subscription (second half of double opt-in) and mail a welcome.

    token   from the confirmation link, valid for NEWSLETTER_LINK_DAYS
    now     aware datetime, stored as `confirmed_at`
    returns the subscriber; a second call changes nothing and mails nothing
    raises  BadLink: forged or expired, or the subscriber has left or been deleted since
    """
    with transaction.atomic():
        subscriber = links.follow(Purpose.CONFIRM, token, now=now, lock=True)
        if not subscriber.is_active:
            subscriber.confirmed_at = now
            subscriber.confirmation_sent_at = None
            subscriber.save(update_fields=["confirmed_at", "confirmation_sent_at"])
            mail.welcome(subscriber, now=now).send()
    return subscriber


def choose(token: str, *, topics: Iterable[Topic], language: str, now: datetime) -> Subscriber:
    """Change what a subscriber gets.

    token   from a link to the preferences
    topics  none means all
    returns the subscriber
    raises  BadLink: forged, or the subscriber has left or been deleted since
    """
    with transaction.atomic():
        subscriber = to_choose(token, now=now, lock=True)
        subscriber.language = language
        subscriber.save(update_fields=["language"])
        subscriber.topics.set(topics)
    return subscriber


def to_choose(token: str, *, now: datetime, lock: bool = False) -> Subscriber:
    """The active subscriber whose preferences `token` opens. Raises BadLink as `choose` does."""
    subscriber = links.follow(Purpose.PREFERENCES, token, now=now, lock=lock)
    if not subscriber.is_active:
        raise BadLink
    return subscriber


def forget_unconfirmed(now: datetime) -> int:
    """Delete requests that nobody confirmed within FORGET_AFTER. Returns how many."""
    return Subscriber.objects.filter(confirmed_at=None, requested_at__lt=now - FORGET_AFTER).delete()[0]
