"""What the rows of trials say, as plain values that prose is held against."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Prefetch

from trials.models import (
    Arm,
    ArmValue,
    Comparison,
    DataCut,
    Endpoint,
    Given,
    Observation,
    ObservationValue,
    Result,
    Trial,
)

from . import names, vocabulary
from .names import ArmNames, Named, arm_of, cut_of
from .vocabulary import Vocabulary

EVENT = "event"  # the measure of rows of adverse events, beside those of Result


class Bounds(NamedTuple):
    """A confidence interval; a bound that is None is open."""

    level: Decimal
    lower: Decimal | None
    upper: Decimal | None


class Value(NamedTuple):
    """What was found in one arm. `number` is None where the median was not reached, or a number was not given."""

    number: Decimal | None
    is_reached: bool = True
    bounds: Bounds | None = None
    n: int | None = None
    analysed: int | None = None


@dataclass(frozen=True)
class Row:
    """One endpoint of a trial at one data cut."""

    trial: str
    cut: Named
    endpoint: str
    measure: str
    timepoint: Decimal | None
    values: dict[Named, Value]
    effect: str = ""
    estimate: Decimal | None = None
    bounds: Bounds | None = None
    p: tuple[str, Decimal] | None = None
    p_sides: int | None = None
    grade: str = ""  # of an event


@dataclass(frozen=True)
class Facts:
    """The rows, and the names by which prose may mean their parts."""

    rows: list[Row]
    sizes: dict[Named, int]
    enrolled: dict[str, int]
    follow_up: dict[Named, Decimal]
    reported: Collection[Named]  # the cuts that the article says it reports
    trials: Vocabulary
    arms: ArmNames
    cuts: Vocabulary
    endpoints: Vocabulary


def facts_of(trials: Iterable[Trial], reported: Collection[Named] = ()) -> Facts:
    """What the rows of `trials` say. A number of queries that does not depend on how many rows there are."""
    trials = list(trials)
    arms = list(Arm.objects.filter(trial__in=trials).select_related("trial"))
    cuts = list(DataCut.objects.filter(trial__in=trials).select_related("trial"))
    rows = [*_results(trials), *_events(trials)]
    return Facts(
        rows=rows,
        sizes={arm_of(arm): arm.n for arm in arms if arm.n is not None},
        enrolled={trial.acronym: trial.n_enrolled for trial in trials},
        follow_up={cut_of(cut): cut.median_follow_up for cut in cuts if cut.median_follow_up is not None},
        reported=reported,
        trials=Vocabulary(
            {acronym: [acronym] for acronym in Trial.objects.values_list("acronym", flat=True)}
        ),
        arms=names.of_arms(trials),
        cuts=names.of_cuts(cuts),
        endpoints=vocabulary.endpoints(
            Endpoint.objects.values_list("abbreviation", "name"),
            {row.endpoint for row in rows if row.measure == EVENT},
        ),
    )


def _results(trials: list[Trial]) -> Iterator[Row]:
    values = ArmValue.objects.select_related("arm__trial")
    for result in (
        Result.objects.filter(trial__in=trials)
        .select_related("trial", "data_cut__trial", "endpoint", "comparison")
        .prefetch_related(Prefetch("values", values))
    ):
        comparison: Comparison | None = getattr(result, "comparison", None)
        yield Row(
            trial=result.trial.acronym,
            cut=cut_of(result.data_cut),
            endpoint=result.endpoint.abbreviation,
            measure=result.measure,
            timepoint=result.timepoint,
            values={arm_of(value.arm): _value(value) for value in result.values.all()},
            effect=comparison.effect if comparison else "",
            estimate=comparison.value if comparison else None,
            bounds=_bounds(comparison) if comparison else None,
            p=(comparison.p_relation, comparison.p_value) if comparison and comparison.p_value else None,
            p_sides=comparison.p_sides if comparison else None,
        )


def _value(value: ArmValue) -> Value:
    return Value(value.value, value.status != Given.NOT_REACHED, _bounds(value), value.n, value.n_analysed)


def _bounds(given: ArmValue | Comparison) -> Bounds | None:
    if given.ci_level is None or (given.ci_lower is None and given.ci_upper is None):
        return None
    return Bounds(given.ci_level, given.ci_lower, given.ci_upper)


def _events(trials: list[Trial]) -> Iterator[Row]:
    values = ObservationValue.objects.select_related("arm__trial")
    kinds = Observation.objects.filter(kind=Observation.Kind.SAFETY, unit=Observation.Unit.PERCENT)
    for event in (
        kinds.filter(trial__in=trials)
        .select_related("trial", "data_cut__trial")
        .prefetch_related(Prefetch("values", values))
    ):
        found = {arm_of(value.arm): Value(value.value, n=value.n) for value in event.values.all()}
        yield Row(
            trial=event.trial.acronym,
            cut=cut_of(event.data_cut),
            endpoint=event.name.casefold(),
            measure=EVENT,
            timepoint=None,
            values=found,
            grade=event.grade,
        )
