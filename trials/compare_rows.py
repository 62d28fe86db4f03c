"""The rows of a comparison of trials: for each trial what it reports, and what the guard says of the row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from . import comparability
from .comparability import ENDPOINT_ROWS, NOT_APPLICABLE, NOT_REPORTED, UNKNOWN, EndpointSide, Measured
from .compare_safety import Counted, Event
from .compare_values import Line, Quantity, words

PARTS = {"effects": "Effect", "differences": "Difference within the trial, derived"}
DIFFERS, UNSURE, UNLIKE = "Differs", "Not known to be alike", "Not measured alike"
NONE_DERIVED = "None derived"
# By the rows of results: shown for an endpoint where it differs.
SAID_BY_LABEL = ("measure", "unit", "timepoint")


@dataclass(frozen=True)
class Row:
    """`why` is empty if and only if the guard found nothing; `mark` are the words beside its sign."""

    label: str
    values: tuple[tuple[Line, ...], ...]
    why: str = ""
    mark: str = ""

    @property
    def differs(self) -> bool:
        return bool(self.why)


def guarded(row: comparability.Row) -> Row:
    mark = (UNSURE if row.why == UNKNOWN else DIFFERS) if row.differs else ""
    return Row(row.label, tuple(words(value) for value in row.values), row.why, mark)


def plain(label: str, texts: Iterable[str]) -> Row:
    return Row(label, tuple(words(text or NOT_REPORTED) for text in texts))


def newest(found: Iterable[Quantity]) -> list[Quantity]:
    """Of each randomisation the results of its newest analysis; `found` have one key."""
    by_stage: dict[int, list[Quantity]] = {}
    for quantity in found:
        by_stage.setdefault(quantity.stage, []).append(quantity)
    shown = []
    for of_stage in by_stage.values():
        last = max(of_stage, key=lambda quantity: quantity.cut.position).cut
        shown += [quantity for quantity in of_stage if quantity.cut == last]
    return shown


def newest_values(found: Sequence[Quantity]) -> list[Quantity]:
    """`newest` among those that tell something of an arm; if none does, among all."""
    return newest([quantity for quantity in found if quantity.is_reported] or found)


def shown_of(quantities: Sequence[Quantity]) -> list[Quantity]:
    """Of each endpoint, measure and time point what `newest_values` says."""
    by_key: dict[tuple[object, ...], list[Quantity]] = {}
    for quantity in quantities:
        by_key.setdefault((quantity.endpoint, quantity.key), []).append(quantity)
    return [quantity for found in by_key.values() for quantity in newest_values(found)]


def endpoint_rows(
    name: str, by_column: Sequence[Sequence[Quantity]], guard: Sequence[comparability.Row]
) -> list[Row]:
    """How the endpoint `name` was measured, then what was found. by_column: all results of each trial."""
    cells = [[one for one in quantities if one.endpoint == name] for quantities in by_column]
    measured = [row for row in guard if row.endpoint == name]
    if sum(map(bool, cells)) < 2:
        return [measured_once(measured), *result_rows(cells)]
    told = [row for row in measured if row.differs or row.key not in SAID_BY_LABEL]
    return [*map(guarded, told), *result_rows(cells)]


def measured_once(rows: Sequence[comparability.Row]) -> Row:
    """The guard's rows of an endpoint that one trial alone reports, as one: there is nothing to set beside it."""
    by_column = zip(*(row.values for row in rows), strict=True)
    cells = [
        tuple(
            Line(row.label, value)
            for row, value in zip(rows, values, strict=True)
            if value not in (NOT_REPORTED, NOT_APPLICABLE)
        )
        for values in by_column
    ]
    values = tuple(cell or words(NOT_REPORTED) for cell in cells)
    return Row("How it was measured", values, UNKNOWN, UNSURE)


