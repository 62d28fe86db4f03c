"""Trials in any number, with as much around each as a published one has. The same every time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Model

from trials.models import (
    Arm,
    ArmValue,
    DataCut,
    Drug,
    DrugClass,
    Endpoint,
    Publication,
    Regimen,
    Result,
    Trial,
    TrialIdentifier,
)

CLASSES, DRUGS, REGIMENS = 14, 60, 90
FIRST_YEAR, LAST_YEAR = 1996, 2026
LINES = [(0, 0), (1, 3), (2, None), (1, 1), (3, None), (2, 4), (None, None)]
ENDPOINTS = 8  # of each trial

dice = random.Random(20)  # noqa: S311  (not a secret)


def generate(count: int) -> None:
    """Fill an empty database with `count` trials of two arms, three data cuts and eight results each."""
    drugs, regimens, endpoints = vocabulary()
    trials = Trial.objects.bulk_create(trial(number) for number in range(count))
    TrialIdentifier.objects.bulk_create(
        TrialIdentifier(trial=one, registry="nct", number=f"NCT{number:08d}")
        for number, one in enumerate(trials)
    )
    arms = Arm.objects.bulk_create(arm for one in trials for arm in arms_of(one, regimens))
    given = Arm.drugs.through
    given.objects.bulk_create(
        given(arm=arm, drug=drug) for arm in arms for drug in dice.sample(drugs, dice.randint(1, 4))
    )
    reports = Publication.objects.bulk_create(report for one in trials for report in reports_of(one))
    cuts = DataCut.objects.bulk_create(cut for one in trials for cut in cuts_of(one))
    results = []
    for number, one in enumerate(trials):
        for position, endpoint in enumerate(dice.sample(endpoints, min(ENDPOINTS, len(endpoints)))):
            results.append(
                Result(
                    trial=one,
                    data_cut=cuts[3 * number + position % 3],
                    endpoint=endpoint,
                    measure=Result.Measure.MEDIAN,
                    publication=reports[2 * number],
                    position=position,
                )
            )
    results = Result.objects.bulk_create(results)
    by_trial = {one.pk: arms[2 * number : 2 * number + 2] for number, one in enumerate(trials)}
    ArmValue.objects.bulk_create(
        ArmValue(result=result, trial_id=result.trial_id, arm=arm, value=Decimal(dice.randint(10, 700)) / 10)
        for result in results
        for arm in by_trial[result.trial_id]
    )


def vocabulary() -> tuple[list[Drug], list[Regimen], list[Endpoint]]:
    classes = DrugClass.objects.bulk_create(
        DrugClass(name=f"Class {number}", code=f"C{number}") for number in range(CLASSES)
    )
    drugs = Drug.objects.bulk_create(
        Drug(name=f"Drugimab {number}", slug=f"drugimab-{number}", drug_class=dice.choice(classes))
        for number in range(DRUGS)
    )
    regimens = Regimen.objects.bulk_create(
        Regimen(abbreviation=f"R{number}d", name=f"Regimen {number}", kind="combination")
        for number in range(REGIMENS)
    )
    return drugs, regimens, list(stored(Endpoint)) or endpoints()


def stored(model: type[Model]) -> Iterator[Model]:
    yield from model._default_manager.all()


def endpoints() -> list[Endpoint]:
    return Endpoint.objects.bulk_create(
        Endpoint(code=f"e{number}", name=f"Endpoint {number}", abbreviation=f"E{number}")
        for number in range(12)
    )


def trial(number: int) -> Trial:
    least, most = dice.choice(LINES)
    return Trial(
        slug=f"trial-{number}",
        is_published=True,
        acronym=f"{dice.choice('ABCDEFGHIKLMNOPRSTV')}RIAL-{number}",
        title=f"Drugimab with bortezomib and dexamethasone in multiple myeloma, trial {number}",
        phase=dice.choice(Trial.Phase.values),
        setting=Trial.Setting.NDMM if most == 0 else dice.choice(Trial.Setting.values),
        prior_lines_min=least,
        prior_lines_max=most,
        control=Trial.Control.ACTIVE,
        n_enrolled=400,
        design_summary="A generated summary of the design. " * 4,
        key_criteria="Generated criteria. " * 6,
        position=number,
    )


def arms_of(one: Trial, regimens: list[Regimen]) -> Iterator[Arm]:
    for position, role in enumerate((Arm.Role.EXPERIMENTAL, Arm.Role.CONTROL)):
        regimen = dice.choice(regimens)
        yield Arm(
            trial=one,
            code=f"arm-{position}",
            name=f"Generated treatment {position}",
            label=regimen.abbreviation,
            regimen=regimen,
            n=200,
            role=role,
            position=position,
        )


def reports_of(one: Trial) -> Iterator[Publication]:
    first = dice.randint(FIRST_YEAR, LAST_YEAR - 2)
    for number, year in enumerate((first, first + 2)):
        yield Publication(
            trial=one,
            code=f"report-{number}",
            kind=Publication.Kind.ARTICLE,
            label=f"Example et al. {year}",
            title="Generated results of a trial",
            year=year,
        )


def cuts_of(one: Trial) -> Iterator[DataCut]:
    for position in range(3):
        yield DataCut(
            trial=one,
            code=f"cut-{position}",
            label=f"Analysis {position}",
            median_follow_up=Decimal("12.5") * (position + 1),
            position=position,
        )
