"""Where somebody is signed in: seen, ended one by one or all at once, and without an IP address."""

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db
PATH = "/accounts/sessions/"


def is_signed_in(client):
    return client.get("/accounts/email/").status_code == 200


@pytest.fixture
def user():
    return factories.make_user()


@pytest.fixture
def here(user):
    return factories.sign_in(Client(headers={"User-Agent": "Browser at home"}), user)


@pytest.fixture
def there(user):
    return factories.sign_in(Client(headers={"User-Agent": "Browser at work"}), user)


def row_of(client):
    return UserSession.objects.get(session_key=client.session.session_key)


def test_page_lists_the_browsers_and_says_which_is_this_one(here, there):
    page = here.get(PATH).content.decode()

    assert "Browser at home" in page
    assert "Browser at work" in page
    assert page.count("this one") == 1


def test_one_is_ended_and_the_other_stays(here, there):
    response = here.post(f"/account/sessions/{row_of(there).pk}/end/")

    assert response.headers["Location"] == PATH
    assert (is_signed_in(here), is_signed_in(there)) == (True, False)


def test_all_others_are_ended(here, there):
    here.post(PATH)

    assert (is_signed_in(here), is_signed_in(there)) == (True, False)


def test_session_of_somebody_else_does_not_exist(here):
    stranger = factories.sign_in(Client(), factories.make_user())

    response = here.post(f"/account/sessions/{row_of(stranger).pk}/end/")

    assert response.status_code == 404
    assert is_signed_in(stranger)


def test_ending_takes_a_post_of_somebody_who_is_signed_in(here, visitor):
    path = f"/account/sessions/{row_of(here).pk}/end/"

    assert here.get(path).status_code == 405
    assert visitor.post(path).headers["Location"].startswith("/accounts/login/")
    assert is_signed_in(here)


@pytest.mark.parametrize("pk", ["0", "9" * 19, "9" * 40])
def test_number_of_no_session_is_not_found(here, pk):
    assert here.post(f"/account/sessions/{pk}/end/").status_code == 404


def test_new_password_signs_out_elsewhere(here, there):
    here.post(
        "/accounts/password/change/",
        {"oldpassword": factories.PASSWORD, "password1": "kqzrtw-5512-x", "password2": "kqzrtw-5512-x"},
    )

    assert (is_signed_in(here), is_signed_in(there)) == (True, False)


def test_database_keeps_no_ip_address(user):
    factories.sign_in(Client(REMOTE_ADDR="192.0.2.77"), user)

    row = UserSession.objects.get()
    UserSession.objects.update(ip="192.0.2.78")
    row.refresh_from_db()

    assert row.ip == "0.0.0.0"  # noqa: S104  (not bound to anything)
