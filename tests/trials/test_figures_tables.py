"""The numbers of a figure as a table and as CSV."""

import pytest

from tests.trials.drawings import arm, ratio
from trials.figures import Group, forest_table, medians_table, to_csv


def test_the_table_of_a_forest_holds_the_drawn_numbers_with_their_digits():
    rows = [ratio("0.60", "0.490", "0.77"), ratio("0.77", None, None, level=None, label="OS", detail="ITT")]

    table = forest_table(rows, "Hazard ratio")

    assert table.rows == (
        ("Progression-free survival", "", "PVd versus Vd", "0.60", "95", "0.490", "0.77"),
        ("OS", "ITT", "PVd versus Vd", "0.77", "", "", ""),
    )


def test_the_table_of_medians_has_words_where_the_drawing_has():
    absent = arm(None, "79.9", status="Not reached", upper_open="not estimable")

    table = medians_table([Group("Overall survival", "", (absent,))], "months")

    assert table.rows == (("Overall survival", "", "PVd", "Not reached", "95", "79.9", "not estimable"),)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\r=1", "\n=1"])
def test_csv_cells_are_never_formulas(cell):
    text = to_csv(["Endpoint"], [[cell]], [cell])

    assert f"'{cell}" in text
