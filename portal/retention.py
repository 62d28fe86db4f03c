"""How long the site keeps what: the one list, which the daily work, `manage.py retain` and the privacy page follow.

The periods are settings. Nothing here asks a person's wish: who wants to be forgotten earlier deletes the account.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from accounts import audit, deletion
from accounts.models import Attestation, User
from newsletter import erasure, subscriptions
from newsletter.models import Delivery, Subscriber
from portal import outbox
from portal.lib.evidence import aged_out
from portal.lib.rounds import each_still
from portal.models import ConsentRecord, ContactMessage, OutgoingMail

OVER = "Removed after its period."


@dataclass(frozen=True)
class Rule:
    """One kind of thing and its end.

    what    for the privacy page, such as "Messages from the contact page"
    period  for the privacy page, such as "365 days"
    count   how many are over at a time (aware)
    end     delete or unlink them; returns how many. Called again it finds nothing
    """

    what: str
    period: str
    count: Callable[[datetime], int]
    end: Callable[[datetime], int]


Rows = Callable[[datetime], QuerySet[Any]]  # what is older than this


def _rule(what: str, setting: str, rows: Rows, end: Callable[[QuerySet[Any], datetime], int]) -> Rule:
    days = getattr(settings, setting)

    def before(now: datetime) -> datetime:
        return now - timedelta(days=days)

    return Rule(
        what,
        f"{days} days",
        lambda now: rows(before(now)).count(),
        lambda now: end(rows(before(now)), before(now)),
    )


def _delete(rows: QuerySet[Any], before: datetime) -> int:
    return rows.delete()[0]


def _delete_evidence(rows: QuerySet[Any], before: datetime) -> int:
    with aged_out(before):
        return rows.delete()[0]


def ended_sessions(now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=now)


def forget_sessions(now: datetime) -> int:
    """Delete sessions that have ended, and what was noted of the sign-in."""
    ended = ended_sessions(now).delete()[0]
    alive = Session.objects.filter(session_key=OuterRef("session_key"))
    UserSession.objects.filter(~Exists(alive), created_at__lt=now).delete()
    return ended


def unconfirmed_accounts(before: datetime) -> QuerySet[User]:
    """Whoever made them never came back. Those that an administrator made have no address to confirm."""
    addresses = EmailAddress.objects.filter(user=OuterRef("pk"))
    return User.objects.filter(
        Exists(addresses),
        ~Exists(addresses.filter(verified=True)),
        is_staff=False,
        is_superuser=False,
        erased_at=None,
        date_joined__lt=before,
        last_login=None,
    )


def _erase_accounts(rows: QuerySet[User], before: datetime) -> int:
    return each_still(rows, partial(deletion.erase, now=timezone.now()))


def _delete_messages(rows: QuerySet[ContactMessage], before: datetime) -> int:
    with transaction.atomic():
        audit.forget_names(ContactMessage, list(rows.values_list("pk", flat=True)))
        return rows.delete()[0]


def left_subscribers(before: datetime) -> QuerySet[Subscriber]:
    return Subscriber.objects.exclude(pk__in=Subscriber.objects.active()).filter(left_at__lt=before)


def _forget_subscribers(rows: QuerySet[Subscriber], before: datetime) -> int:
    return each_still(rows, lambda subscriber: erasure.forget(subscriber, timezone.now()))


def old_deliveries(before: datetime) -> QuerySet[Delivery]:
    """Those that say to whom, and wait for nothing."""
    is_over = ~Q(state__in=[Delivery.State.QUEUED, Delivery.State.CLAIMED])
    return Delivery.objects.filter(is_over, subscriber__isnull=False, not_before__lt=before)


def _unlink_deliveries(rows: QuerySet[Delivery], before: datetime) -> int:
    """That something was sent stays, not to whom; nor what a mail server said, which may name the person."""
    unsent = [Delivery.State.FAILED, Delivery.State.SUPPRESSED]
    answer = Case(When(state__in=unsent, then=Value(OVER)), default=Value(""))
    return rows.update(subscriber=None, answer=answer)


def rules() -> list[Rule]:
    """All of them, with the periods of the settings."""
    return [
        Rule(
            "Sign-ins, and what was noted of the browser",
            "until they end",
            lambda now: ended_sessions(now).count(),
            forget_sessions,
        ),
        _rule(
            "Accounts whose address nobody confirmed",
            "UNCONFIRMED_ACCOUNT_DAYS",
            unconfirmed_accounts,
            _erase_accounts,
        ),
        Rule(
            "Mail to you in the outbox",
            f"{settings.OUTBOX_SENT_DAYS} days after it was sent, {settings.OUTBOX_FAILED_DAYS} if that failed",
            lambda now: OutgoingMail.objects.filter(outbox.is_old(now)).count(),
            lambda now: outbox.purge(now),
        ),
        _rule(
            "Messages from the contact page",
            "CONTACT_MESSAGE_DAYS",
            lambda before: ContactMessage.objects.filter(created_at__lt=before),
            _delete_messages,
        ),
        Rule(
            "Newsletter: what nobody confirmed",
            f"{settings.UNCONFIRMED_SUBSCRIPTION_DAYS} days",
            lambda now: subscriptions.unconfirmed(now).count(),
            lambda now: subscriptions.forget_unconfirmed(now),
        ),
        _rule(
            "Newsletter: that you subscribed and left, as proof",
            "LEFT_SUBSCRIPTION_DAYS",
            left_subscribers,
            _forget_subscribers,
        ),
        _rule(
            "Newsletter: which mail was sent to you, and how your mail server answered",
            "DELIVERY_DAYS",
            old_deliveries,
            _unlink_deliveries,
        ),
        _rule(
            "Confirmations to be a healthcare professional, as proof",
            "EVIDENCE_DAYS",
            lambda before: Attestation.objects.filter(attested_at__lt=before),
            _delete_evidence,
        ),
        _rule(
            "Choices about cookies, as proof",
            "EVIDENCE_DAYS",
            lambda before: ConsentRecord.objects.filter(decided_at__lt=before),
            _delete_evidence,
        ),
        _rule(
            "Log of what editors and administrators did",
            "AUDIT_DAYS",
            lambda before: LogEntry.objects.filter(action_time__lt=before),
            _delete_evidence,
        ),
    ]
