"""Reasons why oddities stand as published: given for certain numbers, superseded when these change, never deleted."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone

from trials.checks.of_rows import RowFinding
from trials.models import Observation, Result, Trial, Waiver
from trials.models.observations import WaiverQuerySet

Odd = Result | Observation


def give(found: RowFinding, reason: str, given_by: str) -> bool:
    """Keep `reason` for the oddity `found`; one with the same words stays as it was given, another is superseded.

    returns  False if the reason was there already
    """
    row, standing = found.row, found.waiver
    if row is None or (standing and standing.reason == reason):
        return False
    if standing:
        supersede([standing])
    row.waivers.create(
        check_code=found.finding.code, numbers=found.finding.numbers, reason=reason, given_by=given_by[:150]
    )
    return True


def supersede_stale(trial: Trial, findings: Iterable[RowFinding]) -> int:
    """Supersede the reasons for what is not among the `findings` of `trial` any more; returns how many."""
    found = {
        (row.row._meta.model_name, row.row.pk, row.finding.code, row.finding.numbers)
        for row in findings
        if row.row
    }
    stale = [
        waiver
        for waiver in of_trial(trial).standing().select_related("result", "observation")
        if (waiver.row._meta.model_name, waiver.row.pk, waiver.check_code, waiver.numbers) not in found
    ]
    return supersede(stale)


def supersede(waivers: Iterable[Waiver]) -> int:
    """From now on these excuse nothing."""
    pks = [waiver.pk for waiver in waivers]
    return Waiver.objects.filter(pk__in=pks).update(superseded_at=timezone.now()) if pks else 0


def of_trial(trial: Trial) -> WaiverQuerySet:
    """All reasons that were ever given for rows of `trial`."""
    return Waiver.objects.filter(Q(result__trial=trial) | Q(observation__trial=trial))
