"""`manage.py process_bounces`."""

import mailbox
import re
from datetime import timedelta
from email.header import Header
from email.utils import format_datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from newsletter import dsn, letters, links, subscriptions
from newsletter.links import Purpose
from newsletter.mail import unsubscribe_headers
from newsletter.models import Cadence, Subscriber, Suppression
from tests.factories import make_topic

from .returned import AUTO_REPLY, COMPLAINT, EXCHANGE, GMAIL, POSTFIX, octets
from .rows import make_delivery, make_follow, make_issue, make_subscriber

pytestmark = pytest.mark.django_db


def sent():
    delivery = make_delivery(
        make_issue(), state="handed_over", message_id="<x>", handed_over_at=timezone.now()
    )
    delivery.answered_at, delivery.message_id = delivery.handed_over_at, letters.message_id(delivery)
    delivery.save()
    return delivery


def process(*files):
    output = StringIO()
    call_command("process_bounces", *map(str, files), stdout=output)
    return output.getvalue().strip()


def box_with(box, *messages):
    for message in messages:
        box.add(message)
    box.close()


@pytest.fixture
def returned():
    """Four deliveries, and the mail about them among other mail."""
    hard, soft, late, complaint = deliveries = [sent() for _ in range(4)]
    mails = [
        octets(POSTFIX, id=hard.message_id),
        octets(EXCHANGE, id=hard.message_id),
        octets(GMAIL, id=soft.message_id),
        octets(POSTFIX, id=late.message_id, action="delayed", status="4.4.1"),
        octets(COMPLAINT, id=complaint.message_id),
        octets(POSTFIX),
        octets(AUTO_REPLY, id=late.message_id),
        octets(AUTO_REPLY) + b"x" * dsn.LONGEST,
    ]
    return deliveries, mails


@pytest.mark.parametrize("kind", [mailbox.mbox, mailbox.Maildir])
def test_mailbox_is_processed_and_read_again_changes_nothing(tmp_path, returned, kind):
    deliveries, mails = returned
    box_with(kind(tmp_path / "box"), *mails)

    first, again = process(tmp_path / "box"), process(tmp_path / "box")

    rest = "1 of no message of ours, 1 other mail, 1 unreadable"
    assert first == f"8 read, 1 permanent, 1 temporary, 1 delayed, 1 complaint, 1 known already, {rest}"
    assert again == f"8 read, 1 delayed, 4 known already, {rest}"
    for delivery in deliveries:
        delivery.refresh_from_db()
    assert [bool(one.bounced_at) for one in deliveries] == [True, True, False, False]
    assert [bool(one.complained_at) for one in deliveries] == [False, False, False, True]
    assert sorted(Suppression.objects.values_list("reason", flat=True)) == ["bounce", "complaint"]


def test_single_message_is_processed(tmp_path):
    delivery = sent()
    file = tmp_path / "returned.eml"
    file.write_bytes(octets(POSTFIX, id=delivery.message_id))

    assert process(file, file) == "2 read, 1 permanent, 1 known already"


def test_notice_that_names_another_address_does_nothing_to_that_one(tmp_path):
    delivery = sent()
    file = tmp_path / "forged.eml"
    file.write_bytes(octets(POSTFIX, id="<1.1.ffffffffffffffff@portal.example>"))

    assert process(file) == "1 read, 1 of no message of ours"
    delivery.refresh_from_db()
    assert (delivery.bounced_at, Suppression.objects.count()) == (None, 0)


def test_file_that_is_none_stops_before_anything_is_read(tmp_path):
    delivery = sent()
    file = tmp_path / "returned.eml"
    file.write_bytes(octets(POSTFIX, id=delivery.message_id))

    for wrong in (tmp_path, tmp_path / "missing"):
        with pytest.raises(CommandError, match="is no mbox, Maildir or message"):
            process(file, wrong)

    delivery.refresh_from_db()
    assert delivery.bounced_at is None


@pytest.mark.parametrize(
    "content", [b"", b"\0", b"From ", b"From x\n\n" * 1000, b"From x\n\xff\xfe"], ids=range(5)
)
def test_hostile_file_is_read(tmp_path, content):
    file = tmp_path / "box"
    file.write_bytes(content)

    assert "read" in process(file)


