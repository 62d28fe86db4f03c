"""Declarations: what is recorded, what the cookie is worth, and when it stops being worth anything."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.core import signing
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Attestation, Statement
from tests.factories import make_article, make_user, press_the_button, sign_in

BUTTON = "I am a healthcare professional"


def is_let_in(client):
    return BUTTON not in client.get("/").content.decode()


def test_attesting_records_evidence_without_identity(visitor, db):
    visitor.post("/attest/", {"next": "/articles/", "profession": "nurse", "country": "DE"})

    row = Attestation.objects.get()
    assert (row.profession, row.country, row.user, row.statement.version) == ("nurse", "DE", None, 1)
    assert abs(row.attested_at - timezone.now()) < timedelta(minutes=1)
    assert not [field.name for field in Attestation._meta.get_fields() if "ip" in field.name.split("_")]


def test_attesting_returns_to_the_page_that_was_asked_for(visitor, db):
    article = make_article()
    gate = visitor.get(f"{article.get_absolute_url()}?from=mail")

    response = visitor.post("/attest/", {"next": gate.context["form"].initial["next"]})

    assert response.headers["Location"] == f"{article.get_absolute_url()}?from=mail"


@pytest.mark.parametrize(
    "next_path",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "evil", ""],
)
def test_attesting_never_leaves_the_site(visitor, db, next_path):
    response = visitor.post("/attest/", {"next": next_path})

    assert response.headers["Location"] == "/"


def test_attestation_cookie_is_signed_http_only_and_lax_for_twelve_months(visitor, db):
    visitor.post("/attest/", {})

    cookie = visitor.cookies["attestation"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 365 * 24 * 60 * 60
    assert set(signing.loads(cookie.value, salt="accounts.attestation")) == {"id", "v", "at"}


def test_second_press_records_nothing_new(reader):
    reader.post("/attest/", {})

    assert Attestation.objects.count() == 1


@pytest.mark.parametrize(
    "forge",
    [
        lambda value: "",
        lambda value: "x",
        lambda value: value[:-1] + ("A" if value[-1] != "A" else "B"),
        lambda value: "e" + value,
        lambda value: value * 200,
        lambda value: signing.dumps(
            {"id": str(uuid.uuid4()), "v": 1, "at": "2026-01-01T00:00:00+00:00"}, salt="x"
        ),
        lambda value: signing.dumps([1, 2], salt="accounts.attestation"),
        lambda value: signing.dumps({"id": "no", "v": 1, "at": "no"}, salt="accounts.attestation"),
        lambda value: signing.dumps({"id": None, "v": None, "at": None}, salt="accounts.attestation"),
        lambda value: signing.dumps(
            {"id": str(uuid.uuid4()), "v": 1, "at": "2026-01-01T00:00:00"}, salt="accounts.attestation"
        ),
    ],
)
def test_forged_or_edited_cookie_is_the_same_as_none(reader, forge):
    reader.cookies["attestation"] = forge(reader.cookies["attestation"].value)

    assert not is_let_in(reader)


def test_attestation_runs_out_after_the_set_time(reader):
    with time_machine.travel(timezone.now() + timedelta(days=364), tick=False):
        assert is_let_in(reader)
    with time_machine.travel(timezone.now() + timedelta(days=366), tick=False):
        assert not is_let_in(reader)


def test_account_page_says_when_its_reader_attested(reader):
    declared = timezone.now()
    with time_machine.travel(declared + timedelta(days=10), tick=False):
        reader.force_login(make_user())
        page = reader.get("/account/").content.decode()

    assert f'healthcare professional on <time datetime="{declared:%Y-%m-%d}">' in page


def test_carried_attestation_runs_out_when_the_original_does(db):
    user = make_user()
    sign_in(press_the_button(Client()), user)
    with time_machine.travel(timezone.now() + timedelta(days=200), tick=False):
        second = Client()
        second.force_login(user)
        assert is_let_in(second)
        second.post("/accounts/logout/")
    with time_machine.travel(timezone.now() + timedelta(days=366), tick=False):
        assert not is_let_in(second)


def test_new_wording_asks_everyone_again(reader):
    Statement.objects.create(version=2, text="A new wording.")

    assert not is_let_in(reader)
    assert "A new wording." in reader.get("/").content.decode()
    assert is_let_in(press_the_button(reader))


def test_future_wording_asks_nobody_yet(reader):
    Statement.objects.create(version=2, text="Later.", effective_from=timezone.now() + timedelta(days=1))

    assert is_let_in(reader)


def test_signed_in_reader_attests_for_the_account(db):
    user, client = make_user(), Client()
    client.force_login(user)

    press_the_button(client)

    assert Attestation.objects.get().user == user


def test_account_adopts_the_declaration_of_its_browser_once(db):
    user, client = make_user(), press_the_button(Client())

    sign_in(client, user)
    client.post("/accounts/logout/")
    sign_in(client, user)

    anonymous, linked = Attestation.objects.order_by("pk")
    assert (anonymous.user, linked.user) == (None, user)
    assert (anonymous.opaque_id, anonymous.attested_at) == (linked.opaque_id, linked.attested_at)


def test_account_does_not_adopt_what_another_account_declared(db):
    first, second, client = make_user(), make_user(), Client()
    press_the_button(sign_in(client, first))
    client.post("/accounts/logout/")

    sign_in(client, second)

    assert not second.attestations.exists()


@pytest.mark.parametrize("field", [{"profession": "wizard"}, {"country": "ZZZ"}, {"version": "x"}])
def test_unknown_value_is_refused_with_the_gate(visitor, db, field):
    response = visitor.post("/attest/", field)

    assert response.status_code == 422
    assert BUTTON in response.content.decode()
    assert not Attestation.objects.exists()


def test_wording_that_changed_meanwhile_is_shown_before_it_counts(visitor, db):
    Statement.objects.create(version=2, text="A new wording.")

    response = visitor.post("/attest/", {"version": "1", "next": "/articles/"})

    assert response.status_code == 422
    assert "A new wording." in response.content.decode()
    assert 'name="version" value="2"' in response.content.decode()
    assert not Attestation.objects.exists()


def test_attesting_works_from_a_very_long_address(visitor, db):
    response = visitor.post("/attest/", {"next": "/articles/?q=" + "x" * 3000})

    assert response.headers["Location"] == "/"


def test_account_does_not_adopt_what_its_browser_declared_for_another_reader(db):
    first, second, client = make_user(), make_user(), press_the_button(Client())
    sign_in(client, first)
    client.post("/accounts/logout/")

    sign_in(client, second)

    assert first.attestations.exists()
    assert not second.attestations.exists()


def test_attesting_from_another_site_is_refused(visitor, db):
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        response = visitor.post("/attest/", {}, headers=headers)
        assert response.status_code == 403
    assert not Attestation.objects.exists()


def test_attesting_from_this_site_is_accepted(visitor, db):
    response = visitor.post("/attest/", {}, headers={"Sec-Fetch-Site": "same-origin", "Origin": "null"})

    assert response.status_code == 303


def test_attesting_by_get_changes_nothing(visitor, db):
    assert visitor.get("/attest/").status_code == 405
    assert not Attestation.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda row: Attestation.objects.filter(pk=row.pk).update(country="FR"),
        lambda row: Attestation.objects.filter(pk=row.pk).update(user=make_user()),
        lambda row: row.delete(),
    ],
)
def test_database_refuses_to_change_or_delete_an_attestation(reader, change):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        change(Attestation.objects.get())


def test_attestation_outlives_the_account_without_identity(db):
    user, client = make_user(), Client()
    client.force_login(user)
    press_the_button(client)

    user.delete()

    assert Attestation.objects.get().user is None


def test_database_refuses_a_statement_without_text_and_equal_versions(db):
    with pytest.raises(IntegrityError, match="statement_has_text"), transaction.atomic():
        Statement.objects.create(version=5, text="")
    with pytest.raises(IntegrityError, match="version"), transaction.atomic():
        Statement.objects.create(version=1, text="Again")


def test_database_refuses_two_equal_attestations_of_an_account(db):
    user, client = make_user(), Client()
    client.force_login(user)
    press_the_button(client)
    row = Attestation.objects.get()
    row.pk = None

    with pytest.raises(IntegrityError, match="one_attestation_per_id_and_account"), transaction.atomic():
        row.save(force_insert=True)
