"""Where the small form on the pages of topics, drugs and trials goes."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import public
from portal.lib.origin import SeeOther, same_origin
from portal.lib.ratelimit import limited

from . import browser, following, leaving, members, subscriptions, things
from .forms import AddressForm, ThingForm, languages
from .things import Thing
from .views import METHODS


@public
@limited("newsletter")
@never_cache
@require_http_methods(METHODS)
@same_origin
def follow(request: HttpRequest) -> HttpResponse:
    """Follow a thing or stop: at once with an account whose address is verified, otherwise by double opt-in.

    GET shows the form alone. The answer to an address is the same for every address.
    """
    form = ThingForm(request.POST if request.method == "POST" else request.GET)
    thing = things.found(form.cleaned_data["kind"], form.cleaned_data["slug"]) if form.is_valid() else None
    if thing is None:
        raise Http404("There is nothing of this name to follow.")
    if request.method != "POST":
        return _answer(request, thing, {})
    email = members.verified_address(request.user)
    if email:
        return _at_once(request, thing, email, is_stop=form.cleaned_data["command"] == "stop")
    return _by_mail(request, thing)


def _at_once(request: HttpRequest, thing: Thing, email: str, *, is_stop: bool) -> HttpResponse:
    """Two commands, each of which may be repeated."""
    if is_stop:
        with transaction.atomic():
            for subscriber in subscriptions.of_address(email).select_for_update():
                leaving.unfollow(subscriber, things.key_of(thing), now=timezone.now())
    else:
        following.follow_account(email, thing, language=languages()[0][0], now=timezone.now())
    if request.headers.get("HX-Request"):
        return _answer(request, thing, {"is_pressed": True})
    return SeeOther(f"{things.path_of(thing)}#follow")


def _by_mail(request: HttpRequest, thing: Thing) -> HttpResponse:
    form, now = AddressForm(request.POST), timezone.now()
    if not form.is_valid():
        return _answer(request, thing, {"form": form, "follow_form": form}, status=422)
    email = form.cleaned_data["email"]
    source = form.cleaned_data["source"] or things.path_of(thing)
    following.ask(email, thing, source=source, language=languages()[0][0], now=now)
    response = _answer(request, thing, {"follow_asked": True})
    browser.remember(response, email, things.key_of(thing), now=now)
    return response


def _answer(request: HttpRequest, thing: Thing, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The whole page, or for htmx the part that the form stands in."""
    context |= {"kind": things.kind_of(thing), "thing": thing, "name": things.name_of(thing)}
    is_part = bool(request.headers.get("HX-Request"))
    page = "newsletter/_follow.html" if is_part else "newsletter/follow.html"
    response = render(request, page, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
