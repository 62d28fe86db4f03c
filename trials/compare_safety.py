"""Adverse events side by side: each at the newest analysis of a trial that reports it, and how it was counted there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from . import printing
from .cells import Cell
from .comparability import NOT_APPLICABLE, EndpointSide, Measured
from .compare_values import Line, analysis, figure, source
from .follow_up import FollowUp, from_randomisation
from .models import Arm, DataCut, Observation, Trial
from .observation_tables import PER_100, UNITS, ObservationRow, ObservationTable, tables_of

Event = tuple[str, str, str]  # its name in small letters, grade, unit


@dataclass(frozen=True)
class Counted:
    """An adverse event as one analysis of one trial counted it among the arms of one randomisation."""

    label: str
    lines: tuple[Line, ...]
    measured: Measured


def safety_of(trial: Trial, arms: list[Arm], chosen: DataCut | None) -> dict[Event, list[Counted]]:
    """The adverse events of `trial`, each for every randomisation at `chosen`, else at the newest analysis with it."""
    observed = [value for row in trial.observations.all() for value in row.values.all()]
    # Keeps the order of the others.
    newest_first = sorted(trial.data_cuts.all(), key=lambda cut: cut != chosen)
    shown_at: dict[tuple[Event, int], DataCut | None] = {}
    found: dict[Event, list[Counted]] = {}
    for table in tables_of(observed, Observation.Kind.SAFETY, arms, newest_first):
        for row in table.rows:
            stage = min(arm.randomisation for arm in arms_of(row, table.arms))
            event = (row.observation.name.casefold(), row.observation.grade, row.observation.unit)
            if shown_at.setdefault((event, stage), table.cut) == table.cut:
                found.setdefault(event, []).append(counted(trial, table, row, stage))
    return found


def arms_of(row: ObservationRow, arms: Sequence[Arm]) -> list[Arm]:
    """Those of `arms` of which `row` tells something."""
    told = {value.arm_id for value in row.observation.values.all()}
    return [arm for arm in arms if arm.pk in told]


def counted(trial: Trial, table: ObservationTable, row: ObservationRow, stage: int) -> Counted:
    stages = {arm.randomisation for arm in arms_of(row, table.arms)}
    cells = [
        (arm, cell) for arm, cell in zip(table.arms, row.cells, strict=True) if arm.randomisation in stages
    ]
    follow_up = from_randomisation(table.cut, stage) if table.cut else FollowUp()
    how = EndpointSide(
        definition=NOT_APPLICABLE,
        population=row.observation.note or NOT_APPLICABLE,  # records say there who was counted
        assessor=NOT_APPLICABLE,
        measure=measure([cell for _, cell in cells]),
        unit=row.unit,
        timepoint=NOT_APPLICABLE,
        ci_level=NOT_APPLICABLE,
    )
    lines = [figure(str(arm), cell) for arm, cell in cells]
    if len({arm.randomisation for arm in trial.arms.all()}) > 1:
        lines.append(Line("", f"{printing.ORDINALS[stage]} randomisation".capitalize()))
    lines.append(analysis(table.cut, follow_up))
    lines += [Line("", text) for text in remarks(row.observation)]
    if row.observation.publication:
        lines.append(source(trial, row.observation.publication))
    return Counted(event_label(row), tuple(lines), Measured(how, str(stage), follow_up.months))


def measure(cells: list[Cell]) -> str | None:
    """What was given for the arms; None if it was not given for each."""
    if all(cell.is_number for cell in cells):
        return "Share of patients"
    return "Number of patients" if all(cell.count for cell in cells) else None


def remarks(observation: Observation) -> list[str]:
    return [text for text in (observation.note, printing.UNSEEN if observation.is_unseen else "") if text]


def event_label(row: ObservationRow) -> str:
    unit = "" if row.unit == PER_100 else UNITS[Observation.Unit(row.observation.unit)]
    return ", ".join(filter(None, (row.observation.name, row.grade, unit)))
