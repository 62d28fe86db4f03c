"""The guard marks exactly the rows that differ, and never orders, subtracts or pools what it sets side by side."""

from dataclasses import fields, replace
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trials.factories import make_cut, make_observation, make_result, make_trial
from trials.comparability import ENDPOINT_ROWS, TRIAL_ROWS, EndpointSide, Side, compare
from trials.comparability_of_rows import PREFETCH, RESULT_PREFETCH, side_of

PFS = EndpointSide(
    definition="Randomisation to progression or death",
    population="Intention to treat",
    assessor="Independent review",
    measure="Median",
    unit="months",
    timepoint="Not applicable",
    ci_level="95%",
)
FIRST = Side(
    trial="FIRST",
    setting="Relapsed or refractory",
    transplant="Not applicable",
    prior_lines="1 to 3",
    refractory="Lenalidomide-refractory: 71% and 69%",
    phase="Phase III",
    randomised="Yes",
    blinding="Open label",
    control="Active control",
    follow_up=(D("15.9"),),
    endpoints={"PFS": PFS},
)
SECOND = replace(FIRST, trial="SECOND")


def marked(*sides):
    """(endpoint, key) of the marked rows."""
    return [(row.endpoint, row.key) for row in compare(sides) if row.differs]


def test_equal_trials_have_no_mark_and_no_sentence():
    rows = compare([FIRST, SECOND])

    assert [row for row in rows if row.differs or row.why] == []
    assert [row.key for row in rows] == [*TRIAL_ROWS, "follow_up", *ENDPOINT_ROWS]
    assert rows[0].values == ("Relapsed or refractory", "Relapsed or refractory")


@pytest.mark.parametrize("key", TRIAL_ROWS)
def test_one_unequal_property_of_a_trial_marks_exactly_its_row(key):
    other = replace(SECOND, **{key: "Something else"})

    assert marked(FIRST, other) == [("", key)]


@pytest.mark.parametrize("key", ENDPOINT_ROWS)
def test_one_unequal_property_of_an_endpoint_marks_exactly_its_row(key):
    other = replace(SECOND, endpoints={"PFS": replace(PFS, **{key: "Something else"})})

    assert marked(FIRST, other) == [("PFS", key)]


def test_every_field_of_a_side_has_a_row():
    named = {field.name for field in fields(Side)} - {"trial", "endpoints", "follow_up"}

    assert named == set(TRIAL_ROWS)
    assert {field.name for field in fields(EndpointSide)} == set(ENDPOINT_ROWS)


def test_each_row_has_a_sentence_of_its_own():
    strange = EndpointSide(**dict.fromkeys(ENDPOINT_ROWS, "x"))
    other = Side("OTHER", **dict.fromkeys(TRIAL_ROWS, "x"), follow_up=(D(60),), endpoints={"PFS": strange})

    rows = compare([FIRST, other])

    assert all(row.differs for row in rows)
    assert len({row.why for row in rows}) == len(rows)
    assert all(row.why.endswith(".") and row.why.count(". ") == 0 for row in rows)


@pytest.mark.parametrize("missing", [None, ""])
def test_what_one_trial_does_not_report_is_marked_with_another_sentence(missing):
    [row] = [row for row in compare([FIRST, replace(SECOND, phase=missing)]) if row.differs]
    [unequal] = [row for row in compare([FIRST, replace(SECOND, phase="Phase II")]) if row.differs]

    assert (row.key, row.values) == ("phase", ("Phase III", "Not reported"))
    assert row.why.startswith("At least one trial does not report this")
    assert row.why != unequal.why


def test_what_no_trial_reports_is_not_taken_for_equal():
    unknown = {"PFS": replace(PFS, assessor=None)}

    assert marked(replace(FIRST, endpoints=unknown), replace(SECOND, endpoints=unknown)) == [
        ("PFS", "assessor")
    ]


def test_endpoint_that_one_trial_lacks_is_marked_row_by_row():
    other = replace(SECOND, endpoints={})

    rows = [row for row in compare([FIRST, other]) if row.endpoint == "PFS"]

    assert {row.values[1] for row in rows} == {"Not reported"}
    assert all(row.differs for row in rows)


def test_one_trial_of_four_marks_the_row():
    assert marked(FIRST, SECOND, FIRST, replace(SECOND, control="Placebo")) == [("", "control")]


def test_spaces_capitals_and_a_full_stop_are_no_difference():
    other = replace(
        SECOND, endpoints={"PFS": replace(PFS, definition="randomisation to  progression or death.")}
    )

    assert marked(FIRST, other) == []


@pytest.mark.parametrize(
    ("one", "other", "is_marked"),
    [
        (["20"], ["24"], False),  # exactly a fifth
        (["20"], ["24.1"], True),
        (["24.1"], ["20"], True),
        (["15.9"], ["64.5"], True),
        (["20"], [], True),
        ([], [], True),
        (["13.2", "16.5"], ["13.2", "16.5"], False),
        (["16.9", "16.3"], ["17"], False),
        (["13.2", "16.5"], ["15"], True),
    ],
)
def test_follow_up_differs_beyond_a_fifth_or_when_missing(one, other, is_marked):
    sides = [replace(FIRST, follow_up=tuple(map(D, one))), replace(SECOND, follow_up=tuple(map(D, other)))]

    assert marked(*sides) == ([("", "follow_up")] if is_marked else [])


