"""What is written around a figure: title, caption, source, how an endpoint was measured."""

from datetime import date
from decimal import Decimal

import pytest

from tests.trials.factories import make_cut, make_publication, make_result, make_trial
from trials.derive import redraw
from trials.figure_rows import open_words
from trials.models import ArmValue

pytestmark = pytest.mark.django_db


def drawn(trial, name):
    redraw(trial)
    return trial.figures.get(name=name)


def test_title_and_caption_say_trial_endpoint_cut_follow_up_and_population():
    trial = make_trial(acronym="OPTIMISMM", results=False)
    trial.data_cuts.update(cutoff=date(2022, 5, 13), median_follow_up=Decimal("64.5"))
    make_result(trial, population="itt")

    figure = drawn(trial, "primary-hazard-ratios")

    assert figure.title == "OPTIMISMM, primary analysis: hazard ratio for overall survival, ABC versus BC"
    assert figure.caption == (
        "Data cut-off 13 May 2022; median follow-up 64.5\N{NO-BREAK SPACE}months. Population: intention to treat."
    )


def test_the_caption_says_what_was_not_reported_and_where_populations_differ():
    trial = make_trial(results=False)
    trial.data_cuts.update(median_follow_up=None)
    make_result(trial, population="itt")
    make_result(trial, endpoint="pfs")

    assert drawn(trial, "primary-medians").caption == (
        "Date of data cut-off not reported; median follow-up not reported."
        " Population: intention to treat (OS); not stated (PFS)."
    )


def test_the_caption_gives_follow_up_by_arm_where_it_is_published_so():
    trial = make_trial(results=False)
    cut = make_cut(trial, code="by-arm", median_follow_up=None, by_arm={"abc": "11.9", "bc": "11.1"})
    make_result(trial, cut=cut)

    caption = drawn(trial, "by-arm-medians").caption.replace("\N{NO-BREAK SPACE}", " ")
    assert "median follow-up 11.9 months (ABC) and 11.1 months (BC)" in caption


def test_the_source_names_each_publication_once():
    trial = make_trial(results=False)
    first = make_publication(trial, label="Richardson et al. 2019", journal="Lancet Oncol", doi="10.1/x")
    second = make_publication(trial, label="Beksac et al. 2023", journal="")
    for endpoint, publication in (("os", first), ("pfs", second), ("orr", first)):
        make_result(trial, endpoint=endpoint, publication=publication)

    figure = drawn(trial, "primary-medians")

    assert figure.source == "Source: Richardson et al. 2019, Lancet Oncol, doi:10.1/x; Beksac et al. 2023."
    assert "doi:10.1/x; Beksac et al. 2023." in figure.file


def test_how_an_endpoint_was_measured_is_said_once():
    trial = make_trial(results=False)
    make_result(trial, assessor="irc", detail="ITT population, independent review")
    make_result(trial, endpoint="pfs", assessor="irc", detail="Threshold 10^-5")
    make_result(trial, endpoint="orr", assessor="investigator")

    details = [row[1] for row in drawn(trial, "primary-hazard-ratios").table["rows"]]

    assert details == [
        "ITT population, independent review",
        "Independent review; Threshold 10⁻⁵",
        "Investigator",
    ]


def test_typed_powers_are_raised_in_figures_as_in_tables():
    trial = make_trial(results=False)
    make_result(trial, detail="Threshold 10^-5")

    figure = drawn(trial, "primary-medians")

    assert "Threshold 10⁻⁵" in figure.svg
    assert "10^-5" not in figure.svg + figure.file + str(figure.table)


@pytest.mark.parametrize("status", ["", "not_reported", "estimated"])
def test_bound_without_number_and_without_a_reason_is_not_reported(status):
    value = ArmValue(ci_level=Decimal(95), ci_sides=2, ci_lower=Decimal("9.66"), ci_upper_status=status)

    assert open_words(value) == ("", "not reported")
