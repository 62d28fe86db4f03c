"""What is wrong is told by name and path, and nothing of that trial is written."""

import pytest
from django.db import transaction

from tests.trials import records
from tests.trials.records import GONE
from trials.exchange import import_path
from trials.models import Source, Trial

pytestmark = pytest.mark.django_db

LONE, NUL, HUGE, LONG = "\ud800", "a\x00b", 10**40, "x" * 1_000_000
FAULTS = [
    # keys and kinds of values
    ("acronym", GONE, "“acronym” is missing: add it, or null where nothing is known."),
    ("acronym", None, "acronym: must not be null: give it."),
    ("acronym", 7, "acronym: 7 is not a text: write it in quotes."),
    ("acronym", "", "acronym: This field cannot be blank."),
    ("acronym", "x" * 61, "acronym: Ensure this value has at most 60 characters (it has 61)."),
    ("notes", [LONG], "notes: is longer than 20000 characters: shorten it."),
    ("acronym", LONE, "acronym: holds a character that cannot be stored: take it out."),
    ("short_title", NUL, "short_title: holds a character that cannot be stored: take it out."),
    ("id", "no slug!", "id: Enter a valid “slug”"),
    ("design", GONE, "“design” is missing: add it."),
    ("design", [], "design: a list is not an object."),
    ("design.blinding", "none", "design.blinding: Value 'none' is not a valid choice."),
    ("design.randomised", "yes", 'design.randomised: "yes" is neither true nor false.'),
    ("design.extra", 1, 'design: "extra" is not a key that is known here: correct it or take it out.'),
    ("n_enrolled", 200.5, 'n_enrolled: "200.5" is not a whole number.'),
    ("n_enrolled", True, "n_enrolled: true is not a whole number."),
    ("n_enrolled", -1, "n_enrolled: Ensure this value is greater than or equal to 0."),
    ("n_enrolled", 10**15, "n_enrolled: Ensure this value is less than or equal to 2147483647."),
    ("n_enrolled", HUGE, "n_enrolled: "),
    ("population.prior_lines_max", 0, "breaks the rule “trial prior lines in order”: correct it."),
    ("other_ids", "EX-1", 'other_ids: "EX-1" is not a list.'),
    ("notes", [NUL], "notes: holds a character that cannot be stored: take it out."),
    ("arms", GONE, "“arms” is missing: add it."),
    ("arms", None, "arms: null is not a list."),
    ("arms", "ab", 'arms: "ab" is not a list.'),
    ("arms.0", "ab", 'arms[1]: "ab" is not an object.'),
    ("arms.0.role", "both", "arms[1].role: Value 'both' is not a valid choice."),
    # references
    ("arms.0.regimen", "XYZ", 'arms[1].regimen: "XYZ" is not in the list of regimens'),
    ("arms.0.regimen_options", ["XYZ"], 'arms[1].regimen_options: "XYZ" is not in the list of regimens'),
    ("arms.0.drugs", ["aspirin"], 'arms[1].drugs: "aspirin" is not in the list of drugs'),
    ("arms.0.drugs", [[]], "arms[1].drugs: a list is not a text"),
    ("source_ids", ["nowhere"], 'source_ids: "nowhere" is not in the list of sources'),
    ("source_ids", ["page", "page"], "source_ids: names something twice: take one out."),
    ("endpoints.0.values.0.arm_id", "x", 'endpoints[1].values[1].arm_id: "x" is not in the list of arms'),
    ("endpoints.0.comparison.versus_arm_id", "x", 'comparison.versus_arm_id: "x" is not in the list of arms'),
    ("endpoints.0.analysis_id", "x", 'endpoints[1].analysis_id: "x" is not in the list of analyses'),
    ("endpoints.0.publication_id", None, "endpoints[1].publication_id: must not be null: give it."),
    (
        "endpoints.0.publication_id",
        "x",
        'endpoints[1].publication_id: "x" is not in the list of publications',
    ),
    ("safety.0.publication_id", None, "safety[1].publication_id: must not be null: give it."),
    ("endpoints.0.name", "Happiness", 'endpoints[1].name: "Happiness" is not in the list of endpoints'),
    ("endpoints.0.abbreviation", "OS", 'endpoints[1].abbreviation: "OS" is not that of the endpoint, "PFS".'),
    (
        "endpoints.0.unit",
        "weeks",
        'endpoints[1].unit: "weeks" is not the unit of the measure, which is months.',
    ),
    ("endpoints.0.measure", "mean", "endpoints[1].measure: Value 'mean' is not a valid choice."),
    ("endpoints.0.measure", [], "endpoints[1].measure: a list is not a text"),
    (
        "endpoints.0.population",
        "all",
        'endpoints[1].population: "all" is none of itt, evaluable, safety, null.',
    ),
    # the same twice
    ("arms.1", records.arm("ab", "control"), "is not in the list of arms"),
    (
        "analyses",
        [records.trial()["analyses"][0]] * 2,
        "analyses[2]: says the same as analyses[1]: take one out.",
    ),
    ("endpoints.1", records.endpoint(), "endpoints[2]: says the same as endpoints[1]: take one out."),
    (
        "endpoints.0.values.1.arm_id",
        "ab",
        "values[2]: says the same as endpoints[1].values[1]: take one out.",
    ),
    # numbers
    (
        "endpoints.0.values.0.value",
        "11.2",
        'values[1].value: "11.2" is not a number: write it without quotes',
    ),
    ("endpoints.0.values.0.value", float("nan"), 'values[1].value: "NaN" is not a number'),
    ("endpoints.0.values.0.value", float("inf"), 'values[1].value: "Infinity" is not a number'),
    ("endpoints.0.values.0.value", 1e300, 'values[1].value: "1E+300" has too many digits or an exponent'),
    ("endpoints.0.values.0.value", 1e-300, "has too many digits or an exponent: write it as printed."),
    ("endpoints.0.values.0.value", HUGE, "has too many digits or an exponent: write it as printed."),
    ("endpoints.0.values.0.value", True, "values[1].value: true is not a number"),
    ("endpoints.0.values.0.value", -1, "endpoints[1].values[1]: breaks the rule “arm value is not negative”"),
    ("endpoints.0.values.0.value", None, "breaks the rule “armvalue value is there when estimated”"),
    (
        "endpoints.0.values.0.status",
        "unknown",
        "is none of estimated, not_reached, not_estimable, not_given.",
    ),
    ("endpoints.0.values.0.ci", 95, "endpoints[1].values[1].ci: 95 is not an object."),
    ("endpoints.0.values.0.ci.lower", 20, "breaks the rule “armvalue interval bounds in order”"),
    ("endpoints.0.values.0.ci.level_percent", None, "breaks the rule “armvalue interval names its level”"),
    ("endpoints.0.values.0.ci.level_percent", 0.95, "breaks the rule “armvalue interval names its level”"),
    (
        "endpoints.0.values.0.ci.upper_status",
        "not_reached",
        "breaks the rule “armvalue open bound has no number”",
    ),
    ("endpoints.1.values.0.value", 100.1, "breaks the rule “arm value percent is at most 100”"),
    ("endpoints.1.values.0.n_analysed", 81, "breaks the rule “arm value count is part of analysed”"),
    ("endpoints.1.timepoint_months", 12, "endpoints[2]: breaks the rule “result landmark has its time”"),
    ("endpoints.0.comparison", [], "endpoints[1].comparison: a list is not an object."),
    ("endpoints.0.comparison.versus_arm_id", "ab", "breaks the rule “comparison is between two arms”"),
    ("endpoints.0.comparison.p.value", 1.5, "breaks the rule “comparison p is a probability”"),
    ("endpoints.0.comparison.p.relation", "~", "comparison.p.relation: Value '~' is not a valid choice."),
    ("endpoints.0.comparison.effect", None, "breaks the rule “comparison estimate says of what”"),
    ("endpoints.0.comparison.estimate", 0, "breaks the rule “comparison effect is positive”"),
    ("safety.0.values.0.value", 101, "breaks the rule “observation percent within 0 and 100”"),
    ("safety.0.unit", "patients", "safety[1].unit: Value 'patients' is not a valid choice."),
    # dates and registries
    ("analyses.0.data_cutoff", "13 May 2022", 'analyses[1].data_cutoff: "13 May 2022" is not a date'),
    (
        "analyses.0.data_cutoff",
        20220513,
        "analyses[1].data_cutoff: 20220513 is not a date: write YYYY-MM-DD.",
    ),
    ("publications.0.year", 99999, "publications[1].year: Ensure this value is less than or equal to 32767."),
    ("publications.0.pmid", "PMC1", "publications[1].pmid: Enter a valid value."),
    ("registry", [], "registry: a list is not an object."),
    ("registry.eudract", GONE, "registry: “eudract” is missing"),
    ("registry.who", [], 'registry: "who" is not a registry that is known here.'),
    (
        "registry.clinicaltrials_gov",
        ["NCT123"],
        '"NCT123" is not a number of ClinicalTrials.gov: correct it.',
    ),
    ("registry.clinicaltrials_gov", ["NCT01234567\n1"], "is not a number of ClinicalTrials.gov: correct it."),
    ("registry.eudract", ["2022-501234-56"], "registry.eudract[1]: "),
]


