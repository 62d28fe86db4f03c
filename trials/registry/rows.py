"""Our rows as the comparison needs them. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from trials.models import (
    Arm,
    ArmValue,
    Comparison,
    Drug,
    Endpoint,
    Given,
    Interval,
    Registry,
    Result,
    Trial,
    TrialEndpoint,
)

from ..printing import interval, number, p_value
from .arms import OurArm, words_of
from .comparing import Cut, Ours
from .numbers import Bounds, Number
from .words import EndpointNames, plain

PARAMETERS = {Result.Measure.MEDIAN: "median"}  # the others are rates
PREFETCH = (
    "arms__drugs",
    "arms__regimen__drugs",
    "identifiers",
    "endpoints__endpoint",
    "results__data_cut",
    "results__endpoint",
    "results__values__arm",
    "results__comparison__arm",
    "results__comparison__versus",
)


@dataclass(frozen=True)
class OurRows:
    """Everything of a trial that a record can be compared with."""

    arms: dict[int, Arm]
    endpoints: dict[str, TrialEndpoint]
    names: list[EndpointNames]
    figures: list[Ours]


def our_rows(trial: Trial) -> OurRows:
    """The rows of `trial` as they are stored now."""
    trial = Trial.objects.prefetch_related(*PREFETCH).get(pk=trial.pk)
    endpoints = {row.endpoint.code: row for row in trial.endpoints.all()}
    numbers = frozenset(row.number for row in trial.identifiers.all() if row.registry == Registry.NCT)
    results = sorted(trial.results.all(), key=lambda row: (-row.data_cut.position, row.position, row.pk))
    figures = [*_started(trial, numbers)]
    for result in results:
        figures += _values(result, trial, numbers)
        figures += _comparison(result, trial, numbers)
    return OurRows(
        arms={arm.pk: arm for arm in trial.arms.all()},
        endpoints=endpoints,
        names=[
            EndpointNames(row.code, row.name, row.abbreviation, row.code in endpoints)
            for row in Endpoint.objects.all()
        ],
        figures=figures,
    )


def our_arms(trial: Trial) -> list[OurArm]:
    """The arms of `trial` with everything by which a group of the registry may be recognised."""
    return [_our_arm(arm) for arm in trial.arms.prefetch_related("drugs", "regimen__drugs")]


def _our_arm(arm: Arm) -> OurArm:
    regimen = arm.regimen
    names = [arm.label, arm.name, arm.code]
    names += [regimen.abbreviation, regimen.name, *regimen.synonyms] if regimen else []
    drugs = list(arm.drugs.all()) or (list(regimen.drugs.all()) if regimen else [])
    words = frozenset(words for name in names if (words := words_of(name)))
    return OurArm(arm.pk, words, frozenset(drug.slug for drug in drugs), arm.n)


def drug_names() -> dict[str, str]:
    """{name of a drug in plain words: its slug}, with brands, codes and abbreviations."""
    return {
        plain(name): drug.slug
        for drug in Drug.objects.prefetch_related("names")
        for name in (drug.name, *(row.name for row in drug.names.all()))
    }


def _started(trial: Trial, numbers: frozenset[str]) -> Iterator[Ours]:
    for arm in trial.arms.all():
        if arm.n is not None and arm.randomisation == 1:
            yield Ours(
                topic="started",
                form="value",
                arms=frozenset({arm.pk}),
                population="itt",
                unit="participants",
                parameter="treated" if arm.role == Arm.Role.SINGLE else "randomised",
                content=Number.of(Decimal(arm.n)),
                text=f"{arm}: n = {arm.n}",
                result=None,
                numbers=numbers,
                cut=None,
            )


def _figure(result: Result, trial: Trial, numbers: frozenset[str], **fields: Any) -> Ours:
    """A figure of `result`; `fields` are what is particular to it."""
    cut = result.data_cut
    analysed = {row.arm_id: row.n_analysed for row in result.values.all()}
    is_itt = result.population == Result.Population.ITT
    counted = {arm.pk: analysed.get(arm.pk) or (arm.n if is_itt else None) for arm in trial.arms.all()}
    at = "" if result.timepoint is None else f" at {result.timepoint} months"
    given: dict[str, Any] = {
        "topic": result.endpoint.code,
        "population": result.population,
        "counted": {arm: n for arm, n in counted.items() if n is not None},
        "assessor": result.assessor,
        "result": result.pk,
        "numbers": numbers,
        "cut": Cut(result.timepoint, cut.cutoff, cut.median_follow_up),
    } | fields
    text = f"{result.endpoint.abbreviation}{at}, {given['text']} ({cut.label})"
    return Ours(**given | {"text": text})


def _values(result: Result, trial: Trial, numbers: frozenset[str]) -> Iterator[Ours]:
    parameter = PARAMETERS.get(Result.Measure(result.measure), "rate")
    unit = "%" if result.unit == "percent" else " months"
    for row in result.values.all():
        of_arm: dict[str, Any] = {
            "arms": frozenset({row.arm_id}),
            "unit": result.unit,
            "parameter": parameter,
        }
        if row.status != Given.NOT_REPORTED:
            yield _figure(
                result, trial, numbers, **of_arm, form="value", content=Number.of(row.value, row.status),
                text=f"{row.arm}: {_number(row)}{unit if row.value is not None else ''}",
            )  # fmt: skip
        if row.has_interval:
            yield _figure(
                result, trial, numbers, **of_arm, **_interval(row), form="value interval",
                text=f"{row.arm}: {interval(row)}",
            )  # fmt: skip
        if row.n is not None and result.measure == Result.Measure.RESPONSE:
            yield _figure(
                result, trial, numbers, form="value", arms=of_arm["arms"], unit="participants",
                parameter="count", content=Number.of(Decimal(row.n)), text=f"{row.arm}: n = {row.n}",
            )  # fmt: skip


def _comparison(result: Result, trial: Trial, numbers: frozenset[str]) -> Iterator[Ours]:
    row: Comparison | None = getattr(result, "comparison", None)
    if row is None:
        return
    pair: dict[str, Any] = {"arms": frozenset({row.arm_id, row.versus_id}), "unit": ""}
    effect = row.get_effect_display().lower()
    if row.effect and row.status != Given.NOT_REPORTED:
        yield _figure(
            result, trial, numbers, **pair, form="comparison", parameter=row.effect,
            content=Number.of(row.value, row.status), text=f"{row}: {effect} {_number(row)}",
        )  # fmt: skip
    if row.has_interval:
        yield _figure(
            result, trial, numbers, **pair, **_interval(row), form="comparison interval", parameter=row.effect,
            text=f"{row}: {effect} {interval(row)}",
        )  # fmt: skip
    if row.p_value is not None:
        yield _figure(
            result, trial, numbers, **pair, form="p", parameter="p", sides=row.p_sides,
            content=Number.of(row.p_value, relation=row.p_relation), text=f"{row}: {p_value(row)}",
        )  # fmt: skip


def _number(row: ArmValue | Comparison) -> str:
    return number(row.value) if row.value is not None else row.get_status_display().lower()


def _interval(row: Interval) -> dict[str, Any]:
    """Level, sides and bounds. A bound that is open for a reason is a bound: such an interval has two sides."""
    lower, upper = (
        None if value is None and not status else Number.of(value, status)
        for value, status in ((row.ci_lower, row.ci_lower_status), (row.ci_upper, row.ci_upper_status))
    )
    sides = row.ci_sides or (1 if lower is None or upper is None else 2)
    return {"level": row.ci_level, "sides": sides, "content": Bounds(lower, upper)}
