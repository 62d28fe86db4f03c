"""Import and export of a small trial: what changes, what stays, what the commands say."""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.trials import records
from tests.trials.factories import make_observation, make_trial
from trials.exchange import export_folder, import_path
from trials.models import Arm, ArmValue, Observation, Result, Trial, TrialEndpoint, TrialIdentifier, Waiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def example(tmp_path):
    """The trial of the record, imported."""
    assert records.problems(records.load(tmp_path, records.trial())) == []
    return Trial.objects.get(slug="example")


def exported(folder):
    export_folder(folder)
    return json.loads((folder / "trials.json").read_text(), parse_float=str, parse_int=str)


def primary_keys(trial):
    rows = [*trial.arms.all(), *trial.data_cuts.all(), *trial.publications.all(), *trial.observations.all()]
    values = ArmValue.objects.filter(trial=trial)
    return [(type(row), row.pk) for row in (*rows, *trial.results.all(), *values, *trial.endpoints.all())]


def test_trial_is_loaded_with_everything_around_it(example):
    result = example.results.get(endpoint__code="pfs")
    first, second = result.values.all()
    effect = result.comparison

    assert (first.value, str(first.ci_upper), first.is_percent) == (Decimal("11.2"), "13.7", False)
    assert (second.status, second.ci_upper_status, second.ci_upper) == ("not_reached", "not_reached", None)
    assert (effect.arm.code, effect.versus.code, str(effect.ci_level)) == ("ab", "b", "98.5")
    assert (effect.p_relation, effect.p_value, effect.p_sides) == ("<", Decimal("0.0001"), None)
    assert [arm.role for arm in example.arms.all()] == ["experimental", "control"]
    assert example.endpoints.get(endpoint__code="pfs").role == "primary"
    assert example.data_cuts.get().arm_follow_ups.get().months == 16
    assert Observation.objects.get(name="Neutropenia").values.get().arm.code == "ab"
    assert result.source_codes == ["page"]


def test_figures_are_drawn_and_follow_a_change(example, tmp_path):
    before = example.figures.get(kind="hazard-ratios").svg

    records.load(tmp_path, records.changed(records.trial(), "endpoints.0.comparison.estimate", 0.63))

    after = example.figures.get(kind="hazard-ratios").svg
    assert ("0.61" in before, "0.63" in before) == (True, False)
    assert ("0.61" in after, "0.63" in after) == (False, True)


def test_printed_digits_are_kept(tmp_path):
    file = tmp_path / "digits.json"
    text = json.dumps(records.content(records.trial())).replace("0.61", "0.60").replace("82.2", "82.00")
    file.write_text(text.replace("11.2", "11"))

    import_path(file)

    assert str(Result.objects.get(endpoint__code="pfs").comparison.value) == "0.60"
    assert [str(value.value) for value in ArmValue.objects.filter(n=82)] == ["82.00"]
    assert str(ArmValue.objects.get(result__endpoint__code="pfs", arm__code="ab").value) == "11"


def test_numbers_of_registries_are_normalised(tmp_path):
    registry = {
        "clinicaltrials_gov": [" nct0123 4567 "],
        "eudract": ["2013\u2013004321\u201112"],
        "euct": ["2022-501234-56-00"],
        "isrctn": ["isrctn12345678"],
    }

    records.load(tmp_path, records.trial(registry=registry))

    assert set(TrialIdentifier.objects.values_list("registry", "number")) == {
        ("nct", "NCT01234567"),
        ("eudract", "2013-004321-12"),
        ("euct", "2022-501234-56"),
        ("isrctn", "ISRCTN12345678"),
    }


def test_second_import_writes_nothing(example, tmp_path):
    before = primary_keys(example)

    (again,) = records.load(tmp_path, records.trial())

    assert (again.word, again.changes) == ("unchanged", ())
    assert primary_keys(example) == before
    assert Trial.objects.get().modified_at == example.modified_at


@pytest.mark.parametrize(
    ("path", "new", "told"),
    [
        ("acronym", "OTHER", "acronym changed"),
        ("design.allocation_ratio", "2:1", "design.allocation_ratio changed"),
        ("arms.1.note", "As given", "arms[2].note changed"),
        ("analyses.0.data_cutoff", None, "analyses[1].data_cutoff changed"),
        (
            "analyses.0.median_follow_up_by_arm_months.0.value",
            17,
            "analyses[1].median_follow_up_by_arm_months[1].value changed",
        ),
        ("endpoints.0.detail", "Investigator assessment", "endpoints[1].detail changed"),
        ("endpoints.0.values.0.value", 11.3, "endpoints[1].values[1].value changed"),
        ("endpoints.0.values.0.ci.upper", 13.71, "endpoints[1].values[1].ci.upper changed"),
        ("endpoints.0.comparison.p.nominal", True, "endpoints[1].comparison.p.nominal changed"),
        ("safety.0.values.0.value", 42.5, "safety[1].values[1].value changed"),
        ("safety.0.values.1.n", 7, "safety[1].values[2] added"),
        ("publications.0.year", 2024, "publications[1].year changed"),
        (
            "endpoints.1.values",
            [records.value("ab", 82.2, n=82)],
            "arm value “B: 50.0” removed",
        ),
        ("baseline", [], "observation “Refractory to B” removed"),
    ],
)
def test_change_is_told_and_rows_keep_their_ids(example, tmp_path, path, new, told):
    before = set(primary_keys(example))

    (outcome,) = records.load(tmp_path, records.changed(records.trial(), path, new))
    (again,) = records.load(tmp_path, records.changed(records.trial(), path, new))

    assert outcome.word == "changed"
    assert told in outcome.changes
    assert again.word == "unchanged"
    assert Trial.objects.get().modified_at > example.modified_at
    removed = [change for change in outcome.changes if change.endswith("removed")]
    assert bool(before - set(primary_keys(example))) == bool(removed)


