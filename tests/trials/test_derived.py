from dataclasses import replace
from decimal import Decimal as D

import pytest

from tests.trials.published import published, published_trials
from trials.checks import PValue
from trials.derived import (
    Reading,
    Scope,
    implied_interval,
    landmark_difference,
    median_difference,
    number_needed_to_treat,
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
    assert number_needed_to_treat(*pair(RATE, first, second), lower=D("0.4"), upper=D("0.7")) is None


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


def test_number_needed_to_treat_is_rounded_up():
    arms = pair(RATE, "70.6", "55.6")

    found = number_needed_to_treat(*arms, lower=D("0.43"), upper=D("0.73"))

    assert (str(found.value), found.unit) == ("7", "patients")  # 100 / 15.0 = 6.67
    assert "at 30 months" in found.formula


@pytest.mark.parametrize(
    ("first", "second", "lower", "upper"),
    [
        ("70.6", "55.6", "0.43", "1.02"),  # no difference is not excluded
        ("70.6", "55.6", "0.43", None),
        ("70.6", "55.6", None, None),
        ("55.6", "70.6", "1.3", "2.3"),  # the other arm does better
        ("55.6", "70.6", "0.43", "0.73"),  # rates and effect point in different directions
        ("70.6", "70.5", "0.43", "0.73"),  # equal after rounding
    ],
)
def test_number_needed_to_treat_is_none_where_it_would_mislead(first, second, lower, upper):
    bounds = {"lower": lower and D(lower), "upper": upper and D(upper)}

    assert number_needed_to_treat(*pair(RATE, first, second), **bounds) is None


def test_implied_interval_gives_back_a_published_interval():
    found = implied_interval(D("0.69"), PValue("=", D("0.0001"), 2))  # aspire: 0.57 to 0.83

    assert (str(found.lower), str(found.upper), found.level) == ("0.57", "0.83", D(95))
    assert "two-sided p is 0.0001" in found.formula


def test_implied_interval_follows_level_and_sides():
    ikema = implied_interval(D("0.53"), PValue("=", D("0.0014"), 2), level=D(99))  # published: 0.32 to 0.89
    endeavor = implied_interval(D("0.791"), PValue("=", D("0.01"), 1))  # published: 0.648 to 0.964

    assert (str(ikema.lower), str(ikema.upper)) == ("0.32", "0.88")
    assert (str(endeavor.lower), str(endeavor.upper)) == ("0.649", "0.964")


@pytest.mark.parametrize(
    ("ratio", "p"),
    [
        (None, PValue("=", D("0.01"), 2)),
        (D("0.69"), None),
        (D("0.69"), PValue("<", D("0.001"), 2)),
        (D("0.69"), PValue("=", D("0.01"))),
        (D("1.00"), PValue("=", D("0.9"), 2)),
        (D("0.69"), PValue("=", D(1), 2)),
        (D("0.69"), PValue("=", D(1), 1)),
        (D("5"), PValue("=", D("0.9999999999"), 2)),
        (D("0"), PValue("=", D("0.5"), 2)),
    ],
)
def test_implied_interval_is_none_rather_than_a_guess(ratio, p):
    assert implied_interval(ratio, p) is None


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
