from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from . import own_parts, second_factor, signing_in  # noqa: F401  (connect to allauth's and Django's own signals)