def test_more_digits_of_the_same_number_are_a_change(example, tmp_path):
    record = json.dumps(records.content(records.trial())).replace("82.2", "82.20")
    (tmp_path / "more.json").write_text(record)

    outcome = import_path(tmp_path / "more.json")[-1]

    assert outcome.changes == ("endpoints[2].values[1].value changed",)


def test_newer_analysis_goes_behind_the_older_ones_and_leads(example, tmp_path):
    final = {**records.trial()["analyses"][0], "id": "final", "label": "Final analysis"}
    older = records.trial()["analyses"][0]

    records.load(tmp_path, records.trial(analyses=[older, final]))

    assert [cut.code for cut in example.data_cuts.all()] == ["final", "primary"]


def test_population_and_assessor_are_read_from_listed_words_only(tmp_path):
    said = [
        "Intention-to-treat population, independent review",
        "Investigator assessment",
        "Not assessed by an investigator",
    ]

    records.load(tmp_path, records.trial(endpoints=[records.endpoint(detail=text) for text in said]))

    assert list(Result.objects.values_list("detail", "population", "assessor")) == [
        (said[0], "itt", "irc"),
        (said[1], "", "investigator"),
        (said[2], "", ""),
    ]


def test_definition_is_taken_where_exactly_one_detail_defines_the_endpoint(tmp_path):
    twelve, twenty_four = "At least 12 months, threshold 10^-5", "At least 24 months, threshold 10^-5"
    one = records.trial(endpoints=[records.endpoint(detail=twelve), records.endpoint(detail="Updated")])
    two = records.trial(endpoints=[records.endpoint(detail=twelve), records.endpoint(detail=twenty_four)])

    records.load(tmp_path, one)
    definition = TrialEndpoint.objects.get().definition
    records.load(tmp_path, two)

    assert definition == twelve
    assert TrialEndpoint.objects.get().definition == ""


def waived(record, path, check, **fields):
    """`record` with a reason for what `check` finds in the row at `path`."""
    waiver = {"check": check, "reason": "So in the paper.", "given_by": None} | fields
    return records.changed(record, f"{path}.waivers", [waiver])


def odd_safety():
    return records.changed(records.trial(), "safety.0.values.0.n", 5)


@pytest.mark.parametrize(
    ("record", "path", "check"),
    [
        (records.trial(), "endpoints.0", "effect-direction"),
        (odd_safety(), "safety.0", "percent-of-arm"),
    ],
)
def test_waivers_stay_unless_the_record_names_some(tmp_path, record, path, check):
    records.load(tmp_path, waived(record, path, check))

    records.load(tmp_path, records.changed(record, f"{path}.note", "Updated"))
    kept = Waiver.objects.standing().get()
    records.load(tmp_path, records.changed(record, f"{path}.waivers", []))

    assert (kept.check_code, kept.reason) == (check, "So in the paper.")
    assert not Waiver.objects.standing().exists()
    assert Waiver.objects.get() == kept


def test_waiver_of_a_file_holds_for_the_numbers_of_that_file(tmp_path):
    record = records.trial()
    [before] = records.load(tmp_path, record)
    [first] = records.load(tmp_path, waived(record, "endpoints.0", "effect-direction"))
    corrected = records.changed(record, "endpoints.0.comparison.estimate", 0.62)
    corrected = records.changed(corrected, "endpoints.0.comparison.p", None)

    [second] = records.load(tmp_path, corrected)
    standing = Waiver.objects.standing().count()
    [third] = records.load(tmp_path, waived(corrected, "endpoints.0", "effect-direction"))

    told = [any("favours AB" in line for line in outcome.odd) for outcome in (before, first, second, third)]
    assert told == [True, False, True, False]
    assert standing == 0
    assert [waiver.numbers for waiver in Waiver.objects.all()] == [
        "0.61, AB 11.2, B not reached",
        "0.62, AB 11.2, B not reached",
    ]


