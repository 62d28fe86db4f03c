"""What is handed to the mail server for a delivery.

A message is composed once, with marks where a recipient's own values belong; each recipient costs a few
replacements of octets. The marks hold a random word, so no text of an editor can be taken for one.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Min
from django.utils.crypto import salted_hmac

from portal.lib.mail import plain

from . import composing, links, selection
from .links import Purpose
from .models import Delivery, Issue, News, Subscriber

MOST_SHEETS = 500  # different contents of one run kept at once, each of some 30 kB
PERIODS = {Issue.Kind.MONTHLY: timedelta(days=31)}
PERIOD = timedelta(days=7)  # of a digest or notice that does not say since when
MARKS = ("to", "message_id", "date", "leave", "leave_subject", "preferences")
ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")  # RFC 5322 3.2.3: dot-atom
Chosen = list[tuple[News, tuple[str, ...]]]


class Unsendable(Exception):
    """There is no message for this delivery, now or later; says why."""


class Letter:
    """All messages of one issue. May be used by one thread at a time."""

    def __init__(self, issue: Issue, sheet_for: Callable[[Delivery], Sheet]) -> None:
        self._issue = issue
        self._sheet_for = sheet_for
        self._sender = return_path()
        self._leave = Purpose.UNFOLLOW_ALL if issue.kind == Issue.Kind.FOLLOW else Purpose.LEAVE

    def message(self, delivery: Delivery, *, now: datetime) -> bytes:
        """The message of `delivery`: RFC 5322, lines ended by CRLF and shorter than 998 octets.

        delivery  with its subscriber and `prefetches`, or it costs queries
        raises    Unsendable
        """
        subscriber = _subscriber(delivery)
        recipient = _ascii(subscriber.email)
        leave = links.path(self._leave, subscriber, now=now)
        values = {
            "to": recipient,
            "message_id": message_id(delivery),
            "date": format_datetime(now),
            "leave": leave,
            "leave_subject": links.mail_subject(leave),
            "preferences": links.path(Purpose.PREFERENCES, subscriber, now=now),
        }
        return self._sheet_for(delivery).filled(values)

    def envelope(self, delivery: Delivery) -> tuple[str, str]:
        """Sender and recipient as the mail server wants them. Raises Unsendable."""
        return self._sender, _ascii(_subscriber(delivery).email)


def of(issue: Issue, *, now: datetime) -> Letter:
    """Everything that the messages of `issue` have in common, as of `now`."""
    if issue.kind != Issue.Kind.ISSUE:
        return Letter(issue, _Run(issue, now).sheet_for)
    sheet = Sheet(issue, lambda own: composing.of_issue(issue, own, at=now))
    return Letter(issue, lambda delivery: sheet)


def prefetches(issue: Issue) -> tuple[str, ...]:
    """What to prefetch with many deliveries of `issue` beside `select_related("subscriber")`."""
    if issue.kind == Issue.Kind.ISSUE:
        return ()
    if issue.kind == Issue.Kind.FOLLOW:
        return tuple(f"subscriber__follows__{thing}" for thing in ("topic", "drug", "trial"))
    return ("subscriber__topics",)


def message_id(delivery: Delivery) -> str:
    """The Message-ID of `delivery`: always the same, and nobody can guess that of another."""
    name = f"{delivery.issue_id}.{delivery.pk}"
    proof = salted_hmac("newsletter.message-id", name, algorithm="sha256").hexdigest()[:16]
    return f"<{name}.{proof}@{_host()}>"


def return_path() -> str:
    """The address of the envelope: where bounces go."""
    return settings.NEWSLETTER_RETURN_PATH or parseaddr(settings.NEWSLETTER_FROM)[1]


class Sheet:
    """One composed message with marks in the places of a recipient's own values."""

    def __init__(self, issue: Issue, compose: Callable[[composing.Links], composing.Parts]) -> None:
        word = secrets.token_hex(8)
        self._marks = {name: f"/{name}-{word}/" for name in MARKS}
        own = composing.Links(leave=self._marks["leave"], preferences=self._marks["preferences"])
        self._octets = _head(self._marks) + _rest(issue, compose(own))

    def filled(self, values: Mapping[str, str]) -> bytes:
        """The message with `values` (ASCII) for the marks."""
        octets = self._octets
        for name, mark in self._marks.items():
            octets = octets.replace(mark.encode(), values[name].encode())
        return octets


