"""Which data cut comes after which, and which is the newest."""

from datetime import date

import pytest

from tests.trials.admin_steps import page_of, save
from tests.trials.factories import make_cut, make_result, make_trial
from trials.cuts import newer_than, settle
from trials.models import DataCut, Result

pytestmark = pytest.mark.django_db


def placed(*years):
    """The order in which cuts with cut-off dates in these years (None: unknown) stand once the last is settled."""
    trial = make_trial(complete=False)
    for number, year in enumerate(years):
        make_cut(trial, code=f"c{number}-{year}", cutoff=year and date(year, 1, 1))
    settle(trial.data_cuts.get(code=f"c{len(years) - 1}-{years[-1]}"))
    return [cut.code for cut in trial.data_cuts.order_by("position")]


@pytest.mark.parametrize(
    ("years", "order"),
    [
        ((2018, 2020, 2022), ["c0-2018", "c1-2020", "c2-2022"]),
        ((2020, 2022, 2018), ["c2-2018", "c0-2020", "c1-2022"]),
        ((2018, 2022, 2020), ["c0-2018", "c2-2020", "c1-2022"]),
        ((2018, 2022, None), ["c0-2018", "c1-2022", "c2-None"]),
        ((2020, None, 2018), ["c2-2018", "c0-2020", "c1-None"]),
        ((2020, None, 2022), ["c0-2020", "c1-None", "c2-2022"]),
        ((2020, 2020), ["c0-2020", "c1-2020"]),
    ],
)
def test_cut_is_put_where_its_date_belongs(years, order):
    assert placed(*years) == order


def test_later_date_moves_a_cut_behind_the_others():
    trial = make_trial(complete=False)
    first = make_cut(trial, cutoff=date(2018, 1, 1))
    second = make_cut(trial, cutoff=date(2020, 1, 1))
    first.cutoff = date(2021, 1, 1)
    first.save()

    settle(first)

    assert list(trial.data_cuts.all()) == [first, second]


def test_older_cut_entered_later_is_not_the_newest(editor):
    trial = make_trial()
    trial.data_cuts.update(cutoff=date(2022, 5, 13))
    address = f"/admin/trials/datacut/add/?trial={trial.pk}"

    save(editor, address, label="Interim analysis", cutoff="2017-10-26")

    assert [cut.label for cut in trial.data_cuts.all()] == ["Primary analysis", "Interim analysis"]


def test_implausible_date_is_stored_and_told(editor):
    trial = make_trial()

    save(editor, page_of(trial.data_cuts.get()), cutoff="2922-05-13")

    page = editor.get(page_of(trial)).content.decode()
    assert DataCut.objects.get().cutoff == date(2922, 5, 13)
    assert "cannot be right" in page


def test_newer_cut_is_the_last_with_results():
    trial = make_trial()
    shown = Result.objects.filter(trial=trial)
    newest = make_cut(trial, label="Final")
    make_cut(trial, label="Without results")

    assert newer_than(shown) == []
    make_result(trial, cut=newest)
    assert newer_than(shown.filter(data_cut__code="primary")) == [newest]
    assert newer_than(shown) == []
