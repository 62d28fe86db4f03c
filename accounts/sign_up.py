"""Signing up, when the address is known already or becomes known this very moment."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest


class SignupForm(AllauthSignupForm):
    """allauth's form; the answer to a known address differs neither in text nor in time."""

    def clean_email(self) -> str:
        """Refuse what the column would cut."""
        if len(self.cleaned_data["email"]) > 254:
            raise ValidationError("An e-mail address has at most 254 characters.")
        return super().clean_email()

    account_already_exists: bool  # set by allauth when it checks the address

    def try_save(self, request: HttpRequest) -> tuple[Any, Any]:
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])  # the work that a new account would cost
            return super().try_save(request)
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:  # the other of two equal sign-ups was first
            self.account_already_exists = True
            return super().try_save(request)
