"""The 24 published trials of the demonstration, loaded once for all tests here."""

import json
import math
from collections import Counter
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from trials.exchange import export_folder, import_path
from trials.models import (
    Arm,
    ArmValue,
    Comparison,
    Drug,
    Observation,
    Publication,
    Regimen,
    Result,
    Source,
    Trial,
    TrialEndpoint,
    TrialIdentifier,
)

DEMO = settings.BASE_DIR / "demo" / "trials"
# Trials whose arms of the first randomisation do not add up to n_enrolled: none. The arms of CASSIOPEIA's
# second randomisation are left out of the sum, because they are patients of the first once more.
SUMS_THAT_DIFFER = set()

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def outcomes(django_db_setup, django_db_blocker):
    """What became of each record. The rows are there for the tests of this module and gone after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield import_path(DEMO)
        transaction.set_rollback(True)


def read(name):
    return json.loads((DEMO / name).read_text(), parse_float=Decimal, parse_int=Decimal)


def printed(value):
    """`value` with numbers as they are printed, so that 29 and 29.0 differ."""
    if isinstance(value, dict):
        return {key: printed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [printed(item) for item in value]
    return f"number {value}" if isinstance(value, Decimal) else value


def half(number):
    """Half of the last printed digit."""
    return Decimal(5).scaleb(number.as_tuple().exponent - 1)


def intervals():
    """Estimate, bounds and what they belong to, where all three are numbers."""
    rows = [*ArmValue.objects.select_related("arm", "result"), *Comparison.objects.select_related("result")]
    found = [(row.ci_lower, row.value, row.ci_upper, row) for row in rows]
    return [row for row in found if None not in row]


def test_all_records_are_taken(outcomes):
    assert Counter((outcome.kind, outcome.word) for outcome in outcomes) == {
        ("drug", "added"): 26,
        ("regimen", "added"): 40,
        ("source", "added"): 146,
        ("trial", "added"): 24,
    }


def test_counts_are_those_of_the_readme():
    assert Trial.objects.count() == 24
    assert Arm.objects.count() == 48
    assert Result.objects.count() == 159
    assert Observation.objects.filter(kind="safety").count() == 87
    assert Publication.objects.count() == 59
    assert (Source.objects.count(), Regimen.objects.count(), Drug.objects.count()) == (146, 40, 26)


def test_second_load_changes_nothing():
    before = list(Trial.objects.values_list("pk", "modified_at"))

    again = import_path(DEMO)

    assert {outcome.word for outcome in again} == {"unchanged"}
    assert list(Trial.objects.values_list("pk", "modified_at")) == before


@pytest.mark.parametrize("name", ["trials.json", "regimens.json"])
def test_export_is_the_file_that_was_imported(tmp_path, name):
    """To the letter, so that importing the export is importing the file again."""
    export_folder(tmp_path)

    exported = json.loads((tmp_path / name).read_text(), parse_float=Decimal, parse_int=Decimal)
    assert exported.keys() == read(name).keys()
    for key, value in read(name).items():
        assert printed(exported[key]) == printed(value), key
    assert (tmp_path / name).read_text() == (DEMO / name).read_text()


def test_arms_of_the_first_randomisation_add_up():
    trials = Trial.objects.filter(arms__randomisation=1).annotate(sum=Sum("arms__n"))

    assert {trial.slug for trial in trials if trial.sum != trial.n_enrolled} == SUMS_THAT_DIFFER
    assert trials.count() == 24


def test_intervals_are_in_order_and_hold_their_estimate():
    wrong = [str(row.result) for lower, value, upper, row in intervals() if not lower <= value <= upper]

    assert wrong == []
    assert len(intervals()) == 143


def test_estimates_of_ratios_lie_near_the_middle_of_their_interval():
    """Bounds of a ratio are symmetric on the log scale; rounding moves each by half its last digit at most."""
    off = []
    ratios = [row for row in intervals() if isinstance(row[3], Comparison)]
    for lower, value, upper, row in ratios:
        low = math.sqrt((lower - half(lower)) * (upper - half(upper)))
        high = math.sqrt((lower + half(lower)) * (upper + half(upper)))
        if not (value - half(value) <= high and low <= value + half(value)):
            off.append(f"{row.result.trial}: {row.result.endpoint} {value} ({lower}-{upper})")

    assert off == []
    assert len(ratios) == 74


def test_words_for_what_has_no_number_are_kept_apart():
    assert Counter(ArmValue.objects.values_list("status", flat=True)) == {
        "estimated": 275,
        "not_reached": 22,
        "not_reported": 6,
    }


def test_levels_of_intervals_are_those_that_were_published():
    levels = Counter(str(level) for level in Comparison.objects.values_list("ci_level", flat=True) if level)

    assert levels == {"95": 71, "95.4": 1, "98.5": 1, "99": 1}


def test_open_bounds_say_why():
    open_bounds = ArmValue.objects.filter(ci_level__isnull=False, ci_upper=None)

    assert Counter(open_bounds.values_list("ci_upper_status", flat=True)) == {
        "not_estimable": 13,
        "not_reached": 9,
    }


def test_roles_of_endpoints_are_those_of_the_trial():
    primary = TrialEndpoint.objects.filter(role="primary", trial__slug="cassiopeia").order_by(
        "endpoint__code"
    )

    assert [row.endpoint.code for row in primary] == ["pfs-second", "scr"]
    assert primary.get(endpoint__code="scr").definition == "After consolidation, day 100 after transplant"


def test_words_of_results_give_population_and_assessor():
    result = Result.objects.get(trial__slug="optimismm", endpoint__code="pfs", data_cut__code="primary")

    assert (result.population, result.assessor) == ("itt", "irc")
    assert Counter(Result.objects.values_list("population", "assessor")) == {
        ("", ""): 154,
        ("", "irc"): 1,
        ("", "investigator"): 1,
        ("itt", ""): 2,
        ("itt", "irc"): 1,
    }


def test_every_trial_has_its_number_of_a_registry():
    assert set(TrialIdentifier.objects.filter(registry="nct").values_list("trial", flat=True)) == set(
        Trial.objects.values_list("pk", flat=True)
    )


def test_drugs_of_an_arm_and_of_a_regimen_are_linked():
    arm = Arm.objects.get(trial__slug="optimismm", code="pvd")

    assert arm.regimen.abbreviation == "PVd"
    assert {drug.slug for drug in arm.drugs.all()} == {"pomalidomide", "bortezomib", "dexamethasone"}
    assert {drug.slug for drug in arm.regimen.drugs.all()} == {drug.slug for drug in arm.drugs.all()}
    assert Drug.objects.get(names__name="Darzalex").slug == "daratumumab"
