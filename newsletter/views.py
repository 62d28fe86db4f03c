"""Signing up for the newsletter and confirming what was asked for: GET shows, POST does."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import public
from portal.lib.origin import same_origin
from portal.lib.ratelimit import limited

from . import browser, following, links, subscriptions, things
from .forms import SignUpForm
from .leave_views import bad_link
from .links import BadLink, Purpose

METHODS = ["GET", "HEAD", "POST"]


@public
@limited("newsletter")
@require_http_methods(METHODS)
@same_origin
def sign_up(request: HttpRequest) -> HttpResponse:
    """The newsletter page, and where every sign-up form goes. The answer is the same for every address."""
    if request.method != "POST":
        return render(
            request, "newsletter/signup.html", {"form": SignUpForm(initial={"source": request.path})}
        )
    form = SignUpForm(request.POST)
    if not form.is_valid():
        return answer(request, "newsletter/signup.html", {"form": form, "sign_up_form": form}, status=422)
    asked, now = form.cleaned_data, timezone.now()
    subscriptions.ask(
        asked["email"],
        source=asked["source"],
        topics=asked["topics"],
        language=asked["language"],
        cadence=asked["cadence"],
        now=now,
    )
    response = answer(request, "newsletter/signup_done.html", {"sign_up_done": True})
    browser.remember(response, asked["email"], browser.SIGN_UP, now=now)
    return response


def answer(request: HttpRequest, page: str, context: dict[str, object], status: int = 200) -> HttpResponse:
    """The whole page, or for htmx the part that the form stands in."""
    if request.headers.get("HX-Request"):
        place = request.POST.get("place", "")
        context |= {
            "place": place if re.fullmatch("[a-z]{1,20}", place) else "page",
            "source": request.POST.get("source", "")[:300],
        }
        page = "newsletter/_signup.html"
    response = render(request, page, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


@public
@never_cache
@require_http_methods(METHODS)
@same_origin
def confirm(request: HttpRequest, token: str, about: str = "") -> HttpResponse:
    """Mail scanners open every link; only the button confirms, or opening it in the browser that asked."""
    now = timezone.now()
    try:
        subscriber = links.follow(Purpose.CONFIRM, token, now=now, about=about)
        if not _is_pressed(request, subscriber.email, browser.SIGN_UP):
            return render(request, "newsletter/confirm.html", {"email": subscriber.email})
        subscriber = subscriptions.confirm(token, now=now, about=about)
    except BadLink:
        return bad_link(request)
    context = {
        "cadence": subscriber.cadence,
        "preferences_url": links.path(Purpose.PREFERENCES, subscriber, now=now),
    }
    return render(request, "newsletter/confirmed.html", context)


@public
@never_cache
@require_http_methods(METHODS)
@same_origin
def confirm_follow(request: HttpRequest, about: str, token: str) -> HttpResponse:
    """The same for news of one thing."""
    now = timezone.now()
    try:
        subscriber = links.follow(Purpose.CONFIRM_FOLLOW, token, now=now, about=about)
        thing = things.at(about)
        if thing is None:
            raise BadLink
        context = {"name": things.name_of(thing), "thing_path": things.path_of(thing)}
        if not _is_pressed(request, subscriber.email, about):
            return render(request, "newsletter/confirm.html", context | {"email": subscriber.email})
        subscriber = following.confirm(about, token, now=now)
    except BadLink:
        return bad_link(request)
    context["preferences_url"] = links.path(Purpose.PREFERENCES, subscriber, now=now)
    return render(request, "newsletter/confirmed.html", context)


def _is_pressed(request: HttpRequest, email: str, about: str) -> bool:
    return request.method == "POST" or browser.asked_here(request, email, about, now=timezone.now())
