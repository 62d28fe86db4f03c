"""The arithmetic of the checks on its own: rounding, intervals of any level, and what must never be flagged."""

from dataclasses import replace
from decimal import ROUND_HALF_UP
from decimal import Decimal as D
from math import exp, log, sqrt

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from trials.checks import (
    ArmRecord,
    ComparisonRecord,
    Estimate,
    PValue,
    ResultRecord,
    ValueRecord,
    check_result,
)
from trials.checks.ratios import NORMAL, score_of
from trials.checks.rounding import half_unit

ARMS = (ArmRecord("a", "A", 200, "experimental"), ArmRecord("b", "B", 198, "control"))
LEVELS = [D(80), D(90), D(95), D("95.4"), D("98.5"), D(99), D("99.9")]


def compared(value, lower, upper, *, p=None, level=95, sides=None, effect="hazard_ratio"):
    """A result without values: only the effect, from texts."""
    lower, upper = (None if bound is None else D(bound) for bound in (lower, upper))
    estimate = Estimate("estimated", D(value), D(level), sides, lower, upper)
    return ResultRecord(
        "Primary, PFS",
        "primary",
        "pfs",
        "median_time",
        comparison=ComparisonRecord("a", "b", effect, estimate, p),
    )


def medians(a, b, result):
    """`result` with two medians, "-" for one not reached."""
    values = (
        ValueRecord(arm, Estimate("not_reached") if text == "-" else Estimate("estimated", D(text)))
        for arm, text in (("a", a), ("b", b))
    )
    return replace(result, values=tuple(values))


def codes(result):
    return [finding.code for finding in check_result(result, ARMS)]


def printed(number, places):
    return D(number).quantize(D(1).scaleb(-places), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("text", "half"), [("0.60", "0.005"), ("0.6", "0.05"), ("29", "0.5"), ("0.0044", "0.00005")]
)
def test_half_unit_is_half_of_the_last_printed_digit(text, half):
    assert half_unit(D(text)) == D(half)


@pytest.mark.parametrize(
    ("level", "sides", "score"), [(95, 2, 1.95996), (95, None, 1.95996), (99, 2, 2.57583), (95, 1, 1.64485)]
)
def test_score_follows_level_and_sides(level, sides, score):
    assert score_of(D(level), sides) == pytest.approx(score, abs=5e-5)


# log-midpoint


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        (("0.61", "0.49", "0.77"), []),  # middle 0.614
        (("0.63", "0.49", "0.77"), ["log-midpoint"]),
        (("0.6", "0.49", "0.77"), []),  # one digit allows 0.55 to 0.65
        (("0.60", "0.49", "0.77"), ["log-midpoint"]),  # at most 0.605, the middle at least 0.6083
        (("0.791", "0.648", "0.964"), []),
        (("0.719", "0.648", "0.964"), ["log-midpoint"]),
        (("0.08", "0.00", "0.50"), ["log-midpoint"]),  # a lower bound that rounds to 0 is below 0.005
        (("0.02", "0.00", "0.50"), []),
    ],
)
def test_estimate_is_held_against_the_middle_of_its_interval(numbers, found):
    assert codes(compared(*numbers)) == found


@pytest.mark.parametrize("bounds", [("0.49", None), (None, "0.77"), (None, None)])
def test_open_bounds_raise_nothing(bounds):
    assert codes(compared("0.61", *bounds)) == []


@settings(max_examples=300, deadline=None)
@given(
    ratio=st.floats(0.05, 20),
    error=st.floats(0.01, 1.5),
    level=st.sampled_from(LEVELS),
    places=st.sampled_from([2, 3]),
    sides=st.sampled_from([1, 2]),
)
def test_rounded_wald_interval_and_its_p_are_never_flagged(ratio, error, level, places, sides):
    reach = score_of(level, 2) * error
    numbers = [printed(exp(log(ratio) + step), places) for step in (0, -reach, reach)]
    score = log(ratio) / error  # a one-sided test looks below 1 only
    p = printed(NORMAL.cdf(score) if sides == 1 else 2 * NORMAL.cdf(-abs(score)), 4)
    p = PValue("=", p, sides) if p > 0 else PValue("<", D("0.0001"), sides)

    assert codes(compared(*numbers, level=level, p=p)) == []


@settings(max_examples=300, deadline=None)
@given(ratio=st.floats(0.05, 20), error=st.floats(0.02, 1), swap=st.integers(0, 3))
def test_digit_swap_beyond_the_tolerance_is_always_flagged(ratio, error, swap):
    value, lower, upper = (printed(exp(log(ratio) + step * error), 2) for step in (0, -1.96, 1.96))
    digits = str(value)
    at = min(swap, len(digits) - 2)
    swapped = (
        D(digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :])
        if "." not in digits[at : at + 2]
        else value
    )
    low = sqrt(max(float(lower) - 0.005, 0) * (float(upper) - 0.005))
    high = sqrt((float(lower) + 0.005) * (float(upper) + 0.005))
    assume(swapped > 0 and not low - 0.0051 <= float(swapped) <= high + 0.0051)

    found = codes(compared(swapped, lower, upper))

    assert found in (["log-midpoint"], ["estimate-outside-interval"])


