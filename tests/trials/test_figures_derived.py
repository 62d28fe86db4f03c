"""Which figures a trial's results give, and what is written around them."""

from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from tests.trials.drawings import parsed
from tests.trials.factories import make_cut, make_result, make_trial
from trials import figures
from trials.derive import redraw, undrawn
from trials.models import ArmValue, Comparison, Figure

pytestmark = pytest.mark.django_db


def drawn(trial, name=""):
    redraw(trial)
    return trial.figures.get(name=name) if name else list(trial.figures.values_list("name", flat=True))


def test_redraw_gives_each_data_cut_the_figures_of_its_results():
    trial = make_trial()
    newer = make_cut(trial, code="final")
    make_result(trial, cut=newer, endpoint="pfs")
    make_result(trial, cut=newer, measure="event_free_rate", timepoint="36", comparison=None)
    odds = {"effect": "odds_ratio", "value": "1.60", "ci_lower": "1.21", "ci_upper": "2.12"}
    make_result(
        trial, cut=newer, endpoint="orr", measure="response_rate", values={"abc": "82.7"}, comparison=odds
    )

    assert drawn(trial) == [
        "final-hazard-ratios",
        "final-odds-ratios",
        "final-medians",
        "final-landmarks",
        "final-responses",
        "primary-hazard-ratios",
        "primary-medians",
    ]


def test_redraw_changes_nothing_the_second_time():
    trial = make_trial()

    assert redraw(trial) == 2
    before = list(Figure.objects.values())
    assert redraw(trial) == 0
    assert list(Figure.objects.values()) == before


def test_redraw_follows_a_corrected_number_and_keeps_the_row():
    trial = make_trial()
    before = drawn(trial, "primary-hazard-ratios")

    Comparison.objects.update(value=Decimal("0.70"))

    assert redraw(trial) == 1
    after = trial.figures.get(name="primary-hazard-ratios")
    assert after.pk == before.pk
    assert "0.70" in after.svg
    assert "0.75" not in after.svg + after.file + str(after.table)
    assert after.fingerprint != before.fingerprint


def test_redraw_removes_what_no_longer_applies():
    trial = make_trial()
    redraw(trial)
    Comparison.objects.all().delete()

    assert redraw(trial) == 1
    assert list(trial.figures.values_list("kind", flat=True)) == ["medians"]


def test_redraw_leaves_other_trials_alone():
    trial, other = make_trial(), make_trial()
    redraw(other)

    redraw(trial)

    assert other.figures.count() == 2


def test_a_trial_without_results_has_no_figures():
    assert drawn(make_trial(results=False)) == []


def test_a_p_value_alone_gives_no_forest():
    trial = make_trial(results=False)
    make_result(
        trial,
        comparison={"effect": "", "value": None, "status": "not_reported", "ci_level": None}
        | {"ci_lower": None, "ci_upper": None},
    )

    assert drawn(trial) == ["primary-medians"]


@pytest.mark.parametrize("status", ["not_reached", "not_reported"])
def test_medians_without_any_number_are_not_drawn(status):
    trial = make_trial(results=False)
    make_result(trial, values={"abc": status, "bc": status})

    assert drawn(trial) == ["primary-hazard-ratios"]


def test_an_endpoint_that_was_not_reported_in_any_arm_is_left_out():
    trial = make_trial()
    make_result(trial, endpoint="pfs", values={"abc": "not_reported", "bc": "not_reported"})

    rows = drawn(trial, "primary-medians").table["rows"]

    assert {row[0] for row in rows} == {"Overall survival"}


def test_the_table_holds_exactly_the_numbers_that_the_drawing_prints():
    figure = drawn(make_trial(), "primary-hazard-ratios")

    assert figure.table["rows"] == [
        ["Overall survival", "", "ABC versus BC", "0.75", "95", "0.60", "0.94"],
    ]
    for svg in (figure.svg, figure.svg_narrow, figure.file):
        texts = [element.text for element in parsed(svg).iter() if element.tag.endswith("text")]
        assert "0.75 (95%\N{NO-BREAK SPACE}CI 0.60–0.94)" in texts


def test_the_table_in_the_page_leaves_empty_columns_out():
    figure = drawn(make_trial(), "primary-hazard-ratios")

    assert [heading for _, heading in figure.columns] == [
        "Endpoint", "Comparison", "Hazard ratio", "CI level, %", "CI lower", "CI upper",
    ]  # fmt: skip
    assert figure.lines[0][:2] == [(True, "Overall survival"), (False, "ABC versus BC")]


def test_open_bounds_and_missing_values_are_words():
    trial = make_trial(results=False)
    reached = {"value": "46.7", "ci_level": "95", "ci_lower": "40.0", "ci_upper_status": "not_estimable"}
    make_result(trial, values={"abc": "not_reached", "bc": reached})

    figure = drawn(trial, "primary-medians")

    assert [row[2:] for row in figure.table["rows"]] == [
        ["ABC", "Not reached", "", "", ""],
        ["BC", "46.7", "95", "40.0", "not estimable"],
    ]
    assert "Not reached" in figure.svg
    assert "range-b-head" in figure.svg


def test_counts_stand_beside_percentages():
    trial = make_trial(results=False)
    values = {"abc": {"value": "53.3", "n": 32, "n_analysed": 60}, "bc": {"value": "26.3", "n": 15}}
    make_result(trial, endpoint="orr", measure="response_rate", values=values, comparison=None)

    figure = drawn(trial, "primary-responses")

    assert "53.3% (32 of 60)" in figure.svg
    assert "26.3% (15 patients)" in figure.svg
    assert [row[3:6] for row in figure.table["rows"]] == [["53.3", "32", "60"], ["26.3", "15", ""]]


