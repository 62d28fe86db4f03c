"""What the forms of results, endpoints and drugs refuse, and what they derive."""

import pytest

from tests.forms import filled
from tests.trials import factories
from tests.trials.admin_steps import by_arm, errors_by_arm, page_of, problems, save
from trials.models import ArmValue, Drug, Endpoint, Result, Trial

pytestmark = pytest.mark.django_db


@pytest.fixture
def trial():
    return factories.make_trial(results=False)


def adding(trial):
    return f"/admin/trials/result/add/?cut={trial.data_cuts.get().pk}"


def typed(trial, **changes):
    return {
        "endpoint": str(factories.make_endpoint("os").pk),
        "measure": "median_time",
        "publication": str(trial.publications.first().pk),
        **by_arm(trial, abc={"value": "35.6"}, bc={"value": "31.2"}),
    } | changes


def post(client, address, **changes):
    return client.post(address, filled(client.get(address), **changes))


def test_result_sent_twice_is_stored_once(editor, trial):
    form = filled(editor.get(adding(trial)), **typed(trial))

    first, second = (editor.post(adding(trial), form) for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 200)
    assert any("This data cut has this result already" in message for message in problems(second))
    assert Result.objects.count() == 1


def test_result_with_nothing_entered_is_refused(editor, trial):
    nothing = by_arm(trial, abc={"value": ""}, bc={"value": ""})

    response = post(editor, adding(trial), **typed(trial, **nothing))

    assert response.status_code == 200
    assert any("Enter at least one value or an effect." in message for message in problems(response))
    assert not Result.objects.exists()


def test_bound_is_not_open_because_it_was_estimated(editor, trial):
    result = factories.make_result(trial)
    page = editor.get(page_of(result))
    sent = filled(page) | by_arm(trial, abc={"ci_upper": "", "ci_upper_status": "estimated"})

    response = editor.post(page_of(result), sent)

    assert response.status_code == 200
    assert "ci_upper_status" in errors_by_arm(response, trial, "abc")
    assert ArmValue.objects.get(arm__code="abc").ci_upper_status == ""


def test_bound_of_a_ratio_is_not_negative(editor, trial):
    result = factories.make_result(trial)

    response = post(editor, page_of(result), comparison__0__ci_lower="-0.60")

    assert response.status_code == 200
    assert any("A ratio is above 0" in message for message in problems(response))


def test_result_plays_the_part_that_its_endpoint_has_in_the_trial(editor, trial):
    trial.endpoints.create(endpoint=factories.make_endpoint("os"), role="primary")

    save(editor, adding(trial), **typed(trial))

    assert Result.objects.get().role == "primary"


def test_part_of_an_endpoint_is_changed_in_the_trial_and_results_follow(editor, trial):
    result = factories.make_result(trial, role="primary")

    save(editor, page_of(trial), endpoints__0__role="secondary")

    result.refresh_from_db()
    assert result.role == "secondary"


def test_endpoints_of_one_abbreviation_are_told_apart(editor):
    response = editor.get(
        "/admin/autocomplete/",
        {"app_label": "trials", "model_name": "result", "field_name": "endpoint", "term": "PFS"},
    )

    texts = [row["text"] for row in response.json()["results"]]
    assert "PFS (Progression-free survival)" in texts
    assert "PFS (Progression-free survival from second randomisation)" in texts
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("name", ["velcade", "bortezomib", "BORTEZOMIB"])
def test_no_name_is_of_two_drugs(editor, name):
    factories.make_drug("Bortezomib").names.create(name="Velcade", kind="brand")
    other = factories.make_drug("Newmab")

    response = post(editor, page_of(other), name=name)

    assert response.status_code == 200
    assert any("Another drug is called this." in message for message in problems(response))
    assert Drug.objects.filter(name__iexact=name).count() == (0 if name == "velcade" else 1)


def test_drug_keeps_its_own_name(editor):
    drug = factories.make_drug("Bortezomib")

    save(editor, page_of(drug), name="bortezomib")

    assert Drug.objects.get().name == "bortezomib"


def test_address_of_another_page_is_refused(editor, trial):
    response = post(editor, page_of(trial), slug="compare")

    assert response.status_code == 200
    assert any("This address is taken by another page" in message for message in problems(response))


@pytest.mark.parametrize(
    ("field", "choice"),
    [("phase", "I"), ("phase", "II/III"), ("phase", "IV"), ("blinding", "single-blind")],
)
def test_trial_of_any_phase_and_blinding_is_entered(editor, trial, field, choice):
    factories.make_result(trial)

    save(editor, page_of(trial), **{field: choice})

    assert getattr(Trial.objects.get(), field) == choice


def test_desired_event_is_entered_with_the_endpoint(editor):
    ttr = Endpoint.objects.get(code="ttr")

    assert (ttr.event_is_desired, Endpoint.objects.filter(event_is_desired=True).count()) == (True, 1)
    save(editor, page_of(ttr), event_is_desired=False)
    assert not Endpoint.objects.get(code="ttr").event_is_desired