class _Run:
    """The news of one run of a digest or of the mail about followed things, loaded once."""

    def __init__(self, issue: Issue, now: datetime) -> None:
        self._issue = issue
        self._until = issue.until or now
        self._default = self._until - PERIODS.get(Issue.Kind(issue.kind), PERIOD)
        oldest = issue.deliveries.aggregate(since=Min("since"))["since"] or self._default
        news = selection.in_time(min(oldest, self._default), self._until)
        self._news = selection.still_true(news, now)
        self._sheets: dict[tuple[tuple[int, tuple[str, ...]], ...], Sheet] = {}

    def sheet_for(self, delivery: Delivery) -> Sheet:
        """Subscribers who get the same news for the same reasons share a sheet."""
        chosen = self._chosen(delivery)
        if not chosen:
            raise Unsendable("Nothing is new for this subscriber.")
        key = tuple((news.pk, reasons) for news, reasons in chosen)
        if key not in self._sheets:
            if len(self._sheets) >= MOST_SHEETS:
                self._sheets.pop(next(iter(self._sheets)))
            self._sheets[key] = Sheet(self._issue, lambda own: composing.of_news(self._issue, chosen, own))
        return self._sheets[key]

    def _chosen(self, delivery: Delivery) -> Chosen:
        since = delivery.since or self._default
        is_follow = self._issue.kind == Issue.Kind.FOLLOW
        choices = (selection.follow_choices if is_follow else selection.digest_choices)(_subscriber(delivery))
        return selection.chosen((news for news in self._news if news.at > since), choices)


def _head(marks: Mapping[str, str]) -> bytes:
    """The headers that are a recipient's own, with marks. The e-mail package would fold and encode some of them."""
    context = {
        "leave_path": marks["leave"],
        "leave_subject": marks["leave_subject"],
        "leave_mailbox": settings.NEWSLETTER_LEAVE_MAILBOX,
    }
    headers = {
        "To": marks["to"],
        "Date": marks["date"],
        "Message-ID": marks["message_id"],
        "List-Unsubscribe": " ".join(plain("emails/_list_unsubscribe.txt", context).split()),
    }
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("ascii", "ignore")


def _rest(issue: Issue, parts: composing.Parts) -> bytes:
    """The headers that are the same for all, and the two parts."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = _sender()
    message["Subject"] = parts.subject
    message["List-Id"] = f"<newsletter.{_host()}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    if issue.kind != Issue.Kind.ISSUE:
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834, section 5
    message.set_content(parts.text, cte="8bit")
    message.add_alternative(parts.html, subtype="html", cte="8bit")
    return message.as_bytes()


def _sender() -> Address:
    """Who the mail is from: the hub, unless the setting has a name of its own."""
    name, address = parseaddr(settings.NEWSLETTER_FROM)
    return Address(name or " ".join(plain("emails/_sender_name.txt", {}).split()), addr_spec=address)


def _host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def _subscriber(delivery: Delivery) -> Subscriber:
    if delivery.subscriber is None:
        raise Unsendable("The subscriber was erased.")
    return delivery.subscriber


def _ascii(email: str) -> str:
    """`email` with its domain as mail servers write it. Raises Unsendable."""
    name, _, domain = email.rpartition("@")
    try:
        address = f"{name}@{domain.encode('idna').decode()}"
    except UnicodeError:
        address = ""
    if not ADDRESS.fullmatch(address):
        raise Unsendable("This address cannot be written in a mail.")
    return address
