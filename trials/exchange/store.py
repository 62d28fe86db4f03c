"""Records into the database: each as a whole, or not at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db import models, transaction
from django.db.models import Max

from trials import upkeep
from trials.checks.of_rows import PREFETCH, RowFinding, findings_of_trial
from trials.models import Drug, Endpoint, Regimen, Source, Trial
from trials.publishing import shown_by

from . import schema, waivers
from .plan import trial_row
from .problems import Problem, Refused, shown
from .reading import Reading, Row
from .sync import Sync
from .types import Known


@dataclass(frozen=True)
class Written:
    """What became of a row: `word` is "added", "changed" or "unchanged"; what was changed; what is odd about it."""

    word: str
    changes: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()


def known_lists() -> dict[str, dict[str, Any]]:
    """What the record of a trial may refer to outside the trial."""
    return {
        "regimens": {regimen.abbreviation: regimen for regimen in Regimen.objects.all()},
        "drugs": {drug.slug: drug for drug in Drug.objects.all()},
        "endpoints": {endpoint.name: endpoint for endpoint in Endpoint.objects.all()},
        "sources": {code: code for code in Source.objects.values_list("code", flat=True)},
    }


@transaction.atomic
def store_trial(record: Any, known: Known, after: int) -> Written:
    """Make the trial of `record`, or make the one with its id equal to it.

    after   position of the trial before it in the same file, -1 if it is the first
    raises  Refused, after which nothing is changed
    """
    if not isinstance(record, dict):
        raise Refused([Problem("", f"{shown(record)} is not an object.")])
    row = trial_row(record, known)
    found = Trial.objects.select_for_update().filter(slug=row.values["slug"]).first()
    if found is None:
        last = Trial.objects.aggregate(last=Max("position"))["last"]
        row.values["position"] = 0 if last is None else last + 1
    elif found.position <= after:
        row.values["position"] = after + 1
    if found and found.is_published and not row.values["is_published"] and (titles := shown_by(found)):
        raise Refused(
            [Problem("published", f"is false, but articles show the trial ({titles[0]}): leave it true.")]
        )
    trial = found or Trial()
    sync = Sync(trial, row)
    reasons = waivers.keep(trial, sync.waived, check(trial))
    stands = check(trial)
    odd = [f"{one.finding.where}: {one.finding.message}" for one in stands if not one.waiver]
    odd += waivers.left_over(sync.waived, stands)
    written = _written(found is None, [*sync.changes, *reasons])
    if written.word != "unchanged":
        upkeep.settle(trial)
    return replace(written, odd=tuple(odd))


def check(trial: Trial) -> list[RowFinding]:
    """What is found in the stored `trial`. Raises Refused for faults."""
    found = findings_of_trial(Trial.objects.prefetch_related(*PREFETCH).get(pk=trial.pk))
    faults = [row.finding for row in found if row.finding.severity == "fault"]
    if faults:
        raise Refused(Problem(fault.where, fault.message) for fault in faults)
    return found


@transaction.atomic
def store_row(instance: models.Model, row: Row) -> Written:
    """Save `instance` with all that belongs to it as `row` wants it. Raises Refused, nothing being changed then."""
    is_new = instance._state.adding
    return _written(is_new, Sync(instance, row).changes)


def _written(is_new: bool, changes: list[str]) -> Written:
    if is_new:
        return Written("added")
    return Written("changed" if changes else "unchanged", tuple(changes))


def store_source(record: Any) -> Written:
    """Make the source of `record`, or make the one with its id equal to it. Raises Refused."""
    reading = Reading({})
    row = reading.row(Source, record, schema.SOURCE, "")
    reading.settle()
    return store_row(Source.objects.filter(code=row.values["code"]).first() or Source(), row)
