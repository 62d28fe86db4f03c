"""What may be deleted and what stays: in the models, and in the admin."""

import pytest
from django.db.models.deletion import ProtectedError, RestrictedError
from django.test import Client

from articles.models import CitedResult
from tests.factories import make_admin, make_article
from tests.forms import errors_of, filled
from tests.trials import factories
from tests.trials.admin_steps import page_of, problems, save
from trials.models import (
    Arm,
    ArmValue,
    Comparison,
    DataCut,
    Figure,
    Observation,
    ObservationValue,
    Publication,
    Result,
    Source,
    Trial,
    Waiver,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(db):
    client = Client()
    client.force_login(make_admin())
    return client


@pytest.fixture
def trial(db):
    """With a result, an observation, a waiver of each, follow-up by arm, and its figures."""
    trial = factories.make_trial()
    observation = factories.make_observation(trial)
    factories.make_cut(trial, by_arm={"abc": "12.0"}, code="later", label="Later")
    for row in ({"result": trial.results.get()}, {"observation": observation}):
        Waiver.objects.create(check_code="p-interval", reason="As printed.", **row)
    return trial


@pytest.fixture
def cited(trial):
    """The result of the trial, which an article shows."""
    result = trial.results.get()
    CitedResult.objects.create(article=make_article(title="Citing article"), result=result)
    return result


def parts(trial):
    result = trial.results.get()
    return {
        "trial": trial,
        "arm": trial.arms.first(),
        "other arm": trial.arms.last(),
        "data cut": result.data_cut,
        "publication": result.publication,
        "result": result,
    }


def deleting(row):
    return page_of(row).replace("/change/", "/delete/")


def test_trial_goes_with_everything_that_hangs_on_it(trial):
    other = factories.make_trial()

    trial.delete()

    for model in (Arm, ArmValue, Comparison, DataCut, Publication, Result):
        assert set(model.objects.values_list("trial", flat=True)) == {other.pk}
    for model in (Observation, ObservationValue, Waiver):
        assert not model.objects.exists()


def test_data_cut_goes_with_its_results(trial):
    trial.data_cuts.get(code="primary").delete()

    assert not Result.objects.exists()
    assert not Observation.objects.exists()
    assert trial.publications.exists()


@pytest.mark.parametrize("name", ["arm", "other arm", "publication"])
def test_what_a_result_that_stays_hangs_on_is_not_deleted(trial, name):
    row = parts(trial)[name]

    with pytest.raises(RestrictedError):
        row.delete()

    assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("measured", [{"arm": "abc"}, {"publication": "p"}])
def test_what_an_observation_that_stays_hangs_on_is_not_deleted(measured):
    trial = factories.make_trial(results=False)
    factories.make_observation(trial, values={"abc": "42"})
    row = trial.arms.get(code="abc") if "arm" in measured else trial.publications.get()

    with pytest.raises(RestrictedError):
        row.delete()


def test_arm_with_follow_up_is_not_deleted():
    trial = factories.make_trial(results=False)
    factories.make_cut(trial, by_arm={"bc": "12.0"})

    with pytest.raises(RestrictedError):
        trial.arms.get(code="bc").delete()


@pytest.mark.parametrize("name", ["trial", "arm", "other arm", "data cut", "publication", "result"])
def test_nothing_that_holds_a_cited_result_is_deleted(trial, cited, name):
    with pytest.raises((ProtectedError, RestrictedError)):
        parts(trial)[name].delete()

    assert cited.values.count() == 2
    assert Trial.objects.filter(pk=trial.pk).exists()


@pytest.mark.parametrize("name", ["data cut", "result"])
def test_editor_deletes_what_was_entered_wrongly_and_figures_follow(editor, trial, name):
    save(editor, page_of(trial.results.get()))  # draws the figures
    assert Figure.objects.exists()
    row = parts(trial)[name]

    response = editor.post(deleting(row), {"post": "yes"})

    above = trial if name == "data cut" else trial.data_cuts.get(code="primary")
    assert (response.status_code, response.url) == (302, page_of(above))
    assert not Result.objects.exists()
    assert not Figure.objects.exists()


def test_editor_deletes_an_observation(editor, trial):
    row = trial.observations.get()

    response = editor.post(deleting(row), {"post": "yes"})

    assert (response.status_code, response.url) == (302, page_of(row.data_cut))
    assert not Observation.objects.exists()


def test_results_deleted_from_the_list_leave_no_figure(editor, trial):
    result = trial.results.get()
    save(editor, page_of(result))
    everything = {"action": "delete_selected", "_selected_action": [result.pk], "post": "yes"}

    response = editor.post("/admin/trials/result/", everything)

    assert response.status_code == 302
    assert not Result.objects.exists()
    assert not Figure.objects.exists()


def test_editor_deletes_no_trial(editor, trial):
    assert editor.post(deleting(trial), {"post": "yes"}).status_code == 403
    assert Trial.objects.filter(pk=trial.pk).exists()


def test_administrator_deletes_a_trial_with_results(admin, trial):
    assert admin.get(deleting(trial)).status_code == 200

    response = admin.post(deleting(trial), {"post": "yes"})

    assert response.status_code == 302
    assert not Trial.objects.exists()


@pytest.mark.parametrize("name", ["trial", "data cut", "result"])
def test_page_says_why_what_an_article_shows_is_not_deleted(admin, trial, cited, name):
    row = parts(trial)[name]

    for response in (admin.get(deleting(row)), admin.post(deleting(row), {"post": "yes"})):
        text = response.content.decode()
        assert "cannot be deleted: these rely on it" in text
        assert "Citing article" in text
        assert "correct them in place" in text
    assert type(row).objects.filter(pk=row.pk).exists()


def test_cited_results_are_not_deleted_from_the_list(admin, trial, cited):
    everything = {"action": "delete_selected", "_selected_action": [cited.pk], "post": "yes"}

    response = admin.post("/admin/trials/result/", everything)

    assert "Citing article" in response.content.decode()
    assert Result.objects.filter(pk=cited.pk).exists()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("arms__0", "ABC cannot be deleted: it is used by 1 result, 1 observation and 1 follow-up."),
        ("arms__1", "BC cannot be deleted: it is used by 1 result and 1 observation."),
        ("publications__0", "cannot be deleted: it is used by 1 result and 1 observation."),
    ],
)
def test_used_row_of_a_trial_says_what_uses_it(editor, trial, row, said):
    page = filled(editor.get(page_of(trial)), **{f"{row}__DELETE": "on"})

    response = editor.post(page_of(trial), page)

    assert response.status_code == 200
    assert said in problems(response)[0]
    assert (trial.arms.count(), trial.publications.count()) == (2, 1)


