"""A provider's signed reports of bounces and complaints, over HTTP."""

import base64
import hashlib
import hmac
import json
from types import ModuleType

import pytest
from anymail.backends.postmark import EmailBackend
from anymail.exceptions import AnymailInsecureWebhookWarning
from django.test import Client
from django.urls import clear_url_caches, include, path
from django.utils import timezone

from accounts.access import Audience, audience_of
from newsletter import letters, webhooks
from newsletter.models import Follow, Subscriber, Suppression
from newsletter.sending import Engine
from newsletter.sending.transports import Prepared
from newsletter.suppression import suppressed
from portal import urls
from tests.factories import make_topic
from tests.routes import walk

from .rows import make_delivery, make_follow, make_issue, make_subscriber
from .sending import being_sent, send

pytestmark = pytest.mark.django_db
POSTMARK = "/newsletter/webhooks/postmark/tracking/"
MAILGUN = "/newsletter/webhooks/mailgun/tracking/"
SECRET = "postmark:long and random"
KEY = "mailgun's signing key"


@pytest.fixture
def choose(settings):
    """Makes a provider the newsletter's, with the site's addresses as they are then."""

    def chosen(backend, **anymail):
        settings.NEWSLETTER_EMAIL_BACKEND, settings.ANYMAIL = backend, anymail
        site = ModuleType("site_with_webhooks")
        site.urlpatterns = [path("newsletter/webhooks/", include(webhooks.routes())), *urls.urlpatterns]
        for name in ("handler400", "handler403", "handler404", "handler500"):
            setattr(site, name, getattr(urls, name))
        settings.ROOT_URLCONF = site

    yield chosen
    clear_url_caches()


@pytest.fixture
def postmark(choose):
    choose("anymail.backends.postmark.EmailBackend", WEBHOOK_SECRET=SECRET)


@pytest.fixture
def mailgun(choose):
    choose("anymail.backends.mailgun.EmailBackend", MAILGUN_WEBHOOK_SIGNING_KEY=KEY)


@pytest.fixture
def delivery():
    row = make_delivery(make_issue(), make_subscriber("reader@example.org"))
    row.state, row.handed_over_at, row.message_id = "handed_over", timezone.now(), letters.message_id(row)
    row.save()
    return row


def post(address, body, secret=None):
    """A provider's request: no cookie, no token; the answer also when the site fails."""
    headers = {"Authorization": "Basic " + base64.b64encode(secret.encode()).decode()} if secret else {}
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    return client.post(address, octets, content_type="application/json", headers=headers)


def report(delivery=None, **fields):
    """As Postmark documents it."""
    values = {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "ID": 4323372036854775807,
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Email": "reader@example.org",
        "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
        "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist",
        "BouncedAt": "2026-11-22T10:00:00Z",
        "Metadata": {"message_id": delivery.message_id} if delivery else {},
    }
    return values | fields


def event(delivery, kind="failed", key=KEY, **fields):
    """As Mailgun documents it."""
    token = "a" * 50
    signature = hmac.new(key.encode(), f"1700000000{token}".encode(), hashlib.sha256).hexdigest()
    values = {
        "event": kind,
        "severity": "permanent",
        "reason": "bounce",
        "timestamp": 1700000000.1,
        "recipient": "reader@example.org",
        "message": {"headers": {"message-id": "1@provider"}},
        "delivery-status": {"code": 550, "message": "5.1.1 no such user", "description": ""},
        "user-variables": {"message_id": delivery.message_id},
    }
    signed = {"token": token, "timestamp": "1700000000", "signature": signature}
    return {"signature": signed, "event-data": values | fields}


def fate(delivery):
    delivery.refresh_from_db()
    return bool(delivery.bounced_at), bool(delivery.complained_at), len(suppressed(["reader@example.org"]))


def test_bounce_with_the_secret_is_noted_and_again_changes_nothing(postmark, delivery):
    first = post(POSTMARK, report(delivery), SECRET)
    before = fate(delivery)
    bounced_at = delivery.bounced_at
    again = post(POSTMARK, report(delivery), SECRET)

    assert (first.status_code, again.status_code) == (200, 200)
    assert before == fate(delivery) == (True, False, 1)
    assert (delivery.bounced_at, Suppression.objects.count()) == (bounced_at, 1)


