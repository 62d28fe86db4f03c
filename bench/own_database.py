"""A database for one measurement: made with all tables, dropped at the end whatever happens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import django


def set_up(name: str) -> None:
    """Start Django on a database `<that of the site>_bench_<name>`, which does not exist yet. Call it first of all."""
    os.environ.setdefault("DEVELOPMENT", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    os.environ.setdefault("RATE_LIMITS", "0")
    os.environ.setdefault("PAGE_CACHE_BYTES", "0")  # what is measured here is the work, not how it is spared
    django.setup()
    from django.conf import settings

    database = settings.DATABASES["default"]
    database.setdefault("TEST", {})["NAME"] = f"{database['NAME']}_bench_{name}"
    settings.ALLOWED_HOSTS = ["testserver"]


@contextmanager
def own_database() -> Iterator[None]:
    """Everything within happens in that database."""
    from django.db import connection

    own_name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(own_name, verbosity=0)


def analyse() -> None:
    """Tell the planner what the tables hold, as PostgreSQL does by itself some time after rows were added."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