@pytest.mark.parametrize(("path", "new", "message"), FAULTS, ids=[f"{p}-{m[:30]}" for p, _, m in FAULTS])
def test_bad_record_is_refused_with_its_path(tmp_path, path, new, message):
    outcomes = records.load(tmp_path, records.changed(records.trial(), path, new))

    told = records.problems(outcomes)
    assert any(message in problem for problem in told), told
    assert not Trial.objects.exists()


def test_every_fault_of_a_record_is_told_at_once(tmp_path):
    record = records.changed(records.trial(n_enrolled="many"), "arms.0.n", "half")
    record = records.changed(record, "endpoints.1.values.1.arm_id", "x")

    assert len(records.problems(records.load(tmp_path, record))) == 3


def test_refused_trial_leaves_the_others_and_its_own_rows_alone(tmp_path):
    registry = {"clinicaltrials_gov": ["NCT07654321"], "eudract": []}
    other = records.trial(id="other", registry=registry)
    records.load(tmp_path, records.trial(), other)
    bad = records.changed(records.trial(acronym="NEW"), "endpoints.1.values.0.value", 101)

    outcomes = records.load(tmp_path, bad, {**other, "acronym": "OTHER"})

    assert [outcome.word for outcome in outcomes] == ["refused", "changed"]
    assert sorted(Trial.objects.values_list("acronym", flat=True)) == ["EXAMPLE", "OTHER"]


