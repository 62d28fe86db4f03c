from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection
from django.utils import timezone

from newsletter import leaving, subscriptions
from newsletter.links import BadLink, Purpose
from newsletter.models import Cadence, Status, Subscriber, Suppression
from newsletter.suppression import suppress
from portal.models import OutgoingMail
from portal.outbox import deliver_due
from tests.factories import make_topic

from .mailbox import link, paths
from .rows import make_subscriber

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def ask(email="reader@example.org", at=NOW, **fields):
    values = {"source": "/articles/", "topics": [], "language": "en"}
    subscriptions.ask(email, **(values | fields), now=at)
    return Subscriber.objects.get(email__iexact=email)


def token(purpose):
    return link(purpose).split("/")[-2]


def confirmed(at=NOW):
    ask(at=at)
    return subscriptions.confirm(token("confirm"), now=at)


def test_request_keeps_the_evidence_and_mails_one_link():
    topic = make_topic()

    subscriber = ask(topics=[topic])

    assert (subscriber.source, subscriber.language, subscriber.requested_at) == ("/articles/", "en", NOW)
    assert subscriber.wording_version == subscriptions.WORDING_VERSION
    assert list(subscriber.topics.all()) == [topic]
    assert subscriber.status == Status.ASKED
    assert [message.to for message in mail.outbox] == [["reader@example.org"]]


def test_request_in_other_letters_is_the_same():
    ask("Reader@Example.org")

    subscriber = ask("READER@example.ORG", at=NOW + timedelta(minutes=11), source="/later/")

    assert Subscriber.objects.count() == 1
    assert (subscriber.email, subscriber.source) == ("Reader@Example.org", "/later/")


def test_request_that_mails_no_link_does_not_change_what_the_link_confirms():
    ask(source="/first/")

    subscriber = ask(at=NOW + timedelta(minutes=1), source="/a-stranger/")

    assert subscriber.source == "/first/"
    assert len(mail.outbox) == 1


def test_link_is_mailed_again_after_ten_minutes_and_both_links_work():
    ask()
    first = token("confirm")

    for minutes in (9, 10, 11):
        ask(at=NOW + timedelta(minutes=minutes))

    assert len(mail.outbox) == 2
    assert subscriptions.confirm(first, now=NOW).is_active
    assert subscriptions.confirm(link("confirm", mail.outbox[1]).split("/")[-2], now=NOW).is_active


def test_confirming_twice_is_confirming_once():
    ask()
    pressed = token("confirm")
    subscriptions.confirm(pressed, now=NOW)

    subscriber = subscriptions.confirm(pressed, now=NOW + timedelta(hours=1))

    assert (subscriber.status, subscriber.confirmed_at) == (Status.ACTIVE, NOW)
    assert [message.subject.split()[0] for message in mail.outbox] == ["Confirm", "You"]


def test_confirmation_expires():
    ask()

    with pytest.raises(BadLink):
        subscriptions.confirm(token("confirm"), now=NOW + timedelta(days=7, seconds=2))


def test_leaving_twice_is_leaving_once():
    confirmed()
    pressed = token("leave")
    leaving.by_link(Purpose.LEAVE, pressed, now=NOW + timedelta(hours=1))

    subscriber = leaving.by_link(Purpose.LEAVE, pressed, now=NOW + timedelta(hours=2))

    assert (subscriber.status, subscriber.left_at) == (Status.LEFT, NOW + timedelta(hours=1))


def test_link_to_leave_does_not_expire():
    confirmed()

    assert not leaving.by_link(Purpose.LEAVE, token("leave"), now=NOW + timedelta(days=4000)).is_active


def test_links_die_with_the_state_that_they_change():
    ask()
    old_confirm = token("confirm")
    subscriptions.confirm(old_confirm, now=NOW)
    old_preferences = token("preferences")
    leaving.by_link(Purpose.LEAVE, token("leave"), now=NOW + timedelta(minutes=1))

    with pytest.raises(BadLink):
        subscriptions.confirm(old_confirm, now=NOW + timedelta(minutes=2))
    with pytest.raises(BadLink):
        subscriptions.to_choose(old_preferences, now=NOW + timedelta(minutes=2))

    ask(at=NOW + timedelta(minutes=3))
    subscriptions.confirm(token("confirm"), now=NOW + timedelta(minutes=4))
    with pytest.raises(BadLink):
        subscriptions.to_choose(old_preferences, now=NOW + timedelta(minutes=5))


