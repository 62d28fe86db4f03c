"""Forms of the newsletter."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from django import forms
from django.conf import settings

from articles.models import Topic
from portal.lib.origin import local_path

from . import things
from .models import Cadence, Subscriber

CANNOT_DELIVER = "Write an address like name@hospital.example."
LONGEST_PAUSE = timedelta(days=365)
CADENCES = [(value, label) for value, label in Cadence.choices if value != Cadence.NONE]
WHAT_COMES = (
    "Editors put an issue together when there is something worth your time. A digest lists all that is new on your"
    " topics since your last one, on Mondays or on the first of the month. When nothing is new, nothing is sent."
)
CHANGED_ELSEWHERE = (
    "Your choice was changed elsewhere after you had opened this page, so nothing has been saved. It is now: {now}."
    " What you chose here still stands in the form: save it if that is what you want."
)


def languages() -> list[tuple[str, str]]:
    """In which languages the newsletter comes."""
    return list(settings.NEWSLETTER_LANGUAGES.items())


class ChoiceForm(forms.Form):
    """What the newsletter brings. Whoever sends no answer to a question keeps what there is."""

    cadence = forms.ChoiceField(
        choices=CADENCES,
        required=False,
        initial=Cadence.EACH,
        widget=forms.RadioSelect,
        label="How often",
        help_text=WHAT_COMES,
    )
    topics = forms.ModelMultipleChoiceField(
        Topic.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Topics",
        help_text="Choose none to get all of them.",
    )
    language = forms.ChoiceField(choices=languages, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(languages()) == 1:  # no question with one answer
            self.fields["language"].widget = forms.HiddenInput()
        self.fields["language"].initial = self.usual_language

    @property
    def usual_language(self) -> str:
        return languages()[0][0]

    def clean_cadence(self) -> Cadence:
        return Cadence(self.cleaned_data["cadence"] or Cadence.EACH)

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or self.usual_language


class PreferencesForm(ChoiceForm):
    """The same for a subscriber, who may also want nothing but news of what they follow.

    It says what was chosen when it was shown (`seen`): who has it open in two windows and changes this in one and that
    in the other is told so, because the second would undo what the first did.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, subscriber: Subscriber, *args: Any, **kwargs: Any) -> None:
        self.subscriber = subscriber
        self.chosen_topics = list(subscriber.topics.all())
        chosen = {
            "cadence": subscriber.cadence,
            "topics": [topic.pk for topic in self.chosen_topics],
            "language": subscriber.language,
        }
        self.present = sha256(repr(sorted(chosen.items())).encode()).hexdigest()[:32]
        super().__init__(*args, **({"initial": chosen | {"seen": self.present}} | kwargs))
        cadence: Any = self.fields["cadence"]
        cadence.choices, cadence.required = Cadence.choices, True
        cadence.error_messages["required"] = "Choose how often mail comes."

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("seen") != self.present:
            self.add_error(None, CHANGED_ELSEWHERE.format(now="; ".join(self._state())))
            sent: Any = self.data
            sent = sent.copy()  # the request is not ours to change
            sent["seen"] = self.present  # who saves now knows how it is
            self.data = sent
        return self.cleaned_data

    def _state(self) -> list[str]:
        """What is chosen, for people."""
        topics = ", ".join(topic.name for topic in self.chosen_topics) or "all topics"
        language = dict(languages()).get(self.subscriber.language, self.subscriber.language)
        spoken = [language] if len(languages()) > 1 else []
        return [Cadence(self.subscriber.cadence).label, topics, *spoken]

    def clean_cadence(self) -> Cadence:
        cadence = Cadence(self.cleaned_data["cadence"])
        if (
            cadence == Cadence.NONE
            and not self.subscriber.follows.filter(confirmed_at__isnull=False).exists()
        ):
            raise forms.ValidationError(
                "You follow nothing yet. Follow something first, or leave the newsletter."
            )
        return cadence

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or self.subscriber.language


class AddressForm(forms.Form):
    """A form that anybody may send for an address."""

    email = forms.EmailField(
        max_length=254,
        label="E-mail address",
        error_messages={"invalid": CANNOT_DELIVER},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    source = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)

    def clean_email(self) -> str:
        """Quoted local parts are valid (RFC 5322), but hide spaces and control characters; hardly anybody has one."""
        email: str = self.cleaned_data["email"]
        if '"' in email or not email.isprintable():
            raise forms.ValidationError(CANNOT_DELIVER)
        return email

    def clean_source(self) -> str:
        return local_path(self.cleaned_data["source"], default="")


class SignUpForm(AddressForm, ChoiceForm):
    """The one-field part sends only the address and its page; the newsletter page also what it brings."""

    field_order = ["email", "cadence", "topics", "language", "source"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"auto_id": "newsletter-%s"} | kwargs))


class ThingForm(forms.Form):
    """Which topic, drug or trial a form is about, and what to do."""

    kind = forms.ChoiceField(choices=[(kind, kind) for kind in things.MODELS])
    slug = forms.SlugField(max_length=100)
    command = forms.ChoiceField(choices=[("follow", "follow"), ("stop", "stop")], required=False)


class PauseForm(forms.Form):
    until = forms.DateField(
        label="No mail before",
        help_text="On this day mail may come again. At most a year ahead.",
        error_messages={"required": "Choose a day.", "invalid": "Write a day such as 2027-01-31."},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y"],
    )

    def __init__(self, today: date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"auto_id": "pause-%s"} | kwargs))
        self.first, self.last = today + timedelta(days=1), today + LONGEST_PAUSE
        self.fields["until"].widget.attrs |= {"min": self.first.isoformat(), "max": self.last.isoformat()}

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        if not self.first <= until <= self.last:
            raise forms.ValidationError(f"Choose a day from {self.first:%-d %B %Y} to {self.last:%-d %B %Y}.")
        return until


class SearchForm(forms.Form):
    q = forms.CharField(
        max_length=100,
        required=False,
        label="Find a topic, treatment or trial",
        widget=forms.TextInput(attrs={"type": "search"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"auto_id": "follow-%s"} | kwargs))
