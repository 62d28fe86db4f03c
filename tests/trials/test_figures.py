"""Drawings from rows: where everything stands, and what must never be drawn."""

import pytest

from tests.trials.drawings import EFFECT, arm, centre, edges, ratio, shapes, words
from trials.figures import NARROW, WIDE, Group, RateRow, forest, medians, rates
from trials.figures.shapes import Circle, Line, Polygon
from trials.figures.svg import ROLES

# By hand, for a plot from x = 220 to 470: x = 220 + 250 · ln(value / lowest) / ln(highest / lowest).
PUBLISHED = {
    # OPTIMISMM, progression-free survival (Richardson et al. 2019); axis 0.3–2
    "optimismm": (ratio("0.61", "0.49", "0.77"), 284.65, 313.52, 344.22, 378.66),
    # IKEMA, progression-free survival (Moreau et al. 2021), 99% interval; axis 0.3–2
    "ikema": (ratio("0.53", "0.32", "0.89", level="99"), 228.50, 294.99, 363.30, 378.66),
    # ALCYONE, minimal residual disease, odds ratio (Mateos et al. 2025); axis 0.5–10
    "alcyone": (ratio("5.23", "3.27", "8.36"), 376.73, 415.92, 455.06, 277.84),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_forest_puts_a_published_ratio_where_it_was_computed_by_hand(name):
    row, lower, estimate, upper, one = PUBLISHED[name]

    drawing = forest([row], **EFFECT)

    [square] = shapes(drawing, "estimate")
    stem = max(shapes(drawing, "whisker", Line), key=lambda line: line.x2 - line.x1)
    assert centre(square)[0] == pytest.approx(estimate, abs=0.02)
    assert (stem.x1, stem.x2) == pytest.approx((lower, upper), abs=0.02)
    assert stem.y1 == stem.y2 == centre(square)[1]
    assert shapes(drawing, "one")[0].x1 == pytest.approx(one, abs=0.02)
    assert shapes(drawing, "whisker-head") == []


def test_medians_put_an_open_interval_where_it_was_computed_by_hand():
    # ALCYONE, overall survival (Mateos et al. 2025): 83.0 months, 72.5 to not estimable. The axis runs to 96.
    row = arm("83.0", "72.5", upper_open="not estimable", text="83.0 (95% CI 72.5 to not estimable)")

    drawing = medians([Group("Overall survival", "", (row,))], "Months")

    stem = max(shapes(drawing, "range-a", Line), key=lambda line: line.x2 - line.x1)
    [bar] = shapes(drawing, "bar-a")
    [head] = shapes(drawing, "range-a-head")
    assert (bar.x, bar.x + bar.width) == pytest.approx((220, 436.15), abs=0.02)
    assert (stem.x1, stem.x2) == pytest.approx((408.80, 470), abs=0.02)
    assert max(x for x, _ in head.points) == 470
    assert shapes(drawing, "arm-a")[-1].x == pytest.approx(436.15, abs=0.02)


def test_rates_stand_on_an_axis_from_0_to_100():
    row = arm("70.6", "65.0", "75.4", row=RateRow)  # MAIA, progression-free at 30 months (Facon et al. 2019)

    drawing = rates([Group("Progression-free survival at 30 months", "", (row,))])

    assert [text.content for text in shapes(drawing, "tick")] == ["0", "20", "40", "60", "80", "100"]
    assert shapes(drawing, "arm-a")[-1].x == pytest.approx(220 + 250 * 0.706)


def test_the_squares_of_a_forest_are_equal():
    rows = [ratio("0.61", "0.49", "0.77"), ratio("0.94", "0.2", "4"), ratio("0.77", None, None, level=None)]

    squares = shapes(forest(rows, **EFFECT), "estimate")

    assert {(square.width, square.height) for square in squares} == {(10, 10)}
    assert len(squares) == 3


def test_forest_prints_estimate_and_interval_as_published():
    drawing = forest([ratio("0.60", "0.49", "0.77", text="0.60 (95% CI 0.49–0.77)")], **EFFECT)

    assert "0.60 (95% CI 0.49–0.77)" in words(drawing)
    assert {"Favours PVd", "Favours Vd", "Hazard ratio (log scale)"} <= set(words(drawing))


@pytest.mark.parametrize("layout", [WIDE, NARROW], ids=["wide", "narrow"])
def test_direction_labels_stand_on_their_sides_of_the_line_at_1(layout):
    drawing = forest([ratio("0.61", "0.49", "0.77")], **EFFECT, layout=layout)

    left, right = (edges(text) for text in shapes(drawing, "direction"))
    assert left[1] < shapes(drawing, "one")[0].x1 < right[0]


def test_direction_labels_without_room_say_their_side_in_words():
    labels = EFFECT | {"favours_right": "Favours the physician’s choice of one of five regimens"}

    drawing = forest([ratio("0.61", "0.49", "0.77")], **labels, layout=NARROW)

    said = [text.content for text in shapes(drawing, "direction")]
    assert said[0] == "Below 1: favours PVd"
    assert " ".join(said[1:]) == "Above 1: favours the physician’s choice of one of five regimens"


@pytest.mark.parametrize(
    ("lower", "upper", "words_in_place", "tips"),
    [
        ("0.01", "0.5", {}, [220]),
        ("0.5", "60", {}, [470]),
        ("0.01", "60", {}, [220, 470]),
        ("0.5", None, {"upper_open": "not reached"}, [470]),
        (None, "0.5", {"lower_open": "not estimable"}, [220]),
        ("0.5", None, {"upper_open": "not reported"}, []),
        (None, None, {"lower_open": "not estimable", "upper_open": "not estimable"}, []),
    ],
)
def test_forest_points_where_an_interval_goes_on(lower, upper, words_in_place, tips):
    drawing = forest([ratio("0.9", lower, upper, **words_in_place)], **EFFECT)

    heads = shapes(drawing, "whisker-head")
    assert [head.points[0][0] for head in heads] == tips


def test_a_bound_that_was_only_not_reported_draws_no_interval():
    drawing = forest([ratio("0.9", "0.5", None, upper_open="not reported")], **EFFECT)

    assert shapes(drawing, "whisker") == []
    assert len(shapes(drawing, "estimate")) == 1


@pytest.mark.parametrize(("estimate", "tip"), [("25", 470), ("0.01", 220)])
def test_an_estimate_beyond_the_axis_is_an_arrow_and_no_square(estimate, tip):
    drawing = forest([ratio(estimate, None, None, level=None)], **EFFECT)

    assert shapes(drawing, "estimate") == []
    assert shapes(drawing, "whisker-head")[0].points[0][0] == tip


@pytest.mark.parametrize("layout", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("said", ["Not reached", "Not estimable", "Not reported"])
def test_what_has_no_value_stands_as_words_and_never_as_a_bar(layout, said):
    there = arm("7.1", is_control=True, arm="Vd")
    absent = arm(None, level=None, status=said, text=said)

    drawing = medians([Group("Overall survival", "", (absent, there))], "Months", layout=layout)

    assert said in words(drawing)
    assert shapes(drawing, "bar-a") + shapes(drawing, "range-a") == []
    assert len(shapes(drawing, "arm-a")) == 1  # beside the label only
    assert (len(shapes(drawing, "bar-b")), len(shapes(drawing, "arm-b"))) == (1, 2)


def test_a_ratio_without_estimate_is_words_only():
    drawing = forest([ratio(None, None, None, level=None, text="Not estimable")], **EFFECT)

    assert "Not estimable" in words(drawing)
    assert shapes(drawing, "estimate") + shapes(drawing, "whisker") == []


def test_the_two_arms_differ_in_shape_colour_and_label():
    rows = (arm("11.2"), arm("7.1", is_control=True, arm="Vd"))

    drawing = medians([Group("Progression-free survival", "", rows)], "Months")

    assert all(isinstance(shape, Circle) for shape in shapes(drawing, "arm-a"))
    assert all(isinstance(shape, Polygon) for shape in shapes(drawing, "arm-b"))
    assert ROLES["arm-a"] != ROLES["arm-b"]
    assert {"PVd", "Vd"} <= set(words(drawing))


def test_months_and_percent_do_not_share_an_axis():
    group = Group("Overall response rate", "", (arm("93", row=RateRow),))

    with pytest.raises(TypeError):
        medians([group], "Months")
