"""Trials side by side: what is marked, in which order, and what is refused."""

import csv
import re
from io import StringIO

import pytest
from django.urls import reverse

from tests.trials.compared import FILE, LIKE, MEASURED, PAGE, Table, address, make_like
from tests.trials.factories import make_cut, make_endpoint, make_observation, make_result, make_trial
from trials.compare import NOTE
from trials.compare_rows import PARTS

pytestmark = pytest.mark.django_db


def lines_of(reader, *slugs, **how):
    """The CSV without its headings and note: (section, row, value…, mark, why)."""
    response = reader.get(address(*slugs, path=FILE, **how))
    assert response.status_code == 200, response.content.decode()
    return list(csv.reader(StringIO(response.content.decode("utf-8-sig"))))


def marked(lines):
    return [(line[0], line[1]) for line in lines[1:-1] if line[-1]]


@pytest.fixture
def pair():
    return make_like("first"), make_like("second")


@pytest.fixture
def four():
    return [make_like(slug) for slug in ("dawn", "noon", "dusk", "night")]


def test_trials_stand_side_by_side_under_the_note(reader, pair):
    response = reader.get(address("first", "second"))

    html = response.content.decode()
    assert response.status_code == 200
    assert NOTE in html
    assert '<meta name="robots" content="noindex">' in html
    text = re.sub("<[^>]+>", "", html).replace("\N{NO-BREAK SPACE}", " ")
    for shown in ("ABC", "n = 200", "35.6", "95% CI 31.0–39.9", "Hazard ratio", "p = 0.012", "two-sided"):
        assert shown in text


def test_equal_trials_have_no_mark(reader, pair):
    assert marked(lines_of(reader, "first", "second")) == []
    assert Table(reader.get(address("first", "second")).content.decode()).marked == []


@pytest.mark.parametrize(
    ("field", "value", "section", "row"),
    [
        ("setting", "RRMM", "Patients", "Setting"),
        ("transplant", "ineligible", "Patients", "Transplantation"),
        ("prior_lines_max", 2, "Patients", "Prior lines"),
        ("phase", "II", "Design", "Phase"),
        ("blinding", "double-blind", "Design", "Blinding"),
        ("control", "placebo", "Design", "Control"),
    ],
)
def test_exactly_the_unequal_row_of_a_trial_is_marked(reader, field, value, section, row):
    first, second = make_like("first"), make_like("second", **{field: value})
    with_it = {"setting": [("Patients", "Refractory disease")], "control": [("Design", "Arms")]}
    also = with_it.get(field, [])

    lines = lines_of(reader, first.slug, second.slug)

    assert marked(lines) == [(section, row), *also]
    table = Table(reader.get(address("first", "second")).content.decode())
    assert [cells[0].split(":")[0] for cells in table.marked] == [row, *(name for _, name in also)]


@pytest.mark.parametrize(
    ("field", "value", "row"),
    [
        ("population", "evaluable", "Population"),
        ("assessor", "investigator", "Assessed by"),
        ("detail", "Start of treatment to death", "Definition"),
    ],
)
def test_an_endpoint_measured_otherwise_marks_that_row_and_what_was_found(reader, field, value, row):
    make_like("first")
    second = make_trial(slug="second", results=False, **LIKE)
    make_result(second, **(MEASURED | {field: value}))

    lines = lines_of(reader, "first", "second")

    name = "Overall survival"
    assert marked(lines) == [
        (name, row),
        (name, "Median, months"),
        *((name, part) for part in PARTS.values()),
    ]
    found = next(line for line in lines if line[1] == "Median, months")
    assert found[-2:] == [
        "Not measured alike",
        f"The trials differ, or are not known to be alike, in: {row.lower()}.",
    ]


def test_each_mark_is_a_word_with_its_reason(reader, pair):
    make_like("third", phase="II")

    [row] = Table(reader.get(address("first", "third")).content.decode()).marked

    assert row[0].startswith("Phase")
    assert "Differs" in row[0]
    assert "estimate effects less precisely." in row[0]


def test_an_endpoint_of_one_trial_is_marked_and_stays_not_reported_for_the_other(reader, pair):
    make_result(pair[0], endpoint="orr", measure="response_rate", values={"abc": "70", "bc": "50"})

    lines = lines_of(reader, "first", "second")

    found = [line for line in lines if line[0] == "Overall response rate"]
    assert [line[1] for line in found] == ["How it was measured", "Rate, % of patients", *PARTS.values()]
    assert all(line[-2] == "Not known to be alike" for line in found)
    assert {line[3] for line in found} == {"Not reported", "None derived"}


