"""Django's PostgreSQL backend on the portal's own server, started by the first connection."""

from typing import Any

from django.db.backends.postgresql import base

from portal.local import postgres


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's, and the server is up when it connects. Commands that never connect never start it."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        postgres.hold()
        return super().get_new_connection(conn_params)
