"""What the parts of the renderer learn about one text while they work on it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from .problems import Problem


@dataclass
class Draft:
    """State of one call of `render`; each call has its own, so that threads never share any."""

    reference_keys: frozenset[str]
    place: Callable[[list[str]], str] | None = None
    placed: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    citations: dict[str, int] = field(default_factory=dict)
    abbreviations: dict[str, str] = field(default_factory=dict)

    def report(self, line: int, message: str) -> None:
        """Note a problem at `line` (1-based)."""
        self.problems.append(Problem(line, message))
