"""Snapshots, the map of arms and the suggestions in the database. No row that an editor wrote is ever touched."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from trials.models import Registry, RegistryArm, RegistrySnapshot, RegistrySuggestion, Trial

from .arms import Group, propose
from .node import Node, refuse
from .reading import Study, read
from .rows import drug_names, our_arms, our_rows
from .suggesting import Suggestion, suggest

MOST_SUGGESTIONS = 20_000  # the longest records have some thousand numbers
COLUMNS = ("position", "kind", "subject", "says", "verdict", "keys", "ours", "result_id")


class UnknownTrial(Exception):
    """No trial has the number of the record; the message says what to do."""


@dataclass(frozen=True)
class Imported:
    """`is_new`: the content had not been kept before."""

    snapshot: RegistrySnapshot
    study: Study
    is_new: bool


@transaction.atomic
def import_record(data: bytes, source: str, now: datetime, number: str = "") -> Imported:
    """Keep the record `data` as a snapshot of its trial and compare it; the same content again adds none.

    source  where the record is from, for editors: its address, or the name of the file
    now     aware, stored as the time of retrieval
    number  the NCT number that was asked for, if one was
    raises  Refused (the record is wrong), UnknownTrial
    """
    study, record = read(data)
    if number and study.number != number:
        refuse(
            "protocolSection.identificationModule.nctId",
            f"is {study.number}, not {number} as asked: import {study.number} if it is the same trial.",
        )
    trial = trial_of(study.number)
    snapshot, is_new = RegistrySnapshot.objects.get_or_create(
        trial=trial,
        sha256=fingerprint(record),
        defaults={
            "number": study.number,
            "source": source[:300],
            "retrieved_at": now,
            "updated_on": study.updated_on,
            "raw": data.decode("utf-8-sig"),
        },
    )
    _compare(snapshot, study)
    return Imported(snapshot, study, is_new)


def trial_of(number: str) -> Trial:
    """The trial with that NCT number, locked: one import after the other. Raises UnknownTrial."""
    trials = Trial.objects.select_for_update(of=("self",))
    trial = trials.filter(identifiers__registry=Registry.NCT, identifiers__number=number).order_by().first()
    if trial is None:
        raise UnknownTrial(
            f"No trial has the number {number}. Enter the trial, or add the number to its identifiers"
            " (Trials in the admin, or import_trials), then import the record again."
        )
    return trial


def fingerprint(record: Node) -> str:
    """The SHA-256 of the content, whatever its layout and the order of its keys.

    Without derivedSection: the registry writes into it anew on each day on which it publishes data.
    """
    content = {key: value for key, value in record.value.items() if key != "derivedSection"}
    return sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


@transaction.atomic
def compare_again(trial: Trial) -> None:
    """Compare all snapshots of `trial` with its rows and its map of arms as they are now.

    raises  Refused, if a record that was kept by older code can no longer be read
    """
    Trial.objects.select_for_update().get(pk=trial.pk)
    for snapshot in trial.snapshots.all():
        study, _ = read(snapshot.raw.encode())
        _compare(snapshot, study)


def _compare(snapshot: RegistrySnapshot, study: Study) -> None:
    trial = snapshot.trial
    groups = _mapped(trial, study)
    suggestions = suggest(study, groups, our_rows(trial))
    if len(suggestions) > MOST_SUGGESTIONS:
        refuse("resultsSection", f"holds more than {MOST_SUGGESTIONS} numbers: this is no record.")
    _store(snapshot, suggestions)


def _mapped(trial: Trial, study: Study) -> dict[str, int | None]:
    """Title of a group → our arm, as stored; groups that nobody has decided on get a proposal."""
    stored = {row.title: row for row in trial.registry_arms.all()}
    undecided = [
        title
        for title in study.groups
        if title not in stored or (stored[title].arm_id is None and not stored[title].is_by_hand)
    ]
    if undecided:
        arms, drugs = our_arms(trial), drug_names()
        for title in undecided:
            row = stored.setdefault(title, RegistryArm(trial=trial, title=title))
            proposed = propose(_group(title, study), arms, drugs)
            if row.pk is None or proposed is not None:
                row.arm_id = proposed
                row.save()
    return {title: row.arm_id for title, row in stored.items()}


def _group(title: str, study: Study) -> Group:
    """What the record says about the group: interventions only of an arm, a count only if there is one."""
    interventions = [arm.interventions for arm in study.arms if arm.title == title]
    counts = [row.count.value for row in study.started if row.title == title]
    is_one_count = len(counts) == 1 and counts[0] is not None
    return Group(
        title,
        interventions[0] if len(interventions) == 1 else (),
        int(counts[0] or 0) if is_one_count else None,
    )


def _store(snapshot: RegistrySnapshot, suggestions: list[Suggestion]) -> None:
    """Make the stored suggestions those of this list; what is right already stays untouched."""
    stored = {row.path: row for row in snapshot.suggestions.all()}
    added, changed = [], []
    for position, suggestion in enumerate(suggestions):
        row = stored.pop(suggestion.path, None)
        wanted = vars(suggestion) | {"position": position, "keys": [str(key) for key in suggestion.keys]}
        if row is None:
            added.append(RegistrySuggestion(snapshot=snapshot, trial=snapshot.trial, **wanted))
        elif any(getattr(row, name) != wanted[name] for name in COLUMNS):
            for name in COLUMNS:
                setattr(row, name, wanted[name])
            changed.append(row)
    snapshot.suggestions.filter(pk__in=[row.pk for row in stored.values()]).delete()
    RegistrySuggestion.objects.bulk_create(added, batch_size=500)
    RegistrySuggestion.objects.bulk_update(
        changed, [name.removesuffix("_id") for name in COLUMNS], batch_size=200
    )