@pytest.mark.parametrize(("asked", "is_active"), [("2023-11-01", False), ("2023-12-01", True)])
def test_who_unsubscribes_at_the_provider_leaves_unless_they_came_back(mailgun, delivery, asked, is_active):
    follow = make_follow(delivery.subscriber, topic=make_topic())
    Subscriber.objects.update(requested_at=f"{asked}T00:00Z")

    answers = [post(MAILGUN, event(delivery, "unsubscribed")) for _ in range(2)]  # of 14 November 2023

    assert [answer.status_code for answer in answers] == [200, 200]
    assert Subscriber.objects.get().is_active is is_active
    assert list(Follow.objects.all()) == [follow] * is_active
    assert fate(delivery) == (False, False, 0)


def test_reports_of_a_whole_issue_are_not_too_often(postmark, delivery, settings):
    settings.ACCOUNT_RATE_LIMITS = {"form": "0/m/ip"}

    assert post(POSTMARK, report(delivery), SECRET).status_code == 200


@pytest.mark.parametrize("secret", [None, "postmark:wrong", "postmark", ":", "\xff:\xff"])
def test_bounce_without_the_secret_is_refused(postmark, delivery, secret):
    answer = post(POSTMARK, report(delivery), secret)

    assert answer.status_code in (400, 403)
    assert fate(delivery) == (False, False, 0)


def test_without_any_secret_nobody_may_report(choose, delivery):
    choose("anymail.backends.postmark.EmailBackend")

    with pytest.warns(AnymailInsecureWebhookWarning):
        answer = post(POSTMARK, report(delivery))

    assert answer.status_code == 403
    assert fate(delivery) == (False, False, 0)


def test_signature_is_checked(mailgun, delivery):
    forged = post(MAILGUN, event(delivery, key="a guess"))
    unharmed = fate(delivery)
    signed = post(MAILGUN, event(delivery))

    assert (forged.status_code, unharmed) == (400, (False, False, 0))
    assert (signed.status_code, fate(delivery)) == (200, (True, False, 1))


def test_complaint_ends_the_subscription(postmark, delivery):
    answer = post(POSTMARK, report(delivery, RecordType="SpamComplaint", Type="SpamComplaint"), SECRET)

    assert (answer.status_code, fate(delivery)) == (200, (False, True, 1))
    delivery.subscriber.refresh_from_db()
    assert not delivery.subscriber.is_active


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"Type": "SoftBounce"}, (True, False, 0)),
        ({"Details": "smtp;552 5.2.2 mailbox full"}, (True, False, 0)),
        ({"Details": "smtp;550 5.7.1 blocked"}, (True, False, 0)),
        ({"Details": "", "Description": ""}, (True, False, 1)),
        ({"Type": "BadEmailAddress", "Details": ""}, (True, False, 1)),
        ({"Type": "Transient"}, (False, False, 0)),
        ({"Type": "Blocked"}, (False, False, 0)),
        ({"Type": "VirusNotification", "Details": "", "Description": ""}, (True, False, 0)),
        ({"RecordType": "Delivery"}, (False, False, 0)),
        ({"RecordType": "Open"}, (False, False, 0)),
    ],
)
def test_kinds_of_reports_are_told_apart(postmark, delivery, fields, expected):
    answer = post(POSTMARK, report(delivery, **fields), SECRET)

    assert (answer.status_code, fate(delivery)) == (200, expected)


@pytest.mark.parametrize(("severity", "expected"), [("permanent", True), ("temporary", False)])
def test_provider_that_still_tries_reports_no_bounce(mailgun, delivery, severity, expected):
    post(MAILGUN, event(delivery, severity=severity))

    assert fate(delivery)[0] is expected


