"""The contact form: stored, mailed to the editors, and hard on machines without a puzzle for people."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import public
from portal.lib import ratelimit
from portal.lib.origin import SeeOther

from .models import ContactMessage, Hub, Page

SALT = "portal.contact"
QUICKEST = 3  # seconds in which no person reads and fills in the form
OLDEST = timedelta(days=1)

TOO_OLD = "This form was open for too long. Your message is still here: please send it once more."
TOO_QUICK = (
    "That was very quick. Your message is still here: please wait a few seconds and send it once more."
)
TOO_OFTEN = (
    "Several messages came from your network in a short time. Please wait a minute and send yours once more."
)


def is_printable(value: str) -> None:
    if not value.isprintable():
        raise ValidationError("Please leave out characters that cannot be printed.")


class ContactForm(forms.Form):
    name = forms.CharField(
        label="Your name", max_length=120, widget=forms.TextInput({"autocomplete": "name"})
    )
    email = forms.EmailField(
        label="Your e-mail address",
        max_length=254,
        validators=[is_printable],
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    message = forms.CharField(label="Message", max_length=5000, widget=forms.Textarea({"rows": 8}))
    # For machines: people do not see it, and browsers are told to leave it alone.
    website = forms.CharField(
        required=False, widget=forms.TextInput({"autocomplete": "off", "tabindex": "-1"})
    )


@dataclass(frozen=True)
class Stamp:
    """When a form was handed out, and a number that lets it be stored once."""

    nonce: uuid.UUID
    issued_at: float

    def sign(self) -> str:
        return signing.dumps({"n": self.nonce.hex, "at": self.issued_at}, salt=SALT)

    @property
    def is_too_quick(self) -> bool:
        return time.time() - self.issued_at < QUICKEST


def new_stamp() -> Stamp:
    return Stamp(uuid.uuid4(), time.time())


def read_stamp(value: str) -> Stamp | None:
    """The stamp that this site signed within the last day, or None."""
    try:
        claim = signing.loads(value, salt=SALT, max_age=OLDEST)
    except signing.BadSignature:
        return None
    return Stamp(uuid.UUID(claim["n"]), claim["at"])


@public
@ratelimit.limited("contact", is_own=True)
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return show(request, ContactForm(), new_stamp())
    form = ContactForm(request.POST)
    if request.POST.get("website"):
        return thank()  # a machine, which need not know that nothing was kept
    stamp = read_stamp(request.POST.get("stamp", ""))
    if not ratelimit.allowed(request, "contact"):
        form.add_error(None, TOO_OFTEN)
        response = show(request, form, stamp or new_stamp(), status=429)
        response["Retry-After"] = str(ratelimit.SECONDS_TO_WAIT)
        return response
    if stamp is None:
        form.add_error(None, TOO_OLD)
    elif form.is_valid() and stamp.is_too_quick:
        form.add_error(None, TOO_QUICK)
    if stamp is None or not form.is_valid():
        return show(request, form, stamp or new_stamp(), status=422)
    keep(stamp.nonce, form.cleaned_data["name"], form.cleaned_data["email"], form.cleaned_data["message"])
    return thank()


@public
@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """Where the form leads. Anybody may open it, so it does not say that there was a message."""
    return render(request, "portal/contact_sent.html")


def show(request: HttpRequest, form: ContactForm, stamp: Stamp, *, status: int = 200) -> HttpResponse:
    context = {"page": get_object_or_404(Page, slug="contact"), "form": form, "stamp": stamp.sign()}
    return render(request, "portal/contact.html", context, status=status)


def thank() -> HttpResponse:
    return SeeOther(reverse("contact-sent"))


@transaction.atomic
def keep(nonce: uuid.UUID, name: str, email: str, message: str) -> None:
    """Store a message and mail it to the editors; the same one with the same `nonce` again changes nothing.

    Another one with the same `nonce` is a second question, typed into a page that the browser had kept.
    """
    values = {"name": name, "email": email, "message": message}
    stored, is_new = ContactMessage.objects.get_or_create(nonce=nonce, defaults=values)
    if not is_new and stored.message != message:
        again = uuid.uuid5(nonce, message)
        _, is_new = ContactMessage.objects.get_or_create(nonce=again, defaults=values)
    hub = Hub.current()
    if is_new and hub.contact_email:
        mail_to_editors(hub, name, email, message)


def mail_to_editors(hub: Hub, name: str, email: str, message: str) -> None:
    """What a stranger typed goes into the body only, apart from the checked address to answer to."""
    EmailMessage(
        subject=" ".join(f"{hub.name}: a message from the contact page".split()),
        body=f"{name} <{email}> wrote:\n\n{message}\n",
        to=[hub.contact_email],
        reply_to=[email],
    ).send()