def test_rates_at_two_moments_stand_in_two_rows(reader, pair):
    for trial, months in zip(pair, (12, 18), strict=True):
        values = {"abc": "70.5", "bc": "60.5"}
        make_result(trial, measure="event_free_rate", timepoint=months, values=values, comparison=None)

    rows = {line[1]: line[2:4] for line in lines_of(reader, "first", "second")[1:-1]}

    assert rows["At 12\N{NO-BREAK SPACE}months, %"][1] == "Not reported"
    assert rows["At 18\N{NO-BREAK SPACE}months, %"][0] == "Not reported"


def test_differences_are_derived_within_a_trial_only(reader):
    make_like("first")
    other = make_trial(slug="second", results=False, **LIKE)
    make_result(other, **MEASURED, values={"abc": "20.1", "bc": "17.0"}, comparison={"value": "0.61"})

    lines = lines_of(reader, "first", "second")

    [difference] = [line for line in lines if line[1:2] == [PARTS["differences"]]]
    assert difference[2:4] == [
        "Derived: +4.4\N{NO-BREAK SPACE}months",
        "Derived: +3.1\N{NO-BREAK SPACE}months",
    ]
    across = {"15.5", "14.2", "11.1", "18.6", "1.3", "7.5", "0.14"}  # of medians, differences and ratios
    assert not across & set(
        re.findall(r"[0-9]+\.[0-9]+", reader.get(address("first", "second")).content.decode())
    )
    assert not across & set(re.findall(r"[0-9]+\.[0-9]+", str(lines)))


@pytest.mark.parametrize("better", ["first", "second"])
def test_nothing_is_sorted_by_a_value(reader, better):
    for slug in ("first", "second"):
        trial = make_trial(slug=slug, acronym=slug.upper(), results=False, **LIKE)
        high = slug == better
        for endpoint in ("os", "pfs"):
            values = {"abc": "40.1" if high else "10.1", "bc": "30.1" if high else "9.1"}
            make_result(trial, endpoint=endpoint, values=values, **MEASURED)
        for name, share in (("Anaemia", "10"), ("Neutropenia", "60")):
            make_observation(trial, name=name, values={"abc": share if high else "90", "bc": "5"})

    lines = lines_of(reader, "first", "second")
    turned = lines_of(reader, "second", "first")

    assert lines[0][2:4] == ["FIRST", "SECOND"]
    assert turned[0][2:4] == ["SECOND", "FIRST"]
    assert [line[:2] for line in lines] == [line[:2] for line in turned]
    assert [line[1] for line in lines if line[0].startswith("Safety")] == [
        "Anaemia, grade\N{NO-BREAK SPACE}3–4",
        "Neutropenia, grade\N{NO-BREAK SPACE}3–4",
    ]


def test_an_effect_that_one_trial_does_not_report_is_marked(reader, pair):
    third = make_trial(slug="third", results=False, **LIKE)
    make_result(third, comparison=None, **MEASURED)

    lines = lines_of(reader, "first", "third")

    assert marked(lines) == [("Overall survival", "Effect")]
    assert next(line for line in lines if line[1] == "Effect")[3] == "Not reported"


def test_columns_keep_the_order_of_the_address(reader, four):
    lines = lines_of(reader, "noon", "dusk", "dawn", "night")

    assert [heading.split(",")[0] for heading in lines[0][2:6]] == ["NOON", "DUSK", "DAWN", "NIGHT"]


def test_another_order_moves_the_columns_and_changes_no_text(reader):
    for slug, fields in {"a": {}, "b": {"phase": "II"}, "c": {"setting": "RRMM"}}.items():
        trial = make_like(slug, **fields)
        make_result(trial, endpoint=make_endpoint(f"only-{slug}"), **MEASURED)
        make_observation(trial, name="Neutropenia" if slug == "a" else "neutropenia")

    lines = lines_of(reader, "a", "b", "c")
    moved = lines_of(reader, "c", "a", "b")

    def back(line):
        return [*line[:2], line[3], line[4], line[2], *line[5:]] if len(line) > 1 else line

    assert [back(line) for line in moved] == lines


def test_adverse_events_meet_by_name_and_grade(reader, pair):
    make_observation(pair[0], name="Neutropenia", grade=">=3", values={"abc": "42", "bc": "15"})
    make_observation(pair[1], name="neutropenia", grade=">=3", values={"abc": "40", "bc": "10"})
    make_observation(pair[1], name="Neutropenia", grade="any", values={"abc": "60", "bc": "20"})

    rows = [line for line in lines_of(reader, "first", "second") if line[0].startswith("Safety")]

    assert [row[1] for row in rows] == [
        "Neutropenia, grade\N{NO-BREAK SPACE}3 or higher",
        "Neutropenia, any grade",
    ]
    assert rows[0][2].startswith("ABC: 42; BC: 15")
    assert rows[0][3].startswith("ABC: 40; BC: 10")
    assert rows[1][2] == "Not reported"