def test_report_about_no_message_of_ours_concerns_a_subscriber_alone(postmark, delivery):
    unknown = {"message_id": "<1.1.0000@portal.example>"}

    answers = [
        post(POSTMARK, report(Metadata=unknown, Email="stranger@example.org"), SECRET),
        post(POSTMARK, report(Metadata=unknown), SECRET),
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert fate(delivery) == (False, False, 1)
    assert Suppression.objects.count() == 1


HOSTILE = [
    b" ",
    b"{",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"[1]",
    b'"x"',
    b"{}",
    b"[" * 100_000,
    json.dumps({"RecordType": "Bounce", "Type": {}}).encode(),
    json.dumps({"RecordType": [], "Type": "HardBounce"}).encode(),
    json.dumps(report(Metadata=[1], Email=["a"], BouncedAt=7)).encode(),
    json.dumps(report(Metadata={"message_id": ["\0"]}, Email={"a": 1}, Details=5)).encode(),
    json.dumps(report(Metadata={"message_id": "\0\ud800"}, Email="\0\ud800", Details="\0\ud800")).encode(),
    json.dumps(report(Email="x" * 1_000_000, Details="5." * 200_000)).encode(),
    json.dumps({"signature": 1}).encode(),
    json.dumps({"signature": {"token": "é", "timestamp": 1, "signature": "é"}}).encode(),
    json.dumps({"signature": {"token": [], "timestamp": {}, "signature": None}}).encode(),
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize(("provider", "address"), [("postmark", POSTMARK), ("mailgun", MAILGUN)])
def test_hostile_body_breaks_nothing(request, delivery, provider, address, body):
    request.getfixturevalue(provider)

    answer = post(address, body, SECRET)

    assert answer.status_code in (200, 400)
    assert fate(delivery) == (False, False, 0)


@pytest.mark.parametrize(
    "given", [None, [], "x", 7, {"message": 1}, {"event": []}, {"recipient": "a"}], ids=repr
)
def test_signed_nonsense_breaks_nothing(mailgun, delivery, given):
    body = event(delivery)
    body["event-data"] = given

    assert post(MAILGUN, body).status_code in (200, 400)
    assert fate(delivery) == (False, False, 0)


def test_our_failure_asks_the_provider_to_try_again(postmark, delivery, monkeypatch):
    def fail(**about):
        raise ValueError

    monkeypatch.setattr("newsletter.bounces.note_bounce", fail)

    assert post(POSTMARK, report(delivery), SECRET).status_code == 500


def test_too_long_body_is_refused(postmark):
    assert post(POSTMARK, b" " * (2 * 1024 * 1024 + 1), SECRET).status_code == 413


def test_only_the_provider_that_is_set_has_an_address_and_it_is_public(postmark, visitor):
    routes = [route for route in walk() if "webhooks" in route.path]

    assert [route.path for route in routes] == [POSTMARK]
    assert audience_of(routes[0].view, routes[0].namespaces) == Audience.PUBLIC
    assert visitor.get(POSTMARK).status_code == 405
    assert post(MAILGUN, {}).status_code == 404


@pytest.mark.parametrize(
    "backend", ["", "django.core.mail.backends.smtp.EmailBackend", "anymail.backends.test.EmailBackend"]
)
def test_without_a_provider_there_is_no_webhook(choose, backend):
    choose(backend)

    assert webhooks.routes() == []
    assert post(POSTMARK, {}).status_code == 404


def test_provider_is_told_the_message_id_that_its_reports_bring_back(postmark, settings):
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "t"}
    octets = b"From: Hub <hub@portal.example>\r\nMessage-ID: <1.2.ab@portal.example>\r\n\r\nGood morning.\r\n"
    message = Prepared("hub@portal.example", "reader@example.org", octets)

    payload = EmailBackend().build_message_payload(message, {})

    assert payload.data["Metadata"] == {"message_id": "<1.2.ab@portal.example>"}


def test_issue_is_stopped_when_the_provider_chooses_the_return_path(postmark, settings):
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "t"}
    settings.NEWSLETTER_RETURN_PATH = "bounces@portal.example"
    issue = being_sent()

    send(engine=Engine())

    issue.refresh_from_db()
    assert (issue.status, issue.deliveries.get().state) == ("stopped", "queued")
    assert "Postmark does not support envelope_sender" in issue.stop_reason
