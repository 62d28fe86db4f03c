"""Rules that the database keeps: each constraint of the trials is tried by breaking it."""

from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
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


@contextmanager
def rules_checked_at_the_end():
    yield
    connection.check_constraints()


def assert_refused(constraint, change):
    """`change()` breaks the constraint of this name, at once or when the transaction ends."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic(), rules_checked_at_the_end():
        change()
    assert refusal.value.__cause__.diag.constraint_name == constraint


INTERVAL = [  # constraint, fields that break it, fields next to them that do not
    ("value_is_there_when_estimated", {"value": None}, {"value": None, "status": "not_reached"}),
    ("value_is_there_when_estimated", {"status": "not_reached"}, {"status": "not_estimable", "value": None}),
    ("value_is_there_when_estimated", {"status": "not_reported"}, {"status": "not_reported", "value": None}),
    ("interval_bounds_in_order", {"ci_lower": "50"}, {"ci_lower": "0.1"}),
    ("interval_names_its_level", {"ci_level": None}, {"ci_level": None, "ci_lower": None, "ci_upper": None}),
    ("interval_names_its_level", {"ci_level": "79.9"}, {"ci_level": "80"}),
    ("interval_names_its_level", {"ci_level": "99.91"}, {"ci_level": "99.9"}),
    ("interval_names_its_level", {"ci_level": Decimal("NaN")}, {"ci_level": "98.5"}),
    (
        "interval_names_its_level",
        {"ci_level": "59", "ci_lower": None, "ci_upper": None},
        {"ci_level": "95", "ci_lower": None, "ci_upper": None},
    ),
    ("numbers_are_finite", {"value": Decimal("NaN")}, {"value": "9999999999"}),
    ("numbers_are_finite", {"value": Decimal("Infinity")}, {}),
    ("numbers_are_finite", {"value": "10000000000"}, {}),
    ("numbers_are_finite", {"ci_upper": Decimal("NaN")}, {"ci_upper": "9999999999"}),
    ("numbers_are_finite", {"ci_lower": Decimal("NaN"), "ci_upper": None}, {"ci_lower": None}),
    ("interval_has_one_side_or_two", {"ci_sides": 7}, {"ci_sides": 2}),
    ("interval_has_one_side_or_two", {"ci_sides": 0}, {"ci_sides": 1}),
    ("status_is_known", {"status": "lost", "value": None}, {"status": "not_estimable", "value": None}),
    (
        "open_bound_says_why",
        {"ci_upper": None, "ci_upper_status": "estimated"},
        {"ci_upper": None, "ci_upper_status": "not_estimable"},
    ),
    (
        "open_bound_says_why",
        {"ci_lower": None, "ci_lower_status": "lost"},
        {"ci_lower": None, "ci_lower_status": ""},
    ),
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
    assert not kept or value.update(**kept) == 1


@pytest.mark.parametrize(("rule", "broken", "kept"), INTERVAL, ids=INTERVAL_IDS)
def test_comparison_keeps_the_rules_of_an_interval(trial, rule, broken, kept):
    assert_refused(f"comparison_{rule}", lambda: Comparison.objects.update(**broken))
    assert not kept or Comparison.objects.update(**kept) == 1


@pytest.mark.parametrize(
    ("rule", "broken", "kept"),
    [
        ("arm_value_count_is_part_of_analysed", {"n": 11, "n_analysed": 10}, {"n": 10, "n_analysed": 10}),
        ("arm_value_is_not_negative", {"value": "-0.1"}, {"value": "0"}),
        ("arm_value_bounds_are_not_negative", {"ci_lower": "-0.1"}, {"ci_lower": "0"}),
        ("arm_value_bounds_are_not_negative", {"ci_upper": "-0.1", "ci_lower": None}, {"ci_lower": None}),
        ("trials_armvalue_n_check", {"n": -1}, {"n": 0}),
        ("trials_armvalue_n_analysed_check", {"n_analysed": -1}, {"n_analysed": 200}),
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
        ("comparison_p_is_a_probability", {"p_value": Decimal("NaN")}, {}),
        ("comparison_p_has_a_known_sign", {"p_relation": "~"}, {"p_relation": ">"}),
        ("comparison_p_has_one_side_or_two", {"p_sides": 9}, {"p_sides": 1}),
        ("comparison_effect_is_known", {"effect": "risk_ratio"}, {"effect": "odds_ratio"}),
        ("comparison_bounds_are_positive", {"ci_lower": "-0.60"}, {"ci_lower": "0"}),
        ("comparison_bounds_are_positive", {"ci_lower": None, "ci_upper": "0"}, {"ci_upper": "0.95"}),
        (
            "comparison_says_something",
            {"effect": "", "value": None, "status": "not_reported", "p_value": None, "p_relation": ""},
            {"value": None, "status": "not_reported", "p_value": None, "p_relation": ""},
        ),
    ],
)
def test_comparison_keeps_its_rules(trial, rule, broken, kept):
    assert_refused(rule, lambda: Comparison.objects.update(**broken))
    assert not kept or Comparison.objects.update(**kept) == 1


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
    ArmValue.objects.all().delete()

    assert_refused("result_landmark_has_its_time", lambda: Result.objects.update(**broken))
    assert Result.objects.update(**kept) == 1


@pytest.mark.parametrize(
    ("rule", "broken", "kept"),
    [
        ("observation_percent_within_0_and_100", {"value": "100.1"}, {"value": "100"}),
        ("observation_percent_within_0_and_100", {"value": Decimal("NaN")}, {}),
        ("observation_value_is_finite", {"value": Decimal("NaN"), "is_percent": False}, {}),
        ("observation_value_is_finite", {"value": Decimal("Infinity"), "is_percent": False}, {}),
        ("observation_percent_within_0_and_100", {"value": "-1"}, {"value": "0"}),
        ("observation_percent_within_0_and_100", {"value": "-1", "is_percent": False}, {"value": "100"}),
        ("observation_value_says_something", {"value": None}, {"value": None, "n": 0}),
        ("trials_observationvalue_n_check", {"n": -1}, {"n": 200}),
    ],
)
def test_observed_value_keeps_its_rules(observed, rule, broken, kept):
    assert_refused(rule, lambda: observed.update(**broken))
    assert not kept or observed.update(**kept) == 1


def rate(trial):
    """An event-free rate at two years, 60 % against 50 %."""
    return make_result(
        trial,
        measure="event_free_rate",
        timepoint="24",
        values={"abc": {"value": "60", "ci_level": "95", "ci_lower": "52", "ci_upper": "67"}, "bc": "50"},
        comparison=None,
    )


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ("arm_value_percent_is_at_most_100", {"value": "100.1"}),
        ("arm_value_percent_bounds_are_at_most_100", {"ci_upper": "100.1"}),
        ("arm_value_percent_bounds_are_at_most_100", {"ci_lower": "100.1", "ci_upper": None}),
        ("trials_armvalue_is_percent_like_its_result", {"is_percent": False}),
    ],
)
def test_rate_is_held_to_100_percent_whatever_the_row_says_of_itself(trial, rule, broken):
    result = rate(trial)

    assert_refused(rule, lambda: result.values.filter(arm__code="abc").update(**broken))
    assert result.values.filter(arm__code="abc").update(value="100", ci_upper="100") == 1


def test_values_follow_the_measure_of_their_result_before_a_transaction_ends(trial):
    result = rate(trial)
    now_median = {"measure": "median_time", "timepoint": None, "endpoint": make_endpoint("pfs")}

    assert_refused(
        "trials_armvalue_is_percent_like_its_result",
        lambda: Result.objects.filter(pk=result.pk).update(**now_median),
    )
    with transaction.atomic():
        Result.objects.filter(pk=result.pk).update(**now_median)
        result.values.update(is_percent=False)
        connection.check_constraints()
    assert result.values.update(value="120", ci_upper=None) == 2


def test_observed_values_follow_the_unit_of_their_observation(observed):
    assert_refused(
        "trials_observationvalue_is_percent_like_its_observation",
        lambda: observed.update(is_percent=False),
    )
    assert_refused(
        "trials_observationvalue_is_percent_like_its_observation",
        lambda: Observation.objects.update(unit="events_per_100_patient_years"),
    )


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ("result_measure_is_known", {"measure": "mean"}),
        ("result_role_is_known", {"role": "tertiary"}),
        ("result_time_is_finite", {"measure": "event_free_rate", "timepoint": Decimal("NaN")}),
        ("result_time_is_finite", {"measure": "event_free_rate", "timepoint": Decimal("Infinity")}),
    ],
)
def test_result_says_only_what_is_known(trial, rule, broken):
    ArmValue.objects.all().delete()

    assert_refused(rule, lambda: Result.objects.update(**broken))


@pytest.mark.parametrize("broken", [{"unit": "litres"}, {"kind": "gossip"}])
def test_observation_says_only_what_is_known(trial, broken):
    ObservationValue.objects.all().delete()

    assert_refused("observation_kind_and_unit_are_known", lambda: Observation.objects.update(**broken))


@pytest.mark.parametrize("timepoint", [None, "24", "24.0"])
def test_result_is_entered_once(trial, timepoint):
    result = trial.results.get() if timepoint is None else rate(trial)

    def enter_again():
        result.pk, result.timepoint = None, timepoint
        result.save(force_insert=True)

    assert_refused("result_is_entered_once", enter_again)


def test_result_of_another_publication_or_population_is_another_result(trial):
    result = trial.results.get()

    for change in ({"publication": make_publication(trial)}, {"population": "itt"}, {"detail": "At day 100"}):
        again(
            Result(
                **{f.name: getattr(result, f.name) for f in result._meta.fields if not f.generated} | change
            )
        )

    assert trial.results.count() == 4


def test_address_of_the_comparison_is_of_no_trial(trial):
    assert_refused("trial_slug_is_not_reserved", lambda: make_trial(slug="compare"))


def test_cut_has_a_place_of_its_own(trial):
    assert_refused("one_data_cut_per_trial_and_position", lambda: make_cut(trial, position=0))


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
        ("euct", "2022-501234-56-00"),
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
    assert_refused(
        "data_cut_follow_up_is_finite", lambda: trial.data_cuts.update(median_follow_up=Decimal("NaN"))
    )
    assert_refused("arm_follow_up_is_finite", lambda: make_cut(trial, by_arm={"abc": Decimal("NaN")}))
    assert_refused("arm_follow_up_is_not_negative", lambda: make_cut(trial, by_arm={"abc": "-0.1"}))
    assert make_cut(trial, by_arm={"abc": "0"}).pk


def test_regimen_source_and_waiver_are_not_empty(trial):
    result = trial.results.get()

    assert_refused("regimen_has_a_name", lambda: make_regimen(name=""))
    assert_refused("source_has_a_title", lambda: Source.objects.create(code="page", title=""))
    assert_refused(
        "waiver_has_a_reason", lambda: Waiver.objects.create(result=result, check_code="p", reason="")
    )
    assert_refused(
        "waiver_has_a_reason", lambda: Waiver.objects.create(result=result, check_code="p", reason=" \n\t")
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
                ArmFollowUp.objects.create(
                    trial=trial,
                    data_cut=trial.data_cuts.get(code="primary"),
                    arm=trial.arms.first(),
                    months=12,
                )
                for _ in range(2)
            ],
        ),
        (
            "one_standing_waiver_per_result_and_finding",
            lambda trial: [
                Waiver.objects.create(result=trial.results.get(), check_code="p", reason="So printed.")
                for _ in range(2)
            ],
        ),
        (
            "one_standing_waiver_per_observation_and_finding",
            lambda trial: [
                Waiver.objects.create(
                    observation=trial.observations.get(), check_code="p", reason="So printed."
                )
                for _ in range(2)
            ],
        ),
        (
            "one_drug_per_other_name",
            lambda trial: [DrugName(name=name, drug=make_drug()).save() for name in ("Alpha", "ALPHA")],
        ),
        (
            "trials_source_code_key",
            lambda trial: [Source.objects.create(code="x", title="A") for _ in range(2)],
        ),
        ("trials_drugclass_name_key", lambda trial: [DrugClass(name="Class").save() for _ in range(2)]),
        ("trials_drug_name_key", lambda trial: [make_drug("Alpha") for _ in range(2)]),
        ("one_drug_per_name", lambda trial: [make_drug("Alpha"), make_drug("ALPHA")]),
        ("trials_drug_slug_key", lambda trial: [make_drug(slug="alpha") for _ in range(2)]),
        ("trials_regimen_abbreviation_key", lambda trial: [make_regimen("AB") for _ in range(2)]),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_second_row_of_the_same_name_is_refused(trial, rule, make):
    assert_refused(rule, lambda: make(trial))


OTHERS = {  # constraint → a change that borrows from another trial
    "trials_armfollowup_arm_of_the_same_trial": lambda other: ArmFollowUp.objects.create(
        trial=other,
        data_cut=other.data_cuts.get(),
        arm=Trial.objects.exclude(pk=other.pk).get().arms.first(),
        months=12,
    ),
    "trials_armfollowup_data_cut_of_the_same_trial": lambda other: ArmFollowUp.objects.create(
        trial=Trial.objects.exclude(pk=other.pk).get(),
        data_cut=other.data_cuts.get(),
        arm=Trial.objects.exclude(pk=other.pk).get().arms.first(),
        months=12,
    ),
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
        result=make_result(other, endpoint="pfs", values={}, comparison=None)
    ),
    "trials_comparison_arm_of_the_same_trial": lambda other: Comparison.objects.exclude(trial=other).update(
        arm=other.arms.get(code="abc")
    ),
    "trials_comparison_versus_of_the_same_trial": lambda other: Comparison.objects.exclude(
        trial=other
    ).update(versus=other.arms.get(code="bc")),
    "trials_comparison_result_of_the_same_trial": lambda other: Comparison.objects.exclude(
        trial=other
    ).update(result=make_result(other, endpoint="pfs", values={}, comparison=None)),
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
    result = make_result(
        trial, endpoint="pfs", values={"abc": printed, "bc": "1"}, comparison={"value": "0.60"}
    )

    assert str(result.values.get(arm__code="abc").value) == printed
    assert str(Comparison.objects.get(result=result).value) == "0.60"


def test_number_with_other_digits_is_still_found_by_its_size(trial):
    make_result(trial, values={"abc": "0.60"}, comparison=None)

    assert ArmValue.objects.filter(value=Decimal("0.6")).count() == 1
    assert ArmValue.objects.filter(value__lt=1).count() == 1
