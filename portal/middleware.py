"""What no view should have to think about."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string

from portal import errors

GetResponse = Callable[[HttpRequest], HttpResponseBase]
NO_FEATURES = ", ".join(
    f"{feature}=()"
    for feature in ("camera", "geolocation", "microphone", "payment", "usb", "browsing-topics")
)
EDITORS_LIMIT = 16 * 1024 * 1024  # bytes: a picture of the largest size with the form around it
WITH_BODY = ("POST", "PUT", "PATCH")


def declare_headers(get_response: GetResponse) -> GetResponse:
    """Give up the browser features that no page of ours uses, also for scripts that slip in."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response["Permissions-Policy"] = NO_FEATURES
        if response.get("Content-Type", "").startswith("text/html"):  # pictures are shown in mail, too
            response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response

    return middleware


def explain_bare_refusals(get_response: GetResponse) -> GetResponse:
    """Put a page into a refusal that came without a word: Django's own for a wrong method, or a view's 410."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code in (405, 410) and isinstance(response, HttpResponse) and not response.content:
            response["Content-Type"] = "text/html; charset=utf-8"
            response.content = render_to_string(f"{response.status_code}.html", request=request)
        return response

    return middleware


def refuse_long_bodies(get_response: GetResponse) -> GetResponse:
    """Answer 413 before a byte of a body is read that is longer than any form of ours.

    Django itself bounds the text of a form, but keeps files of any size on disk before a view is asked.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("CONTENT_LENGTH") or ""
        if not given and (request.method in WITH_BODY or "Transfer-Encoding" in request.headers):
            return errors.bare(411, "400.html")  # RFC 9110, 15.5.12: say first how long it is
        if given and not (given.isascii() and given.isdecimal()):
            return errors.bad_request(request)
        if len(given) > 18 or int(given or 0) > longest_body(request.path_info):
            return errors.bare(413)
        return get_response(request)

    return middleware


def longest_body(path: str) -> int:
    """How many bytes may be sent to `path`."""
    return EDITORS_LIMIT if path.startswith("/admin/") else settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def refuse_malformed_requests(get_response: GetResponse) -> GetResponse:
    """Answer 400 to an address or a cookie that PostgreSQL could not store: NUL bytes, or text that is not UTF-8."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        query = unquote_to_bytes(request.META.get("QUERY_STRING", "").replace("+", " "))
        if b"\0" in query or "\0" in request.path or not is_utf8(query):
            return errors.bad_request(request)
        if not all(is_storable(text) for cookie in request.COOKIES.items() for text in cookie):
            return errors.bad_request(request)
        return get_response(request)

    return middleware


def is_utf8(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


def is_storable(text: str) -> bool:
    """False for what only an escape in a cookie (`\\000`) brings along: no browser sends it by itself."""
    return "\0" not in text and is_utf8(text.encode(errors="surrogatepass"))
