"""Snapshots, the map of arms and suggestions in the database; no row of the trial is touched."""

from datetime import UTC, date, datetime

import pytest
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction

from tests.trials import factories
from tests.trials import registry_steps as steps
from trials.exchange.files import regimens_content, trials_content
from trials.exchange.json_text import dump
from trials.models import Observation, RegistryArm, RegistrySnapshot, RegistrySuggestion, Trial

pytestmark = pytest.mark.django_db
NAMES = ["with-results", "without-results", "withdrawn", "na-values", "one-sided", "ninety-nine"]


def test_snapshot_keeps_the_record_as_it_came():
    trial = steps.make_trial()
    before = datetime.now(UTC)

    steps.run(steps.FILES / "with-results.json")

    snapshot = RegistrySnapshot.objects.get()
    assert (snapshot.trial, snapshot.number, snapshot.source) == (trial, steps.NCT, "with-results.json")
    assert snapshot.raw == (steps.FILES / "with-results.json").read_text()
    assert snapshot.updated_on == date(2023, 8, 2)
    assert before <= snapshot.retrieved_at <= datetime.now(UTC)


def rows():
    models = (RegistrySnapshot, RegistryArm, RegistrySuggestion)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


@pytest.mark.parametrize("name", NAMES)
def test_second_import_changes_nothing(name):
    steps.make_trial()
    steps.run(steps.FILES / f"{name}.json")
    before = rows()

    output = steps.run(steps.FILES / f"{name}.json")

    assert "kept already on" in output
    assert rows() == before


def test_same_content_in_another_layout_is_the_same_record(tmp_path):
    steps.make_trial()
    steps.run(steps.FILES / "with-results.json")
    record = dict(reversed(steps.record().items()))
    record["derivedSection"] = {"miscInfoModule": {"versionHolder": "2026-01-01"}}  # new on each day

    steps.load(tmp_path, record)

    assert RegistrySnapshot.objects.count() == 1


def test_other_content_is_another_snapshot(tmp_path):
    steps.make_trial()
    steps.run(steps.FILES / "with-results.json")
    module = "protocolSection.statusModule.overallStatus"

    steps.load(tmp_path, steps.changed(steps.record(), module, "TERMINATED"))

    assert RegistrySnapshot.objects.count() == 2
    assert RegistryArm.objects.count() == 2


@pytest.mark.parametrize("name", NAMES)
def test_no_row_of_the_trial_is_changed(name):
    trial = steps.make_trial()
    factories.make_observation(trial)
    before = dump([trials_content(), regimens_content()])
    modified = Trial.objects.get().modified_at

    steps.run(steps.FILES / f"{name}.json")

    assert dump([trials_content(), regimens_content()]) == before
    assert (Trial.objects.get().modified_at, Observation.objects.count()) == (modified, 1)


def test_record_of_an_unknown_trial_says_what_to_do():
    factories.make_trial(nct="NCT07654321")

    with pytest.raises(CommandError, match=r"No trial has the number NCT01234567\. Enter the trial, or add"):
        steps.run(steps.FILES / "with-results.json")

    assert not RegistrySnapshot.objects.exists()


def test_trial_goes_with_its_records_and_a_result_without_them():
    trial = steps.make_trial()
    steps.run(steps.FILES / "with-results.json")

    trial.results.get().delete()
    assert RegistrySuggestion.objects.filter(result=None).count() == RegistrySuggestion.objects.count()
    trial.arms.first().delete()
    assert RegistryArm.objects.count() == 1
    trial.delete()

    assert rows() == [[], [], []]


def snapshot(**fields):
    values = {
        "number": steps.NCT,
        "source": "x.json",
        "retrieved_at": datetime(2026, 1, 1, tzinfo=UTC),
        "sha256": "0" * 64,
        "raw": "{}",
    }
    return RegistrySnapshot.objects.create(**values | fields)


def suggestion(**fields):
    values = {"path": "a", "kind": "result", "subject": "s", "says": "1", "ours": "2", "verdict": "match"}
    return RegistrySuggestion.objects.create(**values | fields)


def refused(constraint, make, **fields):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make(**fields)


def test_snapshot_that_cannot_be_is_refused():
    trial = factories.make_trial()
    snapshot(trial=trial)

    refused("one_snapshot_per_trial_and_content", snapshot, trial=trial)
    refused("snapshot_number_has_its_format", snapshot, trial=trial, sha256="1" * 64, number="NCT1")
    refused("snapshot_fingerprint_is_a_sha256", snapshot, trial=trial, sha256="A" * 64)
    refused("snapshot_has_content", snapshot, trial=trial, sha256="1" * 64, raw="")


def test_map_of_arms_that_cannot_be_is_refused():
    trial, other = factories.make_trial(), factories.make_trial()
    make = RegistryArm.objects.create
    make(trial=trial, title="A", arm=trial.arms.first())

    refused("one_arm_per_trial_and_group_of_the_registry", make, trial=trial, title="A")
    refused("registry_group_has_a_title", make, trial=trial, title="")
    refused("registryarm_arm_of_the_same_trial", make, trial=trial, title="B", arm=other.arms.first())


def test_suggestion_that_cannot_be_is_refused():
    trial, other = factories.make_trial(), factories.make_trial()
    own = {"snapshot": snapshot(trial=trial), "trial": trial}
    suggestion(**own)
    new = own | {"path": "b"}

    refused("one_suggestion_per_snapshot_and_path", suggestion, **own)
    refused("suggestion_says_something", suggestion, **new, says="")
    refused("suggestion_has_a_known_verdict", suggestion, **new, verdict="maybe")
    refused("suggestion_names_known_keys", suggestion, **new, verdict="not_comparable", keys=["colour"])
    refused("suggestion_names_keys_when_not_comparable", suggestion, **new, verdict="not_comparable")
    refused("suggestion_names_keys_when_not_comparable", suggestion, **new, keys=["arm"])
    refused("suggestion_shows_ours_unless_only_in_registry", suggestion, **new, ours="")
    refused("suggestion_shows_ours_unless_only_in_registry", suggestion, **new, verdict="only_in_registry")
    refused("registrysuggestion_result_of_the_same", suggestion, **new, result=other.results.get())
    refused("registrysuggestion_snapshot_of_the_same", suggestion, **new | {"trial": other})
