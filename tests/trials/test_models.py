"""Rules that the database keeps: each constraint of the trials is tried by breaking it."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models.deletion import ProtectedError

from tests.trials.factories import (
    make_arm,
    make_cut,
    make_drug,
    make_endpoint,
    make_observation,
    make_publication,
    make_regimen,
    make_result,
    make_trial,
)
from trials.models import (
    ArmFollowUp,
    ArmValue,
    Comparison,
    DrugClass,
    DrugName,
    Endpoint,
    Observation,
    ObservationValue,
    Regimen,
    Result,
    Source,
    Trial,
    TrialEndpoint,
    TrialIdentifier,
    Waiver,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def trial():
    """A complete trial with a safety record."""
    trial = make_trial(nct="NCT01734928")
    make_observation(trial)
    return trial


@pytest.fixture
def value(trial):
    """The value of the first arm: 35.6 (95% CI 31.0-39.9) months."""
    return ArmValue.objects.filter(arm__code="abc")


@pytest.fixture
def observed(trial):
    """The observed value of the first arm: 42 percent."""
    return ObservationValue.objects.filter(arm__code="abc")


def assert_refused(constraint, change):
    """`change()` breaks the constraint of this name."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        change()
    assert refusal.value.__cause__.diag.constraint_name == constraint


INTERVAL = [  # constraint, fields that break it, fields next to them that do not
    ("value_is_there_when_estimated", {"value": None}, {"value": None, "status": "not_reached"}),
    ("value_is_there_when_estimated", {"status": "not_reached"}, {"status": "not_estimable", "value": None}),
    ("value_is_there_when_estimated", {"status": "not_reported"}, {"status": "not_reported", "value": None}),
    ("interval_bounds_in_order", {"ci_lower": "50"}, {"ci_lower": "0.1"}),
    ("interval_names_its_level", {"ci_level": None}, {"ci_level": None, "ci_lower": None, "ci_upper": None}),
    ("interval_names_its_level", {"ci_level": "50"}, {"ci_level": "50.1"}),
    ("interval_names_its_level", {"ci_level": "100"}, {"ci_level": "98.5"}),
    ("interval_names_its_level", {"ci_level": None, "ci_lower": None}, {"ci_level": "99", "ci_lower": None}),
    (
        "open_bound_has_no_number",
        {"ci_lower_status": "not_reached"},
        {"ci_lower_status": "not_reached", "ci_lower": None},
    ),
    (
        "open_bound_has_no_number",
        {"ci_upper_status": "not_reached"},
        {"ci_upper_status": "not_estimable", "ci_upper": None},
    ),
]
INTERVAL_IDS = [f"{rule}: {broken}" for rule, broken, _ in INTERVAL]


@pytest.mark.parametrize(("rule", "broken", "kept"), INTERVAL, ids=INTERVAL_IDS)
def test_value_of_an_arm_keeps_the_rules_of_an_interval(value, rule, broken, kept):
    assert_refused(f"armvalue_{rule}", lambda: value.update(**broken))
    assert value.update(**kept) == 1


@pytest.mark.parametrize(("rule", "broken", "kept"), INTERVAL, ids=INTERVAL_IDS)
def test_comparison_keeps_the_rules_of_an_interval(trial, rule, broken, kept):
    assert_refused(f"comparison_{rule}", lambda: Comparison.objects.update(**broken))
    assert Comparison.objects.update(**kept) == 1


@pytest.mark.parametrize(
    ("rule", "broken", "kept"),
    [
        ("arm_value_count_is_part_of_analysed", {"n": 11, "n_analysed": 10}, {"n": 10, "n_analysed": 10}),
        ("arm_value_is_not_negative", {"value": "-0.1"}, {"value": "0"}),
        (
            "arm_value_percent_is_at_most_100",
            {"is_percent": True, "value": "100.1"},
            {"is_percent": True, "value": "100"},
        ),
        ("trials_armvalue_n_check", {"n": -1}, {"n": 0}),
        ("trials_armvalue_n_analysed_check", {"n_analysed": -1}, {"n_analysed": 200}),
        ("trials_armvalue_ci_sides_check", {"ci_sides": -1}, {"ci_sides": 2}),
    ],
)
def test_value_of_an_arm_keeps_its_rules(value, rule, broken, kept):
    assert_refused(rule, lambda: value.update(**broken))
    assert value.update(**kept) == 1


