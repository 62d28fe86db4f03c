"""Forms on pages that are the same for every reader, and so cannot carry a token of their own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponse]
LONGEST_PATH = 2000  # Django refuses to redirect to more than 2,048 characters


def is_same_origin(request: HttpRequest) -> bool:
    """Did a page of this site send `request`?

    The rule of Go's net/http.CrossOriginProtection: believe Sec-Fetch-Site, which every current browser sends
    to a trustworthy origin; without it compare Origin with Host; a request with neither comes from no browser,
    so nobody's authority can be abused.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == request.get_host()
    except ValueError:  # not an address at all
        return False


def same_origin(view: View) -> View:
    """Guard a view's POST by the sender's origin in place of a token in the form. Links may come from anywhere."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method not in ("GET", "HEAD") and not is_same_origin(request):
            raise PermissionDenied(
                "This form was sent from another site. Open the page here and send it again."
            )
        return view(request, *args, **kwargs)

    return csrf_exempt(guarded)


def local_path(candidate: str, default: str = "/") -> str:
    """`candidate` if it is a path on this host, else `default`: where to go after a form."""
    is_path = candidate.startswith("/") and url_has_allowed_host_and_scheme(candidate, allowed_hosts=None)
    return candidate if is_path and len(candidate) <= LONGEST_PATH else default


class SeeOther(HttpResponseRedirect):
    """Go on to a path by GET after a form was handled (RFC 9110, 15.4.4)."""

    status_code = 303
