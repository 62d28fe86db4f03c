"""What the access middleware adds to a request, and what it promises to a view."""

from __future__ import annotations

from django.http import HttpRequest

from .attestation import Declaration
from .models import User


class ReaderRequest(HttpRequest):
    """Every request that has passed the middleware. A name for annotations; nobody makes one."""

    attestation: Declaration | None
    attestation_to_carry: Declaration | None  # only where the account's declaration is new to the browser


class MemberRequest(ReaderRequest):
    """The request of a view for `members`: somebody is signed in."""

    user: User
