"""What bounces and complaints do to deliveries, subscriptions and the suppression list."""

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter import lifecycle, sending
from newsletter.bounces import is_permanent, note_bounce, note_complaint, note_refused, status_in
from newsletter.models import Suppression
from newsletter.suppression import suppress, suppressed
from portal import lanes
from tests.factories import make_topic

from .rows import make_delivery, make_follow, make_issue, make_subscriber
from .sending import being_sent, send

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HARD = {"permanent": True, "detail": "550 5.1.1 no such user", "now": NOW}
SOFT = {"permanent": False, "detail": "452 4.2.2 mailbox full", "now": NOW}


@pytest.fixture
def subscriber():
    return make_subscriber("reader@example.org")


def sent(subscriber, day=0, **fields):
    """A delivery handed over `day` days after the first."""
    at = NOW - timedelta(days=100 - day)
    issue = make_issue(status="sending", send_at=at, queued_at=at)
    values = {
        "state": "handed_over",
        "handed_over_at": at,
        "answered_at": at,
        "message_id": f"<{issue.pk}@x>",
    }
    return make_delivery(issue, subscriber, **(values | fields))


def fresh(row):
    row.refresh_from_db()
    return row


def is_suppressed(email="reader@example.org"):
    return bool(suppressed([email]))


# --- permanent


def test_permanent_bounce_marks_the_delivery_and_suppresses_the_address(subscriber):
    delivery = sent(subscriber)

    changed = note_bounce(message_id=delivery.message_id, **HARD)

    row = Suppression.objects.get()
    assert (changed, fresh(delivery).bounced_at) == (True, NOW)
    assert (row.reason, row.detail, is_suppressed()) == ("bounce", "550 5.1.1 no such user", True)
    assert delivery.answer == "Came back for good: 550 5.1.1 no such user"
    assert fresh(subscriber).is_active


def test_same_bounce_again_changes_nothing_even_after_the_address_was_taken_off_the_list(subscriber):
    delivery = sent(subscriber)
    note_bounce(message_id=delivery.message_id, **HARD)
    Suppression.objects.all().delete()

    again = note_bounce(message_id=delivery.message_id, **HARD | {"now": NOW + timedelta(days=1)})

    assert (again, fresh(delivery).bounced_at, is_suppressed()) == (False, NOW, False)


def test_bounce_of_somebody_erased_suppresses_whom_a_trusted_source_names(subscriber):
    delivery = sent(subscriber)
    subscriber.delete()

    changed = note_bounce(message_id=delivery.message_id, email="reader@example.org", **HARD)

    assert (changed, is_suppressed()) == (True, True)


def test_bounce_of_somebody_erased_without_a_name_marks_the_delivery(subscriber):
    delivery = sent(subscriber)
    subscriber.delete()

    assert note_bounce(message_id=delivery.message_id, **HARD)
    assert (fresh(delivery).bounced_at, Suppression.objects.count()) == (NOW, 0)


def test_bounce_of_an_unknown_message_concerns_a_subscriber_alone(subscriber):
    first = note_bounce(message_id="<other@x>", email="Reader@Example.org", **HARD)
    again = note_bounce(email="reader@example.org", **HARD)
    stranger = note_bounce(message_id="<other@x>", email="stranger@example.org", **HARD)
    nobody = note_bounce(**HARD)

    assert (first, again, stranger, nobody) == (True, False, False, False)
    assert (Suppression.objects.count(), is_suppressed()) == (1, True)


def test_temporary_bounce_without_a_delivery_is_nothing(subscriber):
    assert not note_bounce(email=subscriber.email, **SOFT)
    assert fresh(subscriber).soft_bounces == 0


@pytest.mark.parametrize("text", ["\0", "a\0b\ud800", "x" * 1_000_000], ids=["nul", "surrogate", "long"])
def test_hostile_notice_is_stored_or_unknown(subscriber, text):
    delivery = sent(subscriber)

    assert not note_bounce(message_id=text, email=text, **HARD)
    assert not note_complaint(message_id=text, email=text, detail=text, now=NOW)
    assert note_bounce(message_id=delivery.message_id, **HARD | {"detail": text})


# --- temporary


def bounce(deliveries, **fields):
    return [note_bounce(message_id=one.message_id, **SOFT | fields) for one in deliveries]


def test_five_temporary_bounces_in_a_row_suppress_the_address(subscriber):
    deliveries = [sent(subscriber, day) for day in range(5)]

    bounce(deliveries[:4])
    assert (fresh(subscriber).soft_bounces, is_suppressed()) == (4, False)

    bounce(deliveries[4:])
    assert (fresh(subscriber).soft_bounces, is_suppressed()) == (5, True)
    assert Suppression.objects.get().detail == "5 in a row, the last one: 452 4.2.2 mailbox full"


def test_same_temporary_bounce_counts_once(subscriber):
    delivery = sent(subscriber)

    assert bounce([delivery] * 6) == [True, False, False, False, False, False]
    assert (fresh(subscriber).soft_bounces, is_suppressed()) == (1, False)


def test_delivery_that_arrived_between_them_ends_the_row(subscriber):
    deliveries = [sent(subscriber, day) for day in range(6)]

    bounce(deliveries[:4])
    bounce(deliveries[5:])

    assert (fresh(subscriber).soft_bounces, is_suppressed()) == (1, False)


