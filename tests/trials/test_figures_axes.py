"""Which numbers an axis names, and where they stand."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trials.figures.axes import log_axis, months_axis
from trials.figures.text import width


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ("0.49 0.77", "0.3 0.5 0.7 1 1.5 2"),
        ("0.9 1.1", "0.5 0.7 1 1.5 2"),
        ("0.05 20", "0.05 0.2 0.5 1 2 5 20"),
        ("0.001 500", "0.05 0.2 0.5 1 2 5 20"),
        ("3.27 8.36", "0.5 1 2 3 5 10"),
        ("0.2 5", "0.2 0.3 0.5 1 2 3 5"),
        ("0.08 1.2", "0.05 0.1 0.2 0.5 1 2"),
    ],
)
def test_log_axis_names_these_numbers(values, ticks):
    axis = log_axis([Decimal(value) for value in values.split()], 220, 470)

    assert " ".join(f"{tick:f}" for tick in axis.ticks) == ticks


@given(
    st.lists(st.decimals("0.05", "20", places=2), min_size=1, max_size=6),
    st.sampled_from([(220, 470), (18, 342)]),
)
def test_ticks_are_right_for_any_range_within_0_05_and_20(values, plot):
    axis = log_axis(values, *plot)

    assert all(axis.has(value) for value in values)
    assert (axis.ticks[0], axis.ticks[-1]) == (axis.lowest, axis.highest)
    assert {Decimal(1)} < set(axis.ticks)
    assert len(axis.ticks) >= 4
    for a, b in pairwise(axis.ticks):
        assert a < b
        assert axis.place(b) - axis.place(a) > (width(str(a)) + width(str(b))) / 2
    ratio_of_places = (axis.place(axis.highest) - axis.place(Decimal(1))) / (plot[1] - plot[0])
    assert ratio_of_places == pytest.approx(float(axis.highest.ln() / (axis.highest / axis.lowest).ln()))


@pytest.mark.parametrize(
    ("largest", "ticks"),
    [("4.4", "0 1 2 3 4 5"), ("35.6", "0 6 12 18 24 30 36"), ("90.3", "0 24 48 72 96"), ("0", "0 1")],
)
def test_months_axis_counts_in_steps_of_months(largest, ticks):
    axis = months_axis([Decimal(largest)], 220, 470)

    assert " ".join(f"{tick:f}" for tick in axis.ticks) == ticks
