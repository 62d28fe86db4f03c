"""Records of the registry, from the file to suggestions beside our rows."""

import pytest

from tests.trials import factories
from tests.trials import registry_steps as steps
from trials.models import Registry, RegistrySuggestion, TrialIdentifier

pytestmark = pytest.mark.django_db


def imported(name):
    """{path: (verdict, keys)} after the import of that file."""
    steps.run(steps.FILES / f"{name}.json")
    return steps.verdicts()


def test_record_with_results_is_compared_number_by_number():
    steps.make_trial()

    found = imported("with-results")

    assert found[f"{steps.ABC}.value"] == ("match", [])  # 35.64 is printed as 35.6
    assert found[f"{steps.ABC}.lowerLimit"] == ("match", [])
    assert found[f"{steps.BC}.value"] == ("mismatch", [])  # 32.1 instead of 31.2
    assert found[f"{steps.ANALYSIS}.paramValue"] == ("match", [])
    assert found[f"{steps.ANALYSIS}.ciLowerLimit"] == ("match", [])
    assert found[f"{steps.ANALYSIS}.pValue"] == ("match", [])
    assert found["protocolSection.outcomesModule.primaryOutcomes[1]"] == ("match", [])
    assert found["protocolSection.outcomesModule.secondaryOutcomes[1]"] == ("only_in_registry", [])


def test_command_prints_counts_and_spells_out_mismatches():
    steps.make_trial()

    lines = steps.run(steps.FILES / "with-results.json").splitlines()

    assert lines == [
        "NCT01234567 (EXAMPLE): completed, with results, last updated 2023-08-02; kept",
        "11 match, 1 mismatch, 0 not comparable, 8 only in the registry",
        "mismatch  Overall Survival (OS), Arm B: B + C (BC)",
        "          registry: 32.1 months",
        "          ours:     OS, BC: 31.2 months (Primary analysis)",
    ]


@pytest.mark.parametrize(("name", "status"), [("without-results", "recruiting"), ("withdrawn", "withdrawn")])
def test_record_without_results_is_about_arms_and_endpoints(name, status):
    steps.make_trial()

    output = steps.run(steps.FILES / f"{name}.json")

    assert f"{status}, without results" in output
    assert set(RegistrySuggestion.objects.values_list("kind", flat=True)) <= {"arm", "endpoint"}


def test_na_is_no_number_and_its_comment_says_why():
    steps.make_trial()

    found = imported("na-values")

    assert found[f"{steps.ABC}.value"] == ("mismatch", [])  # "not reached" where we have 35.6
    assert found[f"{steps.BC}.value"] == ("not_comparable", ["parameter"])  # bare NA says nothing
    assert found[f"{steps.BC}.lowerLimit"] == ("not_comparable", ["parameter"])
    assert found[f"{steps.ANALYSIS}.paramValue"] == ("not_comparable", ["parameter"])  # "see comment"
    assert found[f"{steps.ANALYSIS}.pValue"] == ("mismatch", [])  # <0.001 where we have 0.012
    assert "not reached" in RegistrySuggestion.objects.get(path=f"{steps.ABC}.value").says


def test_na_matches_what_we_call_not_reached():
    abc = {"status": "not_reached", "value": None, "ci_level": "95", "ci_lower": "40.1"}
    steps.make_trial(values={"abc": abc | {"ci_upper_status": "not_estimable"}, "bc": "not_reported"})

    found = imported("na-values")

    assert found[f"{steps.ABC}.value"] == ("match", [])
    assert found[f"{steps.ABC}.lowerLimit"] == ("match", [])
    assert found[f"{steps.BC}.value"] == ("only_in_registry", [])


def test_one_sided_interval_and_p_are_not_compared_with_two_sided_ones():
    steps.make_trial()

    found = imported("one-sided")

    assert found[f"{steps.ANALYSIS}.ciUpperLimit"] == ("not_comparable", ["level", "sides"])
    assert found[f"{steps.ANALYSIS}.pValue"] == ("not_comparable", ["sides"])
    assert found[f"{steps.ANALYSIS}.paramValue"] == ("match", [])


@pytest.mark.parametrize(("upper", "verdict"), [("0.91", "match"), ("0.93", "mismatch")])
def test_one_sided_interval_is_compared_with_a_one_sided_one(upper, verdict):
    ours = {"ci_level": "97.5", "ci_sides": 1, "ci_lower": None, "ci_upper": upper}
    steps.make_trial(comparison=ours)

    assert imported("one-sided")[f"{steps.ANALYSIS}.ciUpperLimit"] == (verdict, [])


def test_interval_at_99_percent_is_not_compared_with_one_at_95():
    steps.make_trial()

    found = imported("ninety-nine")

    assert found[f"{steps.ABC}.lowerLimit"] == ("not_comparable", ["level"])
    assert found[f"{steps.ANALYSIS}.ciLowerLimit"] == ("not_comparable", ["level"])
    assert found[f"{steps.ABC}.value"] == ("match", [])


@pytest.mark.parametrize(("upper", "verdict"), [("1.01", "match"), ("1.10", "mismatch")])
def test_interval_at_99_percent_is_compared_with_one_at_99(upper, verdict):
    steps.make_trial(comparison={"ci_level": "99", "ci_lower": "0.56", "ci_upper": upper})

    assert imported("ninety-nine")[f"{steps.ANALYSIS}.ciLowerLimit"] == (verdict, [])


def test_unstated_population_is_named_as_what_differs():
    steps.make_trial(population="")

    assert imported("with-results")[f"{steps.BC}.value"] == ("not_comparable", ["population"])