def test_a_hazard_ratio_below_1_and_an_odds_ratio_above_1_favour_the_arm():
    trial = make_trial()
    odds = {"effect": "odds_ratio", "value": "1.60", "ci_lower": "1.21", "ci_upper": "2.12"}
    make_result(trial, endpoint="orr", measure="response_rate", comparison=odds)

    hazard, odds = drawn(trial, "primary-hazard-ratios"), drawn(trial, "primary-odds-ratios")

    assert directions(hazard) == ["Favours ABC", "Favours BC"]
    assert directions(odds) == ["Favours BC", "Favours ABC"]


def directions(figure):
    return [
        element.text for element in parsed(figure.svg).iter("text") if element.get("class") == "direction"
    ]


def test_rows_that_compare_different_arms_name_them():
    trial = make_trial()
    make_result(trial, endpoint="pfs", comparison={"arm": "bc", "versus": "abc"})

    figure = drawn(trial, "primary-hazard-ratios")

    assert [row[1] for row in figure.table["rows"]] == ["ABC versus BC", "BC versus ABC"]
    assert directions(figure) == ["Favours the first-named arm", "Favours the other arm"]


def test_the_hazard_ratio_of_a_landmark_record_is_not_tied_to_its_time():
    trial = make_trial(results=False)
    make_result(trial, endpoint="pfs", measure="event_free_rate", timepoint="30")

    redraw(trial)

    time = "at 30\N{NO-BREAK SPACE}months"
    assert time not in trial.figures.get(kind="hazard-ratios").svg
    assert f"Progression-free survival {time}" in trial.figures.get(kind="landmarks").svg


def test_hostile_names_stay_text():
    trial = make_trial(acronym="<script>alert(1)</script>", results=False)
    make_result(trial, detail='"><img src=x onerror=alert(1)>')

    figure = drawn(trial, "primary-hazard-ratios")

    for svg in (figure.svg, figure.svg_narrow, figure.file):
        names = {element.tag.rpartition("}")[2] for element in parsed(svg).iter()}
        assert not {"script", "img", "style"} & names


@pytest.mark.parametrize("endpoints", [(), ("pfs", "orr")], ids=len)
def test_redraw_needs_the_same_queries_for_any_number_of_results(django_assert_num_queries, endpoints):
    trial = make_trial()
    for endpoint in endpoints:
        make_result(trial, endpoint=endpoint)
    redraw(trial)

    with django_assert_num_queries(14):  # two of them the savepoint
        assert redraw(trial) == 0


def test_render_draws_what_another_version_drew(monkeypatch):
    trial = make_trial()
    redraw(trial)
    assert list(undrawn()) == []

    monkeypatch.setattr(figures, "DRAWING_VERSION", figures.DRAWING_VERSION + 1)
    assert list(undrawn()) == [trial]
    call_command("render", verbosity=0)

    assert set(trial.figures.values_list("version", flat=True)) == {figures.DRAWING_VERSION}


def test_a_trial_that_was_never_drawn_is_found():
    trial = make_trial()

    assert list(undrawn()) == [trial]


def test_a_data_cut_has_one_figure_of_a_kind():
    trial = make_trial()
    figure = drawn(trial, "primary-medians")
    figure.pk, figure.name = None, "another-name"

    with pytest.raises(IntegrityError, match="one_figure_per_data_cut_and_kind"), transaction.atomic():
        figure.save()


def test_a_name_is_unique_within_its_trial():
    trial = make_trial()
    figure = drawn(trial, "primary-medians")
    figure.pk, figure.kind = None, "responses"

    with pytest.raises(IntegrityError, match="one_figure_per_trial_and_name"), transaction.atomic():
        figure.save()


def test_a_figure_belongs_to_the_trial_of_its_data_cut():
    figure = drawn(make_trial(), "primary-medians")

    figures_of_it, other = Figure.objects.filter(pk=figure.pk), make_trial()

    with (
        pytest.raises(IntegrityError, match="trials_figure_data_cut_of_the_same_trial"),
        transaction.atomic(),
    ):
        figures_of_it.update(trial=other)


def test_a_value_of_any_arm_may_be_absent():
    trial = make_trial()
    ArmValue.objects.filter(arm__code="bc").delete()

    assert [row[2] for row in drawn(trial, "primary-medians").table["rows"]] == ["ABC"]


def favoured(trial):
    """The words below the axis of its hazard ratios."""
    texts = [element.text for element in parsed(drawn(trial, "primary-hazard-ratios").svg).iter()]
    return [text for text in texts if text and text.startswith(("Favours", "Event later"))]


SOONER = {"value": "1.33", "ci_lower": "1.07", "ci_upper": "1.66"}


def test_hazard_of_an_event_that_is_desired_is_better_above_1():
    trial = make_trial(results=False)
    make_result(trial, endpoint="ttr", values={}, comparison=SOONER)

    assert favoured(trial) == ["Favours BC", "Favours ABC"]


def test_hazard_of_other_events_is_better_below_1():
    assert favoured(make_trial()) == ["Favours ABC", "Favours BC"]


def test_no_side_is_the_better_one_where_both_kinds_of_events_stand():
    trial = make_trial()
    make_result(trial, endpoint="ttr", values={}, comparison=SOONER)

    assert favoured(trial) == ["Event later with ABC", "Event later with BC"]
