"""Signing up, and the pages behind the links in our mail: GET shows, POST does."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import public
from portal.lib import ratelimit
from portal.lib.origin import same_origin

from . import leave_views, links, subscriptions
from .forms import PreferencesForm, SignUpForm
from .links import BadLink, Purpose

METHODS = ["GET", "HEAD", "POST"]


@public
@require_http_methods(METHODS)
@same_origin
def sign_up(request: HttpRequest) -> HttpResponse:
    """The newsletter page, and where every sign-up form goes. The answer is the same for every address."""
    if request.method != "POST":
        return render(
            request, "newsletter/signup.html", {"form": SignUpForm(initial={"source": request.path})}
        )
    if not ratelimit.allowed(request, "newsletter"):
        return ratelimit.refuse(request)
    form = SignUpForm(request.POST)
    if not form.is_valid():
        return answer(request, "newsletter/signup.html", {"form": form, "sign_up_form": form}, status=422)
    subscriptions.ask(
        form.cleaned_data["email"],
        source=form.cleaned_data["source"],
        topics=form.cleaned_data["topics"],
        language=form.cleaned_data["language"],
        now=timezone.now(),
    )
    return answer(request, "newsletter/signup_done.html", {"sign_up_done": True})


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
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Mail scanners open every link; only the button confirms."""
    try:
        if request.method == "POST":
            subscriptions.confirm(token, now=timezone.now())
            return render(request, "newsletter/confirmed.html")
        subscriber = links.follow(Purpose.CONFIRM, token, now=timezone.now())
    except BadLink:
        return leave_views.bad_link(request)
    return render(request, "newsletter/confirm.html", {"subscriber": subscriber, "token": token})


@public
@never_cache
@require_http_methods(METHODS)
@same_origin
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Topics and language of a subscriber."""
    now = timezone.now()
    form = PreferencesForm(request.POST) if request.method == "POST" else None
    try:
        if form and form.is_valid():
            choice = form.cleaned_data
            subscriber = subscriptions.choose(
                token, topics=choice["topics"], language=choice["language"], now=now
            )
        else:
            subscriber = subscriptions.to_choose(token, now=now)
    except BadLink:
        return leave_views.bad_link(request)
    if form is None:
        chosen = subscriber.topics.values_list("pk", flat=True)
        form = PreferencesForm(initial={"topics": list(chosen), "language": subscriber.language})
    context = {
        "form": form,
        "saved": form.is_bound and not form.errors,
        "leave_url": links.path(Purpose.LEAVE, subscriber, now=now),
    }
    return render(request, "newsletter/preferences.html", context, status=422 if form.errors else 200)
