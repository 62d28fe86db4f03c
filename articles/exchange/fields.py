"""Reading values of the right type out of what a YAML file holds."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time
from typing import Any

from .problems import Path, Problem, spelled
from .yaml_text import Lines


class Fields:
    """A mapping in a file. Wrong values become problems, shared by all parts of the file, and count as absent."""

    def __init__(
        self, value: Any, lines: Lines, problems: list[Problem], *, keys: Collection[str], path: Path = ()
    ) -> None:
        self.lines, self.problems, self.path = lines, problems, path
        self.values: dict[str, Any] = {}
        if not isinstance(value, dict):
            self.refuse((), "expected “key: value” lines here.")
            return
        self.values = value
        for key in value:
            if key not in keys:
                self.refuse((str(key),), f"this key is not known. Known are: {', '.join(keys)}.")

    def refuse(self, path: Path, message: str) -> None:
        here = (*self.path, *path)
        self.problems.append(Problem(spelled(here), line_of(here, self.lines), message))

    def text(self, key: str, *, required: bool = False) -> str:
        value = self.values.get(key)
        if value is None:
            value = ""
        if not isinstance(value, str):
            self.refuse((key,), "expected a text; put it in quotes.")
            return ""
        if required and not value.strip():
            self.refuse((key,), "is missing.")
        return self._storable(value, (key,))

    def texts(self, key: str) -> list[str]:
        items = self._list(key)
        for index, item in enumerate(items):
            if not isinstance(item, str) or not item.strip():
                self.refuse((key, index), "expected a text; put it in quotes.")
        found = [self._storable(item, (key, i)) for i, item in enumerate(items) if isinstance(item, str)]
        for index in [i for i, item in enumerate(found) if item in found[:i]]:
            self.refuse((key, index), "stands here twice.")
        return found

    def number(self, key: str) -> int:
        value = self.values.get(key, 0)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 32_767:
            self.refuse((key,), "expected a whole number, at most 32767.")
            return 0
        return value

    def day(self, key: str) -> date | None:
        value = self.values.get(key)
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        self.refuse((key,), "expected a day like 2026-06-22.")
        return None

    def moment(self, key: str) -> datetime | None:
        """A day means its first moment, and a time without a zone is meant, in UTC."""
        value = self.values.get(key)
        try:
            if isinstance(value, datetime):
                return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        except OverflowError:  # before the year 1 or after 9999
            value = ""
        if isinstance(value, date):
            return datetime.combine(value, time(), UTC)
        if value is not None:
            self.refuse((key,), "expected a day like 2026-06-22, or with time: 2026-06-22 18:00:00+00:00.")
        return None

    def part(self, key: str, keys: Collection[str]) -> Fields | None:
        if self.values.get(key) is None:
            return None
        return Fields(self.values[key], self.lines, self.problems, keys=keys, path=(*self.path, key))

    def parts(self, key: str, keys: Collection[str]) -> list[Fields]:
        return [
            Fields(item, self.lines, self.problems, keys=keys, path=(*self.path, key, index))
            for index, item in enumerate(self._list(key))
        ]

    def _list(self, key: str) -> list[Any]:
        value = self.values.get(key)
        if value is None or isinstance(value, list):
            return value or []
        self.refuse((key,), "expected a list.")
        return []

    def _storable(self, value: str, path: Path) -> str:
        """PostgreSQL keeps neither NUL nor halves of surrogate pairs, which YAML can spell."""
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            self.refuse(path, "holds a character that cannot be stored.")
            return ""
        return value


def line_of(path: Path, lines: Lines) -> int:
    """The line of the smallest known part that holds `path`."""
    while path not in lines and path:
        path = path[:-1]
    return lines.get(path, 0)