def result_rows(by_column: Sequence[Sequence[Quantity]]) -> list[Row]:
    """What the trials found for one endpoint: rows for each measure and time point that any of them reports."""
    keys = sorted({quantity.key for found in by_column for quantity in found})
    return [
        row
        for key in keys
        for row in rows_of([[one for one in found if one.key == key] for found in by_column])
    ]


def rows_of(cells: Sequence[Sequence[Quantity]]) -> list[Row]:
    """Values, effect and derived difference of one measure and time point."""
    unit = next(quantity.unit for cell in cells for quantity in cell)
    shown = [newest_values(cell) for cell in cells]
    label = f"Rate, {unit}" if unit.startswith("%") else unit
    rows = [Row(label, tuple(lines(cell, "values") for cell in shown), *marked(shown))]
    moment = f", {unit.split(',')[0].lower()}" if unit.startswith("At ") else ""
    with_effect = [newest([one for one in cell if one.effects]) for cell in cells]
    if any(with_effect):
        values = tuple(effects(cell, beside) for cell, beside in zip(with_effect, shown, strict=True))
        rows.append(Row(PARTS["effects"] + moment, values, *marked(with_effect)))
    if any(quantity.differences for cell in shown for quantity in cell):
        values = tuple(lines(cell, "differences") or words(NONE_DERIVED) for cell in shown)
        rows.append(Row(PARTS["differences"] + moment, values, *marked(shown)))
    return [replace(row, values=tuple(cell or words(NOT_REPORTED) for cell in row.values)) for row in rows]


def lines(cell: Iterable[Quantity], part: str) -> tuple[Line, ...]:
    return tuple(line for quantity in cell for line in getattr(quantity, part))


def effects(cell: Iterable[Quantity], beside: Sequence[Quantity]) -> tuple[Line, ...]:
    """With the analysis, unless it is that of the values which stand `beside` it."""
    analyses = {quantity.analysis for quantity in beside}
    return tuple(
        line
        for quantity in cell
        for line in (*quantity.effects, *(() if quantity.analysis in analyses else (quantity.analysis,)))
    )


def marked(cells: Sequence[Sequence[Quantity]]) -> tuple[str, str]:
    return measured_alike([[quantity.measured for quantity in cell] for cell in cells])


def measured_alike(cells: Sequence[Sequence[Measured]]) -> tuple[str, str]:
    """The guard's sentence and mark for a row of figures, from how each of them was measured."""
    if not all(cells):
        return UNKNOWN, UNSURE
    labels = comparability.apart([together(cell) for cell in cells])
    if not labels:
        return "", ""
    named = ", ".join(
        label if label.isupper() or label.startswith("CI") else label.lower() for label in labels
    )
    return f"The trials differ, or are not known to be alike, in: {named}.", UNLIKE


def together(cell: Sequence[Measured]) -> Measured:
    """How the figures of one trial were measured: where it reports several, all that they say."""

    def joined(texts: Iterable[str | None]) -> str:
        known = dict.fromkeys(text or "" for text in texts)
        return " and ".join(known) if all(known) else ""  # what one of them does not say is not known

    is_known = all(one.follow_up for one in cell)
    return Measured(
        EndpointSide(**{key: joined(getattr(one.how, key) for one in cell) for key in ENDPOINT_ROWS}),
        joined(one.randomisation for one in cell),
        tuple(months for one in cell for months in one.follow_up) if is_known else (),
    )


def safety_rows(by_column: Sequence[Mapping[Event, Sequence[Counted]]]) -> list[Row]:
    """A row for each event and grade that any trial reports, by name."""
    rows = []
    for event in sorted({event for found in by_column for event in found}):
        cells = [found.get(event, ()) for found in by_column]
        why, mark = measured_alike([[one.measured for one in cell] for cell in cells])
        label = min(one.label for cell in cells for one in cell)
        values = tuple(
            tuple(line for one in cell for line in one.lines) or words(NOT_REPORTED) for cell in cells
        )
        rows.append(Row(label, values, why, mark))
    return rows
