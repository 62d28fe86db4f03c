"""What cannot be taken back asks who it is, though the session is signed in; what was asked for is done afterwards."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from tests import factories

pytestmark = pytest.mark.django_db
WHO = "/accounts/reauthenticate/"


def test_new_address_is_taken_up_only_after_the_password(member):
    change = {"email": "next@example.org", "action_add": ""}

    response = member.post("/accounts/email/", change)
    assert response.headers["Location"].startswith(WHO)
    assert not EmailAddress.objects.filter(email="next@example.org").exists()
    member.post(response.headers["Location"], {"password": "wrong password"})
    assert not EmailAddress.objects.filter(email="next@example.org").exists()
    member.post(response.headers["Location"], {"password": factories.PASSWORD})

    assert member.session["account_email_verification_code"]["email"] == "next@example.org"


def test_confirmation_lasts_five_minutes(member, time_machine):
    member.post(f"{WHO}?next=/", {"password": factories.PASSWORD})
    assert member.get("/account/data/").status_code == 200

    time_machine.move_to(timezone.now() + timedelta(seconds=301))

    assert member.get("/account/data/").headers["Location"].startswith(WHO)


def test_guessing_the_password_is_stopped(member):
    for _ in range(12):
        response = member.post(f"{WHO}?next=/", {"password": "wrong password"})

    assert response.status_code == 429
