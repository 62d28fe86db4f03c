"""Forms of the newsletter."""

from __future__ import annotations

from typing import Any

from django import forms

from articles.models import Topic
from portal.lib.origin import local_path

LANGUAGES = [("en", "English")]
CANNOT_DELIVER = "Write an address like name@hospital.example."


class PreferencesForm(forms.Form):
    """What a subscriber gets."""

    topics = forms.ModelMultipleChoiceField(
        Topic.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Topics",
        help_text="Choose none to get all of them.",
    )
    language = forms.ChoiceField(
        choices=LANGUAGES,
        required=False,
        initial="en",
        widget=forms.Select if len(LANGUAGES) > 1 else forms.HiddenInput,  # no question with one answer
    )

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or LANGUAGES[0][0]


class SignUpForm(PreferencesForm):
    """The one-field part sends only the address and its page; the newsletter page also topics and language."""

    email = forms.EmailField(
        max_length=254,
        label="E-mail address",
        error_messages={"invalid": CANNOT_DELIVER},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    source = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)

    field_order = ["email", "topics", "language", "source"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"auto_id": "newsletter-%s"} | kwargs))

    def clean_email(self) -> str:
        """Quoted local parts are valid (RFC 5322), but hide spaces and control characters; hardly anybody has one."""
        email: str = self.cleaned_data["email"]
        if '"' in email or not email.isprintable():
            raise forms.ValidationError(CANNOT_DELIVER)
        return email

    def clean_source(self) -> str:
        return local_path(self.cleaned_data["source"], default="")
