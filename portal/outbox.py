"""The outbox: mail is written in the caller's transaction and delivered after it by `manage.py worker`.

A request that is rolled back sends nothing, and an answer takes the same time whether or not mail is sent.

Delivery is at least once. Each row is claimed for LEASE in a short transaction, handed over outside it and marked
at once. If the process or the database dies between the server's "250" and that mark, nobody can know what
happened: the lease expires and the message goes out again, under the same Message-ID.
"""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import smtplib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.utils import make_msgid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Count, Min, Q
from django.utils import timezone

from portal.models import OutgoingMail

LEASE = timedelta(minutes=10)  # far longer than one message: EMAIL_TIMEOUT for each of about eight commands
MAX_ATTEMPTS = 12
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=8)  # 1, 2, 4 … 256, 480, 480 minutes: about 24 hours in all


class EmailBackend(BaseEmailBackend):
    """Django's EMAIL_BACKEND: stores every message as rows, one for each recipient, in the current transaction."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        rows = [row for message in email_messages for row in _rows(message)]
        OutgoingMail.objects.bulk_create(rows)
        return len(email_messages)


def _rows(message: EmailMessage) -> list[OutgoingMail]:
    """A row for each recipient, so that one refused address delays or repeats no other."""
    if not any(name.lower() == "message-id" for name in message.extra_headers):
        message.extra_headers["Message-ID"] = make_msgid(domain=urlsplit(settings.SITE_URL).hostname)
    octets = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django's own argument
    recipients = dict.fromkeys(message.recipients())
    return [OutgoingMail(recipients=[recipient], message=octets) for recipient in recipients]


class Stored(EmailMessage):
    """A stored message as Django's delivery backends want it: envelope from the row, content byte for byte."""

    def __init__(self, mail: OutgoingMail) -> None:
        self.octets = bytes(mail.message)
        sender = message_from_bytes(self.octets, policy=policy.default)["From"]
        super().__init__(from_email=str(sender), to=mail.recipients)

    def message(self) -> Any:  # type: ignore[override]  # backends only ask it for as_bytes
        return self

    def as_bytes(self, unixfrom: bool = False, linesep: str = "\r\n") -> bytes:
        return self.octets


def deliver_due(now: datetime, limit: int = 50, *, stop: Callable[[], bool] = lambda: False) -> int:
    """Hand over up to `limit` messages that are due, over one connection. Any number of workers may do so at once.

    now      aware datetime at the start
    stop     asked before each message: True ends early
    returns  how many were tried
    """
    started = time.monotonic()
    connection = get_connection(settings.OUTBOX_DELIVERY_BACKEND)
    tried = 0
    try:
        while tried < limit and not stop():
            at = now + timedelta(seconds=time.monotonic() - started)
            mail = _claim(at)
            if mail is None:
                break
            _deliver(mail, connection, at)
            tried += 1
    finally:
        _hang_up(connection)
    return tried


def _claim(now: datetime) -> OutgoingMail | None:
    """Lease the message that has been due longest and count the attempt."""
    with transaction.atomic():
        mail = (
            OutgoingMail.objects.select_for_update(skip_locked=True)
            .filter(
                Q(lease_until=None) | Q(lease_until__lte=now),
                sent_at=None,
                failed_at=None,
                not_before__lte=now,
            )
            .order_by("not_before", "pk")
            .first()
        )
        if mail is not None:
            mail.lease_until = now + LEASE
            mail.attempts += 1
            mail.save(update_fields=["lease_until", "attempts"])
    return mail


def _deliver(mail: OutgoingMail, connection: Any, now: datetime) -> None:
    """Try once and write down how it went."""
    try:
        connection.open()  # does nothing if it is open
        connection.send_messages([Stored(mail)])
    except Exception as error:  # whatever it is, it must not keep the messages behind it waiting
        _hang_up(connection)
        _note_failure(mail, error, now)
    else:
        OutgoingMail.objects.filter(pk=mail.pk).update(
            sent_at=now, failed_at=None, lease_until=None, error=""
        )


def _note_failure(mail: OutgoingMail, error: Exception, now: datetime) -> None:
    """Give up after a permanent refusal or too many attempts, else try later. Nothing if our lease was taken over."""
    is_permanent, answer = _read(error)
    ours = OutgoingMail.objects.filter(pk=mail.pk, lease_until=mail.lease_until, sent_at=None)
    if is_permanent or mail.attempts >= MAX_ATTEMPTS:
        ours.update(failed_at=now, lease_until=None, error=answer)
    else:
        ours.update(not_before=now + _wait(mail.attempts), lease_until=None, error=answer)


def _wait(attempts: int) -> timedelta:
    """Time until the next attempt: doubled each time, and spread so that not all come back at once."""
    wait = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
    return wait * random.uniform(0.8, 1.2)  # noqa: S311  (not a secret)


def _read(error: Exception) -> tuple[bool, str]:
    """Is this the server's final word about this message (5xx), and what did it say?

    A 5xx while connecting or signing in is about us, not about the message: that may still be mended.
    """
    code: int
    text: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, text = error.smtp_code, error.smtp_error
    else:
        return False, f"{type(error).__name__}: {error}"[:1000]
    is_final = isinstance(
        error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)
    )
    words = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    return is_final and 500 <= code < 600, f"{code} {words}".replace("\0", "")[:1000]


def _hang_up(connection: Any) -> None:
    with contextlib.suppress(OSError, smtplib.SMTPException):  # it was lost already
        connection.close()


def is_old(now: datetime) -> Q:
    """Messages that were sent more than OUTBOX_SENT_DAYS ago, or given up more than OUTBOX_FAILED_DAYS ago."""
    sent_before = now - timedelta(days=settings.OUTBOX_SENT_DAYS)
    failed_before = now - timedelta(days=settings.OUTBOX_FAILED_DAYS)
    return Q(sent_at__lt=sent_before) | Q(failed_at__lt=failed_before)


def purge(now: datetime) -> int:
    """Delete messages that are kept no longer. Returns how many."""
    return OutgoingMail.objects.filter(is_old(now)).delete()[0]


@dataclass(frozen=True)
class State:
    """How the outbox is doing.

    waiting   messages that are neither sent nor given up
    oldest    seconds since the oldest of them was written, 0.0 without any
    given_up  messages that were given up and are still kept
    """

    waiting: int
    oldest: float
    given_up: int


def state(now: datetime) -> State:
    """The outbox at `now` (aware). One query."""
    is_waiting = Q(sent_at=None, failed_at=None)
    found = OutgoingMail.objects.filter(sent_at=None).aggregate(
        waiting=Count("pk", filter=is_waiting),
        first=Min("created_at", filter=is_waiting),
        given_up=Count("failed_at"),
    )
    oldest = (now - found["first"]).total_seconds() if found["first"] else 0.0
    return State(found["waiting"], max(0.0, oldest), found["given_up"])


class FileBackend(BaseEmailBackend):
    """Delivery where no server is configured: one `<time>-<random>.eml` in EMAIL_FILE_PATH per message."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            stamp = timezone.now().strftime("%Y%m%dT%H%M%S.%fZ")
            path = folder / f"{stamp}-{secrets.token_hex(4)}.eml"
            # It may hold a login code.
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:
                file.write(message.message().as_bytes())
        return len(email_messages)