def test_old_link_to_leave_ends_the_subscription_that_came_after_it():
    confirmed()
    old_leave = token("leave")
    leaving.by_link(Purpose.LEAVE, old_leave, now=NOW + timedelta(minutes=1))
    ask(at=NOW + timedelta(minutes=2))
    anew = subscriptions.confirm(token("confirm"), now=NOW + timedelta(minutes=3))

    subscriber = leaving.by_link(Purpose.LEAVE, old_leave, now=NOW + timedelta(minutes=4))

    assert (anew.status, subscriber.status) == (Status.ACTIVE, Status.LEFT)


def test_subscribing_again_needs_a_new_confirmation():
    confirmed()
    leaving.by_link(Purpose.LEAVE, token("leave"), now=NOW + timedelta(minutes=1))

    asked = ask(at=NOW + timedelta(minutes=2))
    again = token("confirm")
    back = [subscriptions.confirm(again, now=NOW + timedelta(minutes=3 + n)) for n in range(2)][1]

    assert asked.status == Status.ASKED
    assert (back.status, back.confirmed_at) == (Status.ACTIVE, NOW + timedelta(minutes=3))


def test_subscriber_who_asks_again_is_told_once_a_day_and_nothing_changes():
    subscriber = confirmed()

    for hours in (1, 2, 24, 25):
        after = ask(at=NOW + timedelta(hours=hours), topics=[make_topic()], source="/other/")

    assert [message.subject.split()[1] for message in mail.outbox[2:]] == ["already", "already"]
    assert (after.source, list(after.topics.all()), after.confirmed_at) == (subscriber.source, [], NOW)


def test_links_name_no_address_and_fit_nobody_else():
    confirmed()
    leave = token("leave")
    other = Subscriber.objects.create(email="b@example.org", wording_version=1, confirmed_at=NOW)

    with pytest.raises(BadLink):
        leaving.by_link(Purpose.LEAVE, leave.replace(leave.split(".")[0], str(other.pk), 1), now=NOW)
    assert "reader" not in leave


def test_link_of_a_deleted_subscriber_is_bad():
    subscriber = confirmed()
    leave = token("leave")
    subscriber.delete()

    with pytest.raises(BadLink):
        leaving.by_link(Purpose.LEAVE, leave, now=NOW)


def test_preferences_are_replaced():
    old, new = make_topic(), make_topic()
    subscriber = confirmed()
    subscriber.topics.set([old])

    subscriptions.choose(subscriber, cadence=Cadence.WEEKLY, topics=[new], language="de", now=NOW)

    subscriber.refresh_from_db()
    assert list(subscriber.topics.all()) == [new]
    assert (subscriber.cadence, subscriber.language) == ("weekly", "de")


@pytest.mark.parametrize(
    ("before", "after", "begins_anew"),
    [("each", "weekly", True), ("none", "monthly", True), ("weekly", "monthly", False)],
)
def test_first_digest_begins_with_the_change_to_digests(before, after, begins_anew):
    then = NOW - timedelta(days=3)
    subscriber = make_subscriber(cadence=before, digest_until=then)

    subscriptions.choose(subscriber, cadence=Cadence(after), topics=[], language="en", now=NOW)

    assert subscriber.digest_until == (NOW if begins_anew else then)


def test_link_confirms_the_cadence_that_was_asked_for():
    ask(cadence=Cadence.MONTHLY)
    pressed = link("confirm/monthly").split("/")[-2]

    with pytest.raises(BadLink):
        subscriptions.confirm(pressed, now=NOW)
    with pytest.raises(BadLink):
        subscriptions.confirm(pressed, now=NOW, about="weekly")
    subscriber = subscriptions.confirm(pressed, now=NOW, about="monthly")

    assert (subscriber.cadence, subscriber.digest_until) == ("monthly", NOW)
    assert "How often: a monthly digest" in mail.outbox[0].body