def test_follow_up_per_arm_is_shown_per_arm():
    [row] = [
        r for r in compare([replace(FIRST, follow_up=(D("16.9"), D("16.3"))), SECOND]) if r.key == "follow_up"
    ]

    assert row.values == (
        "16.9\N{NO-BREAK SPACE}months and 16.3\N{NO-BREAK SPACE}months",
        "15.9\N{NO-BREAK SPACE}months",
    )


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_comparison_has_two_to_four_trials(count):
    with pytest.raises(ValueError, match="2 to 4 trials"):
        compare([FIRST] * count)


texts = st.sampled_from([None, "", "a", "b"])
endpoint_sides = st.builds(EndpointSide, **dict.fromkeys(ENDPOINT_ROWS, texts))
sides = st.builds(
    Side,
    st.sampled_from(["FIRST", "SECOND", "THIRD"]),
    **dict.fromkeys(TRIAL_ROWS, texts),
    follow_up=st.sampled_from([(), (D(10),), (D("12.0"), D(11)), (D(13),)]),
    endpoints=st.dictionaries(st.sampled_from(["PFS", "OS"]), endpoint_sides),
)


@given(st.lists(sides, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_another_order_of_the_trials_moves_the_columns_and_changes_no_text(given_sides, random):
    order = list(range(len(given_sides)))
    random.shuffle(order)

    moved = compare([given_sides[i] for i in order])

    assert moved == [replace(row, values=tuple(row.values[i] for i in order)) for row in compare(given_sides)]


@given(st.lists(sides, min_size=2, max_size=4))
def test_every_shown_value_is_one_that_a_trial_stated(given_sides):
    """A difference, a mean or a rank would be a value of no trial."""
    for row in compare(given_sides):
        alone = [compare([side, side]) for side in given_sides]
        stated = [
            next(
                (r.values[0] for r in rows if (r.key, r.endpoint) == (row.key, row.endpoint)), "Not reported"
            )
            for rows in alone
        ]

        assert list(row.values) == stated
        assert not any(character.isdigit() for character in row.why)


# from rows


@pytest.mark.django_db
def test_side_of_reads_a_trial_in_words():
    trial = make_trial(acronym="EXAMPLE", blinding="double-blind", control="placebo")
    make_observation(trial, kind="baseline", name="Lenalidomide-refractory", values={"abc": "71", "bc": "69"})

    side = side_of(trial, trial.data_cuts.get(), trial.results.all())

    assert side == Side(
        trial="EXAMPLE",
        setting="Relapsed or refractory",
        transplant="Not applicable",
        prior_lines="1 to 3",
        refractory="Lenalidomide-refractory: ABC 71%, BC 69%",
        phase="Phase III",
        randomised="Yes",
        blinding="Double blind",
        control="Placebo: BC",
        follow_up=(D("24.0"),),
        endpoints={
            "Overall survival": EndpointSide(
                measure="Median", unit="months", timepoint="Not applicable", ci_level="95%"
            )
        },
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("least", "most", "text"),
    [
        (0, 0, "None (first line)"),
        (1, 3, "1 to 3"),
        (2, 2, "2"),
        (3, None, "At least 3"),
        (None, 2, "At most 2"),
        (None, None, None),
    ],
)
def test_side_of_words_prior_lines(least, most, text):
    trial = make_trial(complete=False, prior_lines_min=least, prior_lines_max=most)

    assert side_of(trial, None, []).prior_lines == text


@pytest.mark.django_db
def test_side_of_takes_no_refractory_share_for_newly_diagnosed_patients():
    assert side_of(make_trial(complete=False, setting="NDMM"), None, []).refractory == "Not applicable"
    assert side_of(make_trial(complete=False), None, []).refractory is None


@pytest.mark.django_db
def test_side_of_reads_landmark_follow_up_per_arm_and_level():
    trial = make_trial(results=False)
    cut = make_cut(trial, median_follow_up=None, by_arm={"abc": "13.2", "bc": "16.5"})
    result = make_result(
        trial,
        cut=cut,
        measure="event_free_rate",
        timepoint="24",
        population="itt",
        assessor="irc",
        detail="From randomisation",
        comparison={"ci_level": "98.5"},
    )

    side = side_of(trial, cut, [result])

    assert side.follow_up == (D("13.2"), D("16.5"))
    assert side.endpoints["Overall survival"] == EndpointSide(
        definition="From randomisation",
        population="Intention to treat",
        assessor="Independent review",
        measure="Event-free rate",
        unit="percent",
        timepoint="24\N{NO-BREAK SPACE}months",
        ci_level="98.5%",
    )


@pytest.mark.django_db
def test_side_of_asks_the_database_nothing_more(django_assert_num_queries):
    made = make_trial()
    make_observation(made, kind="baseline", name="Triple-class refractory")
    trial = type(made).objects.prefetch_related(*PREFETCH).get(pk=made.pk)
    cut = made.data_cuts.prefetch_related("arm_follow_ups__arm").get()
    results = list(made.results.prefetch_related(*RESULT_PREFETCH))

    with django_assert_num_queries(0):
        side_of(trial, cut, results)
