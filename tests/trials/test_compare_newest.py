"""Which analysis a comparison shows of each result, and exactly which rows its guard marks then."""

import pytest

from tests.trials.compared import LIKE, MEASURED, Table, address, make_like
from tests.trials.factories import make_arm, make_cut, make_observation, make_regimen, make_result, make_trial

pytestmark = pytest.mark.django_db
NEUTROPENIA = "Neutropenia, grade 3–4"
UNKNOWN = "At least one trial does not report this, so it is not known whether the trials are alike."


def plain(text):
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def table_of(reader, *slugs):
    return Table(reader.get(address(*slugs)).content.decode())


def row(table, label):
    [found] = [cells for cells in table.rows if plain(cells[0]).startswith(label)]
    return [plain(cell) for cell in found]


def marks(table):
    """Label and sentence of each marked row."""
    found = [plain(cells[0]).split(": ", 1) for cells in table.marked]
    return [(label, said.split(". ", 1)[1]) for label, said in found]


def apart(*labels):
    return f"The trials differ, or are not known to be alike, in: {', '.join(labels)}."


@pytest.fixture
def pair():
    return make_like("first"), make_like("second")


# adverse events


def test_adverse_event_counted_alike_has_no_mark(reader, pair):
    for trial, share in zip(pair, ("42", "55"), strict=True):
        make_observation(trial, values={"abc": share, "bc": "15"})

    assert marks(table_of(reader, "first", "second")) == []


def test_adverse_event_that_one_trial_does_not_report_is_marked(reader, pair):
    make_observation(pair[0])

    table = table_of(reader, "first", "second")

    assert marks(table) == [(NEUTROPENIA, UNKNOWN)]
    assert row(table, NEUTROPENIA)[2] == "Not reported"


def test_adverse_event_of_another_randomisation_is_marked(reader, pair):
    for code in ("keep", "watch"):
        make_arm(pair[0], code=code, randomisation=2)
    make_observation(pair[0], values={"keep": "2", "watch": "2"})
    make_observation(pair[1], values={"abc": "62.1", "bc": "51.0"})

    table = table_of(reader, "first", "second")

    assert (NEUTROPENIA, apart("randomisation", "median follow-up")) in marks(table)
    assert len(marks(table)) == 1
    assert row(table, NEUTROPENIA)[1].startswith(
        "KEEP: 2WATCH: 2Second randomisationAnalysis: Primary analysis"
    )


def test_adverse_event_is_shown_for_each_randomisation(reader, pair):
    make_observation(pair[0], values={"abc": "28", "bc": "15"})
    later = make_cut(pair[0], label="Part 2", note="Follow-up counted from the second randomisation.")
    for code in ("keep", "watch"):
        make_arm(pair[0], code=code, randomisation=2)
    make_observation(pair[0], data_cut=later, values={"keep": "2", "watch": "2"})
    make_observation(pair[1])

    table = table_of(reader, "first", "second")

    cell = row(table, NEUTROPENIA)[1]
    assert "ABC: 28" in cell
    assert "KEEP: 2" in cell
    assert marks(table) == [(NEUTROPENIA, apart("randomisation"))]


@pytest.mark.parametrize(
    ("changes", "labels"),
    [
        ({"note": "As-treated patients (n = 176)."}, ["population"]),
        ({"values": {"abc": {"n": 131}, "bc": {"n": 24}}}, ["measure"]),
        ({"values": {"abc": "42"}}, ["measure"]),
        ({"data_cut": None}, ["median follow-up"]),
    ],
)
def test_adverse_event_counted_otherwise_is_marked_with_what_differs(reader, pair, changes, labels):
    make_observation(pair[0])
    make_observation(pair[1], **changes)

    assert marks(table_of(reader, "first", "second")) == [(NEUTROPENIA, apart(*labels))]


def test_adverse_event_at_another_follow_up_is_marked(reader, pair):
    make_observation(pair[0], data_cut=make_cut(pair[0], label="Final analysis", median_follow_up="64.5"))
    make_observation(pair[1])

    table = table_of(reader, "first", "second")

    assert marks(table) == [(NEUTROPENIA, apart("median follow-up"))]
    assert "Analysis: Final analysis (median follow-up 64.5 months)" in row(table, NEUTROPENIA)[1]


def test_adverse_event_of_another_grade_is_another_row(reader, pair):
    make_observation(pair[0], grade="3-4")
    make_observation(pair[1], grade=">=3")

    assert marks(table_of(reader, "first", "second")) == [
        (NEUTROPENIA, UNKNOWN),
        ("Neutropenia, grade 3 or higher", UNKNOWN),
    ]


