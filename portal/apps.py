from django.apps import AppConfig
from django.conf import settings


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        if settings.SENTRY_DSN:
            from .sentry import begin  # needs a package that is installed only for it

            begin(settings.SENTRY_DSN)
        from . import checks, own_data  # noqa: F401  (register themselves)
