"""A place in a record: gives what it holds if that is of the right type, and otherwise says where it is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from trials.exchange.json_text import Nonsense, Repeated, load
from trials.exchange.problems import Problem, Refused, shown

DEEPEST = 60  # levels; records have about a dozen
LONGEST_TEXT = 40_000  # characters; the registry allows 32,000 in its longest field
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def refuse(path: str, message: str) -> NoReturn:
    raise Refused([Problem(path, message)])


@dataclass(frozen=True)
class Node:
    """`value` stands at `path`, such as resultsSection.outcomeMeasuresModule.outcomeMeasures[1]: counted from 1."""

    value: dict[str, Any]
    path: str = ""

    def below(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def object(self, key: str) -> Node:
        """The object at `key`; an empty one where there is none."""
        found = self.value.get(key)
        return as_object({} if found is None else found, self.below(key))

    def objects(self, key: str) -> list[Node]:
        """The objects of the list at `key`; none where there is no list."""
        return [as_object(value, path) for value, path in self._list(key)]

    def texts(self, key: str) -> list[str]:
        """The texts of the list at `key`."""
        return [_as_text(value, path) for value, path in self._list(key)]

    def text(self, key: str, longest: int = LONGEST_TEXT) -> str:
        """The text at `key` without space around it; empty where there is none."""
        found = self.value.get(key)
        text = "" if found is None else _as_text(found, self.below(key)).strip()
        if len(text) > longest:
            refuse(self.below(key), f"is longer than {longest} characters.")
        return text

    def needed(self, key: str, longest: int = LONGEST_TEXT) -> str:
        """The text at `key`, which must be there."""
        return self.text(key, longest) or refuse(self.below(key), "is missing or empty.")

    def day(self, key: str) -> date | None:
        """The date at `key`; None where there is none, or only a month ("2017-10")."""
        text = self.text(key)
        if not DATE.fullmatch(text):
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            refuse(self.below(key), f"is no date: {shown(text)}.")

    def _list(self, key: str) -> Iterator[tuple[Any, str]]:
        found = self.value.get(key)
        if found is not None and not isinstance(found, list):
            refuse(self.below(key), f"is not a list but {shown(found)}.")
        for number, value in enumerate(found or (), start=1):
            yield value, f"{self.below(key)}[{number}]"


def as_object(value: Any, path: str) -> Node:
    if not isinstance(value, dict):
        refuse(path, f"is not an object but {shown(value)}.")
    return Node(value, path)


def _as_text(value: Any, path: str) -> str:
    """Numbers, too, are texts in this registry: they keep their digits, commas and signs."""
    if not isinstance(value, str):
        refuse(path, f"is not a text but {shown(value)}.")
    return value


def parsed(data: bytes) -> Node:
    """The object that the JSON `data` is. Raises Refused, also for what no column could hold."""
    try:
        content = load(data)
    except ValueError as error:
        refuse("The record", str(error).replace(" to be a list of trials", ""))
    node = as_object(content, "The record")
    _refuse_unstorable(content)
    return Node(node.value)


def _refuse_unstorable(content: Any) -> None:
    """Walk through everything without recursion, so that no depth can break it."""
    waiting: list[tuple[Any, str, int]] = [(content, "", 0)]
    while waiting:
        value, path, depth = waiting.pop()
        if depth > DEEPEST:
            refuse(f"{path[:200]}…", f"is nested deeper than {DEEPEST} levels: this is no record.")
        if isinstance(value, Repeated):
            refuse(path or "The record", "has a key twice.")
        if isinstance(value, Nonsense):
            refuse(path, f"is no number: {shown(str(value))}.")
        if isinstance(value, str) and UNSTORABLE.search(value):
            refuse(path, "holds a NUL or half a character: remove it.")
        if isinstance(value, dict):
            for key in value:
                if UNSTORABLE.search(key):
                    refuse(path or "The record", "has a key with a NUL or half a character: remove it.")
            below = [(inner, f"{path}.{key}" if path else key, depth + 1) for key, inner in value.items()]
            waiting += reversed(below)
        elif isinstance(value, list):
            below = [(inner, f"{path}[{number}]", depth + 1) for number, inner in enumerate(value, start=1)]
            waiting += reversed(below)
