"""Where somebody is signed in.

allauth notes for each sign-in the browser and the time. It would note the IP address, too; PostgreSQL drops it
(migration 0005): browser and time are enough to know one's own devices again, and the site promises to store none.
"""

from __future__ import annotations

from allauth.usersessions.models import UserSession

from .models import User


def end(user: User, pk: int) -> bool:
    """End one session of `user`. False if it is none of theirs, or has ended."""
    row = UserSession.objects.filter(user=user, pk=pk).first()
    if row is not None:
        row.end()
    return row is not None


def end_all(user: User, *, but: str | None = None) -> int:
    """End the sessions of `user`, except that with the key `but`. Returns how many."""
    rows = list(UserSession.objects.filter(user=user).exclude(session_key=but or ""))
    for row in rows:
        row.end()
    return len(rows)
