"""What `manage.py check`, and so every start of a worker, refuses of the newsletter's settings."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from .sending.transports import LAST_WORD


@register
def lease_outlasts_an_answer(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A delivery must not count as lost while its worker may still hear the server's answer."""
    least = int(2 * LAST_WORD)
    if least <= settings.NEWSLETTER_LEASE:
        return []
    hint = f"A mail server may take {LAST_WORD:.0f} seconds for its answer; let the lease be twice as long."
    return [Error(f"NEWSLETTER_LEASE must be at least {least} seconds.", hint=hint, id="newsletter.E001")]


@register
def provider_can_be_loaded(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Else the first issue would find out, in the middle of the night."""
    if not settings.NEWSLETTER_EMAIL_BACKEND:
        return []
    try:
        import_string(settings.NEWSLETTER_EMAIL_BACKEND)
    except ImportError as error:  # anymail's own says which package its provider needs
        hint = " ".join(str(error).split())
        return [Error("NEWSLETTER_EMAIL_BACKEND cannot be loaded.", hint=hint, id="newsletter.E002")]
    return []