def test_editor_deletes_rows_of_a_trial_that_nothing_uses(editor):
    trial = factories.make_trial()
    factories.make_arm(trial, code="extra", n=0)
    factories.make_publication(trial, code="unused", year=2020)

    save(
        editor,
        page_of(trial),
        arms__2__DELETE="on",
        publications__1__DELETE="on",
        identifiers__0__DELETE="on",
        endpoints__0__DELETE="on",
    )

    assert [arm.code for arm in trial.arms.all()] == ["abc", "bc"]
    assert [row.code for row in trial.publications.all()] == ["first-report"]
    assert not trial.identifiers.exists()
    assert not trial.endpoints.exists()


def test_deleting_an_arm_that_makes_the_sum_wrong_is_refused(editor):
    trial = factories.make_trial(n_enrolled=408)
    factories.make_arm(trial, code="third", n=10)

    response = editor.post(page_of(trial), filled(editor.get(page_of(trial)), arms__2__DELETE="on"))

    assert "add up to 398" in errors_of(response)["n_enrolled"][0]
    assert trial.arms.count() == 3


def test_source_in_use_is_not_deleted(admin, trial):
    used = Source.objects.create(code="page", title="A page")
    unused = Source.objects.create(code="other", title="Another")
    Result.objects.update(source_codes=["page"])

    assert admin.post(deleting(used), {"post": "yes"}).status_code == 403
    assert admin.post(deleting(unused), {"post": "yes"}).status_code == 302
    assert [source.code for source in Source.objects.all()] == ["page"]