def test_suppressed_address_gets_nothing_and_leaves_no_trace():
    suppress("reader@example.org", Suppression.Reason.COMPLAINT, "", NOW)

    subscriptions.ask("Reader@example.org", source="/", topics=[], language="en", now=NOW)

    assert mail.outbox == []
    assert not Subscriber.objects.exists()


def test_suppression_undoes_the_claim_of_somebody_known():
    subscriber = make_subscriber("reader@example.org", confirmed_at=None)
    suppress("reader@example.org", Suppression.Reason.BOUNCE, "", NOW)

    ask()

    subscriber.refresh_from_db()
    assert subscriber.confirmation_sent_at is None


def test_account_subscribes_at_once_with_the_evidence():
    topic = make_topic()

    subscriber = subscriptions.subscribe_account(
        "reader@example.org", cadence=Cadence.WEEKLY, topics=[topic], language="en", now=NOW
    )

    assert subscriber.is_active
    assert (subscriber.source, subscriber.wording_version) == ("account", subscriptions.WORDING_VERSION)
    assert (subscriber.requested_at, subscriber.confirmed_at) == (NOW, NOW)
    assert (subscriber.cadence, list(subscriber.topics.all())) == ("weekly", [topic])
    assert mail.outbox == []


def test_requests_that_nobody_confirmed_are_forgotten_after_a_month():
    kept = confirmed(at=NOW - timedelta(days=100))
    ask("old@example.org", at=NOW - timedelta(days=31))
    recent = ask("recent@example.org", at=NOW - timedelta(days=29))

    subscriptions.forget_unconfirmed(NOW)

    assert set(Subscriber.objects.all()) == {kept, recent}


@pytest.mark.parametrize(
    ("confirmed_at", "left_at", "requested_at", "status"),
    [
        (None, None, 0, Status.ASKED),
        (1, None, 0, Status.ACTIVE),
        (1, 2, 0, Status.LEFT),
        (1, 1, 0, Status.LEFT),
        (1, 2, 3, Status.ASKED),
        (4, 2, 3, Status.ACTIVE),
    ],
)
def test_status_is_read_from_the_dates_alike_for_one_and_for_many(
    confirmed_at, left_at, requested_at, status
):
    day = [NOW + timedelta(days=number) for number in range(5)]
    subscriber = Subscriber.objects.create(
        email="a@example.org",
        wording_version=1,
        requested_at=day[requested_at],
        confirmed_at=day[confirmed_at] if confirmed_at is not None else None,
        left_at=day[left_at] if left_at is not None else None,
    )

    assert subscriber.status == status
    assert [value for value in Status if subscriber in Subscriber.objects.having(value)] == [status]
    assert (subscriber in Subscriber.objects.active()) == (status == Status.ACTIVE)


def test_one_subscriber_per_address_whatever_its_letters():
    Subscriber.objects.create(email="a@example.org", wording_version=1)

    with pytest.raises(IntegrityError, match="one_subscriber_per_email_address"):
        Subscriber.objects.create(email="A@Example.org", wording_version=1)


def test_nobody_leaves_without_having_confirmed():
    with pytest.raises(IntegrityError, match="subscriber_left_after_confirming"):
        Subscriber.objects.create(email="a@example.org", wording_version=1, left_at=NOW)


def test_hundred_equal_requests_at_once_make_one_row_and_one_mail(transactional_db, outbox):
    letters = ("reader@example.org", "READER@example.org")

    def request(number):
        try:
            subscriptions.ask(letters[number % 2], source="/", topics=[], language="en", now=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(request, range(100)))

    assert Subscriber.objects.count() == 1
    assert OutgoingMail.objects.count() == 1


def test_button_pressed_by_many_at_once_mails_one_welcome(transactional_db, outbox, sink):
    ask()
    deliver_due(timezone.now())
    pressed = paths("confirm", sink.taken[0][1].get_body(("plain",)).get_content())[0].split("/")[-2]

    def press(_):
        try:
            return subscriptions.confirm(pressed, now=timezone.now()).is_active
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(press, range(16)))

    assert answers == [True] * 16
    assert OutgoingMail.objects.count() == 2
