"""What the site around the content holds about the owner of an account."""

from __future__ import annotations

from datetime import datetime
from email import message_from_bytes, policy
from typing import Any

from django.db.models import Q, QuerySet

from accounts import audit
from accounts.models import User
from accounts.own_data import PARTS, Part, addresses
from accounts.requests import MemberRequest
from portal import consent

from .models import ConsentRecord, ContactMessage, OutgoingMail


def choices(request: MemberRequest) -> list[dict[str, Any]]:
    """What this browser decided: choices are tied to no account, so only the cookie knows which they are."""
    choice = consent.claimed(request)
    if choice is None:
        return []
    rows = ConsentRecord.objects.filter(opaque_id=choice.opaque_id).select_related("notice")
    return [
        {
            "decided": row.decided_at,
            "version_of_the_notice": row.notice.version,
            "statistics": row.statistics,
            "third_parties": row.third_party,
            "global_privacy_control": row.signal,
            "identifier": str(row.opaque_id),
        }
        for row in rows
    ]


def messages(request: MemberRequest) -> list[dict[str, Any]]:
    return [
        {"at": row.created_at, "name": row.name, "email": row.email, "message": row.message}
        for row in _messages(request.user)
    ]


def letters(request: MemberRequest) -> list[dict[str, Any]]:
    """Mail in the outbox. Not what it says: a code in it would let whoever holds the file in."""
    return [
        {"subject": _subject(row), "written": row.created_at, "sent": row.sent_at}
        for row in _letters(request.user)
    ]


def erase_messages(user: User, now: datetime) -> None:
    pks = list(_messages(user).values_list("pk", flat=True))
    audit.forget_names(ContactMessage, pks)
    ContactMessage.objects.filter(pk__in=pks).delete()


def erase_letters(user: User, now: datetime) -> None:
    _letters(user).delete()


def _messages(user: User) -> QuerySet[ContactMessage]:
    return ContactMessage.objects.filter(_any("email__iexact", addresses(user)))


def _letters(user: User) -> QuerySet[OutgoingMail]:
    known = [user.email, *addresses(user)]
    return OutgoingMail.objects.filter(_any("recipients__contains", known))


def _any(lookup: str, values: list[str]) -> Q:
    """Rows that match one of `values`; none without values."""
    condition = Q(pk__in=[])
    for value in values:
        condition |= Q(**{lookup: value})
    return condition


def _subject(row: OutgoingMail) -> str:
    return str(message_from_bytes(bytes(row.message), policy=policy.default)["Subject"])


PARTS |= {
    "cookies": Part("What this browser decided about cookies", choices),
    "messages": Part("Your messages to us", messages, erase_messages),
    "letters": Part("Mail to you that is kept for delivery", letters, erase_letters),
}
