from datetime import date
from decimal import Decimal as D

import pytest
from django.utils import timezone

from tests.trials.factories import make_cut, make_observation, make_result, make_trial
from trials.checks import records
from trials.checks.of_rows import PREFETCH, findings_of_trial
from trials.models import Comparison, Given, Result, Source, Trial, Waiver

pytestmark = pytest.mark.django_db


def codes(trial):
    return [row.finding.code for row in findings_of_trial(trial)]


def test_words_of_the_records_are_those_of_the_models():
    assert {records.MEDIAN, records.LANDMARK, records.RESPONSE} == set(Result.Measure.values)
    assert {records.HAZARD_RATIO, records.ODDS_RATIO, ""} == set(Comparison.Effect.values)
    assert {records.ESTIMATED, records.NOT_REACHED} < set(Given.values)


def test_complete_trial_has_no_finding():
    trial = make_trial()
    make_observation(trial)

    assert findings_of_trial(trial) == []


def test_fault_of_arms_blocks_and_names_no_result():
    [row] = findings_of_trial(make_trial(n_enrolled=399))

    assert (row.finding.code, row.row, row.is_blocking) == ("arms-sum", None, True)
    assert "398" in row.finding.message


def test_oddity_blocks_until_it_has_a_reason():
    trial = make_trial(results=False)
    result = make_result(trial, comparison={"value": "0.85"})

    [before] = findings_of_trial(trial)
    waiver = Waiver.objects.create(
        result=result,
        check_code="log-midpoint",
        numbers=before.finding.numbers,
        reason="Profile likelihood.",
    )
    [after] = findings_of_trial(trial)

    assert (before.finding.code, before.row, before.waiver) == ("log-midpoint", result, None)
    assert before.is_blocking
    assert after.waiver == waiver
    assert not after.is_blocking


def test_fault_blocks_whatever_reason_is_given():
    trial = make_trial(results=False)
    result = make_result(trial, comparison={"value": "7.5"})
    Waiver.objects.create(result=result, check_code="estimate-outside-interval", reason="As published.")

    [row] = findings_of_trial(trial)

    assert row.finding.code == "estimate-outside-interval"
    assert row.is_blocking


def test_reason_for_one_check_is_none_for_another():
    trial = make_trial(results=False)
    result = make_result(trial, comparison={"value": "0.85"})
    Waiver.objects.create(result=result, check_code="p-interval", reason="Log-rank test.")

    [row] = findings_of_trial(trial)

    assert row.is_blocking


@pytest.mark.parametrize(
    "fields", [{"numbers": "0.58 (95 %, 0.60 to 0.94)"}, {"numbers": ""}, {"superseded_at": timezone.now()}]
)
def test_reason_for_other_numbers_or_superseded_excuses_nothing(fields):
    trial = make_trial(results=False)
    result = make_result(trial, comparison={"value": "0.85"})
    [found] = findings_of_trial(trial)
    given = {"check_code": found.finding.code, "numbers": found.finding.numbers, "reason": "As published."}
    Waiver.objects.create(**{"result": result} | given | fields)

    [row] = findings_of_trial(trial)

    assert row.is_blocking


def test_what_is_odd_about_safety_blocks_until_it_has_a_reason():
    trial = make_trial()
    odd = make_observation(trial, values={"abc": {"value": "93", "n": 77}})

    [before] = findings_of_trial(trial)
    waiver = Waiver.objects.create(
        observation=odd,
        check_code="percent-of-arm",
        numbers=before.finding.numbers,
        reason="Of those treated.",
    )
    [after] = findings_of_trial(trial)

    assert (before.finding.code, before.row, before.is_blocking) == ("percent-of-arm", odd, True)
    assert (after.waiver, after.is_blocking) == (waiver, False)


def test_rate_without_percent_is_not_held_to_100():
    trial = make_trial()
    make_observation(trial, unit="events_per_100_patient_years", values={"abc": "162.31"})

    assert codes(trial) == []


def test_findings_name_cut_endpoint_time_and_arm():
    trial = make_trial(results=False)
    make_result(
        trial, measure="event_free_rate", timepoint="24", values={"abc": "60", "bc": "50"}, comparison=None
    )
    make_result(
        trial, measure="event_free_rate", timepoint="36", values={"abc": "65", "bc": "40"}, comparison=None
    )

    [row] = findings_of_trial(trial)

    assert row.finding.where == "Primary analysis, OS at 36 months, ABC"
    assert row.finding.message.startswith("The rate is higher than the 60 % at 24 months")


def test_results_of_two_cuts_are_not_held_against_each_other():
    trial = make_trial(results=False)
    make_result(trial, measure="event_free_rate", timepoint="24", values={"abc": "60"}, comparison=None)
    later = make_cut(trial)
    make_result(
        trial, cut=later, measure="event_free_rate", timepoint="36", values={"abc": "65"}, comparison=None
    )

    assert codes(trial) == []


def test_printed_digits_reach_the_checks():
    trial = make_trial(results=False)
    make_result(trial, comparison={"value": "0.8", "p_value": None, "p_relation": ""})
    finer = make_result(trial, comparison={"value": "0.80", "p_value": None, "p_relation": ""})

    [row] = findings_of_trial(Trial.objects.get(pk=trial.pk))

    assert (row.finding.code, row.row) == ("log-midpoint", finer)
    assert finer.comparison.value == D("0.80")


def test_checks_of_a_prefetched_trial_ask_the_database_nothing(django_assert_num_queries):
    made = make_trial()
    make_result(made, endpoint="pfs", comparison=None)
    make_observation(made)
    trial = Trial.objects.prefetch_related(*PREFETCH).get(pk=made.pk)

    with django_assert_num_queries(0):
        findings_of_trial(trial)


def test_source_that_nobody_knows_is_a_fault_wherever_it_is_named():
    trial = make_trial()
    Source.objects.create(code="page", kind="news", title="A page")
    trial.results.update(source_codes=["page", "nowhere"])
    trial.publications.update(source_codes=["lost"])

    [row] = findings_of_trial(trial)

    assert (row.finding.code, row.row, row.is_blocking) == ("source-unknown", None, True)
    assert row.finding.message.endswith(": lost, nowhere.")


def test_result_in_another_part_than_its_endpoint_is_a_fault():
    trial = make_trial()
    trial.endpoints.update(role="secondary")

    [row] = findings_of_trial(trial)

    assert (row.finding.code, row.row, row.is_blocking) == ("endpoint-role", trial.results.get(), True)


def test_cuts_in_another_order_than_their_dates_are_a_fault():
    trial = make_trial()
    trial.data_cuts.update(cutoff=date(2022, 5, 13))
    make_cut(trial, label="Interim", cutoff=date(2017, 10, 26))

    [row] = findings_of_trial(trial)

    assert (row.finding.code, row.finding.where, row.is_blocking) == ("cut-order", "Interim", True)


def test_odd_publication_is_shown_and_blocks_nothing():
    trial = make_trial()
    trial.publications.update(year=1849)

    [row] = findings_of_trial(trial)

    assert (row.finding.code, row.row, row.is_blocking) == ("publication-year", None, False)


def test_one_sided_p_of_a_desired_event_looks_above_1():
    trial = make_trial(results=False)
    sooner = {"value": "1.33", "ci_lower": "1.07", "ci_upper": "1.66", "p_value": "0.006", "p_sides": 1}
    result = make_result(trial, endpoint="ttr", values={}, comparison=sooner)

    assert codes(trial) == []
    type(result.endpoint).objects.update(event_is_desired=False)
    assert codes(trial.__class__.objects.get()) == ["p-direction"]
