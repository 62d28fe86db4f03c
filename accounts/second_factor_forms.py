"""allauth's forms for passkeys, made to refuse whatever a browser would not send: the library falls over some of it."""

from __future__ import annotations

import struct
from typing import Any

from allauth.mfa.webauthn import forms
from cryptography.exceptions import InvalidSignature
from django.forms import Form, HiddenInput, JSONField

UNREADABLE = (
    ArithmeticError,
    AttributeError,
    InvalidSignature,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)
REFUSAL = "That was no answer of a passkey or security key. Please try again."


class Answer(JSONField):
    """What the browser's key answered. It is good once, so a refused form does not repeat it."""

    widget = HiddenInput

    def bound_data(self, data: Any, initial: Any) -> None:
        return None


class Sturdy(Form):
    """What cannot be read is an error of the form."""

    def full_clean(self) -> None:
        try:
            super().full_clean()
        except UNREADABLE:
            self.add_error(None, REFUSAL)


class AddKey(Sturdy, forms.AddWebAuthnForm):
    credential = Answer()


class UseKey(Sturdy, forms.AuthenticateWebAuthnForm):
    credential = Answer()


class UseKeyAgain(Sturdy, forms.ReauthenticateWebAuthnForm):
    credential = Answer()
