from django.apps import AppConfig


class NewsletterConfig(AppConfig):
    name = "newsletter"

    def ready(self) -> None:
        from anymail.signals import tracking

        from . import checks, erasure, webhooks  # noqa: F401  (checks and erasure register themselves)

        tracking.connect(webhooks.hear, dispatch_uid="newsletter")
