"""How a kind of record is laid out: its keys in order, and the columns they fill."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .types import Type

REQUIRED = object()


@dataclass(frozen=True)
class Item:
    """A key and its column. With a `default` the key may be missing, and is left out where it says the default."""

    key: str
    field: str
    type: Type
    default: Any = REQUIRED


@dataclass(frozen=True)
class Group:
    """An object inside the record. Where it may be null, `empty` are the values that null stands for."""

    key: str
    items: tuple[Item, ...]
    empty: dict[str, Any] | None = None


@dataclass(frozen=True)
class Part:
    """A key that is no column of this row: it makes rows of its own, or is derived and only checked."""

    key: str
    is_required: bool = True


Items = tuple[Item | Group | Part, ...]


def places(items: Items, inside: str = "") -> Iterator[tuple[str, str]]:
    """Each column with the path of its key."""
    for item in items:
        if isinstance(item, Group):
            yield from places(item.items, f"{item.key}.")
        elif isinstance(item, Item):
            yield item.field, inside + item.key


def written(row: Any, items: Items, parts: dict[str, Any] | None = None) -> dict[str, Any]:
    """The columns of `row` as a record, with `parts` in their places."""
    record: dict[str, Any] = {}
    for item in items:
        if isinstance(item, Part):
            if parts and item.key in parts:
                record[item.key] = parts[item.key]
        elif isinstance(item, Group):
            is_empty = item.empty and all(getattr(row, f) == value for f, value in item.empty.items())
            record[item.key] = None if is_empty else written(row, item.items)
        elif (value := _column(row, item.field)) != item.default:
            record[item.key] = item.type.write(value)
    return record


def _column(row: Any, name: str) -> Any:
    return list(linked(row, name)) if row._meta.get_field(name).many_to_many else getattr(row, name)


def linked(instance: Any, name: str) -> Iterator[Any]:
    """The rows that `name` links to, in the order in which they were linked."""
    field = instance._meta.get_field(name)
    reverse = field.m2m_reverse_field_name()
    links = field.remote_field.through._default_manager.filter(**{field.m2m_field_name(): instance})
    return (getattr(link, reverse) for link in links.select_related(reverse).order_by("pk"))