@pytest.mark.parametrize(
    ("rule", "broken", "kept"),
    [
        ("comparison_effect_is_positive", {"value": "0"}, {"value": "0.01"}),
        (
            "comparison_estimate_says_of_what",
            {"effect": ""},
            {"effect": "", "value": None, "status": "not_reported"},
        ),
        ("comparison_p_is_a_probability", {"p_value": "0"}, {"p_value": "0.0001"}),
        ("comparison_p_is_a_probability", {"p_value": "1.01"}, {"p_value": "1"}),
        ("comparison_p_is_a_probability", {"p_relation": ""}, {"p_relation": "<"}),
        ("comparison_p_is_a_probability", {"p_value": None}, {"p_value": None, "p_relation": ""}),
        ("trials_comparison_p_sides_check", {"p_sides": -1}, {"p_sides": 1}),
        ("trials_comparison_ci_sides_check", {"ci_sides": -1}, {"ci_sides": 1}),
    ],
)
def test_comparison_keeps_its_rules(trial, rule, broken, kept):
    assert_refused(rule, lambda: Comparison.objects.update(**broken))
    assert Comparison.objects.update(**kept) == 1


def test_comparison_is_between_two_arms(trial):
    versus = Comparison.objects.get().arm

    assert_refused("comparison_is_between_two_arms", lambda: Comparison.objects.update(versus=versus))


@pytest.mark.parametrize(
    ("broken", "kept"),
    [
        ({"measure": "event_free_rate"}, {"measure": "event_free_rate", "timepoint": "12"}),
        (
            {"measure": "event_free_rate", "timepoint": "0"},
            {"measure": "event_free_rate", "timepoint": "0.5"},
        ),
        ({"measure": "median_time", "timepoint": "12"}, {"measure": "median_time"}),
        ({"measure": "response_rate", "timepoint": "12"}, {"measure": "response_rate"}),
    ],
)
def test_rate_at_a_time_has_its_time_and_others_have_none(trial, broken, kept):
    assert_refused("result_landmark_has_its_time", lambda: Result.objects.update(**broken))
    assert Result.objects.update(**kept) == 1


@pytest.mark.parametrize(
    ("rule", "broken", "kept"),
    [
        ("observation_percent_within_0_and_100", {"value": "100.1"}, {"value": "100.1", "is_percent": False}),
        ("observation_percent_within_0_and_100", {"value": "-1"}, {"value": "0"}),
        ("observation_percent_within_0_and_100", {"value": "-1", "is_percent": False}, {"value": "100"}),
        ("observation_value_says_something", {"value": None}, {"value": None, "n": 0}),
        ("trials_observationvalue_n_check", {"n": -1}, {"n": 200}),
    ],
)
def test_observed_value_keeps_its_rules(observed, rule, broken, kept):
    assert_refused(rule, lambda: observed.update(**broken))
    assert observed.update(**kept) == 1


def test_safety_names_its_publication_and_baseline_may_do_without(trial):
    safety = Observation.objects.all()

    assert_refused("safety_names_its_publication", lambda: safety.update(publication=None))
    assert safety.update(publication=None, kind="baseline") == 1


def test_lines_of_treatment_are_in_order(trial):
    lines = Trial.objects.all()

    assert_refused("trial_prior_lines_in_order", lambda: lines.update(prior_lines_min=4))
    assert lines.update(prior_lines_min=3) == 1
    assert lines.update(prior_lines_min=4, prior_lines_max=None) == 1


@pytest.mark.parametrize(
    ("registry", "number"),
    [
        ("nct", "NCT0173492"),
        ("nct", "NCT017349288"),
        ("nct", "nct01734929"),
        ("nct", "NCT01734929\n"),
        ("eudract", "2013-504321-12"),
        ("eudract", "2013-004321-1"),
        ("euct", "2022-001234-56"),
        ("euct", "2022-501234-56-0"),
        ("isrctn", "ISRCTN1234567"),
        ("nct", "ISRCTN12345678"),
        ("other", "NCT01734929"),
    ],
)
def test_number_of_a_registry_has_its_format(trial, registry, number):
    assert_refused(
        "registry_number_has_its_format",
        lambda: TrialIdentifier.objects.create(trial=trial, registry=registry, number=number),
    )


