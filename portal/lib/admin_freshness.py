"""Two editors with the same form open: how the later save notices that there was an earlier one."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from django.db.models import QuerySet


def fingerprint(tables: Iterable[QuerySet]) -> str:
    """A digest of what editors wrote in these rows. Columns that are derived do not count."""
    rows = []
    for table in tables:
        columns = [field.attname for field in table.model._meta.concrete_fields if field.editable]
        rows.append([*table.order_by("pk").values_list(*columns)])
    return sha256(repr(rows).encode()).hexdigest()[:32]