# --- mail from people who want to leave


def asking(subscriber, settings, purpose=Purpose.LEAVE, at=None, subject="{}"):
    """What a mail program sends after a press on its own button to unsubscribe."""
    settings.NEWSLETTER_LEAVE_MAILBOX = "leave@hub.example"
    header = unsubscribe_headers(subscriber, now=timezone.now(), purpose=purpose)["List-Unsubscribe"]
    stated = re.search(r"<mailto:leave@hub\.example\?subject=([^>]+)>", header)[1]
    date = format_datetime(at or timezone.now())
    return f"From: x@y.example\nDate: {date}\nSubject: {subject.format(stated)}\n\nPlease.\n".encode()


def test_who_asks_by_mail_leaves_the_newsletter_and_keeps_what_is_followed(tmp_path, settings):
    asked = timezone.now() - timedelta(days=1)
    leaver, other = make_subscriber(requested_at=asked), make_subscriber()
    make_follow(leaver, topic=make_topic())
    file = tmp_path / "one.eml"
    file.write_bytes(asking(leaver, settings))

    counts = [process(file), process(file)]

    leaver.refresh_from_db()
    assert counts == ["1 read, 1 left", "1 read, 1 known already"]
    assert (leaver.is_active, leaver.cadence, leaver.follows.count()) == (True, Cadence.NONE, 1)
    assert Subscriber.objects.get(pk=other.pk).cadence == Cadence.EACH


def test_who_asks_by_mail_stops_following(tmp_path, settings):
    follower = make_subscriber()
    make_follow(follower, topic=make_topic())
    file = tmp_path / "one.eml"
    file.write_bytes(asking(follower, settings, Purpose.UNFOLLOW_ALL))

    counts = [process(file), process(file)]

    follower.refresh_from_db()
    assert counts == ["1 read, 1 left", "1 read, 1 known already"]
    assert (follower.is_active, follower.cadence, follower.follows.count()) == (True, Cadence.EACH, 0)


def test_subject_may_be_encoded_and_have_more_in_it(tmp_path, settings):
    asked = timezone.now() - timedelta(days=1)
    leavers = [make_subscriber(requested_at=asked) for _ in range(2)]
    path = links.path(Purpose.LEAVE, leavers[1], now=timezone.now())
    encoded = Header(links.mail_subject(path), "utf-8").encode(linesep="\n")
    (tmp_path / "1.eml").write_bytes(asking(leavers[0], settings, subject="Re: {} please"))
    (tmp_path / "2.eml").write_bytes(f"Subject: {encoded}\n\n\n".encode())

    count = process(tmp_path / "1.eml", tmp_path / "2.eml")

    assert count == "2 read, 2 left"
    assert not Subscriber.objects.active().exists()


def test_mailbox_that_is_read_again_does_not_end_what_began_later(tmp_path, settings):
    subscriber = make_subscriber()
    file = tmp_path / "one.eml"
    file.write_bytes(asking(subscriber, settings, at=timezone.now() - timedelta(hours=1)))
    Subscriber.objects.update(requested_at=timezone.now() - timedelta(days=1))
    process(file)
    anew = {"cadence": Cadence.EACH, "topics": [], "language": "en", "now": timezone.now()}
    subscriptions.subscribe_account(subscriber.email, **anew)

    assert process(file) == "1 read, 1 known already"
    assert Subscriber.objects.active().exists()


@pytest.mark.parametrize(
    ("subject", "count"),
    [
        ("unsubscribe", "1 other mail"),
        ("leave.1.abc." + "x" * 43, "1 of no message of ours"),
        ("preferences.1.abc." + "x" * 43, "1 other mail"),
        ("=?nonsense?b?x?=", "1 other mail"),
        ("=?utf-8?b?AAA?= \udcff\0", "1 other mail"),
    ],
)
def test_mail_that_names_nobody_changes_nothing(tmp_path, subject, count):
    make_subscriber()
    file = tmp_path / "one.eml"
    file.write_bytes(f"Date: nonsense\nSubject: {subject}\n\n\n".encode(errors="surrogateescape"))

    assert process(file) == f"1 read, {count}"
    assert Subscriber.objects.active().exists()
