"""The page that shows records of the registry beside our values."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_user
from tests.forms import filled
from tests.trials import factories
from tests.trials import registry_steps as steps
from tests.trials.admin_steps import by_arm, page_of, save
from trials.exchange import export_folder, import_path
from trials.models import RegistryArm, RegistrySnapshot, RegistrySuggestion

pytestmark = pytest.mark.django_db


@pytest.fixture
def trial():
    trial = steps.make_trial()
    steps.run(steps.FILES / "with-results.json")
    return trial


def address(trial):
    return f"/admin/trials/trial/{trial.pk}/registry/"


def lines(response):
    return [row for row, _ in response.context["lines"]]


def groups_of(trial):
    """{title: name of its field}"""
    return {row.title: f"group-{row.pk}" for row in trial.registry_arms.all()}


def test_page_shows_what_the_registry_says_beside_ours(editor, trial):
    html = editor.get(address(trial)).content.decode()

    assert "32.1 months" in html
    assert "OS, BC: 31.2 months (Primary analysis)" in html
    assert f'href="/admin/trials/result/{trial.results.get().pk}/change/"' in html
    assert " style=" not in html
    assert "<style" not in html
    assert "<script>" not in html


def test_page_is_reached_from_the_trial(editor, trial):
    html = editor.get(f"/admin/trials/trial/{trial.pk}/change/").content.decode()

    assert f'href="{address(trial)}"' in html
    assert "1 mismatch with our values" in html


def test_trial_without_records_says_how_to_import_one(editor):
    response = editor.get(address(factories.make_trial()))

    assert "import_registry" in response.content.decode()


@pytest.mark.parametrize(
    ("verdict", "count"),
    [("match", 11), ("mismatch", 1), ("not_comparable", 0), ("only_in_registry", 8), ("", 20), ("x", 20)],
)
def test_verdict_filters_the_suggestions(editor, trial, verdict, count):
    response = editor.get(f"{address(trial)}?verdict={verdict}")

    assert len(lines(response)) == count
    assert [entry["count"] for entry in response.context["filters"]] == [20, 11, 1, 0, 8]


def test_older_records_stay_within_reach(editor, trial):
    older = RegistrySnapshot.objects.get()
    steps.run(steps.FILES / "without-results.json")

    newest, chosen = editor.get(address(trial)), editor.get(f"{address(trial)}?snapshot={older.pk}")

    assert newest.context["chosen"] != older
    assert chosen.context["chosen"] == older
    assert len(newest.context["snapshots"]) == 2


def test_record_of_another_trial_is_not_shown(editor, trial):
    other = factories.make_trial()

    response = editor.get(f"{address(other)}?snapshot={RegistrySnapshot.objects.get().pk}")

    assert response.context["snapshots"] == []


def test_long_records_have_pages(editor, trial, monkeypatch):
    monkeypatch.setattr("trials.admin.registry.ROWS", 15)

    first, second = editor.get(address(trial)), editor.get(f"{address(trial)}?page=2")

    assert (len(lines(first)), len(lines(second))) == (15, 5)
    assert "page=2" in first.context["next_url"]
    assert "page" not in second.context["previous_url"]


def test_changed_map_of_arms_changes_the_verdicts(editor, trial):
    fields = groups_of(trial)
    first, second = trial.arms.all()
    page = filled(editor.get(address(trial)))

    response = editor.post(
        address(trial), page | {fields[steps.GROUPS[0]]: second.pk, fields[steps.GROUPS[1]]: first.pk}
    )

    assert (response.status_code, response.url) == (303, address(trial))
    assert steps.verdicts()[f"{steps.ABC}.value"] == ("not_comparable", ["population"])  # 200 are not 198
    assert RegistrySuggestion.objects.get(path=f"{steps.ABC}.value").ours.startswith("OS, BC: 31.2")
    assert set(RegistryArm.objects.values_list("arm", "is_by_hand")) == {(first.pk, True), (second.pk, True)}


def test_group_that_is_none_of_our_arms_stays_so(editor, trial):
    field = groups_of(trial)[steps.GROUPS[1]]
    editor.post(address(trial), filled(editor.get(address(trial))) | {field: ""})

    steps.run(steps.FILES / "with-results.json")

    assert RegistryArm.objects.get(title=steps.GROUPS[1]).arm is None
    assert steps.verdicts()[f"{steps.BC}.value"] == ("not_comparable", ["arm"])
    assert steps.verdicts()[f"{steps.ANALYSIS}.paramValue"] == ("not_comparable", ["arm"])


def test_comparing_again_sees_corrected_rows(editor, trial):
    trial.results.get().values.filter(arm__code="bc").update(value="32.1")

    editor.post(address(trial), filled(editor.get(address(trial))))

    assert steps.verdicts()[f"{steps.BC}.value"] == ("match", [])
    assert not RegistryArm.objects.filter(is_by_hand=True).exists()


def test_what_somebody_else_has_set_meanwhile_stays(editor, trial):
    page = filled(editor.get(address(trial)))
    RegistryArm.objects.filter(title=steps.GROUPS[0]).update(arm=None, is_by_hand=True)

    editor.post(address(trial), page)

    assert RegistryArm.objects.get(title=steps.GROUPS[0]).arm is None


def looking_only():
    client = Client()
    user = make_user(is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="trials", codename__startswith="view_")
    )
    client.force_login(user)
    return client


def test_somebody_who_may_only_look_changes_nothing(trial):
    client = looking_only()

    page = client.get(address(trial))

    assert page.status_code == 200
    assert "Save and compare again" not in page.content.decode()
    assert client.post(address(trial), {}).status_code == 403


def test_members_who_do_not_edit_are_kept_out(member, trial):
    assert member.get(address(trial)).status_code in (302, 403)
    assert member.post(address(trial), {}).status_code in (302, 403)


def test_staff_without_rights_on_trials_are_kept_out(trial):
    client = Client()
    client.force_login(make_user(is_staff=True))

    assert client.get(address(trial)).status_code == 403


@pytest.mark.parametrize("pk", ["0", "9" * 30, "x", "-1"])
def test_unknown_trials_are_not_found(editor, pk):
    assert editor.get(f"/admin/trials/trial/{pk}/registry/").status_code in (302, 404)
    assert editor.post(f"/admin/trials/trial/{pk}/registry/", {}).status_code in (302, 404)


@pytest.mark.parametrize("text", ["\0", "x", "-1", "9" * 30, "x" * 100_000, "\u202e"], ids=range(6))
def test_no_input_breaks_the_page(editor, trial, text):
    editor.raise_request_exception = False
    fields = groups_of(trial)
    sent = {name: text for field in fields.values() for name in (field, f"initial-{field}")}

    assert editor.post(address(trial), sent).status_code < 500
    for name in ("snapshot", "verdict", "page"):
        assert editor.get(address(trial), {name: text}).status_code < 500
    assert not RegistryArm.objects.filter(is_by_hand=True).exists()


def test_arm_of_another_trial_is_refused(editor, trial):
    field = groups_of(trial)[steps.GROUPS[0]]
    other = factories.make_trial().arms.first()

    response = editor.post(address(trial), filled(editor.get(address(trial))) | {field: other.pk})

    assert response.status_code == 422
    assert field in response.context["form"].errors


def test_record_that_can_no_longer_be_read_is_said(editor, trial):
    RegistrySnapshot.objects.update(raw="{}")

    response = editor.post(address(trial), filled(editor.get(address(trial))), follow=True)

    assert "can no longer be read" in response.content.decode()


def test_page_needs_the_same_queries_for_any_number_of_groups(editor, trial, django_assert_num_queries):
    editor.get(address(trial))  # content types and the like are cached from here on
    with CaptureQueriesContext(connection) as two_groups:
        editor.get(address(trial))
    for number in range(5):
        RegistryArm.objects.create(trial=trial, title=f"Group {number}")

    with django_assert_num_queries(len(two_groups)):
        editor.get(address(trial))


def test_verdicts_follow_a_corrected_value(editor, trial):
    result = trial.results.get()
    value = result.values.get(arm__code="bc")

    save(editor, page_of(result), **by_arm(trial, bc={"value": "32.1"}))

    html = editor.get(page_of(trial)).content.decode()
    assert str(value.value) == "31.2"
    assert "0 mismatches with our values" in html


def test_verdicts_follow_an_import(trial, tmp_path):
    before = RegistrySuggestion.objects.filter(verdict="mismatch").count()
    export_folder(tmp_path)
    file = tmp_path / "trials.json"
    file.write_text(file.read_text().replace("31.2", "32.1"))

    import_path(file)

    assert before == 1
    assert not RegistrySuggestion.objects.filter(verdict="mismatch").exists()


def test_record_that_can_no_longer_be_read_keeps_no_editor_from_saving(editor, trial, caplog):
    RegistrySnapshot.objects.update(raw="{}")

    save(editor, page_of(trial.results.get()), note="Corrected")

    assert trial.results.get().note == "Corrected"
    assert f"A registry record of {trial.slug} cannot be compared" in caplog.text
