"""What a subscriber gets: behind a mailed link without a login, and in the account of the same address."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import members, public
from accounts.requests import MemberRequest
from portal.lib.origin import SeeOther, same_origin
from portal.lib.ratelimit import limited

from . import own_data, subscriptions
from . import preferences as page
from .forms import ChoiceForm
from .leave_views import bad_link
from .links import BadLink, Purpose, follow, path
from .members import verified_address
from .models import Subscriber
from .preferences import Outcome

METHODS = ["GET", "HEAD", "POST"]
LEAVING = {"unfollow", "unfollow-all", "leave", "leave-everything"}
LEFT = {"unfollowed", "unfollowed-all", "left", "left-everything"}  # what is done by them


@public
@never_cache
@require_http_methods(METHODS)
@same_origin
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a link. It does not show the address: whole issues are forwarded, with their links."""
    now = timezone.now()
    outcome = Outcome()
    try:
        with transaction.atomic():
            subscriber = follow(Purpose.PREFERENCES, token, now=now, lock=request.method == "POST")
            if request.method == "POST" and subscriber.is_active:
                outcome = page.carry_out(subscriber, request.POST, now)
    except BadLink:
        return bad_link(request)
    if request.method == "POST" and not subscriber.is_active and request.POST.get("command") in LEAVING:
        outcome = Outcome("left-everything")  # by this press or one before it
    if outcome.done:
        return page.shown_after(request, request.path, outcome.done)
    if not subscriber.is_active:
        has_just_left = page.done_before(request) in LEFT
        return render(request, "newsletter/left.html") if has_just_left else bad_link(request)
    return page.show(
        request, subscriber, outcome, now=now, data_path=reverse("newsletter:data-request", args=[token])
    )


@public
@limited("newsletter")
@never_cache
@require_http_methods(METHODS)
@same_origin
def data_request(request: HttpRequest, token: str) -> HttpResponse:
    """Mail a link to all that we hold. Whoever holds this one may have got it in a forwarded mail, address and all."""
    now = timezone.now()
    try:
        subscriber = follow(Purpose.PREFERENCES, token, now=now)
    except BadLink:
        return bad_link(request)
    if request.method == "POST":
        own_data.mail_link(subscriber, now=now)
        return SeeOther(f"{request.path}?done=mailed")
    is_mailed = page.done_before(request) == "mailed"
    context = {"is_mailed": is_mailed, "preferences_path": reverse("newsletter:preferences", args=[token])}
    return render(request, "newsletter/data_request.html", context)


@public
@never_cache
@require_http_methods(METHODS)
@same_origin
def data(request: HttpRequest, token: str) -> HttpResponse:
    """All that we hold, behind a link that was mailed for this alone, and of late."""
    now = timezone.now()
    try:
        subscriber = follow(Purpose.DATA, token, now=now)
    except BadLink:
        return bad_link(request)
    return _data(
        request, own_data.of(subscriber), {"preferences_path": path(Purpose.PREFERENCES, subscriber, now=now)}
    )


@members
@limited("member")
@never_cache
@require_http_methods(METHODS)
@same_origin
def account(request: MemberRequest) -> HttpResponse:
    """The same page in the account; who gets nothing yet subscribes here at once."""
    now, email = timezone.now(), verified_address(request.user)
    if not email:
        return render(request, "newsletter/account.html", {"has_no_address": True})
    outcome = Outcome()
    with transaction.atomic():
        subscriber = _of_account(email, lock=request.method == "POST")
        if request.method == "POST" and subscriber and subscriber.is_active:
            outcome = page.carry_out(subscriber, request.POST, now)
    if outcome.done:
        return page.shown_after(request, request.path, outcome.done)
    if subscriber and subscriber.is_active:
        data_path = reverse("account-newsletter-data")
        return page.show(
            request, subscriber, outcome, now=now, data_path=data_path, in_account=True, email=email
        )
    return _join(request, email, now)


def _join(request: MemberRequest, email: str, now: datetime) -> HttpResponse:
    command = request.POST.get("command", "")
    form = ChoiceForm(request.POST if command == "subscribe" else None)
    if form.is_valid():
        chosen = form.cleaned_data
        subscriptions.subscribe_account(
            email,
            cadence=chosen["cadence"],
            topics=chosen["topics"],
            language=chosen["language"],
            now=now,
        )
        return SeeOther(reverse("account-newsletter"))
    has_left = command in LEAVING or page.done_before(request) in LEFT
    context = {"form": form, "email": email, "has_left": has_left}
    return render(request, "newsletter/account.html", context, status=422 if form.errors else 200)


@members
@limited("member")
@never_cache
@require_http_methods(METHODS)
@same_origin
def account_data(request: MemberRequest) -> HttpResponse:
    """The same in the account."""
    email = verified_address(request.user)
    subscriber = _of_account(email)
    context = {"in_account": True, "preferences_path": reverse("account-newsletter")}
    if subscriber is None:
        entry = own_data.suppression(email)
        return _data(request, {"suppression": entry} if entry else {}, context)
    return _data(request, own_data.of(subscriber), context)


def _of_account(email: str, *, lock: bool = False) -> Subscriber | None:
    rows = subscriptions.of_address(email)
    return (rows.select_for_update() if lock else rows).first()


def _data(request: HttpRequest, held: dict[str, Any], context: dict[str, object]) -> HttpResponse:
    """What is `held`: a file for machines, or a page to read."""
    if request.POST.get("as") == "file":
        response = JsonResponse(held, json_dumps_params={"indent": 2, "ensure_ascii": False})
        response["Content-Disposition"] = 'attachment; filename="newsletter-data.json"'
        return response
    return render(request, "newsletter/data.html", context | {"data": held})
