"""Short lists that come along in the query of the row they belong to, as JSON in one of its columns."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model, QuerySet
from django.db.models.functions import JSONObject

M = TypeVar("M", bound=Model)


def column(rows: QuerySet[Any], *, without: Collection[str] = (), **more: Any) -> ArraySubquery:
    """An annotation that holds `rows` in their order, with all columns but those `without`, and those of `more`.

    Only for models of texts, whole numbers, truth values and lists of them: JSON would blur dates and decimals.
    """
    names = {f.attname: f.attname for f in rows.model._meta.concrete_fields if f.attname not in without}
    return ArraySubquery(rows.values(row=JSONObject(**names, **more)))


def instances(model: type[M], rows: list[dict[str, Any]]) -> list[M]:
    """The rows of such a column as instances; what came along as `more` are attributes, what was left out is deferred."""
    fields = [field.attname for field in model._meta.concrete_fields]
    made = []
    for row in rows:
        names = [name for name in fields if name in row]
        instance = model.from_db(DEFAULT_DB_ALIAS, names, [row.pop(name) for name in names])
        vars(instance).update(row)
        made.append(instance)
    return made