def test_order_of_the_notices_does_not_matter(subscriber):
    deliveries = [sent(subscriber, day) for day in range(6)]

    bounce(reversed(deliveries[:5]))

    assert is_suppressed()  # the sixth may yet come back, or not


def test_delivery_whose_fate_nobody_knows_counts_neither_way(subscriber):
    deliveries = [sent(subscriber, day) for day in (0, 1, 3, 4, 5)]
    sent(subscriber, 2, answered_at=None)

    bounce(deliveries)

    assert is_suppressed()


def test_temporary_bounce_may_turn_out_to_be_permanent_but_not_the_reverse(subscriber):
    delivery = sent(subscriber)

    first = note_bounce(message_id=delivery.message_id, **SOFT)
    worse = note_bounce(message_id=delivery.message_id, **HARD)
    better = note_bounce(message_id=delivery.message_id, **SOFT)

    assert (first, worse, better, is_suppressed()) == (True, True, False, True)
    assert fresh(delivery).answer.startswith("Came back for good")


# --- complaints


def test_complaint_ends_subscription_and_follows_and_suppresses(subscriber):
    delivery = sent(subscriber)
    make_follow(subscriber, topic=make_topic())

    changed = note_complaint(message_id=delivery.message_id, detail="abuse", now=NOW)
    again = note_complaint(message_id=delivery.message_id, detail="abuse", now=NOW + timedelta(days=1))

    assert (changed, again) == (True, False)
    assert (fresh(delivery).complained_at, delivery.left_at) == (NOW, NOW)
    assert (fresh(subscriber).left_at, subscriber.is_active, subscriber.follows.count()) == (NOW, False, 0)
    assert (Suppression.objects.get().reason, is_suppressed()) == ("complaint", True)


def test_complaint_about_an_unknown_message_concerns_a_subscriber_alone(subscriber):
    stranger = note_complaint(email="stranger@example.org", detail="", now=NOW)
    changed = note_complaint(email="reader@example.org", detail="", now=NOW)

    assert (stranger, changed, fresh(subscriber).is_active) == (False, True, False)


# --- refused at delivery


@pytest.mark.parametrize(
    "answer",
    [
        "550 5.1.1 <reader@example.org>: Recipient address rejected: User unknown",
        "550 No such user here",
        "550 reader@example.org... Mailbox not found",
        "550 5.1.1 The email account that you tried to reach does not exist",
        "553 unknown recipient",
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound",
    ],
)
def test_refusal_for_want_of_a_mailbox_is_a_permanent_bounce(sink, answer):
    issue = being_sent()
    delivery = issue.deliveries.get()
    sink.refusals = {delivery.subscriber.email: [answer]}
    send()

    counted, again = note_refused(timezone.now()), note_refused(timezone.now())

    assert (counted, again) == (1, 0)
    assert fresh(delivery).bounced_at
    assert suppressed([delivery.subscriber.email])
    assert delivery.answer == Suppression.objects.get().detail == answer


@pytest.mark.parametrize(
    "answer",
    [
        "550 5.7.1 Message refused: user unknown to our filter",
        "550 5.2.2 mailbox full",
        "550 sender address does not exist",
        "554 5.7.1 spam",
        "550 not today",
        "450 4.1.1 user unknown",
        "Nothing: 550 user unknown",
    ],
)
def test_other_refusals_are_no_bounces(subscriber, answer):
    sent(subscriber, 99, state="failed", answer=answer)

    assert (note_refused(NOW), is_suppressed()) == (0, False)


def test_worker_counts_refusals(subscriber):
    sent(subscriber, 99, state="failed", answer="550 user unknown")

    lanes.upkeep()(NOW, lambda: False)

    assert is_suppressed()


def test_refusals_of_old_issues_and_of_nobody_are_handled(subscriber):
    sent(subscriber, 1, state="failed", answer="550 user unknown")
    erased = sent(make_subscriber(), 99, state="failed", answer="550 user unknown")
    erased.subscriber.delete()

    assert (note_refused(NOW), Suppression.objects.count()) == (1, 0)


def test_failed_that_is_queued_anew_has_not_bounced(subscriber):
    delivery = sent(subscriber, 99, state="failed", answer="550 user unknown")
    note_refused(NOW)

    lifecycle.retry_failed(delivery.issue, now=NOW)

    assert (fresh(delivery).state, delivery.bounced_at) == ("queued", None)


def test_suppressed_address_gets_no_issue(sink):
    issue = being_sent()
    delivery = issue.deliveries.get()
    suppress(delivery.subscriber.email, Suppression.Reason.BOUNCE, "", NOW)

    send(engine=sending.Engine())

    assert (sink.taken, fresh(delivery).state) == ([], "suppressed")


# --- reading what servers say


@pytest.mark.parametrize(
    ("text", "status", "permanent"),
    [
        ("smtp; 550 5.1.1 unknown", "5.1.1", True),
        ("550-5.1.1 unknown", "5.1.1", True),
        ("550 unknown", "5.0.0", True),
        ("552 full", "5.2.2", False),
        ("554 no", "5.7.0", False),
        ("452 later", "4.0.0", False),
        ("connect to 5.1.1.7: refused", "", False),
        ("host mx[192.0.5.1.1]: 550 no", "5.0.0", True),
        ("", "", False),
    ],
)
def test_status_is_found_in_the_words_of_a_server(text, status, permanent):
    assert (status_in(text), is_permanent(status_in(text))) == (status, permanent)
