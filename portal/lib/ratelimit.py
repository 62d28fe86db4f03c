"""How often one sender may do something. The limits are in the setting ACCOUNT_RATE_LIMITS.

Each view's limit is enforced by portal/limits.py before the view runs. One that says nothing about itself has the
limit of all forms; `limited` names another, `unlimited` says why there is none. allauth counts its own forms in the
shared cache; ours are counted by the same code. To leave it, replace `allowed` and `refuse`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.core.internal import ratelimit
from django.db import InternalError
from django.http import HttpRequest, HttpResponse

from .outage import is_read_only

View = Callable[..., Any]

SECONDS_TO_WAIT = 60  # no limit counts further back: after that long something is allowed again


@dataclass(frozen=True)
class Limit:
    """What is counted when a view is asked.

    action         the name in ACCOUNT_RATE_LIMITS
    with_queries   a GET or HEAD with a query string counts, too: it searches or computes
    key            the argument of the view that is counted by, in place of the sender
    is_own         the view counts by itself (`allowed`), because it answers with more than the page for all
    """

    action: str
    with_queries: bool = False
    key: str = ""
    is_own: bool = False


@dataclass(frozen=True)
class Unlimited:
    """A view without a limit, and why."""

    because: str


def limited(
    action: str, *, with_queries: bool = False, key: str = "", is_own: bool = False
) -> Callable[[View], View]:
    """Decorator: the limit of a view; the parameters are those of `Limit`."""
    return _noting(Limit(action, with_queries, key, is_own))


def unlimited(because: str) -> Callable[[View], View]:
    """Decorator: a view that takes whatever comes."""
    return _noting(Unlimited(because))


def _noting(limit: Limit | Unlimited) -> Callable[[View], View]:
    def note(view: View) -> View:
        vars(view)["limit"] = limit
        return view

    return note


def allowed(request: HttpRequest, action: str, *, key: str | None = None) -> bool:
    """Count one use of `action` by the sender of `request` (or by `key`); False when that is too many.

    Nothing is counted while the cache lies in a database that takes no changes: reading goes on, and whatever the limit
    protects from being changed or sent cannot be.
    """
    try:
        usage = ratelimit.consume(request, app="allauth.account", action=action, key=key, limit_get=True)
    except InternalError as error:
        if not is_read_only(error):
            raise
        return True
    return usage is not None


def refuse(request: HttpRequest) -> HttpResponse:
    """The site's answer to too many requests (status 429), which says when to try again."""
    response: HttpResponse = ratelimit.respond_429(request)
    response.headers.setdefault("Retry-After", str(SECONDS_TO_WAIT))
    return response