def test_waiver_that_names_other_numbers_excuses_nothing_and_is_told(tmp_path):
    record = waived(
        records.trial(), "endpoints.0", "effect-direction", numbers="0.16, AB 11.2, B not reached"
    )

    [outcome] = records.load(tmp_path, record)

    assert not Waiver.objects.exists()
    assert any("favours AB" in line for line in outcome.odd)
    assert any("endpoints[1].waivers[1]: nothing is odd any more" in line for line in outcome.odd)


@pytest.mark.parametrize(
    ("waivers", "message"),
    [
        ([{"check": "effect-direction", "reason": " ", "given_by": None}], "says nothing"),
        ([{"check": "effect-direction", "reason": "Why.", "given_by": None}] * 2, "excuses the same"),
    ],
)
def test_waiver_that_says_nothing_or_twice_the_same_is_refused(tmp_path, waivers, message):
    outcomes = records.load(tmp_path, records.changed(records.trial(), "endpoints.0.waivers", waivers))

    assert message in str(records.problems(outcomes))
    assert not Trial.objects.exists()


def test_waivers_go_out_and_in_again_unchanged(tmp_path):
    records.load(tmp_path, waived(odd_safety(), "safety.0", "percent-of-arm", given_by="editor@example.org"))
    before = list(Waiver.objects.values())

    outcomes = import_path(write_export(tmp_path))

    assert {outcome.word for outcome in outcomes} == {"unchanged"}
    assert list(Waiver.objects.values()) == before


def write_export(folder):
    export_folder(folder)
    return folder


def test_trials_keep_the_order_of_the_file(tmp_path):
    def numbered(*names):
        registry = {"clinicaltrials_gov": [], "eudract": []}
        return [records.trial(id=name, acronym=name, registry=registry) for name in names]

    records.load(tmp_path, *numbered("b", "a"))
    records.load(tmp_path, *numbered("c"))
    alone = [str(trial) for trial in Trial.objects.all()]
    records.load(tmp_path, *numbered("c", "b", "a"))

    assert alone == ["b", "a", "c"]
    assert [str(trial) for trial in Trial.objects.all()] == ["c", "b", "a"]


def test_what_only_editors_enter_survives_export_and_import(tmp_path):
    trial = make_trial()
    result = trial.results.get()
    Result.objects.update(population="evaluable", assessor="investigator", detail="Investigator assessment")
    ArmValue.objects.filter(arm__code="abc").update(n=12, n_analysed=300, ci_sides=2)
    type(result.comparison).objects.update(
        value=None, status="not_estimable", ci_level=None, ci_lower=None, ci_upper=None
    )
    Waiver.objects.create(
        result=result,
        check_code="analysed-above-arm",
        numbers="ABC: 300, 200",
        reason="So in the paper.",
        given_by="An editor",
    )
    for kind in Observation.Kind.values:
        observation = make_observation(trial, kind=kind, note=kind, values={"abc": {"value": "93", "n": 77}})
        Waiver.objects.create(
            observation=observation,
            check_code="percent-of-arm",
            numbers="ABC: 77, 200, 93",
            reason=f"As in {kind}.",
        )
    TrialEndpoint.objects.update(definition="From randomisation")
    before = exported(tmp_path)

    unchanged = import_path(tmp_path)[-1]
    trial.delete()
    added = import_path(tmp_path)[-1]

    assert (unchanged.word, unchanged.changes, added.word) == ("unchanged", (), "added")
    assert exported(tmp_path) == before
    assert Waiver.objects.get(result__isnull=False).given_by == "An editor"
    reasons = Waiver.objects.filter(result=None).values_list("observation__kind", "reason")
    assert set(reasons) == {(kind, f"As in {kind}.") for kind in Observation.Kind.values}
    assert ArmValue.objects.get(n_analysed=300).ci_sides == 2
    assert Result.objects.get().population == "evaluable"


def test_command_tells_what_became_of_each_trial(tmp_path):
    out, err = StringIO(), StringIO()
    bad = records.trial(id="bad", n_enrolled="many")
    file = records.write(tmp_path, records.trial(), bad)

    with pytest.raises(SystemExit) as ended:
        call_command("import_trials", file, stdout=out, stderr=err)

    assert ended.value.code == 1
    assert "added     trial example" in out.getvalue()
    assert "trials: 1 added, 0 changed, 0 unchanged, 1 refused" in out.getvalue()
    assert err.getvalue() == 'bad (number 2): n_enrolled: "many" is not a whole number.\n'
    assert Arm.objects.filter(trial__slug="example").count() == 2
    assert not Trial.objects.filter(slug="bad").exists()


def test_command_that_refuses_nothing_ends_well(tmp_path):
    out = StringIO()

    call_command("import_trials", records.write(tmp_path, records.trial()), stdout=out)
    call_command("export_trials", tmp_path / "out", stdout=out)

    assert f"1 trials written to {tmp_path / 'out'}" in out.getvalue()
    assert (tmp_path / "out/trials.json").exists()


def test_export_to_a_place_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(CommandError, match="file"):
        call_command("export_trials", tmp_path / "file")
