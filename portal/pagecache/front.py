"""The shortest way to a kept page: before Django's handler, whose signals and chain cost more than all of this.

It answers only what the middleware would answer, from the same pages under the same keys, and leaves everything else to
it: pages that must be made, readers with a session, a database that is away.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest, get_path_info

from portal import request_log
from portal.lib.logs import request_id

from .answers import parts
from .keys import has_session, key_of
from .revision import lookup
from .store import pages

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class Glance(WSGIRequest):
    """As much of the request as a key is made of (WSGI): all of it takes as long as finding the page."""

    def __init__(self, environ: Environ) -> None:
        self.environ = self.META = environ
        self.path_info = get_path_info(environ) or "/"


class Front:
    """`application` with kept pages in front of it (WSGI)."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.note = request_log.noting()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET" or "HTTP_HX_REQUEST" in environ:
            return self.application(environ, start_response)
        began = time.perf_counter()
        known = lookup.at_hand() if settings.PAGE_CACHE_BYTES else None
        if known is None:
            return self.application(environ, start_response)
        request = Glance(environ)
        key = None if has_session(request) else key_of(request, known)
        page = pages.get(key) if key else None
        if page is None:
            return self.application(environ, start_response)
        status, headers, body = parts(environ, page)
        number = request_log.number_of(request)
        token = request_id.set(number)
        self.note(
            request_log.fields_of_kept(page.match, status.value, len(body), time.perf_counter() - began)
        )
        request_id.reset(token)
        start_response(f"{status.value} {status.phrase}", [*headers.items(), ("X-Request-ID", number)])
        return [body]
