from django.apps import AppConfig


class ArticlesConfig(AppConfig):
    name = "articles"

    def ready(self) -> None:
        from . import bookmarks  # noqa: F401  (connects to Django's sign-in signal)
