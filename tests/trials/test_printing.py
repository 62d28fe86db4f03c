"""How intervals are written: the same words in tables, in figures and in the table beside a figure."""

from decimal import Decimal

import pytest

from tests.trials.factories import make_result, make_trial
from trials.derive import redraw
from trials.models import ArmValue
from trials.printing import interval

ONE_SIDED = "one-sided 95% CI, upper bound 0.93"


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        ({"ci_lower": "0.60", "ci_upper": "0.94"}, "95% CI 0.60–0.94"),
        ({"ci_upper": "0.93", "ci_sides": 1}, ONE_SIDED),
        ({"ci_lower": "12.3", "ci_sides": 1}, "one-sided 95% CI, lower bound 12.3"),
        ({"ci_upper": "0.93", "ci_sides": 1, "ci_lower_status": "not_reported"}, ONE_SIDED),
        ({"ci_sides": 1}, "one-sided 95% CI not reported"),
        ({}, "95% CI not reported"),
        ({"ci_lower_status": "not_reported", "ci_upper_status": "not_reported"}, "95% CI not reported"),
        ({"ci_lower": "79.9", "ci_upper_status": "not_estimable"}, "95% CI 79.9 to not estimable"),
        ({"ci_upper": "0.93"}, "95% CI not reported to 0.93"),
        ({"ci_lower": "-1.5", "ci_upper": "2.0"}, "95% CI −1.5 to 2.0"),
    ],
)
def test_interval_is_written_with_the_bounds_that_it_has(bounds, text):
    numbers = {key: Decimal(value) for key, value in bounds.items() if key in ("ci_lower", "ci_upper")}

    assert plain(interval(ArmValue(ci_level=Decimal(95), **(bounds | numbers)))) == text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("comparison", "text", "cells"),
    [
        ({"ci_sides": 1, "ci_lower": None, "ci_upper": "0.93"}, ONE_SIDED, [ONE_SIDED, "0.93"]),
        ({"ci_lower": None, "ci_upper": None}, "95% CI not reported", ["not reported", "not reported"]),
        (
            {"ci_sides": 1, "ci_lower": None, "ci_upper": None},
            "one-sided 95% CI not reported",
            ["not reported", "not reported"],
        ),
    ],
)
def test_page_figure_and_its_table_say_the_same_of_an_interval(reader, comparison, text, cells):
    trial = make_trial(slug="noon", results=False)
    make_result(trial, comparison=comparison)
    redraw(trial)

    figure = trial.figures.get(kind="hazard-ratios")
    page = plain(reader.get("/trials/noon/").content.decode())

    assert f"0.75 ({text})" in plain(figure.svg)
    assert [plain(cell) for cell in figure.table["rows"][0][-2:]] == cells
    words = page.replace('<span class="nowrap">', "").replace("</span>", "")
    assert text in " ".join(words.split())
