"""Cookie consent: what a visitor allowed, and what may be in the page because of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from portal.lib import cookies, signed
from portal.models import ConsentNotice, ConsentRecord

SALT = "portal.consent"
# The only views whose pages may hold scripts of others, by name: neither address nor content is anybody's secret.
# Not search, whose address says what was asked; not accounts, forms, the links in our mail, the admin.
OPEN_TO_OTHERS = {
    "home",
    "articles:list",
    "articles:detail",
    "articles:topic",
    "articles:treatment",
    "trials:list",
    "trials:compare",
    "trials:detail",
    "event",
    "about",
    "independence",
    "privacy",
    "terms",
    "accessibility",
    "steering-committee",
    "cookies",
    "not-a-professional",
}


@dataclass(frozen=True)
class Consent:
    """What one browser has decided. Without a choice everything optional is off."""

    notice: ConsentNotice | None
    statistics: bool = False
    third_party: bool = False
    has_chosen: bool = False
    signal: bool = False

    @property
    def needs_choice(self) -> bool:
        """Show the bar? Not to a browser whose Global Privacy Control has answered for it."""
        return self.notice is not None and not self.has_chosen and not self.signal


@dataclass(frozen=True)
class Choice:
    """What the cookie says: what was allowed under which version of the notice, with Global Privacy Control on or off.

    opaque_id  of the record that is kept as evidence
    """

    version: int
    statistics: bool
    third_party: bool
    signal: bool
    opaque_id: str


def of(request: HttpRequest) -> Consent:
    """The consent that `request` carries, read once. A forged, old or outdated cookie is no choice."""
    known: Consent | None = getattr(request, "_consent", None)
    return known or _note(request, _read(request))


def _note(request: HttpRequest, consent: Consent) -> Consent:
    request._consent = consent  # type: ignore[attr-defined]  # a place of our own
    return consent


def _read(request: HttpRequest) -> Consent:
    notice = ConsentNotice.objects.current()
    choice = chosen(request, notice.version if notice else None)
    statistics, third_party = choice or (False, False)
    return Consent(
        notice, statistics, third_party, has_chosen=choice is not None, signal=_has_signal(request)
    )


def claimed(request: HttpRequest) -> Choice | None:
    """The choice that `request` carries, if we signed it and it has not run out; its notice may be outdated."""
    cookie = request.COOKIES.get(cookies.CONSENT.name)
    if not cookie:
        return None
    try:
        return signed.loads(cookie, SALT, timedelta(days=settings.CONSENT_DAYS), _choice)
    except (signing.BadSignature, KeyError, TypeError):
        return None


def _choice(claim: Any) -> Choice:
    return Choice(claim["v"], bool(claim["s"]), bool(claim["t"]), bool(claim["g"]), claim["id"])


def chosen(request: HttpRequest, version: int | None) -> tuple[bool, bool] | None:
    """What the browser allows (statistics, third parties) under `version` of the notice; None if it has not chosen."""
    choice = claimed(request)
    if choice is None or version is None or choice.version != version:
        return None
    if _has_signal(request) and not choice.signal:  # granted before the signal was switched on: that is newer
        return None
    return choice.statistics, choice.third_party


def _has_signal(request: HttpRequest) -> bool:
    """Global Privacy Control."""
    return request.META.get("HTTP_SEC_GPC") == "1"


def decide(request: HttpRequest, response: HttpResponseBase, *, statistics: bool, third_party: bool) -> None:
    """Record a choice as evidence and remember it in the browser. A repeated press records nothing new."""
    before = of(request)
    if before.notice is None:
        return
    after = Consent(before.notice, statistics, third_party, has_chosen=True, signal=before.signal)
    _forget_refused(request, response, after)
    if after == before:
        return
    record = ConsentRecord.objects.create(
        opaque_id=uuid.uuid4(),
        notice=before.notice,
        statistics=statistics,
        third_party=third_party,
        signal=before.signal,
        decided_at=timezone.now(),
    )
    claim = {
        "v": before.notice.version,
        "s": statistics,
        "t": third_party,
        "g": before.signal,
        "id": str(record.opaque_id),
    }
    cookies.CONSENT.set(response, signed.dumps(claim, SALT))
    _note(request, after)


def _forget_refused(request: HttpRequest, response: HttpResponseBase, consent: Consent) -> None:
    """What a purpose that is refused has left in the browser goes at once, as far as this site can reach it."""
    granted = {
        cookies.Purpose.STATISTICS: consent.statistics,
        cookies.Purpose.THIRD_PARTY: consent.third_party,
    }
    for cookie in cookies.REGISTRY:
        if cookie.name in request.COOKIES and not granted.get(cookie.purpose, True):
            cookie.forget(response)


def is_html(response: HttpResponseBase) -> bool:
    return response.get("Content-Type", "").startswith("text/html")


def is_open_to_others(request: HttpRequest) -> bool:
    """May the page that answers `request` hold scripts of others, if its reader agrees?"""
    match = request.resolver_match
    return request.method in ("GET", "HEAD") and match is not None and match.view_name in OPEN_TO_OTHERS


def optional_scripts(request: HttpRequest) -> dict[str, str]:
    """Addresses of the optional scripts that may be in the page; empty where not granted, not configured or private."""
    consent, is_open = of(request), is_open_to_others(request)
    return {
        "analytics_url": settings.ANALYTICS_SCRIPT_URL if consent.statistics and is_open else "",
        "translate_url": settings.TRANSLATE_SCRIPT_URL if consent.third_party and is_open else "",
    }


def optional_origins(request: HttpRequest) -> dict[str, list[str]]:
    """Additions to the Content-Security-Policy for the optional scripts of the page."""
    scripts = optional_scripts(request)
    analytics = _origin(scripts["analytics_url"])
    translation = _origin(scripts["translate_url"])
    if scripts["translate_url"]:
        translation = list(dict.fromkeys(translation + settings.TRANSLATE_ORIGINS))
    either = list(dict.fromkeys(analytics + translation))
    directives = {
        "script-src": either,
        "connect-src": either,
        "style-src": translation,
        "img-src": translation,
        "frame-src": translation,
    }
    return {directive: origins for directive, origins in directives.items() if origins}


def _origin(url: str) -> list[str]:
    """The origin of an absolute `url`; nothing for a path on this site, which the policy allows anyway."""
    parts = urlsplit(url)
    return [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else []


class ConsentMiddleware:
    """Opens the Content-Security-Policy by exactly what this browser granted.

    What is granted does not learn private addresses either: the next page is not told whence its reader came.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        # What 304 says of a page replaces what was said with it (RFC 9111, 3.2).
        if response.status_code == HTTPStatus.NOT_MODIFIED or is_html(response):
            patch_vary_headers(response, ["Cookie", "Sec-GPC"])
            if cookies.CONSENT.name in request.COOKIES:
                if not is_open_to_others(request):
                    response["Referrer-Policy"] = "strict-origin"
                elif origins := optional_origins(request):
                    response._csp_update = origins  # type: ignore[attr-defined]  # django-csp reads it
        return response
