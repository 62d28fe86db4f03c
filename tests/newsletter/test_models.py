"""What the database refuses of issues, deliveries, follows and news."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from newsletter.models import Follow, IssueArticle, SendingRate, Suppression
from tests.factories import make_article, make_topic, make_treatment
from tests.trials.factories import make_trial

from .rows import make_delivery, make_follow, make_issue, make_news, make_run, make_subscriber

pytestmark = pytest.mark.django_db
NOW = timezone.now()
SENT = {"send_at": NOW, "queued_at": NOW}


def refused(constraint, make):
    """Whether the database refuses what `make` does, by this constraint."""
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make()
    return True


@pytest.mark.parametrize(
    ("constraint", "wrong", "right"),
    [
        ("issue_is_written_or_has_a_key", {"key": "weekly:2026-W47"}, {"key": None}),
        (
            "issue_is_written_or_has_a_key",
            {"kind": "weekly", "until": NOW},
            {"kind": "weekly", "key": "weekly:2026-W47", "until": NOW},
        ),
        (
            "issue_run_has_news_up_to_a_time",
            {"kind": "follow", "key": "follow:1"},
            {"kind": "follow", "key": "follow:1", "until": NOW},
        ),
        ("issue_status_is_known", {"status": "nonsense"} | SENT, {"status": "draft"}),
        (
            "issue_not_queued_before_it_is_sent",
            {"status": "draft"} | SENT,
            {"status": "draft", "send_at": NOW},
        ),
        (
            "issue_not_queued_before_it_is_sent",
            {"status": "scheduled"} | SENT,
            {"status": "scheduled", "send_at": NOW},
        ),
        ("issue_only_stopped_says_why", {"stop_reason": "535"}, {"stop_reason": ""}),
        (
            "issue_finished_after_it_was_queued",
            {"status": "sent", "finished_at": NOW - timedelta(seconds=1)} | SENT,
            {"status": "sent", "finished_at": NOW} | SENT,
        ),
        ("issue_once_scheduled_has_a_time", {"status": "scheduled"}, {"status": "scheduled", "send_at": NOW}),
        ("issue_being_sent_was_queued", {"status": "sending", "send_at": NOW}, {"status": "sending"} | SENT),
        ("issue_being_sent_was_queued", {"status": "paused", "send_at": NOW}, {"status": "paused"} | SENT),
        (
            "issue_only_stopped_says_why",
            {"status": "stopped"} | SENT,
            {"status": "stopped", "stop_reason": "535"} | SENT,
        ),
        (
            "issue_finished_when_sent",
            {"status": "sent"} | SENT,
            {"status": "sent", "finished_at": NOW} | SENT,
        ),
        ("issue_finished_when_sent", {"finished_at": NOW}, {"status": "cancelled"}),
    ],
)
def test_states_of_an_issue(constraint, wrong, right):
    assert refused(constraint, lambda: make_issue(**wrong))
    assert make_issue(**right).pk


def test_run_exists_once():
    make_run(key="weekly:2026-W47")

    assert refused("key", lambda: make_run(key="weekly:2026-W47"))


def test_issue_holds_an_article_once():
    article = make_article()
    issue = make_issue([article])

    assert refused(
        "one_entry_per_issue_and_article", lambda: IssueArticle.objects.create(issue=issue, article=article)
    )


LATER = NOW + timedelta(minutes=5)
CLAIMED = {"state": "claimed", "claimed_by": "a", "lease_until": LATER}
HANDED = {"state": "handed_over", "message_id": "<1@hub>", "handed_over_at": NOW}


@pytest.mark.parametrize(
    ("constraint", "wrong", "right"),
    [
        ("delivery_claimed_until_its_lease_ends", CLAIMED | {"lease_until": None}, CLAIMED),
        ("delivery_claimed_until_its_lease_ends", CLAIMED | {"claimed_by": ""}, CLAIMED),
        (
            "delivery_claimed_until_its_lease_ends",
            {"state": "queued", "lease_until": LATER},
            {"state": "queued"},
        ),
        ("delivery_handed_over_has_message_id_and_time", HANDED | {"message_id": ""}, HANDED),
        ("delivery_handed_over_has_message_id_and_time", HANDED | {"handed_over_at": None}, HANDED),
        ("delivery_state_is_known", {"state": "nonsense"}, {"state": "queued"}),
        ("delivery_is_held_by_who_sends_it", {"state": "queued", "claimed_by": "a"}, {"state": "queued"}),
        (
            "delivery_is_held_by_who_sends_it",
            {"state": "failed", "answer": "550 No", "claimed_by": "a"},
            {"state": "failed", "answer": "550 No"},
        ),
        (
            "delivery_waiting_was_not_handed_over",
            {"state": "queued", "handed_over_at": NOW},
            {"state": "queued"},
        ),
        (
            "delivery_waiting_was_not_handed_over",
            {"state": "queued", "answered_at": NOW},
            {"state": "queued"},
        ),
        ("delivery_waiting_was_not_handed_over", CLAIMED | {"handed_over_at": NOW}, CLAIMED),
        ("delivery_without_success_says_why", {"state": "failed"}, {"state": "failed", "answer": "550 No"}),
        (
            "delivery_without_success_says_why",
            {"state": "suppressed"},
            {"state": "suppressed", "answer": "Left"},
        ),
    ],
)
def test_states_of_a_delivery(constraint, wrong, right):
    issue = make_issue()

    assert refused(constraint, lambda: make_delivery(issue, **wrong))
    assert make_delivery(issue, **right).pk


def test_subscriber_gets_an_issue_once():
    issue, subscriber = make_issue(), make_subscriber()
    make_delivery(issue, subscriber)

    assert refused("one_delivery_per_issue_and_subscriber", lambda: make_delivery(issue, subscriber))


def test_message_id_is_of_one_delivery():
    issue = make_issue()
    make_delivery(issue, **HANDED)
    make_delivery(issue)
    make_delivery(issue)

    assert refused("one_delivery_per_message_id", lambda: make_delivery(issue, **HANDED))


def test_follow_names_one_thing():
    subscriber, topic, trial = make_subscriber(), make_topic(), make_trial()

    assert refused("follow_names_one_thing", lambda: make_follow(subscriber))
    assert refused("follow_names_one_thing", lambda: make_follow(subscriber, topic=topic, trial=trial))
    assert make_follow(subscriber, topic=topic).thing == topic


# The names, for who looks for them: one_follow_per_subscriber_and_topic, one_follow_per_subscriber_and_drug,
# one_follow_per_subscriber_and_trial.
MAKERS = {"topic": make_topic, "drug": make_treatment, "trial": make_trial}


@pytest.mark.parametrize("kind", ["topic", "drug", "trial"])
def test_thing_is_followed_once(kind):
    subscriber, thing = make_subscriber(), MAKERS[kind]()
    make_follow(subscriber, **{kind: thing})

    assert refused(f"one_follow_per_subscriber_and_{kind}", lambda: make_follow(subscriber, **{kind: thing}))
    assert Follow.objects.count() == 1


def test_news_lead_to_a_page_of_this_site():
    assert refused("news_path_is_of_this_site", lambda: make_news(path="https://elsewhere.example/"))


def test_news_are_noted_once():
    make_news(key="article:1")

    assert refused("key", lambda: make_news(key="article:1"))


def test_suppression_is_a_hash_and_there_once():
    def suppress(value):
        return Suppression.objects.create(email_hash=value, reason="bounce")

    suppress("a" * 64)

    assert refused("suppression_is_a_hash", lambda: suppress("a@example.org"))
    assert refused("email_hash", lambda: suppress("a" * 64))


def test_rate_is_no_debt():
    assert refused(
        "sending_rate_is_not_negative", lambda: SendingRate.objects.create(provider="x", allowance=-1)
    )
