"""What nobody publishes, and what a trial must not say of itself, each caught by its own check."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from tests.trials.published import published, published_trials
from trials.checks import CutRecord, Estimate, PublicationRecord, ValueRecord, check_result, check_trial

TODAY = date(2026, 11, 22)
TRIAL = replace(published_trials()["optimismm"], results=(), observations=())


def codes(**fields):
    return [finding.code for finding in check_trial(replace(TRIAL, **fields))]


@pytest.mark.parametrize(
    ("cutoffs", "found"),
    [
        ([date(2017, 10, 26), date(2022, 5, 13)], []),
        ([date(2022, 5, 13), date(2017, 10, 26)], ["cut-order"]),
        ([date(2022, 5, 13), None, date(2017, 10, 26)], ["cut-order"]),
        ([None, date(2017, 10, 26)], []),
        ([date(2022, 5, 13), date(2022, 5, 13)], []),
        ([date(2026, 11, 22)], []),
        ([date(2026, 11, 23)], ["cut-off-date"]),
        ([date(1949, 12, 31)], ["cut-off-date"]),
    ],
)
def test_cuts_stand_in_the_order_of_possible_dates(cutoffs, found):
    cuts = tuple(CutRecord(f"Cut {number}", cutoff) for number, cutoff in enumerate(cutoffs))

    assert codes(cuts=cuts) == found


@pytest.mark.parametrize(("months", "found"), [("600", []), ("600.1", ["follow-up-length"])])
def test_follow_up_lasts_fifty_years_at_most(months, found):
    assert codes(cuts=(CutRecord("Final", None, (D(months),)),)) == found


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, []),
        ({"year": 1949}, ["publication-year"]),
        ({"year": 1950}, []),
        ({"year": 2027}, []),
        ({"year": 2028}, ["publication-year"]),
        ({"doi": "10.1056/NEJMoa1714678"}, []),
        ({"doi": "https://doi.org/10.1056/NEJMoa1714678"}, ["doi-form"]),
        ({"doi": "10.1056/NEJM oa"}, ["doi-form"]),
        ({"doi": "10.105/x"}, ["doi-form"]),
        ({"pmid": "31097405"}, []),
        ({"pmid": "PMC31097"}, ["pmid-form"]),
    ],
)
def test_publication_can_be_found(fields, found):
    assert codes(publications=(replace(PublicationRecord("Example 2019", 2019), **fields),)) == found


def test_source_that_is_in_no_list_is_a_fault():
    [finding] = check_trial(replace(TRIAL, unknown_sources=("nowhere",)))

    assert (finding.code, finding.severity) == ("source-unknown", "fault")
    assert "nowhere" in finding.message


def test_median_of_more_than_fifty_years_is_odd():
    result = published("optimismm", "primary", "PFS", "median_time")
    long = ValueRecord("pvd", Estimate("estimated", D("600.1")))

    found = check_result(replace(result, values=(long,), comparison=None), TRIAL.arms)

    assert [finding.code for finding in found] == ["median-length"]


def test_result_without_anything_is_a_fault():
    result = published("optimismm", "primary", "PFS", "median_time")

    [finding] = check_result(replace(result, values=(), comparison=None), TRIAL.arms)

    assert (finding.code, finding.severity) == ("result-empty", "fault")
    assert finding.message == "Nothing is entered. Enter at least one value or an effect."


def test_result_plays_the_part_of_its_endpoint():
    result = published("optimismm", "primary", "PFS", "median_time")

    assert codes(results=(result,), roles={"PFS": "primary"}) == []
    assert codes(results=(result,), roles={"PFS": "secondary"}) == ["endpoint-role"]


def test_finding_says_of_which_result_it_is():
    one = published("optimismm", "primary", "PFS", "median_time")

    found = check_trial(replace(TRIAL, results=(one, replace(one, cut="later", values=(), comparison=None))))

    assert [(finding.code, finding.result) for finding in found] == [("result-empty", 1)]
