"""What is claimed or under way when an editor holds the issue, or when a reader decides otherwise."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from newsletter import letters, lifecycle
from newsletter.models import Issue, Subscriber, Suppression
from newsletter.sending import book
from newsletter.sending.claims import claim
from newsletter.suppression import suppress
from tests.newsletter.sending import being_sent, send


class Beside:
    """Runs `action` in a transaction of another connection, which ends with `commit`."""

    def __init__(self, action):
        self.action = action
        self.is_done, self.may_commit = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        with transaction.atomic():
            self.result = self.action()
            self.is_done.set()
            self.may_commit.wait(10)
        connection.close()

    def commit(self):
        self.may_commit.set()
        self.thread.join()
        return self.result


def waits(thread):
    """Whether `thread` is still waiting for somebody's lock after a moment."""
    thread.is_done.wait(0.3)
    return not thread.is_done.is_set()


def offered(deliveries):
    return [(delivery, letters.message_id(delivery)) for delivery in deliveries]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "hold", [lifecycle.pause, lambda issue: lifecycle.stop(issue, "535 no"), lifecycle.cancel]
)
def test_claim_that_is_being_made_when_the_issue_is_held_is_taken_back(hold):
    issue = being_sent(5)
    claiming = Beside(lambda: claim(issue, "w", 5, timezone.now()))
    claiming.is_done.wait(10)
    holding = Beside(lambda: hold(Issue.objects.get(pk=issue.pk)))

    has_waited = waits(holding)
    claimed = claiming.commit()
    holding.is_done.wait(10)
    changed = holding.commit()

    assert (has_waited, len(claimed), changed) == (True, 5, True)
    assert not issue.deliveries.filter(state="claimed").exists()
    assert book.note(issue, "w", [], offered(claimed), timezone.now()) == set()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_claimed_or_handed_over_while_the_issue_is_being_held():
    issue = being_sent(5)
    claimed = claim(issue, "w", 2, timezone.now())
    holding = Beside(lambda: Issue.objects.filter(pk=issue.pk).update(status="paused"))
    holding.is_done.wait(10)
    noting = Beside(lambda: book.note(issue, "w", [], offered(claimed), timezone.now()))
    claiming = Beside(lambda: claim(issue, "v", 5, timezone.now()))

    has_waited = waits(noting), waits(claiming)
    holding.commit()

    assert has_waited == (True, True)
    assert (noting.commit(), claiming.commit()) == (set(), [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"left_at": timezone.now()}, "The subscriber has left."),
        ({"paused_until": timezone.localdate() + timedelta(days=9)}, "The subscriber takes a break."),
        ({}, "The address is on the suppression list."),
    ],
)
def test_reader_who_decides_otherwise_after_the_claim_gets_nothing(sink, change, reason):
    issue = being_sent(1)

    def decide(delivery):
        Subscriber.objects.filter(pk=delivery.subscriber_id).update(**change, source="/")
        if not change:
            suppress(delivery.subscriber.email, Suppression.Reason.COMPLAINT, "spam", timezone.now())

    send(before=decide)
    send()

    delivery = issue.deliveries.get()
    assert (sink.taken, delivery.state, delivery.answer) == ([], "suppressed", reason)
