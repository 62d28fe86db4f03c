from dataclasses import replace
from decimal import Decimal as D

import pytest

from tests.trials.published import published, published_trials
from trials.derived import (
    Reading,
    Scope,
    landmark_difference,
    median_difference,
    percent_of,
    risk_difference,
)

MEDIAN = Scope("optimismm", "final-os", "os", "median_time")
RATE = Scope("maia", "primary", "pfs", "event_free_rate", D(30))
SAFETY = Scope("maia", "primary", "neutropenia 3-4", "")


def pair(scope, first, second):
    texts = (("a", "A", first), ("b", "B", second))
    return [Reading(scope, arm, label, None if text is None else D(text)) for arm, label, text in texts]


def test_median_difference_is_in_months_with_its_formula():
    found = median_difference(*pair(MEDIAN, "35.6", "31.6"))

    assert (str(found.value), found.unit, found.label) == ("4.0", "months", "derived")
    assert found.formula == "35.6 (A) minus 31.6 (B)."


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        ("35.6", "31.6", "4.0"),
        ("31.6", "35.6", "-4.0"),
        ("13.93", "9.46", "4.47"),
        ("13.93", "9.4", "4.5"),  # the coarser of the two
        ("29", "20.5", "9"),  # 8.5, halves away from zero
        ("31.6", "31.6", "0.0"),
    ],
)
def test_difference_has_the_coarser_printed_precision(first, second, value):
    assert str(median_difference(*pair(MEDIAN, first, second)).value) == value


def test_landmark_difference_is_in_percentage_points():
    found = landmark_difference(*pair(RATE, "70.6", "55.6"))

    assert (str(found.value), found.unit) == ("15.0", "percentage points")


def test_risk_difference_is_per_100_patients():
    found = risk_difference(*pair(SAFETY, "50.0", "35.3"), is_percent=True)

    assert (str(found.value), found.unit) == ("14.7", "per 100 patients")


def test_rates_per_patient_years_are_not_shares_of_patients():
    assert risk_difference(*pair(SAFETY, "162.31", "175.9"), is_percent=False) is None


@pytest.mark.parametrize(("first", "second"), [(None, "31.6"), ("35.6", None), (None, None)])
def test_value_that_is_not_a_number_has_no_difference(first, second):
    assert median_difference(*pair(MEDIAN, first, second)) is None
    assert landmark_difference(*pair(RATE, first, second)) is None
    assert risk_difference(*pair(SAFETY, first, second), is_percent=True) is None


@pytest.mark.parametrize(
    "other",
    [
        {"trial": "pollux"},
        {"cut": "primary"},
        {"endpoint": "pfs"},
        {"measure": "event_free_rate"},
        {"timepoint": D(24)},
        {"population": "itt"},
        {"assessor": "irc"},
    ],
)
def test_numbers_of_two_scopes_have_no_difference(other):
    one, two = pair(MEDIAN, "35.6", "31.6")
    elsewhere = replace(two, scope=replace(two.scope, **other))

    assert median_difference(one, two) is not None
    assert median_difference(one, elsewhere) is None
    assert risk_difference(one, elsewhere, is_percent=True) is None


def test_difference_needs_its_own_measure_and_two_arms():
    one, two = pair(MEDIAN, "35.6", "31.6")

    assert landmark_difference(one, two) is None
    assert median_difference(*pair(RATE, "70.6", "55.6")) is None
    assert median_difference(one, one) is None


@pytest.mark.parametrize(
    ("n", "total", "value"),
    [(118, 368, "32.1"), (0, 57, "0.0"), (1, 8, "12.5"), (57, 57, "100.0"), (1, 800, "0.1")],
)
def test_percent_is_100_n_by_total_to_one_place(n, total, value):
    assert str(percent_of(n, total).value) == value


@pytest.mark.parametrize(("n", "total"), [(None, 57), (32, None), (0, 0), (58, 57), (-1, 57)])
def test_percent_is_none_without_both_counts(n, total):
    assert percent_of(n, total) is None


def test_published_medians_not_reached_have_no_difference():
    result = published("maia", "primary", "PFS", "median_time")
    labels = {arm.key: arm.label for arm in published_trials()["maia"].arms}

    readings = [
        Reading(
            Scope("maia", result.cut, result.endpoint, result.measure), v.arm, labels[v.arm], v.estimate.value
        )
        for v in result.values
    ]

    assert median_difference(*readings) is None
