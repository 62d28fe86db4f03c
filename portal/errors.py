"""Pages for what went wrong, in the site's own voice."""

from __future__ import annotations

import sys

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from accounts.access import public
from portal.lib.logs import request_id
from portal.lib.outage import is_passing
from portal.lib.ratelimit import SECONDS_TO_WAIT
from portal.limits import too_often


@public
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A bare page: what cannot be read is not looked at for who sent it."""
    return bare(413 if isinstance(exception, RequestDataTooBig) else 400)


def bare(status: int, page: str = "") -> HttpResponse:
    """The page of `status` (or another `page`), made without asking who sent the request."""
    return HttpResponse(render_to_string(page or f"{status}.html"), status=status)


@public
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", {"reason": str(exception or "")}, status=403)


@public
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is missing or old: says what to do. `reason` is for the log, where Django puts it."""
    return render(request, "403_csrf.html", status=403)


@public
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


@public
def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return too_often(request)


@public
def server_error(request: HttpRequest) -> HttpResponse:
    """Without context processors: the database may be what failed, and then the answer is 503."""
    if is_passing(sys.exc_info()[1]):
        response = HttpResponse(render_to_string("503.html", {"request_id": request_id.get()}), status=503)
        response["Retry-After"] = str(SECONDS_TO_WAIT)
        return response
    return HttpResponse(render_to_string("500.html", {"request_id": request_id.get()}), status=500)