def test_number_of_another_trial_is_refused(tmp_path):
    (_, second) = records.load(tmp_path, records.trial(), records.trial(id="second"))

    assert records.problems([second]) == [
        "registry.clinicaltrials_gov[1]: is elsewhere already"
        " (Key (registry, number)=(nct, NCT01234567) already exists.): correct it, or take it out there."
    ]
    assert Trial.objects.get().slug == "example"


def test_second_record_with_the_same_id_is_refused(tmp_path):
    (first, second) = records.load(tmp_path, records.trial(), records.trial(acronym="TWICE"))

    assert (first.word, second.word) == ("added", "refused")
    assert records.problems([second]) == ["id: another trial of the file has it already (this is 2)."]


@pytest.mark.parametrize("record", [None, 7, "x", [], {}, {"id": None}, {"id": LONE}, [[[]]]])
def test_record_that_is_no_trial_is_refused(tmp_path, record):
    (outcome,) = records.load(tmp_path, record)

    assert outcome.word == "refused"
    assert outcome.problems
    str(outcome).encode("ascii")


def test_key_that_stands_twice_is_refused(tmp_path):
    file = records.write(tmp_path, records.trial())
    file.write_text(file.read_text().replace('"n_enrolled": 200', '"n_enrolled": 200, "n_enrolled": 201'))

    assert records.problems(import_path(file)) == ["has a key twice: take one out."]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is not JSON: "),
        (b"{", "is not JSON: "),
        (b"\xff\xfe", "is not in UTF-8: save it in this encoding."),
        (b"[" * 200_000, "is nested too deeply to be a list of trials."),
        (b"[]", "is not a list of trials or regimens."),
        (b"{}", "as its content: nothing is known of others."),
        (b'{"content": ["multiple-myeloma-trials"]}', "as its content: nothing is known of others."),
        (b'{"content": "multiple-myeloma-trials"}', "does not have a schema_version that begins with 1."),
        (b'{"content": "multiple-myeloma-trials", "schema_version": "1.0.0"}', "has no list “trials”"),
        (b'{"content": "multiple-myeloma-regimens", "schema_version": "1.1"}', "has no list “regimens”"),
    ],
)
def test_file_that_holds_no_trials_is_refused(tmp_path, data, message):
    (tmp_path / "bad.json").write_bytes(data)

    (outcome,) = import_path(tmp_path / "bad.json")

    assert (outcome.kind, outcome.name, outcome.word) == ("file", "bad.json", "refused")
    assert message in str(outcome.problems[0])


def test_file_with_other_units_is_refused(tmp_path):
    (outcome,) = records.load(tmp_path, records.trial(), units={"median_time": "days"})

    assert "has other units" in str(outcome.problems[0])


def test_file_or_folder_that_is_not_there_is_refused(tmp_path):
    missing, empty = import_path(tmp_path / "missing.json"), import_path(tmp_path)

    assert "cannot be read: No such file or directory." in str(missing[0].problems[0])
    assert "has neither regimens.json nor trials.json" in str(empty[0].problems[0])


def test_bad_source_is_refused_and_what_names_it_too(tmp_path):
    sources = [
        {"id": "page", "kind": "news", "title": "A page", "url": "javascript:alert(1)", "seen_as": "x"}
    ]

    outcomes = records.load(tmp_path, records.trial(), sources=sources)

    assert [(outcome.kind, outcome.word) for outcome in outcomes] == [
        ("source", "refused"),
        ("trial", "refused"),
    ]
    assert not Source.objects.exists()


def places(value, path=""):
    """Every path in a record."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield f"{path}{key}"
        yield from places(item, f"{path}{key}.")


JUNK = [
    None,
    True,
    -1,
    0,
    1.5,
    1e300,
    HUGE,
    "",
    "x",
    NUL,
    LONE,
    LONG,
    [],
    [None],
    {},
    {"": {}},
    float("nan"),
    GONE,
]


def test_junk_anywhere_is_taken_whole_or_refused_whole(tmp_path):
    """Each place of the record gets one piece of junk after the other. Nothing may be raised."""
    for number, path in enumerate(places(records.trial())):
        junk = JUNK[number * 5 % len(JUNK)]

        with transaction.atomic():
            (outcome,) = records.load(tmp_path, records.changed(records.trial(), path, junk))
            transaction.set_rollback(True)

        assert outcome.word in ("added", "refused")
        assert (outcome.word == "refused") == bool(outcome.problems), path
        "".join(map(str, outcome.problems)).encode("utf-8")