# p values


def equal(text, sides=None):
    return PValue("=", D(text), sides)


@pytest.mark.parametrize(
    ("level", "sides", "p", "found"),
    [
        (95, None, equal("0.012", 2), []),  # 0.750 (0.600-0.938) gives 0.0116
        (95, None, equal("0.12", 2), ["p-interval"]),
        (95, None, equal("0.006", 1), []),
        (95, None, equal("0.006", 2), ["p-interval"]),
        (95, None, equal("0.006"), ["p-sides"]),  # agrees only as a one-sided p
        (95, None, PValue("<", D("0.05"), 2), []),
        (95, None, PValue("<", D("0.001"), 2), ["p-interval"]),
        (95, None, PValue(">", D("0.05"), 2), ["p-interval"]),
        (95, None, PValue("=", D("0.12"), 2, is_nominal=True), ["p-interval"]),
        (99, None, equal("0.012", 2), ["p-interval"]),  # the same bounds at 99 % mean 0.0009
        (99, None, equal("0.0009", 2), []),
        (80, None, equal("0.10", 2), []),
        (95, None, equal("0.994", 1), []),  # tests the other direction: nothing to recompute
    ],
)
def test_p_is_held_against_the_interval_at_its_level_and_sides(level, sides, p, found):
    assert codes(compared("0.750", "0.600", "0.938", level=level, sides=sides, p=p)) == found


def test_p_below_five_percent_is_flagged_when_the_interval_includes_1():
    assert codes(compared("0.94", "0.77", "1.15", p=equal("0.03", 2))) == ["p-interval"]
    assert codes(compared("0.94", "0.77", "1.15", p=equal("0.571", 2))) == []


def test_p_is_held_against_the_bound_that_is_given():
    assert codes(compared("0.75", None, "0.94", p=equal("0.012", 2))) == []
    assert codes(compared("0.75", "0.60", None, p=equal("0.2", 2))) == ["p-interval"]


def test_p_needs_an_interval_whose_middle_is_the_estimate():
    assert codes(compared("0.65", "0.60", "0.94", p=equal("0.9", 2))) == ["log-midpoint"]


def test_p_without_an_interval_is_not_recomputed():
    assert codes(compared("0.75", None, None, p=equal("0.9", 2))) == []


@pytest.mark.parametrize(
    ("ratio", "p", "sides", "effect", "found"),
    [
        ("1.33", "0.006", 1, "hazard_ratio", ["p-direction"]),
        ("0.75", "0.006", 1, "hazard_ratio", []),
        ("1.33", "0.994", 1, "hazard_ratio", []),
        ("1.33", "0.012", 2, "hazard_ratio", []),
        ("1.00", "0.4", 1, "hazard_ratio", []),  # rounding hides on which side it lies
        ("1.33", "0.006", 1, "odds_ratio", []),  # more responses: what the test looks for
        ("0.75", "0.006", 1, "odds_ratio", ["p-direction"]),
    ],
)
def test_one_sided_p_speaks_for_the_arm_that_the_effect_favours(ratio, p, sides, effect, found):
    assert (
        codes(
            compared(ratio, None, None, p=equal(p, sides), effect=effect)
            if effect == "hazard_ratio"
            else replace(
                compared(ratio, None, None, p=equal(p, sides), effect=effect), measure="response_rate"
            )
        )
        == found
    )


def test_one_sided_p_of_an_event_that_is_desired_looks_above_1():
    sooner = compared("1.33", None, None, p=equal("0.006", 1))

    assert codes(replace(sooner, event_is_desired=True)) == []


# medians


@pytest.mark.parametrize(
    ("a", "b", "ratio", "found"),
    [
        ("35.6", "31.2", "0.75", []),
        ("31.2", "35.6", "0.75", ["effect-direction"]),
        ("31.2", "35.6", "1.33", []),
        ("31.2", "31.2", "0.75", []),
        ("31", "31.4", "0.75", []),  # equal after rounding
        ("31.2", "35.6", "1.00", []),  # favours neither
        ("31.2", "35.6", "1.0", []),
        ("-", "31.2", "0.75", []),
        ("31.2", "-", "0.75", ["effect-direction"]),
        ("31.2", "-", "1.33", []),
        ("-", "-", "0.75", []),
    ],
)
def test_longer_median_belongs_to_the_favoured_arm(a, b, ratio, found):
    assert codes(medians(a, b, compared(ratio, None, None))) == found


def test_median_that_is_not_estimable_says_nothing_of_direction():
    result = medians("31.2", "-", compared("0.75", None, None))
    unknown = ValueRecord("b", Estimate("not_estimable"))

    assert codes(replace(result, values=(result.values[0], unknown))) == []


def test_findings_say_where_and_what_to_do():
    [finding] = check_result(medians("31.2", "35.6", compared("0.75", None, None)), ARMS)

    assert (finding.severity, finding.where) == ("oddity", "Primary, PFS")
    assert finding.message == (
        "The effect 0.75 favours A, but the values favour B."
        " Check which value belongs to which arm, and the order of the arms."
    )
