"""What the texts and numbers of the registry say."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from trials.registry.arms import Group, OurArm, propose, words_of
from trials.registry.numbers import Bounds, Number, agree, bounds_agree, inverted
from trials.registry.words import (
    EndpointNames,
    assessor_of,
    dates_in,
    dispersion_of,
    effect_of,
    endpoint_of,
    follow_ups_in,
    landmark_of,
    level_of,
    parameter_of,
    population_of,
    sides_of,
    unit_of,
)

D = Decimal
PRINTED = [
    ("12.345", "=", "12.345"),
    ("1,234.50", "=", "1234.50"),
    ("1,234,567", "=", "1234567"),
    ("<0.001", "<", "0.001"),
    ("< 0.0001", "<", "0.0001"),
    ("\\<0.001", "<", "0.001"),
    ("&lt;0.001", "<", "0.001"),
    ("≤0.05", "<", "0.05"),
    (">= 90", ">", "90"),
    (">0.9", ">", "0.9"),
    ("= 0.012", "=", "0.012"),
    (".05", "=", "0.05"),
    ("-1.5", "=", "-1.5"),
    ("\N{MINUS SIGN}1.5", "=", "-1.5"),
    ("1.2E-4", "=", "0.00012"),
    ("0.60", "=", "0.60"),
]
TEXTS = ["", "NA", ">", "12,3", "1,23,456", "see comment", "1" * 16, "1e999", "12.3 months", "NaN", "Infinity", "٣", "--1"]  # fmt: skip


@pytest.mark.parametrize(("text", "relation", "value"), PRINTED)
def test_printed_number_is_read_to_the_digit(text, relation, value):
    number = Number.read(text)

    assert (number.text, number.relation, number.value) == (text, relation, D(value))
    assert str(Number.read("0.60").value) == "0.60"


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_no_number_stays_a_text(text):
    assert Number.read(text) == Number(text)


@pytest.mark.parametrize(
    ("text", "note", "given"),
    [
        ("NA", "Median was not reached at the time of analysis", "not_reached"),
        ("NA", "Upper limit not estimable because of too few events", "not_estimable"),
        ("NA", "could not be calculated", "not_estimable"),
        ("NA", "Not reached; upper limit not estimable", ""),
        ("NA", "", ""),
        ("NR", "", "not_reached"),
        ("NE", "", "not_estimable"),
        ("Not reached", "", "not_reached"),
    ],
)
def test_what_stands_for_no_number_is_told_apart(text, note, given):
    assert Number.read(text, note).given == given


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("12.3", "12.345", True),
        ("12.4", "12.345", False),
        ("12.3", "12.35", True),  # halves are rounded either way
        ("12.4", "12.35", True),
        ("0.60", "0.6", True),
        ("0.61", "0.6", True),  # 0.6 is all that the registry prints
        ("0.66", "0.6", False),
        ("29", "29.0", True),
        ("0.75", "0.57", False),
        ("1234", "1,234", True),
        ("0.012", "<0.05", None),
        ("0.012", "<0.001", False),
        ("0.012", ">0.05", False),
        ("12.3", "NA", None),
        ("12.3", "NR", False),
        ("12.3", "see comment", None),
    ],
)
def test_numbers_agree_within_the_printed_places(ours, theirs, expected):
    assert agree(Number.of(D(ours)), Number.read(theirs)) is expected


@pytest.mark.parametrize(
    ("relation", "ours", "theirs", "expected"),
    [
        ("<", "0.001", "<0.001", True),
        ("<", "0.0001", "<0.001", None),
        ("<", "0.0001", "0.012", False),
        ("<", "0.0001", "0.00005", None),
        (">", "0.05", "0.012", False),
    ],
)
def test_bounds_of_p_contradict_only_what_they_leave_out(relation, ours, theirs, expected):
    assert agree(Number.of(D(ours), relation=relation), Number.read(theirs)) is expected


@pytest.mark.parametrize(
    ("status", "theirs", "note", "expected"),
    [
        ("not_reached", "NA", "not reached", True),
        ("not_reached", "NA", "not estimable", None),
        ("not_reached", "NA", "", None),
        ("not_reached", "35.6", "", False),
    ],
)
def test_missing_numbers_agree_only_for_the_same_reason(status, theirs, note, expected):
    assert agree(Number.of(None, status), Number.read(theirs, note)) is expected


def bounds(lower, upper):
    return Bounds(*(None if text is None else Number.read(text) for text in (lower, upper)))


OPEN = Bounds(Number.of(D("31.0")), Number.of(None, "not_reached"))
INTERVALS = [
    (bounds("31.0", "39.9"), bounds("31.04", "39.92"), True),
    (bounds("31.0", "39.9"), bounds("31.04", "38.92"), False),
    (bounds("31.0", "39.9"), bounds("31.04", "NA"), None),
    (OPEN, bounds("31.04", "NA"), True),
    (OPEN, bounds("31.04", "60"), False),
    (bounds(None, "0.91"), bounds(None, "0.912"), True),
    (bounds(None, "0.91"), bounds("0.2", "0.912"), None),
]


@pytest.mark.parametrize(("ours", "theirs", "expected"), INTERVALS, ids=range(len(INTERVALS)))
def test_intervals_agree_in_both_bounds(ours, theirs, expected):
    assert bounds_agree(ours, theirs) is expected


def test_ratio_is_turned_round_to_its_own_places():
    assert inverted(Number.of(D("0.61"))).text == "1.64"
    assert inverted(Number.of(D("0"))).value == 0
    assert inverted(None) is None


ENDPOINTS = [
    EndpointNames("os", "Overall survival", "OS", True),
    EndpointNames("pfs", "Progression-free survival", "PFS", True),
    EndpointNames(
        "pfs-second", "Progression-free survival from second randomisation", "PFS", False
    ),
    EndpointNames("pfs2", "Progression-free survival on next line of therapy", "PFS2", True),
    EndpointNames("orr", "Overall response rate", "ORR", True),
    EndpointNames("dor", "Duration of response", "DOR", True),
    EndpointNames("cr", "Complete response or better", "CR+", True),
    EndpointNames("scr", "Stringent complete response", "sCR", True),
    EndpointNames("mrd", "Minimal residual disease negativity", "MRD-neg", True),
    EndpointNames("mrd-sustained", "Sustained minimal residual disease negativity", "sustained MRD-neg", True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Overall Survival (OS)", "os"),
        ("Kaplan-Meier Estimates of Progression Free Survival (PFS) by IRAC", "pfs"),
        ("PFS", "pfs"),
        ("Progression-free Survival 2 (PFS2)", "pfs2"),
        ("Progression-Free Survival After Next Therapy (PFS2)", ""),
        ("PFS2", "pfs2"),
        ("Duration of Overall Response", "dor"),
        ("Percentage of Participants With an Objective Response", "orr"),
        ("Complete Response", ""),
        ("Percentage of Participants With Complete Response (CR) or Better", "cr"),
        ("Stringent Complete Response Rate", "scr"),
        ("Sustained MRD Negativity", "mrd-sustained"),
        ("MRD Negativity Rate", "mrd"),
        ("Overall Survival and Progression-free Survival", ""),
        ("Time to Deterioration in Pain", ""),
        ("", ""),
    ],
)
def test_title_names_an_endpoint_or_none(title, code):
    assert endpoint_of(title, ENDPOINTS) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Intent-to-treat (ITT) population", "itt"),
        ("Intention to treat", "itt"),
        ("All randomised participants", "itt"),
        ("All participants who were randomized", "itt"),
        ("Modified intent-to-treat population", ""),
        ("ITT population, Japanese subgroup", ""),
        ("All randomized participants who received at least one dose", ""),
        ("Safety population", "safety"),
        ("Response-evaluable participants", "evaluable"),
        ("", ""),
    ],
)
def test_population_is_known_only_where_it_is_whole(text, code):
    assert population_of(text) == code


def test_units_parameters_and_effects_have_many_spellings():
    assert [unit_of(text) for text in ("Months", "percentage of participants", "%", "Participants", "Weeks")] == [
        "months", "percent", "percent", "participants", "weeks",
    ]  # fmt: skip
    assert parameter_of("MEDIAN", "months") == "median"
    assert parameter_of("NUMBER", "percent") == "rate"
    assert parameter_of("COUNT_OF_PARTICIPANTS", "participants") == "count"
    assert effect_of("Hazard Ratio (HR)") == "hazard_ratio"
    assert effect_of("Hazard Ratio, log") == "hazard ratio, log"
    assert effect_of("Odds Ratio (OR)") == "odds_ratio"


def test_levels_sides_and_assessors():
    assert level_of("95% Confidence Interval") == D(95)
    assert level_of("98.5% Confidence Interval") == D("98.5")
    assert level_of("Full Range") is None
    assert dispersion_of("CONFIDENCE_975") == "97.5% confidence interval"
    assert dispersion_of("CONFIDENCE_95") == "95% confidence interval"
    assert dispersion_of("CONFIDENCE_OTHER") == "confidence interval"
    assert dispersion_of("FULL_RANGE") == "full range"
    assert dispersion_of("95% Confidence Interval") == "95% confidence interval"
    assert (sides_of("1-sided log rank"), sides_of("Two-sided"), sides_of("Log rank")) == (1, 2, None)
    assert sides_of("one-sided; two-sided") is None
    assert assessor_of("by the Independent Review Committee (IRC)") == "irc"
    assert assessor_of("by investigator") == "investigator"
    assert assessor_of("by investigator and IRC") == ""


def test_dates_and_follow_up_are_found_in_texts():
    day = date(2022, 5, 13)

    for text in ("13 May 2022", "May 13, 2022", "13-May-2022", "13MAY2022", "until 2022-05-13."):
        assert dates_in(text) == {day}
    assert dates_in("up to 5 years; 31 February 2022; 13/05/2022") == frozenset()
    assert follow_ups_in("median follow-up of 24.0 months") == {D("24.0")}
    assert follow_ups_in("up to 24 months") == frozenset()


@pytest.mark.parametrize(
    ("titles", "time_frame", "months"),
    [
        ("Overall Survival at 24 Months", "Up to 5 years", 24),
        ("2-year PFS Rate", "", 24),
        ("PFS Month 18", "", 18),
        ("PFS rate", "24 months", 24),
        ("PFS rate", "Up to 24 months", None),
        ("PFS rate at 12 and 24 months", "", None),
        ("PFS at 12-24 months", "", None),
        ("PFS at 12 months, 24 months", "", None),
        ("PFS", "", None),
    ],
)
def test_landmark_is_the_one_time_that_is_named(titles, time_frame, months):
    assert landmark_of(titles, time_frame) == months


ABC = OurArm(1, frozenset({words_of("ABC"), words_of("Drug A + drug B + drug C")}), frozenset("abc"), 200)
BC = OurArm(2, frozenset({words_of("BC"), words_of("Drug B + drug C")}), frozenset("bc"), 198)
DRUGS = {"drug a": "a", "brand a": "a", "drug b": "b", "drug c": "c"}


@pytest.mark.parametrize(
    ("group", "arm"),
    [
        (Group("ABC"), 1),
        (Group("Arm B: BC"), 2),
        (Group("Something (ABC)"), 1),
        (Group("Drug A, Drug B and Drug C"), 1),
        (Group("Brand A + drug B + drug C"), 1),
        (Group("Arm A", ("Drug: Drug A", "Drug: Drug B", "Drug: Drug C")), 1),
        (Group("Arm A", count=198), 2),
        (Group("ABC", count=198), None),
        (Group("ABC", count=7), 1),
        (Group("Arm A", ("Drug: Drug D",)), None),
        (Group("ABC: Age Over 75"), None),
        (Group("Total"), None),
        (Group(""), None),
    ],
)
def test_group_is_an_arm_only_if_all_evidence_leaves_one(group, arm):
    assert propose(group, [ABC, BC], DRUGS) == arm


def test_group_that_may_be_two_arms_is_none():
    twin = replace(ABC, pk=3)

    assert propose(Group("ABC", count=200), [ABC, twin], DRUGS) is None
