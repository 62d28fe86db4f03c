"""Ending an account: asked for, thought over, done; what is evidence stays without identity."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts import deletion, own_data
from accounts.models import Attestation, User
from newsletter import subscriptions, suppression
from newsletter.models import Cadence, Delivery, Issue, Subscriber, Suppression
from portal.models import ContactMessage, OutgoingMail
from tests import factories

pytestmark = pytest.mark.django_db
PATH = "/account/delete/"
LATER = timedelta(days=14, seconds=1)


def confirm(client):
    client.post("/accounts/reauthenticate/?next=/", {"password": factories.PASSWORD})
    return client


def asked(client):
    """Press the button with `client`."""
    response = confirm(client).post(PATH)
    assert response.headers["Location"] == "/account/delete/asked/", response.content.decode()
    client.user.refresh_from_db()
    return client


def test_password_is_asked_for_before_the_page_and_the_button(member):
    assert member.get(PATH).headers["Location"].startswith("/accounts/reauthenticate/")
    assert member.post(PATH).headers["Location"].startswith("/accounts/reauthenticate/")

    member.user.refresh_from_db()
    assert member.user.deletion_requested_at is None


def test_page_says_what_goes_and_what_stays(member):
    page = confirm(member).get(PATH).content.decode()

    assert "What is deleted" in page
    assert "What is kept, without your name or address" in page
    assert "For 14 days you can sign in and keep the account" in page


def test_opening_the_page_asks_for_nothing(member):
    confirm(member).get(PATH)

    member.user.refresh_from_db()
    assert member.user.deletion_requested_at is None


def test_button_signs_out_everywhere_and_mails_the_owner_alone(member):
    elsewhere = factories.sign_in(Client(), member.user)
    here = factories.sign_in(Client(), member.user)
    here.user = member.user

    asked(here)

    assert "_auth_user_id" not in here.session
    assert elsewhere.get("/account/data/").headers["Location"].startswith("/accounts/login/")
    assert [message.to for message in mail.outbox] == [[member.user.email]]
    assert mail.outbox[0].subject.startswith("Your account will be deleted on ")
    assert "/account/delete/" in mail.outbox[0].body


def test_asking_twice_changes_nothing(member):
    now = timezone.now()

    deletion.ask(member.user, now=now)
    deletion.ask(member.user, now=now + timedelta(days=5))

    member.user.refresh_from_db()
    assert member.user.deletion_requested_at == now
    assert len(mail.outbox) == 1


def test_who_comes_back_is_told_and_keeps_the_account(member):
    asked(member)
    client = factories.sign_in(Client(), member.user)
    assert "Your account will be deleted on" in client.get("/about/").content.decode()
    assert "Keep my account" in confirm(client).get(PATH).content.decode()

    response = client.post("/account/keep/")

    member.user.refresh_from_db()
    assert (response.status_code, member.user.deletion_requested_at) == (303, None)
    assert "Your account stays." in client.get(response.headers["Location"]).content.decode()
    assert deletion.erase_due(timezone.now() + LATER) == 0


def test_keeping_takes_a_post_of_the_owner(member, visitor):
    assert member.get("/account/keep/").status_code == 405
    assert visitor.post("/account/keep/").headers["Location"].startswith("/accounts/login/")


def test_nothing_is_erased_before_the_time_is_over(member):
    asked(member)

    assert deletion.erase_due(timezone.now() + timedelta(days=13, hours=23)) == 0
    assert User.objects.filter(pk=member.user.pk).exists()


def fill(user):
    """Something of every kind for `user`."""
    user.bookmarks.create(article=factories.make_article())
    ContactMessage.objects.create(name="Me", email=user.email, message="Hello")
    subscriber = subscriptions.subscribe_account(
        user.email, cadence=Cadence.EACH, topics=[], language="en", now=timezone.now()
    )
    Authenticator.objects.create(user=user, type="webauthn", data={"name": "Key"})
    EmailMessage("Old", "Body", to=[user.email]).send()
    OutgoingMail.objects.create(recipients=[user.email], message=b"Subject: Old\r\n\r\n")
    return subscriber


def failed_delivery(subscriber):
    return Delivery.objects.create(
        issue=Issue.objects.create(subject="News", slug="news"),
        subscriber=subscriber,
        state="failed",
        answer=f"550 <{subscriber.email}> unknown",
    )


def test_everything_of_the_person_is_erased(member):
    user, email = member.user, member.user.email
    factories.sign_in(Client(), user)
    fill(user)
    deletion.ask(user, now=timezone.now())

    assert deletion.erase_due(timezone.now() + LATER) == 1

    assert not User.objects.filter(pk=user.pk).exists()
    assert not EmailAddress.objects.filter(email=email).exists()
    assert not Subscriber.objects.filter(email=email).exists()
    assert not ContactMessage.objects.exists()
    assert not Authenticator.objects.exists()
    assert not UserSession.objects.exists()
    assert not OutgoingMail.objects.filter(message__contains=b"Subject: Old").exists()


def test_evidence_stays_without_identity(member):
    user = member.user
    factories.press_the_button(factories.sign_in(Client(), user))
    delivery = failed_delivery(fill(user))
    suppression.suppress(user.email, Suppression.Reason.BOUNCE, "550", timezone.now())
    assert Attestation.objects.filter(user=user).exists()
    before = Attestation.objects.count()

    deletion.erase(user, now=timezone.now())

    delivery.refresh_from_db()
    assert (Attestation.objects.count(), Attestation.objects.filter(user__isnull=False).count()) == (
        before,
        0,
    )
    assert (delivery.subscriber, delivery.answer) == (None, "Erased with the subscriber.")
    assert suppression.suppressed([user.email]) == {user.email}


def test_owner_is_told_when_it_is_done_and_nobody_else(member):
    email = member.user.email
    deletion.ask(member.user, now=timezone.now())
    mail.outbox.clear()

    deletion.erase_due(timezone.now() + LATER)

    assert [(message.to, message.subject) for message in mail.outbox] == [
        ([email], "Your account has been deleted")
    ]


def test_erasing_again_finds_nothing(member):
    deletion.ask(member.user, now=timezone.now())
    deletion.erase_due(timezone.now() + LATER)
    mail.outbox.clear()

    assert deletion.erase_due(timezone.now() + LATER) == 0
    assert mail.outbox == []


def test_what_stops_half_way_leaves_the_account_whole_and_is_done_again(member, monkeypatch):
    fill(member.user)
    deletion.ask(member.user, now=timezone.now())
    with monkeypatch.context() as patch:
        broken = own_data.Part("Broken", lambda request: [], lambda user, now: 1 / 0)
        patch.setitem(own_data.PARTS, "zzz", broken)
        with pytest.raises(ZeroDivisionError):
            deletion.erase_due(timezone.now() + LATER)
    assert member.user.bookmarks.exists()
    assert Subscriber.objects.exists()

    assert deletion.erase_due(timezone.now() + LATER) == 1

    assert not User.objects.filter(pk=member.user.pk).exists()


def test_account_that_cannot_be_erased_keeps_no_other_waiting(member, monkeypatch):
    now, other = timezone.now(), factories.make_user()
    deletion.ask(member.user, now=now)
    deletion.ask(other, now=now + timedelta(seconds=1))

    def stumble(user, now):
        assert user != member.user, "cannot be erased"

    monkeypatch.setitem(own_data.PARTS, "zzz", own_data.Part("Broken", lambda request: [], stumble))
    with pytest.raises(AssertionError, match="cannot be erased"):
        deletion.erase_due(now + LATER)

    assert list(User.objects.all()) == [member.user]


def test_staff_leave_an_empty_row_that_the_log_names(editor):
    editor.post("/admin/articles/topic/add/", {"name": "New topic", "slug": "new-topic"})
    LogEntry.objects.log_actions(editor.user.pk, [editor.user], 2, "Changed.", single_object=True)
    email = editor.user.email

    deletion.erase(editor.user, now=timezone.now())

    left = User.objects.get(pk=editor.user.pk)
    assert (str(left), left.is_active, left.is_staff, left.groups.count()) == (
        "Deleted account",
        False,
        False,
        0,
    )
    assert email not in left.email
    assert LogEntry.objects.filter(user=left).exists()
    assert not LogEntry.objects.filter(object_repr__contains=email).exists()
    assert editor.get("/admin/").status_code != 200


def test_last_administrator_cannot_leave(client):
    client.user = factories.make_admin()
    client.force_login(client.user)

    response = confirm(client).post(PATH)

    client.user.refresh_from_db()
    assert response.status_code == 422
    assert "You are the only administrator" in response.content.decode()
    assert client.user.deletion_requested_at is None


def test_one_of_two_administrators_may_leave(client):
    factories.make_admin()
    client.user = factories.make_admin()
    client.force_login(client.user)

    asked(client)

    assert client.user.deletion_requested_at


def test_administrator_who_deletes_an_account_erases_it(client):
    user = factories.make_user(email="gone@example.org")
    fill(user)
    client.force_login(factories.make_admin())

    client.post(f"/admin/accounts/user/{user.pk}/delete/", {"post": "yes"})

    assert not User.objects.filter(pk=user.pk).exists()
    assert not Subscriber.objects.exists()
    assert not LogEntry.objects.filter(object_repr__contains="gone@example.org").exists()


def test_database_refuses_an_erased_account_that_still_holds_something(db):
    user = factories.make_user()

    with pytest.raises(IntegrityError, match="erased_account_is_empty"), transaction.atomic():
        User.objects.filter(pk=user.pk).update(erased_at=timezone.now())


def test_sessions_of_others_are_left_alone(member):
    other = factories.sign_in(Client(), factories.make_user())

    asked(member)

    assert Session.objects.filter(session_key=other.session.session_key).exists()
