"""Records to rows that are not yet saved. Collects every problem on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from .json_text import Repeated
from .layout import REQUIRED, Group, Item, Items, Part, places
from .problems import Problem, Refused, shown
from .types import Known, Type, WrongValueError

Model = type[models.Model]


@dataclass
class Row:
    """A row as a record wants it. Values of foreign keys are rows, or codes of rows of the same trial."""

    place: str
    model: Model
    values: dict[str, Any]
    names: dict[str, str]  # column → path of its key
    links: dict[str, list[Any]] = field(default_factory=dict)  # many-to-many, in order
    children: dict[Model, list[Row]] = field(default_factory=dict)


class Reading:
    """Reads one record; `problems` grows. Values that are wrong are left out of the rows."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.problems: list[Problem] = []

    def problem(self, place: str, message: str) -> None:
        self.problems.append(Problem(place, message))

    def settle(self) -> None:
        """Raises Refused if anything was wrong."""
        if self.problems:
            raise Refused(self.problems)

    def row(self, model: Model, record: Any, items: Items, place: str, **derived: Any) -> Row:
        """The row that `record` describes, with `derived` columns, checked field by field."""
        values = self._values(record, items, place) | derived
        links = {f.name: values.pop(f.name) for f in model._meta.many_to_many if f.name in values}
        row = Row(place, model, values, dict(places(items)), links)
        self._clean(row)
        return row

    def value(self, record: Any, key: str, type_: Type, place: str, default: Any = REQUIRED) -> Any:
        """The value at `key`, or None where it is wrong. A missing key gives the default, if there is one."""
        if not isinstance(record, dict):
            return None
        if key not in record:
            if default is REQUIRED:
                self.problem(place, f"“{key}” is missing: add it, or null where nothing is known.")
            return None if default is REQUIRED else default
        try:
            return type_.read(record[key], self.known)
        except WrongValueError as error:
            self.problem(joined(place, key), str(error))
            return None

    def records(self, record: Any, key: str, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each object in the list at `key` with its path."""
        found = record.get(key, []) if isinstance(record, dict) else []
        if not isinstance(found, list):
            self.problem(joined(place, key), f"{shown(found)} is not a list.")
            return
        for number, item in enumerate(found, start=1):
            here = f"{joined(place, key)}[{number}]"
            if isinstance(item, dict):
                yield here, item
            else:
                self.problem(here, f"{shown(item)} is not an object.")

    def _values(self, record: Any, items: Items, place: str) -> dict[str, Any]:
        if not isinstance(record, dict):
            self.problem(place, f"{shown(record)} is not an object.")
            return {}
        if isinstance(record, Repeated):
            self.problem(place, "has a key twice: take one out.")
        keys = {item.key for item in items}
        for key in sorted(record.keys() - keys):
            self.problem(place, f"{shown(key)} is not a key that is known here: correct it or take it out.")
        values: dict[str, Any] = {}
        for item in items:
            values |= self._read(record, item, place)
        return values

    def _read(self, record: dict[str, Any], item: Item | Group | Part, place: str) -> dict[str, Any]:
        if isinstance(item, Item):
            before = len(self.problems)
            value = self.value(record, item.key, item.type, place, item.default)
            return {item.field: value} if len(self.problems) == before else {}
        if item.key not in record:
            if isinstance(item, Group) or item.is_required:
                self.problem(place, f"“{item.key}” is missing: add it.")
        elif isinstance(item, Group):
            if record[item.key] is None and item.empty is not None:
                return item.empty
            return self._values(record[item.key], item.items, joined(place, item.key))
        return {}

    def _clean(self, row: Row) -> None:
        relations = [f.name for f in row.model._meta.get_fields() if f.is_relation]
        unread = [f.name for f in row.model._meta.fields if f.name not in row.values]
        plain = {name: value for name, value in row.values.items() if name not in relations}
        try:
            row.model(**plain).clean_fields(exclude=[*relations, *unread])
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                self.problem(joined(row.place, row.names.get(name, name)), " ".join(messages))


def joined(place: str, key: str) -> str:
    """The path of `key` in the object at `place`."""
    return f"{place}.{key}" if place else key
