"""The browser that asked: there, opening the mailed link confirms without another press.

Mail scanners and other devices open links too, but without this cookie. It names nobody: a time, signed together
with the address that was written into the form, whether we knew that address or not, and with what was asked for:
who asks for one thing for an address confirms nothing else there.
"""

from __future__ import annotations

from datetime import datetime

from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from portal.lib.cookies import NEWSLETTER

SIGN_UP = "newsletter"


def remember(response: HttpResponseBase, email: str, about: str, *, now: datetime) -> None:
    """Let this browser confirm `about` for `email`, for half an hour.

    about  SIGN_UP, or the thing to follow (things.key_of)
    """
    NEWSLETTER.set(response, _signer(email, about).sign(signing.b62_encode(int(now.timestamp()))))


def asked_here(request: HttpRequest, email: str, about: str, *, now: datetime) -> bool:
    """Is `request` somebody who opens a page, in the browser that asked for `about` and `email` of late?"""
    if request.method != "GET" or not _is_opened_by_a_person(request):
        return False
    return _is_signed(request, _signer(email, about), now)


def _is_opened_by_a_person(request: HttpRequest) -> bool:
    """Browsers say what they load in advance (Sec-Purpose, Purpose, X-Moz) or as a part of a page (Sec-Fetch-Dest)."""
    announced = (request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz", "X-Purpose"))
    is_early = any("prefetch" in value or "prerender" in value or "preview" in value for value in announced)
    return not is_early and request.headers.get("Sec-Fetch-Dest", "document") == "document"


def _is_signed(request: HttpRequest, signer: signing.Signer, now: datetime) -> bool:
    try:
        noted = signing.b62_decode(signer.unsign(request.COOKIES.get(NEWSLETTER.name, "")))
    except signing.BadSignature:
        return False
    return bool(now.timestamp() - noted <= (NEWSLETTER.max_age or 0))


def _signer(email: str, about: str) -> signing.Signer:
    return signing.Signer(sep=".", salt=f"newsletter.browser\n{about}\n{email.lower()}")
