"""Who gets an issue."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from newsletter.models import Delivery
from newsletter.queueing import queue
from tests.factories import make_topic
from tests.newsletter.rows import make_delivery, make_issue, make_subscriber

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def queued(issue):
    return set(issue.deliveries.filter(state="queued").values_list("subscriber_id", flat=True))


def test_issue_goes_to_those_who_want_each_one_in_its_language(now):
    wanted = {make_subscriber().pk, make_subscriber(paused_until=now.date()).pk}
    for fields in (
        {"confirmed_at": None},
        {"left_at": now},
        {"cadence": "weekly"},
        {"cadence": "none"},
        {"language": "de"},
        {"paused_until": now.date() + timedelta(days=1)},
    ):
        make_subscriber(**fields)
    issue = make_issue()

    count = queue(issue, now=now)

    assert (count, queued(issue)) == (2, wanted)


def test_issue_with_topics_goes_to_those_of_any_of_them_and_to_those_of_all(now):
    first, second, other = make_topic(), make_topic(), make_topic()
    issue = make_issue()
    issue.topics.set([first, second])
    everything, both, one, none = (make_subscriber() for _ in range(4))
    both.topics.set([first, second])
    one.topics.set([second, other])
    none.topics.set([other])

    queue(issue, now=now)

    assert queued(issue) == {everything.pk, both.pk, one.pk}


def test_queueing_again_adds_only_who_is_new(now):
    issue = make_issue()
    make_delivery(issue, state="handed_over", message_id="<1@example>", handed_over_at=now)
    make_subscriber()

    counts = [queue(issue, now=now), queue(issue, now=now)]

    assert (counts, issue.deliveries.count()) == ([1, 0], 2)


def test_queueing_is_one_write_for_any_audience(now, django_assert_num_queries):
    issue = make_issue()
    for _ in range(3):
        make_subscriber()

    with django_assert_num_queries(2) as queries:  # the topics of the issue, and the writing
        queue(issue, now=now)

    assert [query["sql"].split()[0] for query in queries] == ["SELECT", "INSERT"]


def test_deliveries_are_due_from_then_on(now):
    make_subscriber()
    issue = make_issue()

    queue(issue, now=now)

    delivery = Delivery.objects.get()
    assert (delivery.not_before, delivery.attempts, delivery.claimed_by) == (now, 0, "")


def test_one_delivery_per_issue_and_subscriber(now):
    delivery = make_delivery(make_issue())

    with pytest.raises(IntegrityError, match="one_delivery_per_issue_and_subscriber"):
        make_delivery(delivery.issue, delivery.subscriber)
