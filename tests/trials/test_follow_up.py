"""How long patients had been followed, from the randomisation that a result counts from."""

from decimal import Decimal as D

import pytest

from tests.trials.compared import LIKE, address
from tests.trials.factories import make_arm, make_cut, make_publication, make_result, make_trial
from trials.derive import redraw
from trials.follow_up import from_randomisation, in_words

pytestmark = pytest.mark.django_db
LATER = "70.6 months from the second randomisation."
COUNTED = "Follow-up counted from the second randomisation."


@pytest.fixture
def trial():
    """Two randomisations; `keep` and `watch` are the arms of the second."""
    trial = make_trial(slug="twice", acronym="TWICE", results=False, **LIKE)
    make_arm(trial, code="keep", randomisation=2)
    make_arm(trial, code="watch", randomisation=2, role="control")
    return trial


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("median", "note", "stage", "months", "text"),
    [
        ("24.0", "", 1, ["24.0"], "24.0 months"),
        ("80.1", LATER, 1, ["80.1"], "80.1 months (70.6 months from the second randomisation)"),
        ("80.1", LATER, 2, ["70.6"], "70.6 months from the second randomisation"),
        ("35.4", COUNTED, 1, [], "35.4 months (follow-up counted from the second randomisation)"),
        ("35.4", COUNTED, 2, ["35.4"], "35.4 months from the second randomisation"),
        ("80.1", "", 2, [], "80.1 months, not stated from which randomisation"),
        (None, "Minimum follow-up 9.1 months.", 1, [], "not reported (minimum follow-up 9.1 months)"),
        ("39.6", "The figures could not be confirmed.", 1, ["39.6"], "39.6 months"),
        (None, "", 1, [], ""),
    ],
)
def test_follow_up_is_the_one_of_the_randomisation(trial, median, note, stage, months, text):
    cut = make_cut(trial, median_follow_up=median, note=note)

    found = from_randomisation(cut, stage)

    assert [str(one) for one in found.months] == months
    assert plain(found.text) == text


def test_follow_up_by_arm_is_that_of_the_arms_of_the_randomisation(trial):
    cut = make_cut(trial, median_follow_up=None, by_arm={"abc": "13.2", "bc": "16.5", "keep": "9.0"})

    assert from_randomisation(cut, 1).months == (D("13.2"), D("16.5"))
    assert from_randomisation(cut, 2).months == (D("9.0"),)
    assert plain(in_words(cut)) == "13.2 months (ABC), 16.5 months (BC) and 9.0 months (KEEP)"


def second(trial, **fields):
    values = {"keep": "58.1", "watch": "45.8"}
    return make_result(trial, values=values, comparison={"arm": "keep", "versus": "watch"}, **fields)


def test_figure_of_the_second_randomisation_tells_its_follow_up_on_the_page_and_in_the_file(reader, trial):
    trial.data_cuts.update(median_follow_up=D("80.1"), note=LATER)
    second(trial, publication=make_publication(trial))

    redraw(trial)

    figure = trial.figures.get(kind="medians")
    for text in (figure.caption, " ".join(figure.file.split())):
        assert "median follow-up 70.6" in text
        assert "80.1" not in text


def test_figure_of_both_randomisations_tells_both(trial):
    trial.data_cuts.update(median_follow_up=D("80.1"), note=LATER)
    second(trial)
    make_result(trial, endpoint="pfs")

    redraw(trial)

    caption = plain(trial.figures.get(kind="medians").caption)
    assert "median follow-up 80.1 months (70.6 months from the second randomisation)." in caption


def test_pages_keep_what_the_note_says_of_follow_up_and_say_it_once(reader, trial):
    trial.data_cuts.update(median_follow_up=D("80.1"), note=LATER)
    second(trial)

    page = plain(reader.get("/trials/twice/").content.decode())
    listed = plain(reader.get("/trials/").content.decode())

    assert "Median follow-up 80.1 months (70.6 months from the second randomisation)." in page
    assert '<p class="trial__note">' not in page
    assert "80.1 months (70.6 months from the second randomisation)" in listed


def test_remark_on_other_things_stays_a_note(reader, trial):
    trial.data_cuts.update(note="Two figures could not be confirmed.")
    make_result(trial)

    page = reader.get("/trials/twice/").content.decode()

    assert '<p class="trial__note">Two figures could not be confirmed.</p>' in page


@pytest.mark.parametrize(("months", "is_marked"), [("70.6", False), ("80.1", False), ("90", True)])
def test_guard_compares_the_follow_up_of_the_second_randomisation(reader, trial, months, is_marked):
    other = make_trial(slug="other", results=False, **LIKE)
    for one, note in ((trial, LATER), (other, f"{months} months from the second randomisation.")):
        one.data_cuts.update(median_follow_up=D("100"), note=note)
        if one is other:
            make_arm(other, code="keep", randomisation=2)
            make_arm(other, code="watch", randomisation=2, role="control")
        second(one, population="itt", assessor="irc", detail="Randomisation to death")

    page = reader.get(address("twice", "other"))

    [survival] = [one for one in page.context["found"].sections if one.title == "Overall survival"]
    [row] = [row for row in survival.rows if row.label == "Median, months"]
    assert row.differs is is_marked
    assert "median follow-up 70.6" in str(row.values[0][-2])
