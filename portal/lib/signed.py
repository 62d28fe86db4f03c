"""Values that browsers keep for us: signed, so that nobody else can write one."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from time import time
from typing import Any

from django.conf import settings
from django.core import signing


def dumps(value: Any, salt: str) -> str:
    """`value` (JSON) as a cookie that `loads` with the same salt can read."""
    text: str = signing.dumps(value, salt=salt)
    return text


def loads(cookie: str, salt: str, max_age: timedelta) -> Any:
    """The value in a cookie that we signed at most `max_age` ago; not to be changed, others get the same object.

    raises  django.core.signing.BadSignature; what was signed need not have the shape that is expected today
    """
    value, signed_at = _opened(cookie, salt, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))
    if time() - signed_at > max_age.total_seconds():
        raise signing.SignatureExpired("Too old.")
    return value


@lru_cache(maxsize=5000)
def _opened(cookie: str, salt: str, keys: tuple[str, ...]) -> tuple[Any, int]:
    """(value, second of signing). Checked once for each cookie: that takes as long as all else about a kept page."""
    signer = signing.TimestampSigner(key=keys[0], salt=salt, fallback_keys=[*keys[1:]])
    value = signer.unsign_object(cookie)
    return value, signing.b62_decode(cookie.split(signer.sep)[-2])
