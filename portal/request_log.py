"""One log line for each request, and the number by which a reader can ask about it (portal/lib/logs.py).

The line names the route, never the address: that may hold a link's token, and a query what somebody searched for.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import ResolverMatch

from portal.lib.logs import request_id
from portal.middleware import GetResponse

# What proxies make of it: nginx 32 hexadecimal digits, others a UUID. Nothing in it can be read as a word.
GIVEN = re.compile(r"[0-9a-fA-F-]{16,64}")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

logger = logging.getLogger("portal.request")


def log_requests(get_response: GetResponse) -> GetResponse:
    """Number each request, tell the client the number (X-Request-ID), and write its line when it is answered."""
    note = noting()

    def middleware(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        number = number_of(request)
        token = request_id.set(number)
        try:
            response = get_response(request)
            response["X-Request-ID"] = number
            note(fields_of(request, response, time.perf_counter() - began))
        finally:
            request_id.reset(token)
        return response

    return middleware


def noting() -> Callable[[dict[str, Any]], None]:
    """What takes the fields of each answered request: the log, and the metrics where they are wanted."""
    if not settings.METRICS_TOKEN:
        return write
    from portal import metrics  # needs a package that is installed only for it

    def write_and_count(fields: dict[str, Any]) -> None:
        write(fields)
        metrics.observe(fields)

    return write_and_count


def number_of(request: HttpRequest) -> str:
    """The number that our proxy gave the request, else a new one."""
    given = request.META.get("HTTP_X_REQUEST_ID", "") if settings.BEHIND_PROXY else ""
    return given if GIVEN.fullmatch(given) else secrets.token_hex(8)


def fields_of(request: HttpRequest, response: HttpResponseBase, seconds: float) -> dict[str, Any]:
    """What the line says. `page_cache` is what portal.pagecache noted at the request, if it had a say."""
    fields = {
        "method": request.method if request.method in METHODS else "other",
        "route": route_of(request.resolver_match, request.path_info),
        "status": response.status_code,
        "ms": round(seconds * 1000, 1),
        "bytes": size_of(response),
    }
    if kept := getattr(request, "page_cache", ""):
        fields["page_cache"] = kept
    return fields


def fields_of_kept(match: ResolverMatch | None, status: int, size: int, seconds: float) -> dict[str, Any]:
    """The same for a page that was kept and given to a GET before there was a request."""
    return {
        "method": "GET",
        "route": route_of(match, ""),
        "status": status,
        "ms": round(seconds * 1000, 1),
        "bytes": size,
        "page_cache": "hit",
    }


def route_of(match: ResolverMatch | None, path: str) -> str:
    """The pattern that `path` matched; "" if it matched none, or was refused before anybody looked."""
    if match is not None:
        return f"/{match.route}"
    is_static = path.startswith(settings.STATIC_URL)  # answered before views are looked for
    return f"{settings.STATIC_URL}…" if is_static else ""


def size_of(response: HttpResponseBase) -> int | None:
    """Bytes of the body; None for a stream that does not say its length."""
    length = response.get("Content-Length", "")
    if length.isdecimal():
        return int(length)
    return len(response.content) if isinstance(response, HttpResponse) else None


def write(fields: dict[str, Any]) -> None:
    """Hand the line over. Not by logger.info, which looks up who called it: a fifth of the time of a kept page."""
    level = logging.ERROR if fields["status"] >= 500 else logging.INFO
    if logger.isEnabledFor(level):
        record = logger.makeRecord(logger.name, level, "", 0, "", (), None, extra={"fields": fields})
        logger.handle(record)
