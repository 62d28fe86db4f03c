"""A forest plot of several trials: each row named by its trial, on one axis, nothing pooled. No page shows one."""

import pytest

from tests.trials.drawings import EFFECT, centre, ratio, shapes, words
from tests.trials.factories import make_result, make_trial
from trials.figure_rows import forest_rows
from trials.figures import forest, forest_table
from trials.figures.shapes import Rect


def test_rows_of_several_trials_stand_on_one_axis_with_equal_squares():
    rows = [
        ratio("0.61", "0.49", "0.77", label="NOON: Progression-free survival"),
        ratio("0.53", "0.32", "0.89", label="DUSK: Progression-free survival"),
    ]

    drawing = forest(rows, **EFFECT)

    squares = shapes(drawing, "estimate", Rect)
    assert len(squares) == 2  # and none for a mean of the two
    assert {(square.width, square.height) for square in squares} == {(10.0, 10.0)}
    assert centre(squares[0])[1] < centre(squares[1])[1]  # as given, not by value
    assert centre(squares[1])[0] < centre(squares[0])[0]
    text = " ".join(words(drawing))
    assert text.index("NOON:") < text.index("DUSK:")
    assert not any(word in text.lower() for word in ("pooled", "overall effect", "total", "i²"))


@pytest.mark.django_db
@pytest.mark.parametrize("order", [("NOON", "DUSK"), ("DUSK", "NOON")])
def test_rows_made_of_results_of_two_trials_are_named_by_trial_and_keep_their_order(order):
    values = {"NOON": "0.61", "DUSK": "0.53"}
    trials = [make_trial(acronym=name, results=False) for name in order]
    results = [
        make_result(trial, comparison={"value": values[trial.acronym], "ci_lower": "0.4"}) for trial in trials
    ]

    rows = forest_rows(results)

    assert [row.label for row in rows] == [f"{name}: Overall survival" for name in order]
    assert [str(row.estimate) for row in rows] == [values[name] for name in order]
    assert [row.detail for row in rows] == ["ABC versus BC"] * 2
    table = forest_table(rows, "Hazard ratio")
    assert [(line[0], line[3]) for line in table.rows] == [(row.label, str(row.estimate)) for row in rows]


@pytest.mark.django_db
def test_rows_of_one_trial_do_not_name_it():
    trial = make_trial(acronym="NOON")

    assert [row.label for row in forest_rows(list(trial.results.all()))] == ["Overall survival"]
