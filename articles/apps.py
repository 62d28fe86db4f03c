from django.apps import AppConfig


class ArticlesConfig(AppConfig):
    name = "articles"

    def ready(self) -> None:
        from trials.publishing import SHOWN_BY

        from . import bookmarks, own_data  # noqa: F401  (connect to Django's sign-in signal and the account's data)
        from .showing import titles_showing

        SHOWN_BY.append(titles_showing)
