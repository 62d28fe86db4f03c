"""What `manage.py check --deploy` says about our own settings."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


@register(Tags.security, deploy=True)
def mail_leaves_the_machine(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Without EMAIL_URL mail is kept as files: right on one's own machine, a silence in production."""
    if settings.OUTBOX_DELIVERY_BACKEND != "portal.outbox.FileBackend":
        return []
    hint = "Set EMAIL_URL, for example smtp+tls://user:password@mail.example:587."
    return [Warning("Mail is kept as files and reaches nobody.", hint=hint, id="portal.W001")]


@register(Tags.security, deploy=True)
def forms_are_limited(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """RATE_LIMITS=0 is for measuring alone: passwords could be guessed as fast as the machines go."""
    if settings.ACCOUNT_RATE_LIMITS:
        return []
    return [Warning("Nothing limits how often a form is sent.", hint="Unset RATE_LIMITS.", id="portal.W002")]
