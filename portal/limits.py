"""Enforces how often a view may be asked (portal/lib/ratelimit.py), and answers when it was too often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from portal.lib import ratelimit
from portal.lib.origin import is_same_origin
from portal.lib.ratelimit import Limit, Unlimited

READING = ("GET", "HEAD", "OPTIONS")
SECRETS = ("password", "code", "token", "otp")  # parts of names of fields that no page may repeat
MOST_KEPT = 200_000  # characters of a form that the refusal offers to send again


def limit_of(view: Callable[..., Any], namespaces: list[str]) -> Limit | Unlimited:
    """What `view` in URL `namespaces` says of itself, else that of all forms: no view is without by oversight."""
    declared: Limit | Unlimited | None = getattr(view, "limit", None)
    if declared is not None:
        return declared
    return Limit("admin", with_queries=True) if "admin" in namespaces else Limit("form")


class LimitMiddleware:
    """Stands after the access rules, so that only who may use a form is counted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[object, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        reads = request.method in READING
        if reads and not request.META.get("QUERY_STRING"):
            return None
        match = request.resolver_match
        limit = limit_of(view, match.namespaces if match else [])
        if isinstance(limit, Unlimited) or limit.is_own or (reads and not limit.with_queries):
            return None
        key = str(kwargs[limit.key]) if limit.key else None
        if ratelimit.allowed(request, limit.action, key=key):
            return None
        return ratelimit.refuse(request)


def too_often(request: HttpRequest) -> HttpResponse:
    """429 with the minute to wait. htmx gets a line for the form that it sent; a page offers to send it again."""
    if request.headers.get("HX-Request"):
        response = render(request, "_too_often.html", status=429)
        # Into the form itself, whatever htmx-config says of refusals: what was typed stays.
        for name, value in {"Retarget": "this", "Reswap": "beforeend", "Reselect": ".too-often"}.items():
            response[f"HX-{name}"] = value
    else:
        response = render(request, "429.html", {"again": typed(request)}, status=429)
    response["Retry-After"] = str(ratelimit.SECONDS_TO_WAIT)
    response["Cache-Control"] = "no-store"
    return response


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Names and values of the refused form, for a button that sends it again; empty where that cannot be offered.

    Not what another site sent, nor files (no page may fill them in), nor a form with a secret in it.
    """
    if request.method in READING or request.FILES or not is_same_origin(request):
        return []
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    fields = [(name, value) for name, value in fields if name != "csrfmiddlewaretoken"]
    has_secret = any(part in name.lower() for name, _ in fields for part in SECRETS)
    is_long = sum(len(value) for _, value in fields) > MOST_KEPT
    return [] if has_secret or is_long else fields
