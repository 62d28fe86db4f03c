"""Sessions are read by one statement, over a connection that may have been cut."""

import pytest
from django.db import connection

from tests import factories


@pytest.mark.django_db(transaction=True)
def test_a_members_page_opens_although_the_database_cut_the_connection(client):
    client.force_login(factories.make_user())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()

    response = client.get("/accounts/email/")

    assert response.status_code == 200


@pytest.mark.django_db
def test_a_session_that_somebody_edited_in_the_database_signs_nobody_in(client):
    client.force_login(factories.make_user())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_session SET session_data = session_data || 'x'")

    response = client.get("/accounts/email/")

    assert response.status_code == 302


@pytest.mark.django_db
def test_what_one_request_changes_in_its_session_is_not_changed_for_another(client):
    client.force_login(factories.make_user())
    first, second = client.session, client.session
    first["_auth_user_id"] = "changed"

    seen = second["_auth_user_id"]

    assert seen != "changed"
