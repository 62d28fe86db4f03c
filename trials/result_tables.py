"""The results of a data cut as tables: endpoints as rows, arms as columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby

from . import printing
from .cells import Cell, align, value_cell
from .definitions import detail_of
from .differences import difference_cell, difference_of
from .models import Arm, Comparison, Given, Result, TrialEndpoint

EFFECTS = {Comparison.Effect.HAZARD_RATIO: "HR", Comparison.Effect.ODDS_RATIO: "OR"}
MEASURES = list(Result.Measure.values)


@dataclass(frozen=True)
class ResultRow:
    result: Result
    unit: str
    cells: list[Cell]
    effect: Cell | None
    between: str  # the arms compared, where the columns do not say it
    p: str
    p_note: str
    difference: Cell | None  # derived
    analysis: list[str]  # population, assessor, and what else is known of how it was measured

    @property
    def is_primary(self) -> bool:
        return self.result.role == TrialEndpoint.Role.PRIMARY

    @property
    def effect_name(self) -> str:
        return self.result.comparison.get_effect_display() if self.effect else ""

    @property
    def plain_effect(self) -> Cell | None:
        """The effect where its name stands beside it and no column is to be kept in line."""
        return replace(self.effect, label="", pad="") if self.effect else None


@dataclass(frozen=True)
class ResultTable:
    stage: str  # "first randomisation", where a trial has several
    randomisation: int
    arms: list[Arm]
    rows: list[ResultRow]

    @property
    def has_effects(self) -> bool:
        return any(row.effect or row.p for row in self.rows)

    @property
    def has_differences(self) -> bool:
        return any(row.difference for row in self.rows)


def tables_of(results: Iterable[Result], arms: list[Arm]) -> list[ResultTable]:
    """One table for each randomisation that `results` report on; its columns are the arms of that randomisation."""
    stages = {arm.pk: arm.randomisation for arm in arms}
    several = len(set(stages.values())) > 1
    by_stage = sorted(results, key=lambda result: _order(result, stages))
    tables = []
    for stage, rows in groupby(by_stage, key=lambda result: _stage(result, stages)):
        columns = [arm for arm in arms if arm.randomisation == stage]
        title = f"{printing.ORDINALS.get(stage, stage)} randomisation" if several else ""
        tables.append(
            ResultTable(title, stage, columns, _aligned([row_of(result, columns) for result in rows]))
        )
    return tables


def _order(result: Result, stages: dict[int, int]) -> tuple[object, ...]:
    """Primary endpoints first, then as the list of endpoints has it; a median before the rates at its time points."""
    return (
        _stage(result, stages),
        result.role != TrialEndpoint.Role.PRIMARY,
        result.endpoint.position,
        MEASURES.index(result.measure),
        result.timepoint or 0,
        result.position,
        result.pk,
    )


def _stage(result: Result, stages: dict[int, int]) -> int:
    """The randomisation that `result` reports on."""
    arms = [value.arm_id for value in result.values.all()]
    if comparison := printing.comparison_of(result):
        arms.append(comparison.arm_id)
    return min((stages[arm] for arm in arms), default=1)


def row_of(result: Result, columns: list[Arm]) -> ResultRow:
    values = {value.arm_id: value for value in result.values.all()}
    comparison = printing.comparison_of(result)
    pair = _pair(comparison, columns)
    difference = difference_of(result, *pair) if pair else None
    return ResultRow(
        result=result,
        unit=unit_of(result),
        cells=[value_cell(values.get(arm.pk)) for arm in columns],
        effect=effect_cell(comparison) if comparison else None,
        between="" if not pair or list(pair) == columns else f"{pair[0]} versus {pair[1]}",
        p=printing.p_value(comparison) if comparison else "",
        p_note=printing.p_sides(comparison) if comparison else "",
        difference=difference_cell(difference) if difference else None,
        analysis=_analysis(result),
    )


def _pair(comparison: Comparison | None, columns: list[Arm]) -> tuple[Arm, Arm] | None:
    """The arms that are compared: as published, else the experimental and the control arm of two."""
    by_pk = {arm.pk: arm for arm in columns}
    if comparison and comparison.arm_id in by_pk and comparison.versus_id in by_pk:
        return by_pk[comparison.arm_id], by_pk[comparison.versus_id]
    by_role = {arm.role: arm for arm in columns}
    if len(columns) == 2 and {Arm.Role.EXPERIMENTAL, Arm.Role.CONTROL} == set(by_role):
        return by_role[Arm.Role.EXPERIMENTAL], by_role[Arm.Role.CONTROL]
    return None


def _analysis(result: Result) -> list[str]:
    population = result.get_population_display() if result.population else ""
    assessor = result.get_assessor_display() if result.assessor else ""
    unseen = printing.UNSEEN if result.is_unseen else ""
    texts = (population, assessor, detail_of(result), result.note, unseen)
    return [printing.powers(text.rstrip(". ")) for text in texts if text]


def unit_of(result: Result) -> str:
    """What the numbers of the row are: "Median, months", "At 18 months, %", "% of patients"."""
    if result.measure == Result.Measure.MEDIAN:
        return "Median, months"
    if result.timepoint is not None:
        return f"At {printing.months(result.timepoint)}, %"
    return "% of patients"


def effect_cell(comparison: Comparison) -> Cell | None:
    """The effect with its interval, or None when only a p value is given."""
    if not comparison.effect:
        return None
    label = EFFECTS[Comparison.Effect(comparison.effect)]
    interval = printing.interval(comparison)
    if comparison.status == Given.ESTIMATED and comparison.value is not None:
        return Cell(printing.number(comparison.value), is_number=True, interval=interval, label=label)
    return Cell(printing.WORDS[Given(comparison.status)], interval=interval, label=label)


def _aligned(rows: list[ResultRow]) -> list[ResultRow]:
    columns = [align(list(column)) for column in zip(*(row.cells for row in rows), strict=True)]
    effects, differences = ([getattr(row, name) for row in rows] for name in ("effect", "difference"))
    return [
        replace(row, cells=list(cells), effect=effect, difference=difference)
        for row, cells, effect, difference in zip(
            rows, zip(*columns, strict=True), align(effects), align(differences), strict=True
        )
    ]
