"""Accounts: one per address, made and found without telling strangers whether it exists."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.models import User
from portal.models import OutgoingMail
from tests.factories import PASSWORD, make_user

CODE = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b")


def sign_up(client, email):
    return client.post("/accounts/signup/", {"email": email, "password1": PASSWORD})


def test_signing_up_asks_for_the_code_that_was_mailed(visitor, db):
    response = sign_up(visitor, "new@example.org")
    assert response.headers["Location"] == "/accounts/confirm-email/"
    code = CODE.search(mail.outbox[0].body).group()

    visitor.post("/accounts/confirm-email/", {"code": code})

    assert visitor.session["_auth_user_id"] == str(User.objects.get(email="new@example.org").pk)
    assert User.objects.get().emailaddress_set.get().verified


def test_wrong_code_signs_nobody_in(visitor, db):
    sign_up(visitor, "new@example.org")

    response = visitor.post("/accounts/confirm-email/", {"code": "AAAA-AAAA"})

    assert "_auth_user_id" not in visitor.session
    assert response.status_code == 200


def test_signing_up_with_a_known_address_looks_the_same(visitor, db):
    make_user("known@example.org")

    response = sign_up(visitor, "KNOWN@example.org")

    assert response.headers["Location"] == "/accounts/confirm-email/"
    assert User.objects.count() == 1
    assert not CODE.search(mail.outbox[0].body)


def test_equal_sign_ups_at_the_same_moment_make_one_account(transactional_db):
    def attempt(_):
        try:
            return sign_up(Client(), "same@example.org").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(attempt, range(8)))

    assert set(codes) <= {302, 429}  # mail to one address is limited, whether it is known or not
    assert User.objects.filter(email__iexact="same@example.org").count() == 1


def test_database_refuses_addresses_that_differ_in_case(db):
    make_user("reader@example.org")

    with pytest.raises(IntegrityError, match="one_account_per_email_address"), transaction.atomic():
        User.objects.create_user("Reader@Example.org", PASSWORD)


def test_login_ignores_case_and_rejects_a_wrong_password(visitor, db):
    make_user("reader@example.org")

    wrong = visitor.post("/accounts/login/", {"login": "reader@example.org", "password": "wrong password"})
    right = visitor.post("/accounts/login/", {"login": "Reader@Example.ORG", "password": PASSWORD})

    assert wrong.status_code == 200
    assert right.status_code == 302


def test_many_wrong_passwords_are_stopped(visitor, db):
    make_user("reader@example.org")

    answers = [
        visitor.post("/accounts/login/", {"login": "reader@example.org", "password": f"wrong {n}"})
        for n in range(7)
    ]

    assert "Too many failed" in answers[-1].content.decode()
    assert (
        visitor.post("/accounts/login/", {"login": "reader@example.org", "password": PASSWORD}).status_code
        == 200
    )


def test_logging_out_needs_a_press(member):
    member.get("/accounts/logout/")
    assert "_auth_user_id" in member.session

    member.post("/accounts/logout/")
    assert "_auth_user_id" not in member.session


def test_password_is_reset_by_the_mailed_code(visitor, db):
    user = make_user("reader@example.org")
    visitor.post("/accounts/password/reset/", {"email": "reader@example.org"})
    code = CODE.search(mail.outbox[0].body).group()

    visitor.post("/accounts/password/reset/confirm/", {"code": code})
    visitor.post(
        "/accounts/password/reset/complete/",
        {"password1": "a new long secret", "password2": "a new long secret"},
    )

    user.refresh_from_db()
    assert user.check_password("a new long secret")


def test_address_changes_only_after_the_code_to_the_new_one(member):
    member.post("/accounts/email/", {"email": "other@example.org", "action_add": ""})
    sent = [m for m in mail.outbox if m.to == ["other@example.org"]]
    if not sent:  # the password is asked for again before the address may change
        member.post("/accounts/reauthenticate/", {"password": PASSWORD})
        member.post("/accounts/email/", {"email": "other@example.org", "action_add": ""})
        sent = [m for m in mail.outbox if m.to == ["other@example.org"]]
    member.user.refresh_from_db()
    assert member.user.email != "other@example.org"

    member.post("/accounts/confirm-email/", {"code": CODE.search(sent[0].body).group()})

    member.user.refresh_from_db()
    assert member.user.email == "other@example.org"


def test_mail_waits_in_the_outbox_outside_tests(settings, visitor, db):
    settings.EMAIL_BACKEND = "portal.outbox.EmailBackend"

    sign_up(visitor, "new@example.org")

    assert OutgoingMail.objects.get().recipients == ["new@example.org"]


def test_address_that_the_column_would_cut_is_refused(visitor, db):
    response = sign_up(visitor, "x" * 250 + "@example.org")

    assert "at most 254" in response.content.decode()
    assert not User.objects.exists()
