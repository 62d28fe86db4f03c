"""Baseline, exposure and safety as tables: what was observed as rows, arms as columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from . import printing
from .cells import Cell, align, observation_cell
from .models import Arm, DataCut, Observation, ObservationValue

UNITS = {
    Observation.Unit.PERCENT: "%",
    Observation.Unit.WEEKS: "weeks",
    Observation.Unit.MONTHS: "months",
    Observation.Unit.PER_100_PATIENT_YEARS: "events per 100 patient-years",
}
PER_100 = "per 100 patients"


@dataclass(frozen=True)
class ObservationRow:
    observation: Observation
    grade: str
    unit: str
    cells: list[Cell]


@dataclass(frozen=True)
class ObservationTable:
    cut: DataCut | None
    arms: list[Arm]
    rows: list[ObservationRow]


def tables_of(
    values: Iterable[ObservationValue], kind: str, arms: list[Arm], cuts: list[DataCut]
) -> list[ObservationTable]:
    """The tables of one kind of observation: one for each of `cuts` in their order, then one for no stated cut.

    values  of one trial, each with its observation
    """
    found: dict[int, dict[int, ObservationValue]] = {}
    observations: dict[int, Observation] = {}
    for value in values:
        if value.observation.kind == kind:
            observations[value.observation_id] = value.observation
            found.setdefault(value.observation_id, {})[value.arm_id] = value
    ordered = sorted(observations.values(), key=lambda observation: (observation.position, observation.pk))
    tables = []
    for cut in [*cuts, None]:
        rows = [row for row in ordered if row.data_cut_id == (cut.pk if cut else None)]
        if rows:
            columns = _columns(arms, {pk for row in rows for pk in found[row.pk]})
            tables.append(
                ObservationTable(cut, columns, _aligned([_row(row, found[row.pk], columns) for row in rows]))
            )
    return tables


def _columns(arms: list[Arm], observed: set[int]) -> list[Arm]:
    """The `observed` arms with those that were randomised together with them: theirs was not reported."""
    stages = {arm.randomisation for arm in arms if arm.pk in observed}
    return [arm for arm in arms if arm.randomisation in stages]


def _row(observation: Observation, values: dict[int, ObservationValue], arms: list[Arm]) -> ObservationRow:
    unit = UNITS[Observation.Unit(observation.unit)]
    if observation.kind == Observation.Kind.SAFETY and observation.unit == Observation.Unit.PERCENT:
        unit = PER_100
    return ObservationRow(
        observation,
        printing.grade(observation.grade),
        unit,
        [observation_cell(values.get(arm.pk)) for arm in arms],
    )


def _aligned(rows: list[ObservationRow]) -> list[ObservationRow]:
    columns = [align(list(column)) for column in zip(*(row.cells for row in rows), strict=True)]
    return [replace(row, cells=[column[i] for column in columns]) for i, row in enumerate(rows)]