def test_adverse_events_of_another_analysis_say_so(reader, pair):
    make_observation(pair[0])
    later = make_cut(pair[0], label="Final analysis")
    make_result(pair[0], cut=later, **MEASURED)

    [row] = [line for line in lines_of(reader, "first", "second") if line[0].startswith("Safety")]

    assert "Analysis: Primary analysis (median follow-up 24.0" in row[2]


def test_the_newest_analysis_with_the_result_is_shown_unless_another_is_chosen(reader, pair):
    later = make_cut(pair[0], code="final", label="Final analysis")
    make_result(pair[0], cut=later, **MEASURED, values={"abc": "36.6", "bc": "31.9"})
    make_cut(pair[0], label="Announced analysis")

    newest = lines_of(reader, "first", "second")
    older = lines_of(reader, "first", "second", cuts=["first:primary"])

    assert newest[0][2:4] == ["FIRST", "SECOND"]
    assert older[0][2] == "FIRST, Primary analysis"
    [at_newest], [at_older] = (
        [line[2] for line in lines if line[1:2] == ["Median, months"]] for lines in (newest, older)
    )
    assert at_newest.startswith("ABC: 36.6")
    assert "Analysis: Final analysis (median follow-up 24.0\N{NO-BREAK SPACE}months)" in at_newest
    assert at_older.startswith("ABC: 35.6")
    html = reader.get(address("first", "second", cuts=["first:primary"])).content.decode()
    assert '<option value="first:primary" selected>' in html
    assert '<option value="">Of each result the newest analysis</option>' in html
    assert "Announced analysis" not in html


def test_the_file_has_the_rows_of_the_page(reader, pair):
    make_observation(pair[0])
    second = make_like("third", phase="II", acronym="=1+1")

    lines = lines_of(reader, "first", second.slug)
    table = Table(reader.get(address("first", second.slug)).content.decode())

    rows = [row for row in table.rows[1:] if len(row) > 1]
    assert [row[0].strip().startswith(line[1]) for row, line in zip(rows, lines[1:-1], strict=True)]
    for row, line in zip(rows, lines[1:-1], strict=True):
        assert row[0].strip() == line[1] + (f": {line[-2]}. {line[-1]}" if line[-1] else "")
        assert [text.replace("; ", "") for text in line[2:4]] == [
            text.replace("; ", "").strip() for text in row[1:]
        ]
    assert lines[-1] == [NOTE]


def test_the_file_is_named_after_the_trials_and_holds_no_formula(reader, pair):
    make_like("third", acronym="=1+1")

    response = reader.get(address("first", "third", path=FILE))

    assert response["Content-Disposition"] == 'attachment; filename="compare-first-third.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    heading = next(csv.reader(StringIO(response.content.decode("utf-8-sig"))))[3]
    assert heading.startswith("'=1+1")


def test_analyses_of_trials_that_left_are_forgotten(reader, pair):
    assert reader.get(address("first", "second", cuts=["gone:final"])).status_code == 200


def test_links_add_and_remove_a_trial(reader, four):
    html = reader.get(address("dawn", "noon", "dusk", cuts=["noon:primary"])).content.decode()

    assert 'href="/trials/compare/?trial=dawn&amp;trial=dusk"' in html
    assert 'href="/trials/compare/?trial=noon&amp;trial=dusk&amp;cut=noon%3Aprimary"' in html
    added = "/trials/compare/?trial=dawn&amp;trial=noon&amp;trial=dusk&amp;trial=night&amp;cut=noon%3Aprimary"
    assert f'href="{added}"' in html
    assert "Add a trial" not in reader.get(address("dawn", "noon", "dusk", "night")).content.decode()


def test_a_trial_without_any_result_is_shown_with_words(reader, pair):
    make_trial(slug="new", acronym="NEW", results=False, **LIKE)

    lines = lines_of(reader, "first", "new")

    assert lines[0][3] == "NEW"
    assert next(line for line in lines if line[1] == "Analysis shown")[3] == "Not reported"


@pytest.mark.parametrize("who", ["reader", "member"])
@pytest.mark.parametrize("count", [2, 4])
def test_queries_stay_few_however_many_trials(
    request, settings, four, who, count, django_assert_max_num_queries
):
    settings.ACCOUNT_RATE_LIMITS = False  # counted in the cache, which need not be the database
    client = request.getfixturevalue(who)
    for trial in four:
        for number in range(3):
            make_result(trial, endpoint=make_endpoint(f"more-{number}"), **MEASURED)
            make_observation(trial, name=f"Event {number}")
    slugs = [trial.slug for trial in four][:count]

    with django_assert_max_num_queries(15):
        assert client.get(address(*slugs)).status_code == 200


def test_the_comparison_stands_before_a_trial_of_that_name():
    assert reverse("trials:compare") == PAGE
