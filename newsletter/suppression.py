"""Addresses that must get nothing: known by a keyed hash alone, which outlives the erasure of the subscriber.

The hash of an address is HMAC-SHA256 by SUPPRESSION_KEY over the address in lower case, in hexadecimal. Neither the
key nor this recipe may change while there are rows: nothing of the old list would be found any more, and whoever
complained would be written to again. Without the key the list tells nobody which addresses are on it, not even by
trying all that are likely.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from .models import Suppression

ON_THE_LIST = "The address is on the suppression list."  # why a message to it was not sent
LONGEST_DETAIL = 300  # characters, as the column


def hash_of(email: str) -> str:
    """What stands for `email` on the list: 64 hexadecimal digits, the same for upper and lower case."""
    key = settings.SUPPRESSION_KEY.encode()
    return hmac.new(key, email.lower().encode(), hashlib.sha256).hexdigest()


def suppressed(emails: Iterable[str]) -> set[str]:
    """Those of `emails` that must get nothing, spelled as given. One query."""
    hashes = {email: hash_of(email) for email in emails}
    rows = Suppression.objects.filter(email_hash__in=set(hashes.values()))
    found = set(rows.values_list("email_hash", flat=True))
    return {email for email, one in hashes.items() if one in found}


def suppress(email: str, reason: Suppression.Reason, detail: str, now: datetime) -> bool:
    """Put an address on the list; it stays there with its first reason, until somebody in the admin takes it off.

    detail   what the mail server said; nothing that names the person
    returns  False if it was there already
    """
    values = {"reason": reason, "detail": detail[:LONGEST_DETAIL], "created_at": now}
    return Suppression.objects.get_or_create(email_hash=hash_of(email), defaults=values)[1]
