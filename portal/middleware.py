"""What no view should have to think about."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def refuse_malformed_requests(get_response: GetResponse) -> GetResponse:
    """Answer 400 to an address that PostgreSQL could not store: NUL bytes, or text that is not UTF-8."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        query = unquote_to_bytes(request.META.get("QUERY_STRING", "").replace("+", " "))
        if b"\0" in query or "\0" in request.path or not is_utf8(query):
            return render(request, "400.html", status=400)
        return get_response(request)

    return middleware


def is_utf8(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True
