from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from . import signing_in  # noqa: F401  (connects to allauth's and Django's own signals)
