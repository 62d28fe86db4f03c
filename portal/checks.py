"""What `manage.py check`, some of it only with `--deploy`, says about our own settings."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

OPTIONAL = {
    "METRICS_TOKEN": "prometheus_client",
    "SENTRY_DSN": "sentry_sdk",
    "BACKUP_KEY": "pyrage",
    "REDIS_URL": "redis",
    "CELERY_BROKER_URL": "celery",
}


@register()
def optional_packages_are_installed(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A setting that asks for a package which is not there would only be noticed by the server's end."""
    hint = "pip install -r requirements-optional.txt"
    return [
        Error(f"{name} is set and needs the package {package}.", hint=hint, id="portal.E001")
        for name, package in OPTIONAL.items()
        if getattr(settings, name) and find_spec(package) is None
    ]


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


@register(Tags.security, deploy=True)
def staff_show_a_second_factor(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """STAFF_SECOND_FACTOR=0 is for one's own machine: a password that was read elsewhere would open the admin."""
    if settings.STAFF_SECOND_FACTOR:
        return []
    hint = "Unset STAFF_SECOND_FACTOR."
    return [Warning("Staff enter the admin with their password alone.", hint=hint, id="portal.W003")]
