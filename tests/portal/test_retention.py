"""Everything goes at the end of its period: a day before it is there, a day after it is not."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts import audit
from accounts.models import Attestation, Statement, User
from newsletter.models import Delivery, Issue, Subscriber
from portal import lanes, retention
from portal.models import ConsentNotice, ConsentRecord, ContactMessage, OutgoingMail, Page
from tests import factories
from tests.production import evaluate, run

pytestmark = pytest.mark.django_db


def unconfirmed_account(at):
    user = User.objects.create_user("new@example.org", date_joined=at)
    user.emailaddress_set.create(email=user.email, verified=False, primary=True)


def outgoing_mail(at):
    OutgoingMail.objects.create(recipients=["a@example.org"], message=b"", sent_at=at)


def given_up_mail(at):
    OutgoingMail.objects.create(recipients=["a@example.org"], message=b"", failed_at=at)


def contact_message(at):
    ContactMessage.objects.create(name="A", email="a@example.org", message="Hello")
    ContactMessage.objects.update(created_at=at)


def request_for_the_newsletter(at):
    Subscriber.objects.create(email="a@example.org", wording_version=1, requested_at=at)


def left_subscriber(at):
    began = at - timedelta(days=1)
    Subscriber.objects.create(
        email="a@example.org", wording_version=1, requested_at=began, confirmed_at=began, left_at=at
    )


def declaration(at):
    Attestation.objects.create(statement=Statement.objects.current(), attested_at=at)


def choice(at):
    ConsentRecord.objects.create(
        notice=ConsentNotice.objects.current(), statistics=True, third_party=False, decided_at=at
    )


def log_entry(at):
    with time_machine.travel(at, tick=False):
        audit.note(factories.make_editor(), "Did it.")


KINDS = {
    unconfirmed_account: (User, "UNCONFIRMED_ACCOUNT_DAYS"),
    outgoing_mail: (OutgoingMail, "OUTBOX_SENT_DAYS"),
    given_up_mail: (OutgoingMail, "OUTBOX_FAILED_DAYS"),
    contact_message: (ContactMessage, "CONTACT_MESSAGE_DAYS"),
    request_for_the_newsletter: (Subscriber, "UNCONFIRMED_SUBSCRIPTION_DAYS"),
    left_subscriber: (Subscriber, "LEFT_SUBSCRIPTION_DAYS"),
    declaration: (Attestation, "EVIDENCE_DAYS"),
    choice: (ConsentRecord, "EVIDENCE_DAYS"),
    log_entry: (LogEntry, "AUDIT_DAYS"),
}


def retain(*arguments):
    output = StringIO()
    call_command("retain", *arguments, stdout=output)
    return output.getvalue()


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_it_stays_to_the_end_of_its_period_and_goes_after_it(make, settings):
    model, name = KINDS[make]
    now = timezone.now()
    setattr(settings, name, 100)
    make(now - timedelta(days=99, hours=23))
    retain()
    assert model.objects.count() == 1

    setattr(settings, name, 99)
    printed = retain()

    assert model.objects.count() == 0
    assert "       1  " in printed


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_dry_run_counts_and_changes_nothing(make):
    model, _ = KINDS[make]
    make(timezone.now() - timedelta(days=4000))

    printed = retain("--dry-run")

    assert "       1  " in printed
    assert model.objects.count() == 1


def test_second_run_finds_nothing():
    for make in KINDS:
        if make is not left_subscriber:  # it has the address of the request
            make(timezone.now() - timedelta(days=4000))
    retain()

    printed = retain()

    assert {line.split()[0] for line in printed.splitlines()} == {"0"}


def test_confirmed_account_stays_however_old():
    user = factories.make_user(date_joined=timezone.now() - timedelta(days=4000))

    retain()

    assert User.objects.filter(pk=user.pk).exists()


def test_account_that_is_confirmed_while_others_are_erased_stays(monkeypatch):
    accounts = [factories.make_user(date_joined=timezone.now() - timedelta(days=400)) for _ in range(2)]
    for account in accounts:
        EmailAddress.objects.update_or_create(
            user=account, email=account.email, defaults={"verified": False, "primary": True}
        )
    erase = retention.deletion.erase

    def erase_while_the_other_confirms(user, **options):
        EmailAddress.objects.exclude(user=user).update(verified=True)
        erase(user, **options)

    monkeypatch.setattr(retention.deletion, "erase", erase_while_the_other_confirms)

    call_command("retain", stdout=StringIO())

    assert User.objects.filter(pk__in=[account.pk for account in accounts]).count() == 1


def test_account_that_an_administrator_made_stays():
    User.objects.create_user("made@example.org", date_joined=timezone.now() - timedelta(days=4000))

    retain()

    assert User.objects.exists()


def test_ended_session_goes_with_what_was_noted_of_the_browser():
    client = factories.sign_in(Client(), factories.make_user())
    alive = factories.sign_in(Client(), factories.make_user())
    Session.objects.filter(session_key=client.session.session_key).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )

    retain()

    assert not Session.objects.filter(session_key=client.session.session_key).exists()
    assert [row.session_key for row in UserSession.objects.all()] == [alive.session.session_key]


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"state": "failed", "answer": "550 a@example.org"}, "Removed after its period."),
        ({"state": "queued"}, None),
    ],
)
def test_old_delivery_says_no_longer_to_whom(fields, answer):
    subscriber = Subscriber.objects.create(
        email="a@example.org", wording_version=1, confirmed_at=timezone.now()
    )
    Delivery.objects.create(
        issue=Issue.objects.create(subject="News", slug="news"),
        subscriber=subscriber,
        not_before=timezone.now() - timedelta(days=4000),
        **fields,
    )

    retain()

    row = Delivery.objects.get()
    assert (row.subscriber, row.answer) == ((None, answer) if answer else (subscriber, ""))


def test_name_of_a_deleted_message_leaves_the_log_too():
    contact_message(timezone.now() - timedelta(days=4000))
    audit.note(factories.make_editor(), "Answered.", ContactMessage.objects.get())

    retain()

    assert LogEntry.objects.get().object_repr == ""


def test_worker_retains_once_a_day():
    outgoing_mail(timezone.now() - timedelta(days=4000))

    lanes.tidy(timezone.now())

    assert not OutgoingMail.objects.exists()


def test_privacy_page_lists_every_period(visitor, settings):
    settings.CONTACT_MESSAGE_DAYS = 77

    page = visitor.get(Page.objects.get(slug="privacy").get_absolute_url()).content.decode()

    for rule in retention.rules():
        assert rule.what in page
    assert "77 days" in page


def test_evidence_must_outlive_what_it_proves(monkeypatch):
    assert evaluate("settings.EVIDENCE_DAYS") == "2557"

    monkeypatch.setitem(run.__globals__["ENVIRONMENT"], "EVIDENCE_DAYS", "365")

    assert "EVIDENCE_DAYS must be more than" in run("manage.py", "check").stderr
