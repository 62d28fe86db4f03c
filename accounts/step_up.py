"""Pages on which somebody decides about their own account."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.decorators import reauthentication_required
from django.http import HttpRequest, HttpResponseBase

from . import second_factor
from .access import ask_to_sign_in

View = Callable[..., HttpResponseBase]


def signed_in(view: View) -> View:
    """Lead whoever is not signed in to the sign-in page and back here.

    In place of `members`: nobody needs to be a healthcare professional to see, move or end what is theirs.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return ask_to_sign_in(request, None)
        return view(request, *args, **kwargs)

    return guarded


def confirmed(view: View) -> View:
    """The same, and ask for the second factor, else the password, unless it was asked within the last five minutes.

    Signing in does not count: that may be some time ago, and in a browser that was left open.
    """
    return signed_in(reauthentication_required(view, app="allauth.account"))


class AccountAdapter(DefaultAccountAdapter):
    """allauth's, but who has a second factor is asked for that again, not for the password.

    Otherwise somebody with a password and a browser left open could put a factor of their own beside the owner's.
    """

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if second_factor.has_one(user):
            return [method for method in methods if method["id"] != "reauthenticate"]
        return methods
