"""Pages on which somebody decides about their own account."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from allauth.account.decorators import reauthentication_required
from django.http import HttpRequest, HttpResponseBase

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
    """The same, and ask for password or second factor again unless that was done within the last five minutes."""
    return signed_in(reauthentication_required(view, app="allauth.account"))
