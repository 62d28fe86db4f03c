"""The browser that asked: there, opening the mailed link confirms without another press.

Mail scanners and other devices open links too, but without this cookie. It names nobody: a time, signed together
with the address that was written into the form, whether we knew that address or not.
"""

from __future__ import annotations

from datetime import datetime

from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from portal.lib.cookies import NEWSLETTER


def remember(response: HttpResponseBase, email: str, *, now: datetime) -> None:
    """Let this browser confirm for `email`, for half an hour."""
    NEWSLETTER.set(response, _signer(email).sign(signing.b62_encode(int(now.timestamp()))))


def asked_here(request: HttpRequest, email: str, *, now: datetime) -> bool:
    """Is `request` somebody who opens a page, in the browser in which `email` was written into a form of late?"""
    return request.method == "GET" and _is_opened_by_a_person(request) and _is_signed(request, email, now)


def _is_opened_by_a_person(request: HttpRequest) -> bool:
    """Browsers say what they load in advance (Sec-Purpose, Purpose, X-Moz) or as a part of a page (Sec-Fetch-Dest)."""
    announced = (request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz", "X-Purpose"))
    is_early = any("prefetch" in value or "prerender" in value or "preview" in value for value in announced)
    return not is_early and request.headers.get("Sec-Fetch-Dest", "document") == "document"


def _is_signed(request: HttpRequest, email: str, now: datetime) -> bool:
    try:
        noted = signing.b62_decode(_signer(email).unsign(request.COOKIES.get(NEWSLETTER.name, "")))
    except signing.BadSignature:
        return False
    return bool(now.timestamp() - noted <= (NEWSLETTER.max_age or 0))


def _signer(email: str) -> signing.Signer:
    return signing.Signer(sep=".", salt=f"newsletter.browser\n{email.lower()}")
