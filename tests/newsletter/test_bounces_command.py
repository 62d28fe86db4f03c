"""`manage.py process_bounces`."""

import mailbox
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from newsletter import dsn, letters
from newsletter.models import Suppression

from .returned import AUTO_REPLY, COMPLAINT, EXCHANGE, GMAIL, POSTFIX, octets
from .rows import make_delivery, make_issue

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
