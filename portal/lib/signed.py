"""Values that browsers keep for us: signed, so that nobody else can write one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from time import time
from typing import Any, TypeVar

from django.conf import settings
from django.core import signing

Value = TypeVar("Value")


def dumps(value: Any, salt: str) -> str:
    """`value` (JSON) as a cookie that `loads` with the same salt can read."""
    text: str = signing.dumps(value, salt=salt)
    return text


def loads(cookie: str, salt: str, max_age: timedelta, read: Callable[[Any], Value]) -> Value:
    """What `read` makes of the value in a cookie that we signed at most `max_age` ago; not to be changed, others get it too.

    raises  django.core.signing.BadSignature, and what `read` raises: what was signed need not have the shape
            that is expected today
    """
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    value, signed_at = _opened(cookie, salt, keys, read)
    if time() - signed_at > max_age.total_seconds():
        raise signing.SignatureExpired("Too old.")
    opened: Value = value
    return opened


@lru_cache(maxsize=5000)
def _opened(cookie: str, salt: str, keys: tuple[str, ...], read: Callable[[Any], Any]) -> tuple[Any, int]:
    """(value, second of signing). Checked once for each cookie: that takes as long as all else about a kept page."""
    signer = signing.TimestampSigner(key=keys[0], salt=salt, fallback_keys=[*keys[1:]])
    value = signer.unsign_object(cookie)
    return read(value), signing.b62_decode(cookie.split(signer.sep)[-2])
