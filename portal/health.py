"""What the operator's programs ask: does the process answer, can it serve pages, how is it doing?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache as once

from django.conf import settings
from django.core.cache import cache, caches
from django.core.cache.backends.db import BaseDatabaseCache
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import public

PATIENCE = 2.0  # seconds for each statement that a check sends to the database


@public(is_shared=True)
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@public(is_shared=True)
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Can this process serve pages? 503 with the names of what fails; no detail, it is public."""
    failing = [name for name, check in CHECKS.items() if not passes(check)]
    return JsonResponse({"ready": not failing, "failing": failing}, status=503 if failing else 200)


@public(is_shared=True)
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, for whoever brings METRICS_TOKEN; without that setting there is no such page."""
    if not settings.METRICS_TOKEN:
        raise Http404
    given = request.headers.get("Authorization", "")
    if not constant_time_compare(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        return HttpResponse(
            "Bring the token.\n", "text/plain", status=401, headers={"WWW-Authenticate": "Bearer"}
        )
    from portal import metrics as figures  # needs a package that is installed only for it

    return HttpResponse(figures.exposition(), content_type=figures.CONTENT_TYPE_LATEST)


def passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # whatever it is: not ready
        return False


@contextmanager
def impatient() -> Iterator[None]:
    """A transaction whose statements end with an error after PATIENCE, also while they wait for a lock.

    Connecting has its own limit, in the settings.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [round(PATIENCE * 1000)])
        yield


def database_answers() -> bool:
    with impatient(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def migrations_are_applied() -> bool:
    """True also if there are more than this code knows: a newer version is being installed beside it."""
    with impatient():
        return known_migrations() <= set(MigrationRecorder(connection).applied_migrations())


@once
def known_migrations() -> frozenset[tuple[str, str]]:
    """(app, name) of each migration of this code."""
    return frozenset(MigrationLoader(None).graph.nodes)


def cache_answers() -> bool:
    """In the database or in Redis, which has a time limit of its own and a substitute (portal/lib/rediscache.py)."""
    if not isinstance(caches["default"], BaseDatabaseCache):
        return stores()
    with impatient():
        return stores()


def stores() -> bool:
    cache.set("readyz", "ok", 5)
    return bool(cache.get("readyz") == "ok")


CHECKS = {"database": database_answers, "migrations": migrations_are_applied, "cache": cache_answers}
