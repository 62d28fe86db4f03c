"""What became of an issue, in numbers that are of no person.

A number of 1 to 9 people is not shown, nor is any other from which such a number could be worked out: neither by
subtracting what is shown from a total (complementary suppression), nor by subtracting from those whom it reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from articles.models import Topic
from trials.figures import csv_file

from .models import Issue

FEWEST = 10
COLUMNS = ("Accepted", "Delivered", "Bounced", "Complained", "Left")
WITHHELD = "under 10 or withheld"
ALL = "All"
NOTE = (
    "Accepted: taken by the mail server. Delivered: accepted, and not bounced. Left: left the newsletter by this"
    " issue or before the next. Each subscriber is in one group. Numbers under 10 are not shown, nor others from which"
    " they could be worked out."
)
NO_TOPIC, SEVERAL, ERASED = 0, -1, -2
LABELS = {NO_TOPIC: "All topics (chose none)", SEVERAL: "Several topics", ERASED: "Erased since"}

# Each delivery is counted in one group, so that groups add up to the total and nothing can be told from overlaps.
COUNT = """
    SELECT CASE WHEN delivery.subscriber_id IS NULL THEN -2 ELSE COALESCE(choice.topic, 0) END AS chosen,
           count(*), count(bounced_at), count(complained_at), count(left_at)
    FROM newsletter_delivery AS delivery
    LEFT JOIN (
        SELECT subscriber_id, CASE count(*) WHEN 1 THEN min(topic_id) ELSE -1 END AS topic
        FROM newsletter_subscriber_topics GROUP BY subscriber_id
    ) AS choice ON choice.subscriber_id = delivery.subscriber_id
    WHERE delivery.issue_id = %s AND delivery.state = 'handed_over'
      AND (delivery.answered_at IS NOT NULL OR delivery.bounced_at IS NOT NULL)
    GROUP BY chosen
"""


@dataclass(frozen=True)
class Counts:
    """Of one group: whom it reached, and what they did."""

    accepted: int
    bounced: int = 0
    complained: int = 0
    left: int = 0


@dataclass(frozen=True)
class Line:
    """A group with its COLUMNS; None where a number is withheld."""

    label: str
    cells: tuple[int | None, ...]

    @property
    def shown(self) -> list[str]:
        return [WITHHELD if cell is None else f"{cell:,}" for cell in self.cells]


def of(issue: Issue) -> list[Line]:
    """The total of `issue`, then its groups. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [issue.pk])
        found = {chosen: Counts(*counts) for chosen, *counts in cursor.fetchall()}
    names = dict(Topic.objects.filter(pk__in=found).values_list("pk", "name")) | LABELS
    order = sorted(found, key=lambda chosen: (chosen <= 0, str(names[chosen]).casefold()))
    return lines({names[chosen]: found[chosen] for chosen in order})


def as_csv(lines: Iterable[Line]) -> bytes:
    """Comma-separated lines for spreadsheets: UTF-8 with a byte order mark, no formulas."""
    rows = [[line.label, *(WITHHELD if cell is None else str(cell) for cell in line.cells)] for line in lines]
    return csv_file(["Group", *COLUMNS], rows, [NOTE])


def lines(groups: Mapping[str, Counts]) -> list[Line]:
    """`groups` after their total, with what must not be shown withheld."""
    rows = list(groups.values())
    reached = [(row.accepted,) for row in rows]
    hidden = {"accepted": _hidden(reached, set())}
    for name in ("bounced", "complained", "left"):
        parts = [(getattr(row, name), row.accepted - getattr(row, name)) for row in rows]
        hidden[name] = _hidden(parts, hidden["accepted"])
    total = Counts(*(sum(getattr(row, name) for row in rows) for name in Counts.__dataclass_fields__))
    everybody = _line(ALL, total, {name for name in hidden if TOTAL in hidden[name]})
    return [everybody] + [
        _line(label, row, {name for name in hidden if place in hidden[name]})
        for place, (label, row) in enumerate(groups.items())
    ]


TOTAL = -1  # the place of the total among hidden rows


def _hidden(rows: Sequence[Sequence[int]], forced: set[int]) -> set[int]:
    """The places of the rows of a column that are withheld; TOTAL among them if their sum is.

    rows    the number of each row, and the rest of its people
    forced  withheld in any case
    """
    hidden = forced | {place for place, row in enumerate(rows) if _is_small(row)}
    if TOTAL in forced or _is_small(_sum(rows)):
        return hidden | {TOTAL}
    others = [place for place in range(len(rows)) if place not in hidden]
    others.sort(key=lambda place: (rows[place][0] == 0, rows[place]))  # the smallest that hide something
    while hidden and others and (len(hidden) < 2 or _is_small(_sum([rows[place] for place in hidden]))):
        hidden.add(others.pop(0))
    return hidden


def _is_small(numbers: Iterable[int]) -> bool:
    return any(0 < number < FEWEST for number in numbers)


def _sum(rows: Iterable[Sequence[int]]) -> list[int]:
    return [sum(column) for column in zip(*rows, strict=True)]


def _line(label: str, row: Counts, hidden: set[str]) -> Line:
    delivered = row.accepted - row.bounced
    values = {
        "accepted": row.accepted,
        "delivered": delivered,
        "bounced": row.bounced,
        "complained": row.complained,
        "left": row.left,
    }
    is_hidden = hidden | ({"delivered"} if "bounced" in hidden else set())
    return Line(label, tuple(None if name in is_hidden else value for name, value in values.items()))
