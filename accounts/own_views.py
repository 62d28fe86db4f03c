"""What the owner of an account sees, takes away and ends. What cannot be taken back asks first who it is."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.lib.origin import SeeOther

from . import audit, deletion, own_data, sessions
from .access import public
from .requests import MemberRequest
from .step_up import confirmed, signed_in

METHODS = ["GET", "HEAD", "POST"]
LAST = "You are the only administrator. Make somebody else one first, so that the site is not left without."


@public
@never_cache
@require_http_methods(METHODS)
@confirmed
def data(request: MemberRequest) -> HttpResponse:
    """All that we hold: a page to read, or a file for machines."""
    held = own_data.collect(request)
    if request.POST.get("as") != "file":
        return render(request, "accounts/data.html", {"blocks": own_data.readable(held)})
    audit.note(request.user, "Downloaded the data of the account.")
    response = JsonResponse(held, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = 'attachment; filename="account-data.json"'
    return response


@public
@never_cache
@require_http_methods(METHODS)
@confirmed
def delete(request: MemberRequest) -> HttpResponse:
    """What would be deleted and what kept; a POST asks for it, and ends the account's sessions."""
    is_last = deletion.is_last_administrator(request.user)
    if request.method != "POST" or is_last:
        context = {
            "refusal": LAST if is_last else "",
            "due_at": deletion.due_at(request.user),
            "days": settings.ACCOUNT_DELETION_DAYS,
        }
        return render(
            request, "accounts/delete.html", context, status=422 if request.method == "POST" else 200
        )
    deletion.ask(request.user, now=timezone.now())
    sessions.end_all(request.user, but=request.session.session_key)
    get_adapter().logout(request)
    return SeeOther(reverse("account-deletion-asked"))


@public
@require_safe
def deletion_asked(request: HttpRequest) -> HttpResponse:
    """Where the button leads. Anybody may open it, so it does not say whose account."""
    return render(request, "accounts/deletion_asked.html")


@public
@never_cache
@require_POST
@signed_in
def keep(request: MemberRequest) -> HttpResponse:
    """ "Keep my account"."""
    deletion.keep(request.user)
    messages.success(request, "Your account stays.")
    return SeeOther(reverse("account" if request.attestation else "account-delete"))  # which has no gate


@public
@never_cache
@require_POST
@signed_in
def end_session(request: MemberRequest, pk: int) -> HttpResponse:
    """End one of the sender's sessions; that of somebody else does not exist for them."""
    if not sessions.end(request.user, pk):
        raise Http404
    messages.success(request, "Signed out there.")
    return SeeOther(reverse("usersessions_list"))
