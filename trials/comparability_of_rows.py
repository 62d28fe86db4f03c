"""From a trial's rows to its column in a comparison."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from . import printing
from .comparability import NOT_APPLICABLE, EndpointSide, Side
from .definitions import definition_of
from .models import DataCut, Observation, Result, Trial

# Of the trial. With these, and with RESULT_PREFETCH of the results and "arm_follow_ups" of the cut, `side_of`
# asks the database nothing.
PREFETCH = ("observations__values", "endpoints")
RESULT_PREFETCH = ("endpoint", "values", "comparison")


def side_of(trial: Trial, cut: DataCut | None, results: Iterable[Result]) -> Side:
    """The column of `trial`.

    cut      the data cut whose follow-up is shown; None: not reported
    results  those that are shown, of any cut; the first of each endpoint stands for it
    """
    endpoints: dict[str, EndpointSide] = {}
    for result in results:
        endpoints.setdefault(result.endpoint.name, endpoint_side(trial, result))
    return Side(
        trial=trial.acronym,
        setting=trial.get_setting_display(),
        transplant=trial.get_transplant_display(),
        prior_lines=prior_lines(trial),
        refractory=refractory(trial),
        phase=trial.get_phase_display(),
        randomised="Yes" if trial.is_randomised else "No",
        blinding=trial.get_blinding_display(),
        control=trial.get_control_display(),
        follow_up=follow_up(cut),
        endpoints=endpoints,
    )


def prior_lines(trial: Trial) -> str | None:
    """ "1 to 3", "3 or more", "None"; None where not reported."""
    least, most = trial.prior_lines_min, trial.prior_lines_max
    if least is None:
        return None if most is None else f"At most {most}"
    if most is None:
        return f"{least} or more"
    if least == most:
        return str(most) if most else "None"
    return f"{least} to {most}"


def refractory(trial: Trial) -> str | None:
    """The shares of refractory patients per arm, by what they are refractory to; None where not reported."""
    if trial.setting == Trial.Setting.NDMM:
        return NOT_APPLICABLE
    shares = [
        f"{row.name}: "
        + " and ".join(printing.percent(v.value) for v in row.values.all() if v.value is not None)
        for row in trial.observations.all()
        if row.kind == Observation.Kind.BASELINE
        and row.unit == Observation.Unit.PERCENT
        and "refractory" in row.name.casefold()
        and any(value.value is not None for value in row.values.all())
    ]
    return "; ".join(shares) or None


def follow_up(cut: DataCut | None) -> tuple[Decimal, ...]:
    """The median of all patients, else those of the arms, else nothing."""
    if cut is None:
        return ()
    if cut.median_follow_up is not None:
        return (cut.median_follow_up,)
    return tuple(row.months for row in cut.arm_follow_ups.all())


def endpoint_side(trial: Trial, result: Result) -> EndpointSide:
    definitions = {row.endpoint_id: row.definition for row in trial.endpoints.all()}
    return EndpointSide(
        definition=definition_of(result, definitions.get(result.endpoint_id, "")) or None,
        population=result.get_population_display() if result.population else None,
        assessor=result.get_assessor_display() if result.assessor else None,
        measure=result.get_measure_display(),
        unit=result.unit,
        timepoint=NOT_APPLICABLE if result.timepoint is None else printing.months(result.timepoint),
        ci_level=ci_level(result),
    )


def ci_level(result: Result) -> str | None:
    """The level of the effect's interval, else those of the arms; None where no interval is reported."""
    comparison = getattr(result, "comparison", None)
    levels = {comparison.ci_level} if comparison else set()
    if not any(levels):
        levels = {value.ci_level for value in result.values.all()}
    return " and ".join(printing.percent(level.normalize()) for level in sorted(filter(None, levels))) or None
