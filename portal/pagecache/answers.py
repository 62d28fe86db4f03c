"""A kept page as the answer to one request: in the encoding it asks for, 304 if it has the page already."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.template.loader import render_to_string

from .store import Page

MAIN = b'<main id="main"'  # of base.html; the notice stands before it


def answer(request: HttpRequest, page: Page, *, as_of: datetime | None = None) -> HttpResponse:
    """`page` in answer to `request`.

    as_of  set if the database is away: a notice says that the page is as it was then
    """
    request.resolver_match = page.match  # what the log names
    if as_of is not None:
        return with_notice(page, as_of)
    status, headers, body = parts(request.META, page)
    if status == HTTPStatus.NOT_MODIFIED:
        return HttpResponseNotModified(headers=headers)
    return HttpResponse(body, headers=headers)


def parts(environ: Mapping[str, Any], page: Page) -> tuple[HTTPStatus, dict[str, str], bytes]:
    """Status, headers and body of `page` for the client that sent the headers in `environ` (WSGI)."""
    if is_known(environ.get("HTTP_IF_NONE_MATCH", ""), page.etag):
        return HTTPStatus.NOT_MODIFIED, page.headers_for("", None), b""
    encoding = encoding_for(environ.get("HTTP_ACCEPT_ENCODING", ""))
    body = page.encoded(encoding)
    return HTTPStatus.OK, page.headers_for(encoding, len(body)), body


def with_notice(page: Page, as_of: datetime) -> HttpResponse:
    """The page with a sentence above it, not to be stored by anybody."""
    notice = render_to_string("portal/_outage_notice.html", {"as_of": as_of}).encode()
    body = page.body.replace(MAIN, notice + MAIN, 1)
    return HttpResponse(body, headers=page.headers | {"Cache-Control": "private, no-store"})


def is_known(if_none_match: str, etag: str) -> bool:
    """Weak comparison (RFC 9110, 13.1.2): what a strong or weak tag names is the same page."""
    if not if_none_match:
        return False
    opaque = etag.removeprefix("W/")
    tags = (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))
    return if_none_match.strip() == "*" or opaque in tags


@lru_cache(maxsize=200)
def encoding_for(accept_encoding: str) -> str:
    """ "br", "gzip" or "" (RFC 9110, 12.5.3): the first of them that the client takes."""
    accepted = set()
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            accepted.add(coding.strip())
    return next((coding for coding in ("br", "gzip") if coding in accepted), "")
