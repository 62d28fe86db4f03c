"""What holds for every list of the admin."""

import pytest
from django.contrib import admin
from django.test import Client

from accounts.models import PatientOrganisation
from tests import factories


@pytest.fixture
def administrator(db):
    client = Client(raise_request_exception=False)
    client.force_login(factories.make_admin())
    return client


def lists():
    names = [(model._meta.app_label, model._meta.model_name) for model in admin.site._registry]
    assert {("auth", "group"), ("account", "emailaddress"), ("articles", "person")} <= set(names)
    return [f"/admin/{app}/{model}/" for app, model in names]


@pytest.mark.parametrize("chosen", ["abc", "\0", "9" * 40, "-1", "", "٣", "1.5", "x" * 100_000])
def test_a_choice_that_is_no_row_changes_nothing_and_says_so(administrator, chosen):
    for path in lists():
        response = administrator.post(
            path, {"action": "delete_selected", "_selected_action": ["1", chosen], "post": "yes"}
        )

        assert (response.status_code, response["Location"]) == (303, path)
        assert "no row of this list" in administrator.get(path).content.decode(), path


def test_a_refused_choice_leads_back_to_the_same_page_of_the_list(administrator):
    path = "/admin/accounts/patientorganisation/?q=foundation"

    response = administrator.post(path, {"action": "delete_selected", "_selected_action": "abc"})

    assert response["Location"] == path


def test_rows_that_are_chosen_are_deleted_after_a_question(administrator):
    path = "/admin/accounts/patientorganisation/"
    chosen = PatientOrganisation.objects.first()
    form = {"action": "delete_selected", "_selected_action": str(chosen.pk)}

    question = administrator.post(path, form)
    administrator.post(path, form | {"post": "yes"})

    assert "Are you sure" in question.content.decode()
    assert not PatientOrganisation.objects.filter(pk=chosen.pk).exists()


def test_an_unknown_row_changes_nothing(administrator):
    path = "/admin/accounts/patientorganisation/"
    before = PatientOrganisation.objects.count()

    response = administrator.post(
        path, {"action": "delete_selected", "_selected_action": "999999999", "post": "yes"}
    )

    assert response.status_code in (200, 302)
    assert PatientOrganisation.objects.count() == before > 0
