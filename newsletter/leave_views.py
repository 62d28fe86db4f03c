"""The pages behind links to leave: GET shows what would be left, POST leaves it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.access import public
from portal.lib.ratelimit import limited

from . import leaving, links, things
from .links import BadLink, Purpose

METHODS = ["GET", "HEAD", "POST"]


@public
@limited("leave", key="token")
@never_cache
@require_http_methods(METHODS)
@csrf_exempt  # mail providers send `List-Unsubscribe=One-Click` from their own machines (RFC 8058)
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """Leave the newsletter; what is followed stays."""
    return _page(request, Purpose.LEAVE, token)


@public
@limited("leave", key="token")
@never_cache
@require_http_methods(METHODS)
@csrf_exempt  # as above
def unfollow_all(request: HttpRequest, token: str) -> HttpResponse:
    """Stop following everything; the newsletter stays."""
    return _page(request, Purpose.UNFOLLOW_ALL, token)


@public
@limited("leave", key="token")
@never_cache
@require_http_methods(METHODS)
@csrf_exempt  # as above
def unfollow(request: HttpRequest, about: str, token: str) -> HttpResponse:
    """Stop following one thing."""
    return _page(request, Purpose.UNFOLLOW, token, about)


def bad_link(request: HttpRequest) -> HttpResponse:
    return render(request, "newsletter/bad_link.html", status=404)


def _page(request: HttpRequest, purpose: Purpose, token: str, about: str = "") -> HttpResponse:
    """The pages do not show the address: whole issues are forwarded, with their links."""
    now = timezone.now()
    is_done = request.method == "POST"
    try:
        if is_done:
            subscriber = leaving.by_link(purpose, token, now=now, about=about)
        else:
            subscriber = links.follow(purpose, token, now=now, about=about)
    except BadLink:
        return bad_link(request)
    thing = things.at(about)
    context = {
        "purpose": purpose.value,
        "name": things.name_of(thing) if thing else "it",
        "is_active": subscriber.is_active,
        "preferences_url": links.path(Purpose.PREFERENCES, subscriber, now=now),
    }
    return render(request, "newsletter/left.html" if is_done else "newsletter/leave.html", context)
