"""What happens when somebody signs in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from . import attestation
from .models import User


@receiver(user_logged_in)
def keep_attestation(request: HttpRequest | None, user: User, **_: Any) -> None:
    """A browser that attested before signing in gives its attestation to the account."""
    declaration = attestation.read(request) if request else None
    if declaration:
        attestation.adopt(declaration, user, timezone.now())
