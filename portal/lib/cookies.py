"""Every cookie of the site: the only list, used to set them and to print the cookie policy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.http import HttpResponseBase

DAY = 60 * 60 * 24


class Purpose(StrEnum):
    NECESSARY = "Strictly necessary"
    STATISTICS = "Statistics"
    THIRD_PARTY = "Translation and other third-party content"


@dataclass(frozen=True)
class Cookie:
    """What the cookie policy says about one cookie.

    days     how long it lives; None for the length of a browser session, unless there are minutes
    minutes  how long it lives, if that is less than a day
    path     the pages to which the browser sends it
    """

    name: str
    description: str
    days: int | None
    purpose: Purpose = Purpose.NECESSARY
    provider: str = "This site"
    minutes: int | None = None
    path: str = "/"

    @property
    def max_age(self) -> int | None:
        """In seconds; None until the browser is closed."""
        if self.minutes is not None:
            return self.minutes * 60
        return None if self.days is None else self.days * DAY

    @property
    def lifetime(self) -> str:
        if self.minutes is not None:
            return f"{self.minutes} minutes"
        if self.days is None:
            return "Until the browser is closed"
        return "1 day" if self.days == 1 else f"{self.days} days"

    def set(self, response: HttpResponseBase, value: str) -> None:
        """Put this cookie on `response`: not readable by scripts, not sent from other sites."""
        self._send(response, value, self.max_age)

    def forget(self, response: HttpResponseBase) -> None:
        """Take this cookie out of the browser."""
        self._send(response, "", 0)

    def _send(self, response: HttpResponseBase, value: str, max_age: int | None) -> None:
        response.set_cookie(
            self.name,
            value,
            max_age=max_age,
            path=self.path,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


ATTESTATION = Cookie(
    f"{settings.COOKIE_PREFIX}attestation",
    "Remembers that you confirmed to be a healthcare professional. Signed; holds a random number only.",
    settings.ATTESTATION_DAYS,
)
CONSENT = Cookie(
    f"{settings.COOKIE_PREFIX}consent", "Remembers your choice about optional cookies.", settings.CONSENT_DAYS
)
SESSION = Cookie(
    settings.SESSION_COOKIE_NAME,
    "Keeps you signed in, and carries a form from one step to the next.",
    settings.SESSION_COOKIE_AGE // DAY,
)
CSRF = Cookie(
    settings.CSRF_COOKIE_NAME,
    "Protects forms against being sent from other sites.",
    settings.CSRF_COOKIE_AGE // DAY,
)
THEME = Cookie(
    f"{settings.COOKIE_PREFIX}theme", "Remembers the light or dark appearance that you chose.", 365
)
DISMISSED_EVENT = Cookie(
    f"{settings.COOKIE_PREFIX}dismissed_event", "Remembers which announcements you closed.", 180
)
NEWSLETTER = Cookie(
    "newsletter_sign_up"
    if settings.DEVELOPMENT
    else "__Secure-newsletter_sign_up",  # __Host- would forbid its path
    "Lets the link in our mail confirm without another press, in the browser that asked for it. Signed; holds a time.",
    None,
    minutes=30,
    path="/newsletter/confirm/",
)
TRANSLATION = Cookie(
    "googtrans",
    "Remembers the language that you chose for machine translation.",
    None,
    purpose=Purpose.THIRD_PARTY,
    provider="Google, through Google Translate",
)

REGISTRY = (SESSION, CSRF, ATTESTATION, CONSENT, THEME, DISMISSED_EVENT, NEWSLETTER, TRANSLATION)