def test_adverse_event_is_taken_from_the_newest_analysis_that_reports_it(reader, pair):
    make_observation(pair[0], values={"abc": "50.0", "bc": "35.3"})
    make_observation(pair[0], name="Pneumonia", values={"abc": "13.7", "bc": "7.9"})
    later = make_cut(pair[0], label="Later analysis")
    make_observation(pair[0], name="Pneumonia", data_cut=later, values={"abc": "19", "bc": "11"})
    make_observation(pair[0], name="Any event", data_cut=later)
    for name in ("Neutropenia", "Pneumonia", "Any event"):
        make_observation(pair[1], name=name)

    table = table_of(reader, "first", "second")

    assert row(table, NEUTROPENIA)[1].startswith("ABC: 50.0BC: 35.3Analysis: Primary analysis")
    assert row(table, "Pneumonia")[1].startswith("ABC: 19BC: 11Analysis: Later analysis")


# endpoints


def with_later_survival(slug, **cut):
    """PFS at the primary analysis, OS at the primary and a later one."""
    trial = make_like(slug)
    make_result(trial, endpoint="pfs", **MEASURED, values={"abc": "11.2", "bc": "7.1"})
    later = make_cut(trial, **({"label": "Final analysis", "cutoff": "2023-02-07"} | cut))
    make_result(trial, cut=later, **MEASURED, values={"abc": "36.6", "bc": "31.9"})
    return trial


def test_endpoint_that_the_newest_analysis_leaves_out_is_shown_at_the_newest_that_reports_it(reader):
    for slug in ("first", "second"):
        with_later_survival(slug)

    table = table_of(reader, "first", "second")

    survival, progression = (
        [plain(c) for c in cells] for cells in sorted(table.rows) if plain(cells[0]) == "Median, months"
    )
    if survival[1].startswith("ABC: 11.2"):
        survival, progression = progression, survival
    assert progression[1].startswith("ABC: 11.2")
    assert "Analysis: Primary analysis (median follow-up 24.0 months)" in progression[1]
    assert survival[1].startswith("ABC: 36.6")
    assert "Final analysis, data cut-off 7 February 2023 (median follow-up 24.0 months)" in survival[1]
    assert marks(table) == []


def test_results_at_other_follow_up_are_marked(reader):
    make_like("first")
    trial = make_trial(slug="second", results=False, **LIKE)
    make_result(trial, cut=make_cut(trial, median_follow_up="28.9"), **MEASURED)

    table = table_of(reader, "first", "second")

    reason = apart("median follow-up")
    assert [(label, why) for label, why in marks(table) if label != "Median follow-up"] == [
        ("Median, months", reason),
        ("Effect", reason),
        ("Difference within the trial, derived", reason),
    ]
    assert len(marks(table)) == 4


def test_result_without_any_value_yields_to_an_older_one_with_values(reader, pair):
    later = make_cut(pair[0], label="Later analysis")
    nothing = {"abc": "not_reported", "bc": "not_reported"}
    make_result(pair[0], cut=later, **MEASURED, values=nothing, comparison={"value": "0.66"})

    table = table_of(reader, "first", "second")

    assert row(table, "Median, months")[1].startswith("ABC: 35.6")
    effect = row(table, "Effect")[1]
    assert effect.startswith("Hazard ratio: 0.66")
    assert "Analysis: Later analysis" in effect


# controls


def regimens_of(*abbreviations):
    for slug, abbreviation in zip(("first", "second"), abbreviations, strict=True):
        trial = make_like(slug)
        regimen = make_regimen(abbreviation) if slug == "first" or abbreviation != abbreviations[0] else None
        arm = trial.arms.get(code="bc")
        arm.regimen = (
            regimen or type(make_like("spare")).objects.get(slug="first").arms.get(code="bc").regimen
        )
        arm.label = f"{abbreviation} as {slug} writes it"
        arm.save()


def test_other_control_regimens_mark_control_and_arms_with_one_sentence(reader):
    regimens_of("Vd", "Kd")

    table = table_of(reader, "first", "second")

    why = "An effect is relative to its control: against a weaker control the same treatment looks better."
    assert marks(table) == [("Control", why), ("Arms", why)]
    assert row(table, "Control")[1:] == ["Active control: Vd", "Active control: Kd"]


def test_the_same_control_regimen_has_no_mark_however_it_is_written(reader):
    regimens_of("Vd", "Vd")

    assert marks(table_of(reader, "first", "second")) == []


def test_control_of_the_doctors_choice_names_its_regimens(reader, pair):
    arm = pair[0].arms.get(code="bc")
    arm.regimen_options.set([make_regimen("PVd"), make_regimen("D-Pd")])

    table = table_of(reader, "first", "second")

    assert row(table, "Control")[1:] == ["Active control: D-Pd or PVd", "Active control: BC"]
    assert [label for label, _ in marks(table)] == ["Control", "Arms"]


def test_refractory_shares_name_their_arms_and_what_is_missing(reader):
    for slug in ("first", "second"):
        trial = make_like(slug, setting="RRMM")
        make_observation(
            trial,
            kind="baseline",
            grade="",
            name="Lenalidomide-refractory",
            data_cut=None,
            values={"abc": "68.0"},
        )

    table = table_of(reader, "first", "second")

    assert row(table, "Refractory disease")[1] == "Lenalidomide-refractory: ABC 68.0%, BC not reported"
