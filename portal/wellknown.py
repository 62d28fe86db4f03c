"""Short files for machines, at the addresses where they look."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import public

from .models import Hub

ONE_DAY = "public, max-age=86400"
NOT_FOR_ROBOTS = ("/admin/", "/search/", "/bookmarks/", "/accounts/", "/account/")
SECURITY_CONTACT_LASTS = timedelta(days=180)  # RFC 9116, section 2.5.5: less than a year is recommended
GPC_LAST_UPDATE = "2026-11-22"  # when our support for the signal last changed


@public(is_shared=True)
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """robots.txt, RFC 9309."""
    rules = [f"Disallow: {path}" for path in NOT_FOR_ROBOTS]
    return _lines("User-agent: *", *rules, "", f"Sitemap: {settings.SITE_URL}/sitemap.xml")


@public(is_shared=True)
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """security.txt, RFC 9116. The contact is the site's own; without one, its contact form."""
    address = Hub.current().contact_email
    form = settings.SITE_URL + reverse("contact")
    return _lines(
        f"Contact: {'mailto:' + quote(address, safe='@+') if address else form}",
        f"Expires: {_expiry(timezone.now()):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {settings.SITE_URL}{request.path}",
    )


@public(is_shared=True)
@require_safe
def gpc(request: HttpRequest) -> JsonResponse:
    """This site honours Global Privacy Control (W3C, section 4: gpc.json)."""
    response = JsonResponse({"gpc": True, "lastUpdate": GPC_LAST_UPDATE})
    response["Cache-Control"] = ONE_DAY
    return response


def _expiry(now: datetime) -> datetime:
    """At midnight (UTC), so that the file changes once a day."""
    return (now + SECURITY_CONTACT_LASTS).replace(hour=0, minute=0, second=0, microsecond=0)


def _lines(*lines: str) -> HttpResponse:
    text = "".join(f"{line}\n" for line in lines)
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": ONE_DAY})
