"""The other names of drugs that somebody wrote: an article may use another name than the reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .models import Drug, DrugName

LEAST_LETTERS = 3  # shorter names are letters of regimens, and words of other things


class Known(NamedTuple):
    written: str  # as it stands in the text
    names: list[str]  # all names of the drug, the written one among them


def drugs_in(text: str) -> list[Known]:
    """The drugs that `text` names, by whichever of their names, longest names first. One query."""
    names = _names_by_drug()
    found: list[Known] = []
    rest = text
    for name, drug in sorted(_lookup(names), key=lambda pair: -len(pair[0])):
        pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        if hit := pattern.search(rest):
            found.append(Known(hit.group(), names[drug]))
            rest = pattern.sub(" ", rest)
    return found


def _names_by_drug() -> dict[int, list[str]]:
    own = Drug.objects.order_by().values_list("pk", "name")
    rows = own.union(DrugName.objects.order_by().values_list("drug", "name"))
    names: dict[int, list[str]] = {}
    for drug, name in sorted(rows):
        names.setdefault(drug, []).append(name)
    return names


def _lookup(names: dict[int, list[str]]) -> Iterator[tuple[str, int]]:
    return (
        (name, drug) for drug, all_of_it in names.items() for name in all_of_it if len(name) >= LEAST_LETTERS
    )
