"""What is wrong with a file, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Path = tuple[str | int, ...]  # where in the front matter: ("references", 0, "doi")


@dataclass(frozen=True)
class Problem:
    """One thing to mend: `line` counts from 1 in the file, 0 when it belongs to no line."""

    field: str
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.field}, line {self.line}" if self.line else self.field
        return f"{place}: {self.message}"


class DocumentError(ValueError):
    """The file cannot be taken. `problems` says why, all of it as far as it is known."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def spelled(path: Path) -> str:
    """`path` as people write it: references[1].doi, counted from 1."""
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else step
    return text or "file"
