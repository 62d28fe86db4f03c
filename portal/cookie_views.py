"""What a visitor decides about the own browser: optional cookies, appearance."""

from __future__ import annotations

from itertools import groupby
from typing import TypedDict

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import public
from portal import consent
from portal.lib import cookies
from portal.lib.origin import SeeOther, local_path, same_origin
from portal.lib.ratelimit import limited

from .context import THEMES
from .models import Page

POLICY = "/cookies/"
PURPOSES = ("statistics", "third_party")


class CookieGroup(TypedDict):
    label: str
    cookies: list[cookies.Cookie]


@public
@limited("consent")
@require_http_methods(["GET", "HEAD", "POST"])
@same_origin
def cookie_policy(request: HttpRequest) -> HttpResponse:
    """The cookie policy with every cookie of the site; POST records a choice and goes on to `next`.

    Limited, because nobody can delete the rows that it writes.
    """
    if request.method != "POST":
        return show_policy(request)
    granted = choice_in(request)
    if granted is None:
        return show_policy(request, status=400)
    if not has_read_the_notice(request):
        return show_policy(request, status=409)  # which shows the new words and the choice once more
    response = SeeOther(after_choice(request.POST.get("next", "")))
    consent.decide(request, response, **granted)
    return response


def choice_in(request: HttpRequest) -> dict[str, bool] | None:
    """The purposes that the pressed button grants, or None for a button that we do not have."""
    match request.POST.get("choice"):
        case "accept-all":
            return dict.fromkeys(PURPOSES, True)
        case "reject-all":
            return dict.fromkeys(PURPOSES, False)
        case "selected":
            return {purpose: purpose in request.POST for purpose in PURPOSES}
    return None


def has_read_the_notice(request: HttpRequest) -> bool:
    """Was the page with the form made with the notice that is in force now? Evidence names what was read."""
    notice = consent.of(request).notice
    return notice is None or request.POST.get("version") in (None, str(notice.version))


def after_choice(candidate: str) -> str:
    path = local_path(candidate, POLICY)
    return f"{POLICY}?saved=1" if path.partition("?")[0] == POLICY else path


def show_policy(request: HttpRequest, status: int = 200) -> HttpResponse:
    context = {
        "page": get_object_or_404(Page, slug="cookies"),
        "cookies": by_purpose(),
        "outdated": status == 409,
        "saved": "saved" in request.GET and consent.of(request).has_chosen,
    }
    return render(request, "portal/cookies.html", context, status=status)


def by_purpose() -> list[CookieGroup]:
    """The registry in its own order, which keeps each purpose together."""
    groups = groupby(cookies.REGISTRY, key=lambda cookie: cookie.purpose)
    return [{"label": purpose.value, "cookies": list(members)} for purpose, members in groups]


@public
@require_POST
@same_origin
def theme(request: HttpRequest) -> HttpResponse:
    """Light or dark from now on; "system" forgets the choice."""
    chosen = request.POST.get("theme", "")
    if chosen not in ("system", *THEMES):
        return render(request, "400.html", status=400)
    response = SeeOther(local_path(request.POST.get("next", "")))
    if chosen == "system":
        cookies.THEME.forget(response)
    else:
        cookies.THEME.set(response, chosen)
    return response
