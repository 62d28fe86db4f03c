from django.apps import AppConfig


class NewsletterConfig(AppConfig):
    name = "newsletter"

    def ready(self) -> None:
        from anymail.signals import tracking

        from . import webhooks

        tracking.connect(webhooks.hear, dispatch_uid="newsletter")
