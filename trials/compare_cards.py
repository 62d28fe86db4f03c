"""A comparison for narrow screens: one card for each trial, with the labels of all rows and few repetitions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Generic, NamedTuple, TypeVar

from .comparability import NOT_REPORTED
from .compare_rows import NONE_DERIVED, Row
from .compare_values import Line, words

ABSENT = (words(NOT_REPORTED), words(NONE_DERIVED))
C = TypeVar("C")


class CardRow(NamedTuple):
    """What one trial has in a row; in several, where it reports none of them."""

    labels: list[str]
    value: tuple[Line, ...]


class CardGroup(NamedTuple):
    """Neighbouring rows of which the guard says the same."""

    rows: list[CardRow]
    mark: str
    why: str


class CardSection(NamedTuple):
    """`is_open`: two trials or more report something of it; else there is nothing to set side by side."""

    title: str
    groups: list[CardGroup]
    is_open: bool


class Card(NamedTuple, Generic[C]):
    column: C
    sections: list[CardSection]


def section_of(title: str, rows: Sequence[Row], column: int) -> CardSection:
    """The section of the trial in `column`."""
    groups = [
        CardGroup(card_rows(list(members), column), mark, why)
        for (mark, why), members in groupby(rows, key=lambda row: (row.mark, row.why))
    ]
    by_trial = zip(*(row.values for row in rows), strict=True)
    reporting = [values for values in by_trial if any(value not in ABSENT for value in values)]
    return CardSection(title, groups, is_open=len(reporting) > 1)


def card_rows(rows: Sequence[Row], column: int) -> list[CardRow]:
    found = []
    for is_absent, members in groupby(rows, key=lambda row: row.values[column] in ABSENT):
        alike = list(members)
        if is_absent:
            found.append(CardRow([row.label for row in alike], alike[0].values[column]))
        else:
            found += [CardRow([row.label], row.values[column]) for row in alike]
    return found