@pytest.mark.parametrize(
    ("registry", "number"),
    [
        ("nct", "NCT00000001"),
        ("eudract", "2013-004321-12"),
        ("euct", "2022-501234-56"),
        ("euct", "2022-501234-56-00"),
        ("isrctn", "ISRCTN12345678"),
    ],
)
def test_number_in_the_format_of_its_registry_is_taken(trial, registry, number):
    assert TrialIdentifier.objects.create(trial=trial, registry=registry, number=number).pk


def test_cut_has_no_negative_follow_up(trial):
    assert_refused(
        "data_cut_follow_up_is_not_negative", lambda: trial.data_cuts.update(median_follow_up="-1")
    )
    assert trial.data_cuts.update(median_follow_up=None) == 1
    assert_refused("arm_follow_up_is_not_negative", lambda: make_cut(trial, by_arm={"abc": "-0.1"}))
    assert make_cut(trial, by_arm={"abc": "0"}).pk


def test_regimen_source_and_waiver_are_not_empty(trial):
    result = trial.results.get()

    assert_refused("regimen_has_a_name", lambda: make_regimen(name=""))
    assert_refused("source_has_a_title", lambda: Source.objects.create(code="page", title=""))
    assert_refused(
        "waiver_has_a_reason", lambda: Waiver.objects.create(result=result, check_code="p", reason="")
    )


def test_waiver_concerns_a_result_or_an_observation(trial):
    result, observation = trial.results.get(), trial.observations.get()
    given = {"check_code": "p", "reason": "So printed."}
    rule = "waiver_concerns_a_result_or_an_observation"

    assert_refused(rule, lambda: Waiver.objects.create(**given))
    assert_refused(rule, lambda: Waiver.objects.create(result=result, observation=observation, **given))
    assert Waiver.objects.create(result=result, **given).row == result
    assert Waiver.objects.create(observation=observation, **given).row == observation


ONCE = {  # constraint → what makes the same row again
    "one_arm_per_trial_and_code": lambda trial: make_arm(trial, code="abc"),
    "one_publication_per_trial_and_code": lambda trial: make_publication(trial, code="first-report"),
    "one_data_cut_per_trial_and_code": lambda trial: make_cut(trial, code="primary"),
    "one_role_per_trial_and_endpoint": lambda trial: TrialEndpoint.objects.create(
        trial=trial, endpoint=make_endpoint("os"), role="secondary"
    ),
    "one_value_per_result_and_arm": lambda trial: again(ArmValue.objects.first()),
    "trials_comparison_result_id_key": lambda trial: again(Comparison.objects.get()),
    "one_value_per_observation_and_arm": lambda trial: again(ObservationValue.objects.first()),
    "one_trial_per_registry_number": lambda trial: make_trial(nct="NCT01734928"),
    "trials_trial_slug_key": lambda trial: make_trial(slug=trial.slug),
    "trials_endpoint_code_key": lambda trial: Endpoint.objects.create(code="os", name="Another"),
    "trials_endpoint_name_key": lambda trial: Endpoint.objects.create(code="x", name="Overall survival"),
}


def again(row):
    row.pk = None
    row.save(force_insert=True)


@pytest.mark.parametrize("rule", ONCE)
def test_row_is_there_once(trial, rule):
    assert_refused(rule, lambda: ONCE[rule](trial))


