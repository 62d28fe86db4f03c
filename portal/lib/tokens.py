"""Links for mail: signed, expiring, and dead as soon as the state that they change has changed.

A token is "<subject>.<seconds since 1970, base 62>.<signature>". The state is part of what is signed, but not of
the token, so that the token reveals nothing about it. Keys in SECRET_KEY_FALLBACKS still verify.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.core import signing

FORM = re.compile(r"(?P<value>(?P<subject>[0-9]{1,18})\.(?P<issued>[0-9A-Za-z]{1,8}))\.[A-Za-z0-9_-]{43}")


class BadToken(Exception):
    """Not one of our tokens, or no longer valid."""


def make(purpose: str, subject: int, state: str, *, now: datetime) -> str:
    """A token that allows `purpose` on the row `subject` while it is in `state`.

    purpose  what the token is for; one for another purpose is refused
    subject  primary key of the row
    state    text that differs when the row has changed so that the token must die
    now      aware datetime from which its age is counted
    """
    return _signer(purpose, state).sign(f"{subject}.{signing.b62_encode(int(now.timestamp()))}")


def subject_of(token: str) -> int:
    """The primary key that `token` speaks of: unchecked, only to look up the state for `check`.

    raises  BadToken: it cannot be a token of ours
    """
    return int(_parse(token)["subject"])


def check(token: str, purpose: str, state: str, *, now: datetime, max_age: timedelta | None = None) -> None:
    """Do nothing if `token` was made for this purpose and state, at most `max_age` (None: ever) before `now`.

    raises  BadToken: forged, for something else, outdated or expired
    """
    parts = _parse(token)
    try:
        _signer(purpose, state).unsign(token)
    except signing.BadSignature:
        raise BadToken from None
    age = now.timestamp() - signing.b62_decode(parts["issued"])
    if max_age is not None and age > max_age.total_seconds():
        raise BadToken


def _parse(token: str) -> re.Match[str]:
    match = FORM.fullmatch(token)
    if match is None:
        raise BadToken
    return match


def _signer(purpose: str, state: str) -> signing.Signer:
    return signing.Signer(sep=".", salt=f"{purpose}\n{state}")
