"""From a trial's rows to its column in a comparison."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch, QuerySet

from . import follow_up, printing
from .cells import observation_cell
from .comparability import NOT_APPLICABLE, EndpointSide, Side
from .definitions import definition_of
from .models import Arm, DataCut, Observation, ObservationValue, Regimen, Result, Trial


def with_regimens() -> QuerySet[Arm]:
    """Arms with their regimen, and `option_names` where the treatment was chosen among several."""
    options = Regimen.objects.filter(arms_as_option=OuterRef("pk")).order_by("abbreviation")
    return Arm.objects.select_related("regimen").annotate(
        option_names=ArraySubquery(options.values("abbreviation"))
    )


# Of the trial. With these, and with RESULT_PREFETCH of the results and "arm_follow_ups__arm" of the cut,
# `side_of` asks the database nothing.
PREFETCH = ("observations__values", "endpoints", Prefetch("arms", with_regimens()))
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
        control=control(trial),
        follow_up=follow_up.from_randomisation(cut, 1).months if cut else (),
        endpoints=endpoints,
    )


def prior_lines(trial: Trial) -> str | None:
    """As everywhere, with a capital: "1 to 3", "At least 3", "None (first line)"; None where not reported."""
    text = printing.prior_lines(trial)
    return None if text == printing.NOT_STATED else text[:1].upper() + text[1:]


def control(trial: Trial) -> str:
    """What kind of control, and what was given: "Active control: Vd"; for choices all of them."""
    controls = [arm for arm in trial.arms.all() if arm.role == Arm.Role.CONTROL]
    given = printing.listed(
        given_in(arm)
        + (f" ({printing.ORDINALS[arm.randomisation]} randomisation)" if arm.randomisation > 1 else "")
        for arm in controls
    )
    return f"{trial.get_control_display()}: {given}" if given else trial.get_control_display()


def given_in(arm: Arm) -> str:
    """The regimen of `arm` as the list of regimens has it, so that two trials say the same in the same words."""
    if arm.regimen:
        return str(arm.regimen)
    options = getattr(arm, "option_names", None)
    if options is None:  # not from `with_regimens`
        options = [str(option) for option in arm.regimen_options.all()]
    return " or ".join(options) or str(arm)


def refractory(trial: Trial) -> str | None:
    """The shares of refractory patients per arm, by what they are refractory to; None where not reported."""
    if trial.setting == Trial.Setting.NDMM:
        return NOT_APPLICABLE
    shares = [
        f"{row.name}: {shares_of(trial, {value.arm_id: value for value in row.values.all()})}"
        for row in trial.observations.all()
        if row.kind == Observation.Kind.BASELINE
        and row.unit == Observation.Unit.PERCENT
        and "refractory" in row.name.casefold()
        and row.values.all()
    ]
    return "; ".join(shares) or None


def shares_of(trial: Trial, values: dict[int, ObservationValue]) -> str:
    """ "PVd 71%, Vd not reported": all arms that were randomised together with one of which `values` tell."""
    stages = {arm.randomisation for arm in trial.arms.all() if arm.pk in values}
    arms = [arm for arm in trial.arms.all() if arm.randomisation in stages]
    return ", ".join(f"{arm} {share(values.get(arm.pk))}" for arm in arms)


def share(value: ObservationValue | None) -> str:
    cell = observation_cell(value)
    return f"{cell.text}%" if cell.is_number else cell.count or cell.text


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
    comparison = printing.comparison_of(result)
    levels = {comparison.ci_level} if comparison else set()
    if not any(levels):
        levels = {value.ci_level for value in result.values.all()}
    return " and ".join(printing.percent(level.normalize()) for level in sorted(filter(None, levels))) or None
