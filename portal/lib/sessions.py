"""Django's sessions in the database, read by one prepared statement (SESSION_ENGINE).

Every page of somebody signed in reads one: composing the query costs four times as much as asking it.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.core import signing
from django.db import Error, connection
from django.utils import timezone

from portal.lib import signed

LOAD = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(DatabaseStore):
    def load(self) -> dict[str, Any]:
        row = self._ask()
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row[0])

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        """Django's, but the signature of each text is checked once: a reader opens several pages in turn."""
        lifetime = timedelta(seconds=settings.SESSION_COOKIE_AGE)
        try:
            data: dict[str, Any] = json.loads(
                signed.loads(str(session_data), self.key_salt, lifetime, json.dumps)
            )
        except signing.BadSignature:
            data = super().decode(session_data)  # which knows no age, and says in the log what is wrong
        return data

    def _ask(self) -> tuple[str] | None:
        """The row. This first statement of a request also shows whether the connection still stands: Django would ask before."""
        if connection.in_atomic_block:
            return self._row()
        connection.health_check_done = True  # type: ignore[attr-defined]  # BaseDatabaseWrapper sets it False at each request
        try:
            return self._row()
        except Error:
            if connection.connection is None or connection.is_usable():
                raise
            connection.close()
            return self._row()

    def _row(self) -> tuple[str] | None:
        with connection.cursor() as cursor:
            cursor.execute(LOAD, [self.session_key, timezone.now()])
            row: tuple[str] | None = cursor.fetchone()
        return row

    @classmethod
    def get_model_class(cls) -> Any:
        return DatabaseStore.get_model_class()
