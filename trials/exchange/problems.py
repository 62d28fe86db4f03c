"""What is wrong with a record, and where."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing to mend. `place` is the path in the record, counted from 1: endpoints[2].values[1].value"""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class Refused(ValueError):
    """The record cannot be taken. `problems` says why, all of it as far as it is known."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True)
class Outcome:
    """What became of one record: `word` is added, changed, unchanged or refused; `odd` is what asks for a reason."""

    kind: str
    name: str
    word: str
    changes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    odd: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.word:<9} {self.kind} {self.name}"


def shown(value: Any) -> str:
    """`value` for a message: short, and in characters that every terminal has."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"
