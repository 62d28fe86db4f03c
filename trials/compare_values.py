"""What stands in the cells of a comparison: the published figures of one trial in lines, arm by arm."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.urls import reverse

from . import printing
from .cells import Cell
from .comparability import NOT_APPLICABLE, NOT_REPORTED, EndpointSide
from .comparability_of_rows import endpoint_side
from .models import Arm, DataCut, Observation, Publication, Trial
from .observation_tables import PER_100, UNITS, ObservationRow, ObservationTable, tables_of
from .result_tables import MEASURES, ResultRow, ResultTable


@dataclass(frozen=True)
class Line:
    """A line of a cell: whose figure, the figure, what belongs to it; `href` where it names a source."""

    label: str
    text: str
    more: tuple[str, ...] = ()
    href: str = ""
    is_number: bool = False

    def __str__(self) -> str:
        begin = f"{self.label}: " if self.label else ""
        return f"{begin}{self.text} ({'; '.join(self.more)})" if self.more else f"{begin}{self.text}"


def words(text: str) -> tuple[Line, ...]:
    return (Line("", text),)


class Quantity(NamedTuple):
    """One result of a trial. Those of one `endpoint` and `key` stand in one row, however they were measured."""

    endpoint: str
    key: tuple[int, Decimal]  # measure, time point
    unit: str
    side: EndpointSide
    values: tuple[Line, ...]
    effects: tuple[Line, ...]
    differences: tuple[Line, ...]


def quantities(trial: Trial, tables: Iterable[ResultTable]) -> list[Quantity]:
    """The results of `tables`, which are those of `trial`, in their order."""
    return [quantity(trial, table, row) for table in tables for row in table.rows]


def quantity(trial: Trial, table: ResultTable, row: ResultRow) -> Quantity:
    result = row.result
    values = [figure(str(arm), cell) for arm, cell in zip(table.arms, row.cells, strict=True)]
    remarks = filter(None, (table.stage.capitalize(), *row.analysis))
    return Quantity(
        endpoint=result.endpoint.name,
        key=(MEASURES.index(result.measure), result.timepoint or Decimal()),
        unit=row.unit,
        side=endpoint_side(trial, result),
        values=(*values, *(Line("", text) for text in remarks), source(trial, result.publication)),
        effects=effect_lines(trial, row),
        differences=(derived(row.difference),) if row.difference else (),
    )


def figure(label: str, cell: Cell) -> Line:
    more = ("derived" if cell.is_derived else "", cell.count, cell.interval)
    return Line(label, cell.text, tuple(filter(None, more)), is_number=cell.is_number)


def derived(cell: Cell) -> Line:
    return Line("Derived", f"{cell.text}{printing.SPACE}{cell.count}", is_number=True)


def effect_lines(trial: Trial, row: ResultRow) -> tuple[Line, ...]:
    """The ratio with its interval, then the p value; the words for it where there was nothing to compare with."""
    found = []
    if row.effect:
        found.append(figure(f"{row.effect_name}{row.between and f', {row.between}'}", row.effect))
    if row.p:
        found.append(Line("", row.p, (row.p_note,) if row.p_note else (), is_number=True))
    if not found and not trial.is_randomised:
        found.append(Line("", NOT_APPLICABLE, ("not randomised",)))
    return tuple(found)


def source(trial: Trial, publication: Publication) -> Line:
    page = reverse("trials:detail", args=[trial.slug])
    return Line("Source", publication.label, href=f"{page}#publication-{publication.code}")


Shown = tuple[Trial, list[Arm], DataCut | None]
Event = tuple[str, str, str]  # its name in small letters, grade, unit


def safety_values(shown: Sequence[Shown]) -> list[tuple[str, tuple[tuple[Line, ...], ...]]]:
    """A row for each event and grade that any trial reports, by name: its label, and the lines of each trial."""
    by_column = [safety_of(*one) for one in shown]
    events = sorted({event for found in by_column for event in found})
    return [
        (
            min(found[event][0] for found in by_column if event in found),
            tuple(found[event][1] if event in found else words(NOT_REPORTED) for found in by_column),
        )
        for event in events
    ]


def safety_of(
    trial: Trial, arms: list[Arm], cut: DataCut | None
) -> dict[Event, tuple[str, tuple[Line, ...]]]:
    """The adverse events of `trial` at `cut`; where none stand there, those of the newest analysis that has any.

    Each says at which analysis it was counted when that is another one than the column's.
    """
    observed = [value for row in trial.observations.all() for value in row.values.all()]
    cuts = list(trial.data_cuts.all())
    first = [cut] if cut else []
    tables = tables_of(observed, Observation.Kind.SAFETY, arms, first + [one for one in cuts if one != cut])
    if not tables:
        return {}
    found: dict[Event, tuple[str, tuple[Line, ...]]] = {}
    for row in tables[0].rows:
        name, lines = row.observation.name, observed_lines(trial, tables[0], row, cut)
        event = (name.casefold(), row.observation.grade, row.observation.unit)
        label, before = found.get(event, (event_label(row), ()))
        found[event] = (label, before + lines)
    return found


def event_label(row: ObservationRow) -> str:
    unit = "" if row.unit == PER_100 else UNITS[Observation.Unit(row.observation.unit)]
    return ", ".join(filter(None, (row.observation.name, row.grade, unit)))


def observed_lines(
    trial: Trial, table: ObservationTable, row: ObservationRow, cut: DataCut | None
) -> tuple[Line, ...]:
    at = table.cut.label if table.cut else "Analysis not stated"
    lines = [figure(str(arm), cell) for arm, cell in zip(table.arms, row.cells, strict=True)]
    if table.cut != cut:
        lines.append(Line("Counted at", at))
    if row.observation.note:
        lines.append(Line("", row.observation.note))
    if row.observation.is_unseen:
        lines.append(Line("", printing.UNSEEN))
    if row.observation.publication:
        lines.append(source(trial, row.observation.publication))
    return tuple(lines)
