"""What happens when somebody signs in."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_logged_in as signed_in
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateformat import format as date_format

from . import attestation, audit, deletion
from .models import User

KEEP = "Your account will be deleted on {day}, as you asked. Until then you can keep it: see “Delete the account”."


@receiver(user_logged_in)
def keep_attestation(request: HttpRequest | None, user: User, **_: Any) -> None:
    """A browser that attested before signing in gives its attestation to the account."""
    declaration = attestation.read(request) if request else None
    if declaration:
        attestation.adopt(declaration, user, timezone.now())


@receiver(user_logged_in)
def remind_of_deletion(request: HttpRequest | None, user: User, **_: Any) -> None:
    """Who comes back while the account waits to be erased hears how to keep it."""
    end = deletion.due_at(user)
    if request is not None and end is not None and hasattr(request, "_messages"):
        messages.warning(request, KEEP.format(day=date_format(end, "j F Y")))


@receiver(signed_in)
def note_sign_in(user: User, **_: Any) -> None:
    """Staff signing in stands in the log of what they do."""
    audit.note(user, "Signed in.")
