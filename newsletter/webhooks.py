"""Where a mail provider reports bounces and complaints: django-anymail's view of that provider, made strict."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils import timezone

from accounts.access import public
from portal.lib.ratelimit import unlimited

from . import bounces

ANYMAIL = "anymail.backends."
SOFT = re.compile(r"soft|transient|temporar|undetermined|quota|mailbox.full", re.I)  # providers' own words
LASTING = ("invalid", "bounced")  # anymail's reasons: no address, or a bounce the provider remembers
# What a body that is not as the provider documents it makes the parsers stumble over.
MALFORMED = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)


def routes() -> list[URLPattern]:
    """The webhook of the provider that NEWSLETTER_EMAIL_BACKEND names: `<provider>/tracking/`, or nothing."""
    if not settings.NEWSLETTER_EMAIL_BACKEND.startswith(ANYMAIL):
        return []
    from anymail.urls import urlpatterns  # the modules of all providers

    provider = settings.NEWSLETTER_EMAIL_BACKEND.split(".")[2]
    wanted = f"{provider}_tracking_webhook"
    return [_strict(pattern) for pattern in urlpatterns if pattern.name == wanted]


def _strict(pattern: URLPattern) -> URLPattern:
    theirs = pattern.callback.view_class  # type: ignore[attr-defined]
    ours = type(f"Strict{theirs.__name__}", (Strict, theirs), {})
    view = public(ours.as_view())  # type: ignore[attr-defined]
    limited = unlimited("The provider, known by its secret, reports each mail of an issue.")(view)
    return URLPattern(pattern.pattern, limited, name=pattern.name)


class Strict:
    """In front of a view of anymail: no entrance without a secret, and 400 for what cannot be understood.

    What goes wrong on our side, the database for instance, still answers 500: the provider then tries again.
    """

    basic_auth: Any
    warn_if_no_basic_auth: bool  # False: the provider signs

    @property
    def is_open(self) -> bool:
        """True if nothing tells the provider from anybody else."""
        return self.warn_if_no_basic_auth and not self.basic_auth

    def run_validators(self, request: HttpRequest) -> None:
        if self.is_open:
            raise PermissionDenied("No secret is set, so nobody may report anything.")
        with _refusing_malformed():
            super().run_validators(request)  # type: ignore[misc]

    def parse_events(self, request: HttpRequest) -> list[Any]:
        with _refusing_malformed():
            return list(super().parse_events(request))  # type: ignore[misc]


@contextmanager
def _refusing_malformed() -> Iterator[None]:
    try:
        yield
    except MALFORMED as error:
        raise BadRequest("The body is not as the provider documents it.") from error


def hear(sender: object, event: Any, **kwargs: object) -> None:
    """Receiver of anymail's signal `tracking`: act on what the provider has signed."""
    metadata = event.metadata if isinstance(event.metadata, Mapping) else {}
    about = {"message_id": _text(metadata.get("message_id")), "email": _text(event.recipient)}
    detail = _text(event.mta_response) or _text(event.description)
    now = timezone.now()
    if event.event_type == "unsubscribed":  # by a link or a list of the provider's own
        bounces.note_unsubscribed(**about, at=event.timestamp, now=now)
    is_rejected = event.event_type == "rejected"  # by the provider, which remembers why
    if event.event_type == "complained" or (is_rejected and event.reject_reason == "spam"):
        bounces.note_complaint(**about, detail=detail, now=now)
    elif event.event_type == "bounced" or (is_rejected and event.reject_reason in LASTING):
        bounces.note_bounce(**about, permanent=_is_permanent(event), detail=detail, now=now)


def _is_permanent(event: Any) -> bool:
    """By the provider's own word if it has one for soft bounces, else by the status, else by anymail's reason."""
    if SOFT.search(f"{_own_words(event.esp_event)} {_text(event.description)}"):
        return False
    status = bounces.status_in(_text(event.mta_response)) or bounces.status_in(_text(event.description))
    return bounces.is_permanent(status) if status else event.reject_reason in LASTING


def _own_words(given: object) -> str:
    """What kind of bounce it is in the words of the provider: wherever their bodies have it."""
    if not isinstance(given, Mapping):
        return ""
    names = ("Type", "event", "type", "bounceType")
    return " ".join([*(_text(given.get(name)) for name in names), _own_words(given.get("bounce"))])


def _text(value: object) -> str:
    return value[:2000] if isinstance(value, str) else ""
