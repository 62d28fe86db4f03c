"""Forms about the reader."""

from __future__ import annotations

from typing import Any

from django import forms

from .countries import COUNTRIES
from .models import Profession


class AttestationForm(forms.Form):
    """The gate's form: the press of the button is the statement, the rest is optional."""

    profession = forms.ChoiceField(
        choices=[("", "Prefer not to say"), *Profession.choices],
        required=False,
        label="Your profession (optional)",
    )
    country = forms.ChoiceField(
        choices=[("", "Prefer not to say"), *COUNTRIES],
        required=False,
        label="Country where you practise (optional)",
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)
    version = forms.IntegerField(required=False)  # of the wording that was shown; the template fills it in

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **(kwargs | {"auto_id": "attest-%s"}))
