"""Addresses that must get nothing: known by a keyed hash alone, which outlives the erasure of the subscriber."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from .models import Suppression


def hash_of(email: str) -> str:
    """HMAC-SHA256 of the address in lower case, by SUPPRESSION_KEY."""
    key = settings.SUPPRESSION_KEY.encode()
    return hmac.new(key, email.lower().encode(), hashlib.sha256).hexdigest()


def suppressed(emails: Iterable[str]) -> set[str]:
    """Those of `emails` that must get nothing. One query."""
    by_hash = {hash_of(email): email for email in emails}
    found = Suppression.objects.filter(email_hash__in=by_hash).values_list("email_hash", flat=True)
    return {by_hash[one] for one in found}


def suppress(email: str, reason: Suppression.Reason, detail: str, now: datetime) -> None:
    """Put an address on the list. It stays there with its first reason."""
    Suppression.objects.get_or_create(
        email_hash=hash_of(email), defaults={"reason": reason, "detail": detail[:300], "created_at": now}
    )
