from django.apps import AppConfig


class ArticlesConfig(AppConfig):
    name = "articles"

    def ready(self) -> None:
        from trials.publishing import SHOWN_BY

        from . import bookmarks  # noqa: F401  (connects to Django's sign-in signal)
        from .showing import titles_showing

        SHOWN_BY.append(titles_showing)
