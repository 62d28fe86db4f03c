"""Asking for the newsletter, confirming it and changing it. Leaving it is in leaving.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower

from articles.models import Topic

from . import links, mail, mailbox
from .links import BadLink, Purpose
from .models import Cadence, Follow, Subscriber
from .suppression import suppressed

WORDING_VERSION = 2  # raise it when the promises beside the sign-up forms change (templates/newsletter/)
RESEND_AFTER = timedelta(minutes=10)
REMIND_AFTER = timedelta(days=1)
DIGESTS = (Cadence.WEEKLY, Cadence.MONTHLY)
ACCOUNT = "account"  # in place of the path of the page with the form


def ask(
    email: str,
    *,
    source: str,
    topics: Iterable[Topic],
    language: str,
    now: datetime,
    cadence: Cadence = Cadence.EACH,
) -> None:
    """Note a request and mail its confirmation link (first half of double opt-in).

    email     a valid address; upper and lower case are the same
    source    path of the page with the form
    topics    none means all
    language  code from NEWSLETTER_LANGUAGES
    now       aware datetime of the request
    cadence   how often; the mailed link carries it

    The caller cannot tell what the address was: who gets the newsletter already, and keeps it as it is, gets a mail
    that says so, at most once in REMIND_AFTER; a suppressed address nothing, and nothing of it is kept; anybody else
    the link, at most once in RESEND_AFTER; nobody more than mailbox.MOST. A message is composed in any case, so that
    the answer takes the same time but for one INSERT.
    """
    topics = list(topics)
    with transaction.atomic():
        subscriber = locked_row(email, source=source, language=language, now=now)
        pause = REMIND_AFTER if _is_served(subscriber) else RESEND_AFTER
        is_due = mailbox.has_room(email, now) and _claim_mail(subscriber, pause, now)
        if _is_served(subscriber):
            message = mail.already_subscribed(subscriber, now=now)
        else:
            if is_due:  # a link confirms what was asked for with it, not a stranger's afterthought
                _note_asked(subscriber, source=source, topics=topics, language=language, now=now)
            message = mail.confirmation(subscriber, now=now, cadence=cadence, topics=topics)
        send_or_forget(message, subscriber, is_due, now=now)


def send_or_forget(message: EmailMessage, subscriber: Subscriber, is_due: bool, *, now: datetime) -> None:
    """End of a transaction that somebody unknown caused: send `message`, or undo everything for a suppressed address."""
    if suppressed([subscriber.email]):
        transaction.set_rollback(True)
    elif is_due:
        message.send()
        mailbox.note(subscriber.email, now)


def locked_row(email: str, *, source: str, language: str, now: datetime) -> Subscriber:
    """The one row of this address, made if need be, locked: equal requests at the same moment take turns."""
    new = Subscriber(
        email=email, source=source, language=language, wording_version=WORDING_VERSION, requested_at=now
    )
    Subscriber.objects.bulk_create([new], ignore_conflicts=True)  # INSERT … ON CONFLICT DO NOTHING
    return of_address(email).select_for_update().get()


def of_address(email: str) -> QuerySet[Subscriber]:
    """The subscriber with this address, in capitals or not; as a set of one or none."""
    return Subscriber.objects.alias(lower=Lower("email")).filter(lower=Lower(Value(email)))


def _note_asked(
    subscriber: Subscriber, *, source: str, topics: Sequence[Topic], language: str, now: datetime
) -> None:
    """Write down a request from who knows whom. Of who is active already nothing is changed before it is confirmed."""
    if subscriber.is_active:
        subscriber.asked = {
            "source": source,
            "wording_version": WORDING_VERSION,
            "requested_at": now.isoformat(),
            "topics": [topic.pk for topic in topics],
        }
        subscriber.save(update_fields=["asked"])
    else:
        note_request(subscriber, source=source, language=language, now=now)
        subscriber.topics.set(topics)


def _take_asked(subscriber: Subscriber) -> None:
    """The request that was kept apart is confirmed: it takes the place of the one before."""
    if subscriber.asked:
        subscriber.source = subscriber.asked["source"]
        subscriber.wording_version = subscriber.asked["wording_version"]
        subscriber.requested_at = datetime.fromisoformat(subscriber.asked["requested_at"])
        subscriber.topics.set(Topic.objects.filter(pk__in=subscriber.asked["topics"]))
        subscriber.asked = None
        subscriber.save(update_fields=["source", "wording_version", "requested_at", "asked"])


def note_request(subscriber: Subscriber, *, source: str, language: str, now: datetime) -> None:
    """Write down what the confirmation will confirm. The language of mail that comes already stays."""
    subscriber.source = source
    subscriber.wording_version = WORDING_VERSION
    subscriber.requested_at = now
    subscriber.asked = None
    if not subscriber.is_active:
        subscriber.language = language
    subscriber.save(update_fields=["source", "language", "wording_version", "requested_at", "asked"])


def _claim_mail(subscriber: Subscriber, pause: timedelta, now: datetime) -> bool:
    """True for one caller in `pause`: that one sends."""
    due = Q(confirmation_sent_at=None) | Q(confirmation_sent_at__lte=now - pause)
    is_mine = Subscriber.objects.filter(due, pk=subscriber.pk).update(confirmation_sent_at=now) == 1
    subscriber.refresh_from_db(fields=["confirmation_sent_at"])
    return is_mine


def _is_served(subscriber: Subscriber) -> bool:
    """Does the newsletter come? Others may have confirmed their address to follow something."""
    return subscriber.is_active and subscriber.cadence != Cadence.NONE


def confirm(token: str, *, now: datetime, about: str = "") -> Subscriber:
    """Turn a request into a subscription (second half of double opt-in) and mail a welcome.

    token   from the confirmation link, valid for NEWSLETTER_LINK_DAYS
    now     aware datetime, stored as `confirmed_at`
    about   from the link: the cadence that was asked for, if not each issue
    returns the subscriber; a second call changes nothing and mails nothing
    raises  BadLink: forged or expired, or the subscriber has left or been deleted since
    """
    with transaction.atomic():
        subscriber = links.follow(Purpose.CONFIRM, token, now=now, lock=True, about=about)
        if not _is_served(subscriber):
            if subscriber.is_active and subscriber.confirmation_sent_at is None:
                raise BadLink  # the request was confirmed, and the newsletter left since
            _take_asked(subscriber)
            start(subscriber, Cadence(about or Cadence.EACH), now=now)
            mail.welcome(subscriber, now=now).send()
    return subscriber


def start(subscriber: Subscriber, cadence: Cadence, *, now: datetime) -> None:
    """The newsletter comes from now on, or with NONE only news of what is followed. `subscriber` is locked.

    Who is active already keeps `confirmed_at`, because the links to preferences in earlier mail are bound to it.
    """
    if not subscriber.is_active:
        subscriber.confirmed_at = now
        subscriber.paused_until = None
    subscriber.cadence = cadence
    subscriber.digest_until = now
    if cadence != Cadence.NONE:
        subscriber.confirmation_sent_at = None
    subscriber.save(
        update_fields=["confirmed_at", "paused_until", "cadence", "digest_until", "confirmation_sent_at"]
    )


def subscribe_account(
    email: str, *, cadence: Cadence, topics: Iterable[Topic], language: str, now: datetime
) -> Subscriber:
    """Begin a subscription without a mail: `email` is the verified address of an account that is signed in."""
    with transaction.atomic():
        subscriber = locked_row(email, source=ACCOUNT, language=language, now=now)
        if not _is_served(subscriber):
            note_request(subscriber, source=ACCOUNT, language=language, now=now)
            start(subscriber, cadence, now=now)
            subscriber.topics.set(topics)
    return subscriber


def choose(
    subscriber: Subscriber, *, cadence: Cadence, topics: Iterable[Topic], language: str, now: datetime
) -> None:
    """Change what a subscriber gets. `subscriber` is active and locked.

    topics  none means all
    The first digest begins with what is new after the change.
    """
    if subscriber.cadence not in DIGESTS:
        subscriber.digest_until = now
    subscriber.cadence, subscriber.language = cadence, language
    subscriber.save(update_fields=["cadence", "language", "digest_until"])
    subscriber.topics.set(topics)


def pause(subscriber: Subscriber, until: date | None) -> None:
    """No mail before `until`; None: mail comes again."""
    subscriber.paused_until = until
    subscriber.save(update_fields=["paused_until"])


def to_choose(token: str, *, now: datetime, lock: bool = False) -> Subscriber:
    """The active subscriber whose preferences `token` opens. Raises BadLink: forged, or they left or were deleted."""
    subscriber = links.follow(Purpose.PREFERENCES, token, now=now, lock=lock)
    if not subscriber.is_active:
        raise BadLink
    return subscriber


def forget_unconfirmed(now: datetime) -> int:
    """Delete requests that nobody confirmed in time. Returns how many."""
    follows = Follow.objects.filter(_unconfirmed(now)).delete()[0]
    apart = Subscriber.objects.filter(asked__isnull=False, confirmation_sent_at__lt=_too_long_ago(now))
    return follows + apart.update(asked=None) + unconfirmed(now).delete()[0]


def unconfirmed(now: datetime) -> QuerySet[Subscriber]:
    """Subscribers that nobody confirmed within UNCONFIRMED_SUBSCRIPTION_DAYS."""
    return Subscriber.objects.filter(_unconfirmed(now))


def _unconfirmed(now: datetime) -> Q:
    return Q(confirmed_at=None, requested_at__lt=_too_long_ago(now))


def _too_long_ago(now: datetime) -> datetime:
    return now - timedelta(days=settings.UNCONFIRMED_SUBSCRIPTION_DAYS)