@pytest.mark.parametrize(
    ("rule", "make"),
    [
        (
            "one_follow_up_per_cut_and_arm",
            lambda trial: [
                ArmFollowUp.objects.create(data_cut=trial.data_cuts.get(), arm=trial.arms.first(), months=12)
                for _ in range(2)
            ],
        ),
        (
            "one_waiver_per_result_and_check",
            lambda trial: [
                Waiver.objects.create(result=trial.results.get(), check_code="p", reason="So printed.")
                for _ in range(2)
            ],
        ),
        (
            "one_waiver_per_observation_and_check",
            lambda trial: [
                Waiver.objects.create(
                    observation=trial.observations.get(), check_code="p", reason="So printed."
                )
                for _ in range(2)
            ],
        ),
        (
            "one_name_per_drug",
            lambda trial: [DrugName(name="Alpha", drug=drug).save() for drug in [make_drug()] * 2],
        ),
        (
            "trials_source_code_key",
            lambda trial: [Source.objects.create(code="x", title="A") for _ in range(2)],
        ),
        ("trials_drugclass_name_key", lambda trial: [DrugClass(name="Class").save() for _ in range(2)]),
        ("trials_drug_name_key", lambda trial: [make_drug("Alpha") for _ in range(2)]),
        ("trials_drug_slug_key", lambda trial: [make_drug(slug="alpha") for _ in range(2)]),
        ("trials_regimen_abbreviation_key", lambda trial: [make_regimen("AB") for _ in range(2)]),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_second_row_of_the_same_name_is_refused(trial, rule, make):
    assert_refused(rule, lambda: make(trial))


OTHERS = {  # constraint → a change that borrows from another trial
    "trials_result_data_cut_of_the_same_trial": lambda other: Result.objects.exclude(trial=other).update(
        data_cut=other.data_cuts.get()
    ),
    "trials_result_publication_of_the_same_trial": lambda other: Result.objects.exclude(trial=other).update(
        publication=other.publications.get()
    ),
    "trials_armvalue_arm_of_the_same_trial": lambda other: (
        ArmValue.objects.filter(arm__code="abc").exclude(trial=other).update(arm=other.arms.get(code="abc"))
    ),
    "trials_armvalue_result_of_the_same_trial": lambda other: ArmValue.objects.exclude(trial=other).update(
        result=make_result(other, values={}, comparison=None)
    ),
    "trials_comparison_arm_of_the_same_trial": lambda other: Comparison.objects.exclude(trial=other).update(
        arm=other.arms.get(code="abc")
    ),
    "trials_comparison_versus_of_the_same_trial": lambda other: Comparison.objects.exclude(
        trial=other
    ).update(versus=other.arms.get(code="bc")),
    "trials_comparison_result_of_the_same_trial": lambda other: Comparison.objects.exclude(
        trial=other
    ).update(result=make_result(other, values={}, comparison=None)),
    "trials_observation_data_cut_of_the_same_trial": lambda other: Observation.objects.update(
        data_cut=other.data_cuts.get()
    ),
    "trials_observation_publication_of_the_same_trial": lambda other: Observation.objects.update(
        publication=other.publications.get()
    ),
    "trials_observationvalue_observation_of_the_same_trial": lambda other: ObservationValue.objects.update(
        observation=make_observation(other, {})
    ),
    "trials_observationvalue_arm_of_the_same_trial": lambda other: ObservationValue.objects.filter(
        arm__code="abc"
    ).update(arm=other.arms.get(code="abc")),
}


@pytest.mark.parametrize("rule", OTHERS)
def test_nothing_is_borrowed_from_another_trial(trial, rule):
    other = make_trial()

    assert_refused(rule, lambda: OTHERS[rule](other))


def test_what_figures_stand_on_is_not_deleted(trial):
    drug = make_drug()
    regimen = make_regimen("AB", [drug])
    make_arm(trial, regimen=regimen)

    for row in (Endpoint.objects.get(code="os"), regimen, drug.drug_class):
        with pytest.raises(ProtectedError):
            row.delete()
    assert Regimen.objects.get().drugs.get() == drug


@pytest.mark.parametrize("printed", ["0.60", "29", "29.0", "0.0001", "100.00", "0", "1234567890.123"])
def test_number_keeps_its_printed_digits(trial, printed):
    result = make_result(trial, values={"abc": printed, "bc": "1"}, comparison={"value": "0.60"})

    assert str(result.values.get(arm__code="abc").value) == printed
    assert str(Comparison.objects.get(result=result).value) == "0.60"


def test_number_with_other_digits_is_still_found_by_its_size(trial):
    make_result(trial, values={"abc": "0.60"}, comparison=None)

    assert ArmValue.objects.filter(value=Decimal("0.6")).count() == 1
    assert ArmValue.objects.filter(value__lt=1).count() == 1