def test_time_frame_without_a_date_does_not_name_a_data_cut(tmp_path):
    trial = steps.make_trial()
    factories.make_result(
        trial, endpoint="pfs", population="itt", values={"abc": "11.9", "bc": "7.1"}, comparison=None
    )

    found = imported("with-results")

    second = steps.ABC.replace("outcomeMeasures[1]", "outcomeMeasures[2]")
    assert found[f"{second}.value"] == ("not_comparable", ["time"])


def test_primary_outcome_is_of_the_day_when_its_data_were_complete(tmp_path):
    steps.make_trial()
    place = "resultsSection.outcomeMeasuresModule.outcomeMeasures.0.timeFrame"

    steps.load(tmp_path, steps.changed(steps.record(), place, "Up to 5 years"))

    assert steps.verdicts()[f"{steps.BC}.value"] == ("mismatch", [])


@pytest.mark.parametrize(
    ("dispersion", "keys"), [("FULL_RANGE", ["parameter", "level"]), ("CONFIDENCE_OTHER", ["level"])]
)
def test_ranges_are_no_confidence_intervals(tmp_path, dispersion, keys):
    steps.make_trial()
    place = "resultsSection.outcomeMeasuresModule.outcomeMeasures.0.dispersionType"

    steps.load(tmp_path, steps.changed(steps.record(), place, dispersion))

    assert steps.verdicts()[f"{steps.ABC}.lowerLimit"] == ("not_comparable", keys)


def test_responses_are_compared_as_shares_and_counts(tmp_path):
    trial = steps.make_trial()
    values = {"abc": {"value": "82.0", "n": 164, "n_analysed": 200}, "bc": {"value": "50.0", "n": 99}}
    factories.make_result(
        trial, endpoint="orr", measure="response_rate", population="itt", values=values, comparison=None
    )
    record = steps.record()
    measure = record["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"][0]
    measure |= {"title": "Overall Response Rate", "paramType": "COUNT_OF_PARTICIPANTS", "analyses": []}
    measure |= {"unitOfMeasure": "Participants", "dispersionType": None}
    cells = measure["classes"][0]["categories"][0]["measurements"]
    cells[:] = [{"groupId": "OG000", "value": "164"}, {"groupId": "OG001", "value": "98"}]

    steps.load(tmp_path, record)

    assert steps.verdicts()[f"{steps.ABC}.value"] == ("match", [])
    assert steps.verdicts()[f"{steps.BC}.value"] == ("mismatch", [])


def test_landmarks_are_compared_at_their_time(tmp_path):
    trial = steps.make_trial()
    for months, value in (("12", "80.1"), ("24", "61.0")):
        factories.make_result(
            trial, measure="event_free_rate", timepoint=months, population="itt", values={"abc": value},
            comparison=None,
        )  # fmt: skip
    record = steps.record()
    measure = record["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"][0]
    measure |= {"paramType": "NUMBER", "unitOfMeasure": "percentage of participants", "dispersionType": None}
    measure["classes"] = [
        {"title": title, "categories": [{"measurements": [{"groupId": "OG000", "value": value}]}]}
        for title, value in (("12 months", "80.1"), ("24 months", "16.0"), ("Stage III", "50.0"))
    ]

    steps.load(tmp_path, record)

    found = [steps.verdicts()[steps.ABC.replace("classes[1]", f"classes[{n}]") + ".value"] for n in (1, 2, 3)]
    assert found[:2] == [("match", []), ("mismatch", [])]
    assert found[2][0] == "not_comparable"


def test_endpoint_in_another_role_is_a_mismatch():
    steps.make_trial().endpoints.update(role="secondary")

    assert imported("with-results")["protocolSection.outcomesModule.primaryOutcomes[1]"] == ("mismatch", [])


def test_role_is_no_mismatch_while_another_outcome_has_ours(tmp_path):
    steps.make_trial()
    record = steps.record("without-results")
    outcomes = record["protocolSection"]["outcomesModule"]
    outcomes["secondaryOutcomes"] = [{"measure": "Overall Survival at 2 Years"}]

    steps.load(tmp_path, record)

    found = steps.verdicts()["protocolSection.outcomesModule.secondaryOutcomes[1]"]
    assert found == ("not_comparable", ["parameter"])


def test_other_numbers_of_participants_than_ours_are_a_mismatch(tmp_path):
    steps.make_trial().arms.filter(code="bc").update(n=201)
    module = "resultsSection.participantFlowModule.periods[1].milestones[1].achievements"

    steps.run(steps.FILES / "with-results.json")

    assert steps.verdicts()[f"{module}[1].numSubjects"] == ("match", [])
    assert steps.verdicts()[f"{module}[2].numSubjects"] == ("mismatch", [])


def test_trial_with_two_numbers_does_not_say_which_one_is_meant():
    TrialIdentifier.objects.create(trial=steps.make_trial(), registry=Registry.NCT, number="NCT07654321")

    assert imported("with-results")[f"{steps.BC}.value"] == ("not_comparable", ["nct"])


def test_unknown_groups_are_named_for_an_editor(tmp_path):
    steps.make_trial()
    text = (steps.FILES / "with-results.json").read_bytes().replace(b"Arm B: B + C (BC)", b"Comparator")
    text = text.replace(b'"198"', b'"190"').replace(b'"Drug: Drug B"', b'"Drug: Drug X"')

    output = steps.load(tmp_path, text)

    assert "no arm known for the group “Comparator”: choose one in the admin" in output
    assert steps.verdicts()[f"{steps.BC}.value"] == ("not_comparable", ["arm"])
