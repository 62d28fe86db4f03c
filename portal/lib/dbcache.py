"""The cache in the database, where a value is written by one statement.

Django's asks for the number of all rows, looks for the key, and writes, in a transaction: six statements, for each of the
three writes that counting one request costs. This one leaves the rest of Django's backend as it is, but that a failure is not hidden: the
limits would take it for too many requests.
"""

from __future__ import annotations

import base64
import pickle
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router
from django.utils import timezone

CULL_ONCE_IN = 500  # writes: then what has expired is deleted, and more if there is too much
WRITE = """
    INSERT INTO {table} AS kept (cache_key, value, expires) VALUES (%(key)s, %(value)s, %(expires)s)
    ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires
    WHERE %(overwrites)s OR kept.expires < %(now)s
"""
TOUCH = "UPDATE {table} SET expires = %(expires)s WHERE cache_key = %(key)s AND expires >= %(now)s"


class Cache(DatabaseCache):
    """Django's DatabaseCache with `set`, `add` and `touch` of its own."""

    _table: str
    _cull: Callable[..., None]

    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        """Called by `set`, `add` and `touch`, whose name is the `mode`; True if the row was written."""
        alias = router.db_for_write(self.cache_model_class)
        connection = connections[alias]
        ends = self.get_backend_timeout(timeout)
        values: dict[str, Any] = {
            "key": key,
            "value": base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("latin1"),
            "expires": datetime.max if ends is None else datetime.fromtimestamp(ends, tz=UTC),
            "overwrites": mode == "set",
            "now": timezone.now(),
        }
        statement = (TOUCH if mode == "touch" else WRITE).format(table=connection.ops.quote_name(self._table))
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            is_written = cursor.rowcount > 0
            if random.randrange(CULL_ONCE_IN) == 0:  # noqa: S311  (not a secret)
                cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(self._table)}")  # noqa: S608
                self._cull(alias, cursor, values["now"], cursor.fetchone()[0])
        return is_written
