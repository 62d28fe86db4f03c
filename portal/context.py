"""What every page needs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal import consent
from portal.lib import cookies
from portal.models import Hub

THEMES = ("light", "dark")


def site(request: HttpRequest) -> dict[str, Any]:
    """Context processor: identity, consent and appearance.

    `here` is where the forms that stand on every page lead back to; a page that answers a form has no address
    that can be opened again.
    """
    return {
        "hub": SimpleLazyObject(Hub.current),
        "consent": consent.of(request),
        "optional_scripts": consent.optional_scripts(request),
        "translation_offered": bool(settings.TRANSLATE_SCRIPT_URL) and consent.is_open_to_others(request),
        "theme": theme_of(request),
        "here": request.get_full_path() if request.method in ("GET", "HEAD") else "/",
    }


def theme_of(request: HttpRequest) -> str:
    """The appearance that this browser chose; empty: that of its system."""
    theme = request.COOKIES.get(cookies.THEME.name, "")
    return theme if theme in THEMES else ""
