"""What the owner of an account sees and takes away: all of it, and nobody else's."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db.models import EmailField, GenericIPAddressField
from django.utils import timezone

from accounts import own_data
from accounts.models import User
from newsletter import subscriptions
from newsletter.models import Cadence, Subscriber
from portal.models import ContactMessage, OutgoingMail
from tests import factories

pytestmark = pytest.mark.django_db
PATH = "/account/data/"
# Every table that holds an address or points at somebody, and the part of the account's data that shows and erases it.
HELD_IN = {
    "account.EmailAddress": "account",
    "accounts.Attestation": "attestations",
    "accounts.User": "account",
    "accounts.User_groups": "account",
    "accounts.User_user_permissions": "account",
    "admin.LogEntry": "staff_actions",
    "articles.Bookmark": "bookmarks",
    "mfa.Authenticator": "second_factors",
    "newsletter.Delivery": "newsletter",
    "newsletter.Follow": "newsletter",
    "newsletter.Subscriber": "newsletter",
    "newsletter.Subscriber_topics": "newsletter",
    "portal.ContactMessage": "messages",
    "portal.OutgoingMail": "letters",
    "usersessions.UserSession": "sessions",
}
OF_NOBODY = {"portal.Hub"}  # the publisher's own address


def confirm(client):
    client.post("/accounts/reauthenticate/?next=/", {"password": factories.PASSWORD})
    return client


def taken(client):
    response = client.post(PATH, {"as": "file"})
    assert response.headers["Content-Type"] == "application/json"
    return json.loads(response.content)


def fill(user, article):
    """Something of every kind for `user`."""
    user.bookmarks.create(article=article)
    ContactMessage.objects.create(name="Me", email=user.email.upper(), message=f"Note of {user.pk}")
    subscriptions.subscribe_account(
        user.email, cadence=Cadence.EACH, topics=[], language="en", now=timezone.now()
    )
    Authenticator.objects.create(
        user=user, type="webauthn", data={"name": f"Key of {user.pk}", "secret": "x7"}
    )


def test_password_is_asked_for_before_the_data_are_shown(member):
    response = member.get(PATH)

    assert response.headers["Location"] == "/accounts/reauthenticate/?next=%2Faccount%2Fdata%2F"
    assert member.post(PATH, {"as": "file"}).status_code == 302
    assert confirm(member).get(PATH).status_code == 200


def test_who_is_not_signed_in_is_asked_to(reader):
    assert reader.get(PATH).headers["Location"] == "/accounts/login/?next=/account/data/"


def test_nobody_has_to_be_a_professional_to_see_their_data(visitor):
    visitor.force_login(factories.make_user())

    assert confirm(visitor).get(PATH).status_code == 200


def test_file_holds_everything_of_the_person_and_nothing_of_others(member):
    article = factories.make_article(title="Hope at noon")
    other = factories.make_user(email="other@example.org")
    confirm(member)
    fill(member.user, article)
    fill(other, factories.make_article(title="Not mine"))

    data = taken(member)

    text = json.dumps(data)
    assert data["account"]["email"] == member.user.email
    assert data["account"]["addresses"] == [{"email": member.user.email, "verified": True, "primary": True}]
    assert [row["profession"] for row in data["attestations"]] == [""]
    assert [row["article"] for row in data["bookmarks"]] == ["Hope at noon"]
    assert [row["message"] for row in data["messages"]] == [f"Note of {member.user.pk}"]
    assert data["newsletter"][member.user.email]["subscription"]["cadence"] == "each"
    assert [row["name"] for row in data["second_factors"]] == [f"Key of {member.user.pk}"]
    assert "other@example.org" not in text
    assert "Not mine" not in text


def test_file_holds_no_secret(member):
    confirm(member)
    fill(member.user, factories.make_article())

    text = json.dumps(taken(member))

    assert "x7" not in text
    assert member.user.password not in text


def test_file_holds_what_this_browser_decided_about_cookies(member):
    member.post("/cookies/", {"choice": "accept-all"})

    data = taken(confirm(member))

    assert [row["statistics"] for row in data["cookies"]] == [True]


def test_file_holds_mail_in_the_outbox_without_its_codes(member):
    message = b"Subject: Sign in\r\n\r\nYour code is Q7X9."
    OutgoingMail.objects.create(recipients=[member.user.email], message=message)
    OutgoingMail.objects.create(recipients=["other@example.org"], message=message)

    data = taken(confirm(member))

    assert [row["subject"] for row in data["letters"]] == ["Sign in"]
    assert "Q7X9" not in json.dumps(data)


def test_file_tells_staff_what_is_logged_of_them(editor):
    LogEntry.objects.log_actions(editor.user.pk, [editor.user], 2, "Did something.", single_object=True)

    data = taken(confirm(editor))

    assert "Did something." in [row["done"] for row in data["staff_actions"]]


def test_unconfirmed_address_shows_nothing_of_its_owner(member):
    ContactMessage.objects.create(name="Her", email="victim@example.org", message="Private")
    member.user.emailaddress_set.create(email="victim@example.org", verified=False)

    assert taken(confirm(member))["messages"] == []


def test_page_is_readable_and_holds_the_same(member):
    confirm(member)
    fill(member.user, factories.make_article(title="Hope at noon"))

    page = member.get(PATH).content.decode()

    for part in own_data.PARTS.values():
        assert part.title in page
    assert "Hope at noon" in page
    assert f"Key of {member.user.pk}" in page


def test_every_part_can_be_erased_twice(member):
    fill(member.user, factories.make_article())

    for _ in range(2):
        own_data.erase(member.user, timezone.now())

    assert not member.user.bookmarks.exists()


def is_about_somebody(field):
    return (
        isinstance(field, EmailField | GenericIPAddressField)
        or field.name == "recipients"
        or (field.concrete and field.related_model in (User, Subscriber))
    )


def test_every_table_about_somebody_belongs_to_a_part():
    models = apps.get_models(include_auto_created=True)
    found = {model._meta.label for model in models if any(map(is_about_somebody, model._meta.get_fields()))}

    assert found == set(HELD_IN) | OF_NOBODY
    assert set(HELD_IN.values()) == set(own_data.PARTS) - {"cookies"}  # which are tied to no account
