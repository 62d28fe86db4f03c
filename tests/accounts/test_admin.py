import threading

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import deletion
from accounts.models import Attestation, Statement, User
from portal.models import ConsentNotice
from tests import factories
from tests.forms import errors_of, filled

USERS = "/admin/accounts/user/"
STATEMENTS = "/admin/accounts/statement/"


@pytest.fixture
def admin(db):
    client = Client()
    client.user = factories.make_admin()
    client.force_login(client.user)
    return client


def test_account_is_made_with_its_address_as_login(admin):
    page = admin.get(f"{USERS}add/")
    change = {
        "email": "New@Example.org",
        "name": "New",
        "password1": "kqzrtw-5512",
        "password2": "kqzrtw-5512",
    }

    response = admin.post(f"{USERS}add/", filled(page, **change))

    assert response.status_code == 302
    assert User.objects.get(email__iexact="new@example.org").check_password("kqzrtw-5512")


def test_second_account_for_an_address_is_refused_whatever_its_case(admin):
    factories.make_user(email="taken@example.org")
    page = admin.get(f"{USERS}add/")

    response = admin.post(
        f"{USERS}add/",
        filled(page, email="TAKEN@example.org", password1="kqzrtw-5512", password2="kqzrtw-5512"),
    )

    assert errors_of(response)["email"] == ["Another account has this address."]


def test_changed_address_must_be_confirmed_and_the_old_one_opens_nothing(admin):
    user = factories.make_user(email="old@example.org")
    page = admin.get(f"{USERS}{user.pk}/change/")

    response = admin.post(f"{USERS}{user.pk}/change/", filled(page, email="new@example.org"))

    assert response.status_code == 302
    assert not EmailAddress.objects.filter(user=user).exists()


def test_new_statement_is_the_next_version_and_old_ones_stay(admin):
    newest = Statement.objects.order_by("-version").first()
    page = admin.get(f"{STATEMENTS}add/")

    response = admin.post(f"{STATEMENTS}add/", filled(page, text="New wording."))

    assert response.status_code == 302
    assert Statement.objects.get(text="New wording.").version == newest.version + 1
    assert admin.post(f"{STATEMENTS}{newest.pk}/change/", {"text": "x"}).status_code == 403
    assert admin.post(f"{STATEMENTS}{newest.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "everyone is asked again" in page.content.decode()


def test_new_statement_asks_every_reader_again(admin, reader):
    assert "gate" not in {t.name for t in reader.get("/").templates}
    page = admin.get(f"{STATEMENTS}add/")

    admin.post(f"{STATEMENTS}add/", filled(page, text="Quite another wording."))

    assert "Quite another wording." in reader.get("/").content.decode()


@pytest.mark.parametrize("right", ["is_active", "is_staff", "is_superuser"])
def test_last_administrator_keeps_the_right_to_be_one(admin, right):
    page = admin.get(f"{USERS}{admin.user.pk}/change/")

    response = admin.post(
        f"{USERS}{admin.user.pk}/change/",
        {name: value for name, value in filled(page).items() if name != right},
    )

    assert "Nobody else can administer the site" in str(errors_of(response)[right])
    admin.user.refresh_from_db()
    assert getattr(admin.user, right)


def test_last_administrators_are_not_deleted(admin):
    another = factories.make_admin()
    chosen = {"action": "delete_selected", "_selected_action": [admin.user.pk, another.pk], "post": "yes"}

    admin.post(USERS, chosen)

    assert User.objects.filter(is_superuser=True).count() == 2


def test_one_of_two_administrators_can_be_deleted(admin):
    another = factories.make_admin()

    admin.post(f"{USERS}{another.pk}/delete/", {"post": "yes"})

    assert User.objects.get(is_superuser=True) == admin.user


def test_who_loses_a_second_factor_by_an_administrator_is_told(admin, mailoutbox):
    owner = factories.make_user(email="owner@example.org")
    factor = Authenticator.objects.create(user=owner, type=Authenticator.Type.TOTP, data={})

    admin.post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"})

    assert not Authenticator.objects.exists()
    assert [mail.to for mail in mailoutbox] == [["owner@example.org"]]
    assert "removed a second factor" in mailoutbox[0].body


def test_recovery_codes_go_with_the_last_factor(admin):
    owner = factories.make_user()
    app = Authenticator.objects.create(user=owner, type=Authenticator.Type.TOTP, data={})
    Authenticator.objects.create(user=owner, type=Authenticator.Type.RECOVERY_CODES, data={})

    admin.post(f"/admin/mfa/authenticator/{app.pk}/delete/", {"post": "yes"})

    assert not Authenticator.objects.exists()


def test_log_names_no_address_of_an_erased_account(admin):
    owner = factories.make_user(email="owner@example.org")
    address = EmailAddress.objects.get_or_create(user=owner, email=owner.email, primary=True)[0]
    page = admin.get(f"/admin/account/emailaddress/{address.pk}/change/")
    admin.post(f"/admin/account/emailaddress/{address.pk}/change/", filled(page, verified="on"))
    assert LogEntry.objects.filter(object_repr__contains="owner@example.org").exists()

    deletion.erase(owner, now=timezone.now())

    assert not LogEntry.objects.filter(object_repr__contains="owner@example.org").exists()


@pytest.mark.parametrize("model", [Statement, ConsentNotice])
def test_two_new_versions_at_once_get_two_numbers(transactional_db, model):
    admins = [Client(), Client(), Client()]
    path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/add/"
    forms = []
    for number, client in enumerate(admins):
        client.force_login(factories.make_admin())
        forms.append((client, filled(client.get(path), text=f"Wording {number}")))
    before, answers = model.objects.count(), []

    def post(client, data):
        try:
            answers.append(client.post(path, data).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=post, args=form) for form in forms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [302, 302, 302]
    assert model.objects.count() == before + 3


def test_evidence_is_read_only_for_administrators(admin, reader):
    row = Attestation.objects.get()
    path = f"/admin/accounts/attestation/{row.pk}"

    assert admin.get("/admin/accounts/attestation/").status_code == 200
    assert admin.get(f"{path}/change/").status_code == 200
    assert admin.post(f"{path}/change/", {"profession": "nurse"}).status_code == 403
    assert admin.post(f"{path}/delete/", {"post": "yes"}).status_code == 403
    assert admin.get("/admin/accounts/attestation/add/").status_code == 403
    assert Attestation.objects.count() == 1


def test_patient_organisation_is_added(admin, visitor):
    path = "/admin/accounts/patientorganisation/add/"

    admin.post(path, filled(admin.get(path), name="Help", url="https://help.example/", description="Helps."))

    assert "https://help.example/" in visitor.get("/not-a-professional/").content.decode()


def test_sign_in_goes_through_the_site_with_its_rate_limits(visitor, db):
    response = visitor.get("/admin/login/")

    assert (response.status_code, response.url.split("?")[0]) == (302, "/accounts/login/")
