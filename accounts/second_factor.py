"""The second proof that staff give before the admin opens: an authenticator app, a passkey or a recovery code.

allauth asks everybody who has set one up when they sign in. Here is what it does not ask: that staff have one, and
that this very session has shown it.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.internal.flows import delete_dangling_recovery_codes
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse

from portal.lib import mail

from . import audit
from .models import User

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes stand in for one of these
SET_UP_HERE = "second_factor_set_up"  # in the session: the id of the account
WANTED = "second_factor_wanted"  # in the session: the path that waits for the second factor


class Adapter(DefaultMFAAdapter):
    """allauth's, but what an authenticator app shares with us is encrypted at rest.

    The key comes from SECRET_KEY. Whoever changes that keeps the old one in SECRET_KEY_FALLBACKS, or the apps must be
    set up again.
    """

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        """The name that the app shows beside its codes."""
        return urlsplit(settings.SITE_URL).hostname or ""


def _fernet() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = [sha256(b"accounts.second_factor:" + secret.encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in keys])


def is_missing(request: HttpRequest) -> bool:
    """Must the sender of `request`, who is signed in, still show a second factor before the admin opens?"""
    return bool(settings.STAFF_SECOND_FACTOR) and not (_was_shown(request) and has_one(request.user))


def has_one(user: Any) -> bool:
    """Has `user` set up a second factor?"""
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


def _was_shown(request: HttpRequest) -> bool:
    """Has this session proved a second factor: at sign-in, when asked again, or by setting it up?"""
    if request.session.get(SET_UP_HERE) == request.user.pk:
        return True
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


def next_step(request: HttpRequest) -> str:
    """Where somebody goes whose second factor is missing: to set one up, or to show it. Afterwards back to here."""
    wanted = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("admin:index")
    types = set(Authenticator.objects.filter(user_id=request.user.pk).values_list("type", flat=True))
    if not types & set(FACTORS):
        request.session[WANTED] = wanted
        return reverse("mfa_index")
    has_keys = Authenticator.Type.WEBAUTHN in types
    view = "mfa_reauthenticate_webauthn" if has_keys else "mfa_reauthenticate"
    return f"{reverse(view)}?{urlencode({'next': wanted})}"


@transaction.atomic
def take_away(factor: Authenticator) -> None:
    """Remove the factor of somebody who has lost it, and mail them so: they may not have asked.

    With the last one go the recovery codes: else old ones would open the account again once another is set up.
    """
    mail.send("second_factor_removed", factor.user.email, {"factor": factor.get_type_display()})
    factor.delete()
    delete_dangling_recovery_codes(factor.user)


@receiver(authenticator_added)
def note_proof(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Setting up an app takes a code of it, adding a key a signature by it: it has been shown."""
    if authenticator.type in FACTORS:
        request.session[SET_UP_HERE] = user.pk


@receiver(authenticator_added)
def note_added(user: User, authenticator: Authenticator, **_: Any) -> None:
    audit.note(user, f"Set up a second factor: {authenticator.get_type_display()}.")


@receiver(authenticator_removed)
def note_removed(user: User, authenticator: Authenticator, **_: Any) -> None:
    audit.note(user, f"Removed a second factor: {authenticator.get_type_display()}.")


@receiver(authenticator_reset)
def note_reset(user: User, authenticator: Authenticator, **_: Any) -> None:
    audit.note(user, f"Renewed: {authenticator.get_type_display()}.")
