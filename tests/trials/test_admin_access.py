"""Who may do what with trials in the admin, and what hostile input meets."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_user
from tests.forms import errors_of, filled
from tests.trials import factories
from tests.trials.admin_steps import by_arm, errors_by_arm, page_of, problems, save
from trials.models import Observation

WRITTEN = {
    "trial",
    "trialidentifier",
    "arm",
    "publication",
    "trialendpoint",
    "datacut",
    "result",
    "observation",
    "endpoint",
    "drug",
    "drugname",
    "drugclass",
    "regimen",
    "source",
}
VALUES = {"armfollowup", "armvalue", "comparison", "observationvalue", "waiver"}
DELETED = {"trialidentifier", "arm", "publication", "trialendpoint", "datacut", "result", "observation"}


def test_editors_have_exactly_these_permissions(editor):
    expected = {f"{action}_{model}" for model in WRITTEN | VALUES for action in ("view", "add", "change")} | {
        f"delete_{model}" for model in VALUES | DELETED
    }

    given = Permission.objects.filter(group__user=editor.user, content_type__app_label="trials")

    assert set(given.values_list("codename", flat=True)) == expected


PAGES = 10


def pages(trial):
    cut, result = trial.data_cuts.get(), trial.results.get()
    return [
        "/admin/trials/trial/add/",
        "/admin/trials/source/add/",
        page_of(trial),
        page_of(cut),
        page_of(result),
        page_of(trial.observations.get()),
        f"/admin/trials/datacut/add/?trial={trial.pk}",
        f"/admin/trials/result/add/?cut={cut.pk}",
        f"/admin/trials/observation/add/?cut={cut.pk}",
        f"/admin/trials/observation/add/?trial={trial.pk}",
    ]


@pytest.fixture
def trial(db):
    trial = factories.make_trial()
    factories.make_observation(trial)
    return trial


def test_members_who_do_not_edit_are_kept_out(member, trial):
    for address in pages(trial):
        assert member.get(address).status_code in (302, 403)
        assert member.post(address, {}).status_code in (302, 403)


def test_somebody_who_may_only_look_sees_values_and_changes_none(trial):
    client = Client()
    user = make_user(is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="trials", codename__startswith="view_")
    )
    client.force_login(user)
    result = trial.results.get()

    page = client.get(page_of(result))

    assert 'value="35.6"' in page.content.decode()
    assert client.post(page_of(result), {}).status_code == 403
    assert [client.get(address).status_code for address in pages(trial)[2:6]] == [200] * 4


@pytest.mark.parametrize("model", ["datacut", "result", "observation"])
@pytest.mark.parametrize("query", ["", "trial=0&cut=0", "trial=x&cut=x", f"trial={'9' * 40}&cut={'9' * 40}"])
def test_parts_are_added_below_a_trial_only(editor, model, query):
    address = f"/admin/trials/{model}/add/?{query}"

    for response in (editor.get(address), editor.post(address, {"label": "x"})):
        assert response.status_code == 302
        assert response.url == "/admin/trials/trial/"


HOSTILE = ["\0", "", "x", "-1", "9" * 30, "1e999", "NaN", "x" * 100_000, "<script>", "\u202e☃", "on"]
NUMBERS = ("-1", "9" * 30)  # taken as a count of rows; each other text makes Django look at no row


def hostile(page):
    """Each way to fill in the form of `page`: (what was done, data)."""
    totals, initials = (
        {name for name in page if name.endswith(f"{kind}_FORMS")} for kind in ("TOTAL", "INITIAL")
    )
    for text in HOSTILE:
        sent = dict.fromkeys(page.keys() - {"csrfmiddlewaretoken"}, text)
        yield f"{text[:9]!r} everywhere", sent
        if totals:
            yield f"{text[:9]!r} in each row", sent | {name: page[name] for name in totals | initials}
    for text in NUMBERS if totals else ():
        yield f"{text!r} rows", page | dict.fromkeys(totals, text)
        yield f"{text!r} stored rows", page | dict.fromkeys(initials, text)


@pytest.mark.parametrize("number", range(PAGES))
def test_no_input_breaks_a_form(editor, trial, number, monkeypatch):
    editor.raise_request_exception = False
    monkeypatch.setattr("portal.lib.admin_rows.MAX_ROWS", 3)  # a hundred rows of each sort take long to print
    monkeypatch.setattr("portal.lib.admin_rows.Inline.max_num", 3)
    addresses = pages(trial)
    assert len(addresses) == PAGES
    address, failed = addresses[number], []
    page = filled(editor.get(address))

    for what, sent in hostile(page):
        with transaction.atomic():
            if editor.post(address, sent).status_code >= 500:
                failed.append(what)
            transaction.set_rollback(True)

    assert failed == []


def test_empty_form_breaks_nothing(editor, trial):
    editor.raise_request_exception = False

    for address in pages(trial):
        assert editor.post(address, {}).status_code < 500


@pytest.mark.parametrize(
    "model", ["trial", "datacut", "result", "observation", "drug", "regimen", "endpoint", "source"]
)
def test_lists_can_be_searched_for_anything(editor, trial, model):
    editor.raise_request_exception = False

    for query in ("q=os", "q=%00", "q=" + "x" * 5000, "p=x", "o=99", "nonsense=1"):
        assert editor.get(f"/admin/trials/{model}/?{query}").status_code < 500


def test_parts_stand_in_no_menu(editor, trial):
    menu = editor.get("/admin/").content.decode()

    assert 'href="/admin/trials/trial/"' in menu
    assert 'href="/admin/trials/result/"' not in menu


def test_no_page_holds_inline_styles_or_scripts(editor, trial):
    for address in pages(trial):
        html = editor.get(address).content.decode()

        assert " style=" not in html
        assert "<style" not in html
        assert "<script>" not in html


def observation(trial, **changes):
    return {
        "kind": "safety",
        "name": "Infections",
        "unit": "percent",
        "publication": str(trial.publications.get().pk),
    } | changes


def adding(trial):
    return f"/admin/trials/observation/add/?cut={trial.data_cuts.get().pk}"


OBSERVED = [
    ({"value": "101"}, "value"),
    ({"value": "−1"}, "value"),
    ({"value": "0,60"}, "value"),
    ({"value": "-1"}, "value"),
    ({"n": "201"}, "n"),
    ({"n": "x"}, "n"),
    ({"value": "\0"}, "value"),
]


@pytest.mark.parametrize(("column", "field"), OBSERVED, ids=range(len(OBSERVED)))
def test_fault_of_an_observation_is_shown_in_its_column(editor, trial, column, field):
    typed = observation(trial) | by_arm(trial, abc=column)

    response = editor.post(adding(trial), filled(editor.get(adding(trial)), **typed))

    assert response.status_code == 200
    assert field in errors_by_arm(response, trial, "abc")
    assert filled(response)["name"] == ["Infections"]
    assert Observation.objects.count() == 1


def test_safety_without_a_publication_is_refused(editor, trial):
    response = editor.post(
        adding(trial), filled(editor.get(adding(trial)), **observation(trial, publication=""))
    )

    assert list(errors_of(response)) == ["publication"]


def test_baseline_hangs_on_no_data_cut(editor, trial):
    address = f"/admin/trials/observation/add/?trial={trial.pk}"

    response = save(
        editor,
        address,
        **observation(trial, kind="baseline", name="High risk"),
        **by_arm(trial, abc={"value": "20.0"}),
    )

    row = Observation.objects.get(name="High risk")
    assert (row.trial, row.data_cut, response.url) == (trial, None, page_of(trial))
    assert "High risk" in editor.get(page_of(trial)).content.decode()


def test_two_editors_storing_the_same_at_once_get_an_error_instead_of_a_failure(editor, trial, monkeypatch):
    address = f"/admin/trials/datacut/add/?trial={trial.pk}"
    monkeypatch.setattr("trials.admin.constraints.violations", lambda row, faulty: [])  # as if not seen yet

    response = editor.post(address, filled(editor.get(address), label="Again", code="primary"))

    assert response.status_code == 200
    assert "one data cut per trial and code" in " ".join(problems(response))
    assert filled(response)["label"] == ["Again"]


def test_result_page_needs_the_same_queries_for_any_number_of_arms(editor, trial, django_assert_num_queries):
    address = page_of(trial.results.get())
    editor.get(address)  # content types and the like are cached from here on
    with CaptureQueriesContext(connection) as two_arms:
        editor.get(address)
    for _ in range(4):
        factories.make_arm(trial)

    with django_assert_num_queries(len(two_arms)):
        editor.get(address)


def test_trial_page_needs_the_same_queries_for_any_number_of_data_cuts(
    editor, trial, django_assert_num_queries
):
    def entered():
        cut = factories.make_cut(trial)
        factories.make_result(trial, cut=cut)
        factories.make_observation(trial, data_cut=cut, values={"abc": "20", "bc": "30"})

    entered()
    editor.get(page_of(trial))
    with CaptureQueriesContext(connection) as before:
        editor.get(page_of(trial))
    for _ in range(5):
        entered()

    with django_assert_num_queries(len(before)):
        editor.get(page_of(trial))


def test_data_cut_lists_what_the_checks_found_in_it_and_not_in_others(editor, trial):
    cut, other = trial.data_cuts.get(), factories.make_cut(trial)
    odd = {"value": "0.70", "ci_lower": "0.60", "ci_upper": "0.94", "p_value": None, "p_relation": ""}
    factories.make_result(trial, endpoint="pfs", cut=cut, comparison=odd)

    here, there = (editor.get(page_of(row)).content.decode() for row in (cut, other))

    assert "Oddity, needs a reason" in here
    assert "middle of its interval" in here
    assert "middle of its interval" not in there
