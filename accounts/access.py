"""Who may open what: the one place that decides.

A view declares its audience with one of the four decorators; the middleware enforces it before the view runs,
and refuses a view that declares nothing. Views of other packages are listed in THIRD_PARTY.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils import timezone
from django.utils.cache import patch_cache_control

from portal.lib.origin import SeeOther

from . import attestation, gate, second_factor
from .requests import ReaderRequest

View = Callable[..., HttpResponseBase]


class Audience(StrEnum):
    PUBLIC = "public"
    PROFESSIONALS = "professionals"
    MEMBERS = "members"
    STAFF = "staff"


def public(view: View | None = None, *, is_shared: bool = False) -> Any:
    """Anybody.

    is_shared  the answer is the same for everybody and may lie in shared caches: who asks is not even looked
               up (that would set `Vary: Cookie`), so the request has no `attestation`
    """

    def declare(view: View) -> View:
        return _note(view, audience=Audience.PUBLIC, is_shared=is_shared)

    return declare(view) if view else declare


def professionals(
    view: View | None = None,
    *,
    teaser: Callable[..., gate.Teaser | None] | None = None,
    is_page: bool = True,
) -> Any:
    """Readers who attested to be healthcare professionals.

    teaser   called like the view; returns what the gate may show of the page, or raises Http404
    is_page  False for a file: the gate refuses it (403) rather than stand in its place
    """

    def declare(view: View) -> View:
        return _note(view, audience=Audience.PROFESSIONALS, teaser=teaser, is_page=is_page)

    return declare(view) if view else declare


def members(view: View | None = None, *, remember: Callable[..., str] | None = None) -> Any:
    """Attested readers who are signed in.

    remember  called like the view before a signed-out reader is sent to sign in: keeps what was asked for in
              the session and returns the path to go on to afterwards (default: the path of the request)
    """

    def declare(view: View) -> View:
        return _note(view, audience=Audience.MEMBERS, remember=remember)

    return declare(view) if view else declare


def staff(view: View) -> View:
    """People who may enter the admin."""
    return _note(view, audience=Audience.STAFF)


def _note(view: View, **declared: object) -> View:
    """Attach to `view` what the middleware will ask it for."""
    vars(view).update(declared)
    return view


# Views that we do not write, by the package that holds them. allauth asks for a login itself where one is needed.
THIRD_PARTY = {
    "allauth": Audience.PUBLIC,
    "django.contrib.staticfiles": Audience.PUBLIC,
}


def audience_of(view: View, namespaces: list[str]) -> Audience | None:
    """The declared audience of `view` in URL `namespaces`, or None: then nobody may open it."""
    declared = getattr(view, "audience", None)
    if declared is not None:
        return Audience(declared)
    if "admin" in namespaces:
        return Audience.STAFF
    module = view.__module__
    return next((a for package, a in THIRD_PARTY.items() if module.startswith(f"{package}.")), None)


class AccessMiddleware:
    """Enforces the audience of each view; keeps every page out of shared caches unless the view opens it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        carried = getattr(request, "attestation_to_carry", None)
        is_shared = "public" in response.get("Cache-Control", "")  # a shared cache would give it to others
        if carried and not is_shared:
            attestation.write(response, carried)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True)
        return response

    def process_view(
        self, request: ReaderRequest, view: View, args: tuple[object, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        audience = audience_of(view, match.namespaces if match else [])
        if getattr(view, "is_shared", False):
            return None
        recognise(request)
        if audience == Audience.PUBLIC:
            return None
        if audience == Audience.STAFF:
            return refuse_non_staff(request)
        if audience is None:
            raise PermissionDenied("This page does not say who may open it, so nobody may.")
        if request.attestation is None:
            make_teaser = getattr(view, "teaser", None)
            made = make_teaser(request, *args, **kwargs) if make_teaser else None
            return gate.show(request, made, is_page=getattr(view, "is_page", True))
        if audience == Audience.MEMBERS and not request.user.is_authenticated:
            remember = getattr(view, "remember", None)
            return ask_to_sign_in(request, remember(request, *args, **kwargs) if remember else None)
        return None


def recognise(request: ReaderRequest) -> None:
    """Set `request.attestation`: from the cookie, else from the account, whose attestation this browser then keeps."""
    request.attestation = attestation.read(request)
    if request.attestation is None and request.user.is_authenticated:
        carried = attestation.of_account(request.user, timezone.now())
        request.attestation = request.attestation_to_carry = carried


def is_staff_at_work(request: HttpRequest) -> bool:
    """May the sender of `request` use the admin: staff, active, and with the second factor that is asked of them?"""
    user = request.user
    return bool(user.is_active and user.is_staff) and not second_factor.is_missing(request)


def refuse_non_staff(request: HttpRequest) -> HttpResponseBase | None:
    """What stands between the sender of `request` and a page for staff; None if nothing does."""
    if not request.user.is_authenticated:
        return ask_to_sign_in(request, None)
    if is_staff_at_work(request):
        return None
    if not (request.user.is_active and request.user.is_staff):
        raise PermissionDenied("Your account may not open the editors' pages.")
    return _lead_to(request, second_factor.next_step(request))


def ask_to_sign_in(request: HttpRequest, next_path: str | None) -> HttpResponseBase:
    """Send the reader to the sign-in page, which leads on to `next_path` (default: where they are)."""
    if next_path is None:
        next_path = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    return _lead_to(request, redirect_to_login(next_path).url)


def _lead_to(request: HttpRequest, path: str) -> HttpResponseBase:
    """Answer `request` with the way to another page."""
    if request.headers.get("HX-Request"):  # a fragment cannot be replaced by a whole page
        return HttpResponse(status=200, headers={"HX-Redirect": path})
    return HttpResponseRedirect(path) if request.method in ("GET", "HEAD") else SeeOther(path)
