"""The life of an issue, step by step; each step pressed twice changes nothing the second time."""

from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.utils import timezone

from newsletter import lifecycle
from newsletter.checks import provider_can_be_loaded
from newsletter.models import Issue
from newsletter.sending import book
from newsletter.sending.answers import Answer, Verdict
from tests.newsletter.rows import make_delivery, make_issue, make_run, make_subscriber

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)
WORKER = {"claimed_by": "w", "lease_until": NOW + timedelta(minutes=5), "state": "claimed"}
GONE = {"state": "handed_over", "message_id": "<1@example>", "handed_over_at": NOW}
TIMES = {"send_at": NOW, "queued_at": NOW}


def sending(**fields):
    return make_issue(**({"status": "sending", **TIMES} | fields))


def states(issue):
    return sorted(issue.deliveries.values_list("state", flat=True))


def test_draft_is_scheduled_for_its_time_and_one_without_a_time_for_now():
    timed, untimed = make_issue(send_at=NOW + timedelta(days=1)), make_issue()

    changed = [lifecycle.schedule(issue, now=NOW) for issue in (timed, untimed, timed)]

    assert changed == [True, True, False]
    assert (timed.status, timed.send_at, untimed.send_at) == ("scheduled", NOW + timedelta(days=1), NOW)


def test_scheduled_issue_becomes_a_draft_again_until_it_is_being_sent():
    scheduled, begun = make_issue(status="scheduled", send_at=NOW), sending()

    changed = [lifecycle.unschedule(issue) for issue in (scheduled, scheduled, begun)]

    assert (changed, scheduled.status, begun.status) == ([True, False, False], "draft", "sending")


def test_due_issue_is_queued_once():
    make_subscriber()
    due = make_issue(status="scheduled", send_at=NOW)
    later = make_issue(status="scheduled", send_at=NOW + timedelta(minutes=1))

    changed = [lifecycle.queue_due(NOW), lifecycle.queue_due(NOW)]

    due.refresh_from_db()
    assert (changed, due.status, due.queued_at, states(due)) == ([True, False], "sending", NOW, ["queued"])
    assert states(later) == []


def test_pausing_takes_claims_back_and_resuming_goes_on():
    issue = sending()
    make_delivery(issue, **WORKER)
    make_delivery(issue, **GONE)

    paused = [lifecycle.pause(issue), lifecycle.pause(issue)]
    held = states(issue)
    resumed = [lifecycle.resume(issue), lifecycle.resume(issue)]

    assert (paused, resumed, issue.status) == ([True, False], [True, False], "sending")
    assert held == ["handed_over", "queued"]


def test_stopped_issue_says_why_until_it_is_resumed():
    issue = sending()
    make_delivery(issue, **WORKER)

    stopped = [lifecycle.stop(issue, "535 no"), lifecycle.stop(issue, "another")]
    reason = issue.stop_reason
    lifecycle.resume(issue)

    assert (stopped, reason, issue.stop_reason, states(issue)) == ([True, False], "535 no", "", ["queued"])


@pytest.mark.parametrize("status", ["draft", "scheduled", "sending", "paused"])
def test_cancelled_issue_sends_nothing_more(status):
    issue = make_issue(
        status=status, send_at=NOW, queued_at=None if status in ("draft", "scheduled") else NOW
    )
    make_delivery(issue, **WORKER)
    make_delivery(issue)
    make_delivery(issue, **GONE)

    cancelled = [lifecycle.cancel(issue), lifecycle.cancel(issue), lifecycle.resume(issue)]

    assert (cancelled, states(issue)) == ([True, False, False], ["handed_over", "suppressed", "suppressed"])


def test_what_is_sent_back_after_a_cancellation_ends_with_the_next_round():
    issue = make_issue(status="cancelled")
    make_delivery(issue, answer="451 later")

    lifecycle.finish_done(NOW)

    assert issue.deliveries.get().answer == "The issue was cancelled."


def test_failed_deliveries_are_queued_again_and_the_issue_is_sent_anew():
    issue = make_issue(status="sent", finished_at=NOW, **TIMES)
    failed = make_delivery(issue, state="failed", answer="550 no", attempts=12, message_id="<2@example>")
    make_delivery(issue, **GONE)
    make_delivery(issue, state="suppressed", answer="Has left.")

    again = [lifecycle.retry_failed(issue, now=NOW), lifecycle.retry_failed(issue, now=NOW)]

    failed.refresh_from_db()
    assert (again, issue.status, issue.finished_at) == ([True, False], "sending", None)
    assert (failed.state, failed.attempts, failed.not_before) == ("queued", 0, NOW)
    assert states(issue) == ["handed_over", "queued", "suppressed"]


def test_failed_deliveries_of_a_run_are_not_queued_again_when_a_later_run_has_the_same_news():
    run = make_run(until=NOW - timedelta(days=7))
    in_both, in_one, suppressed = make_subscriber(), make_subscriber(), make_subscriber()
    failed = {
        who: make_delivery(run, who, state="failed", answer="550 no") for who in (in_both, in_one, suppressed)
    }
    later = make_run(until=NOW)
    make_delivery(later, in_both)
    make_delivery(later, suppressed, state="suppressed", answer="Has left.")
    make_delivery(make_run("monthly", until=NOW), in_one)  # a mail of another kind

    changed = lifecycle.retry_failed(run, now=NOW)

    for row in failed.values():
        row.refresh_from_db()
    assert changed
    assert [failed[who].state for who in (in_both, in_one, suppressed)] == ["failed", "queued", "queued"]


def test_failed_deliveries_of_a_cancelled_issue_stay():
    issue = make_issue(status="cancelled")
    make_delivery(issue, state="failed", answer="550 no")

    assert lifecycle.retry_failed(issue, now=NOW) is False
    assert states(issue) == ["failed"]


@pytest.mark.parametrize(
    ("delivery", "status"),
    [
        ({}, "sending"),
        (WORKER, "sending"),
        (GONE, "sending"),  # the answer may be "not now"
        (GONE | {"handed_over_at": NOW - timedelta(hours=1)}, "sent"),  # it will never come
        (GONE | {"answer": "250 taken", "answered_at": NOW}, "sent"),
        (GONE | {"answer": "The connection broke."}, "sent"),
        ({"state": "failed", "answer": "550 no"}, "sent"),
        ({"state": "suppressed", "answer": "Has left."}, "sent"),
    ],
)
def test_issue_is_finished_when_no_delivery_can_change(delivery, status):
    issue = sending()
    make_delivery(issue, **delivery)

    changed = [lifecycle.finish_done(NOW), lifecycle.finish_done(NOW)]

    issue.refresh_from_db()
    assert (issue.status, changed) == (status, [status == "sent", False])


def test_issue_is_sent_on_when_a_message_comes_back_after_it_was_finished():
    issue = sending()
    delivery = make_delivery(issue, **GONE | {"handed_over_at": NOW - timedelta(hours=1), "claimed_by": "w"})
    lifecycle.finish_done(NOW)
    book.note(issue, "w", [book.Word(delivery, Answer(Verdict.LATER, "451 busy"), NOW)], [], NOW)

    changed = [lifecycle.finish_done(NOW), lifecycle.finish_done(NOW)]

    issue.refresh_from_db()
    assert (changed, issue.status, issue.finished_at, states(issue)) == (
        [True, False],
        "sending",
        None,
        ["queued"],
    )


def test_issue_is_not_finished_before_it_was_queued_whatever_the_clock_says():
    issue = sending()

    lifecycle.finish_done(NOW - timedelta(minutes=1))

    assert Issue.objects.get(pk=issue.pk).finished_at == NOW


@pytest.mark.parametrize(("seconds", "is_refused"), [(239, True), (240, False)])
def test_lease_shorter_than_the_wait_for_answers_is_refused(settings, seconds, is_refused):
    settings.NEWSLETTER_LEASE = seconds

    assert [error.id for error in run_checks()] == (["newsletter.E001"] if is_refused else [])


def test_issue_without_an_audience_is_finished_at_once():
    issue = sending()

    lifecycle.finish_done(NOW)

    assert Issue.objects.get(pk=issue.pk).finished_at == NOW


@pytest.mark.parametrize(
    ("backend", "is_refused"),
    [
        ("", False),
        ("anymail.backends.postmark.EmailBackend", False),
        ("anymail.backends.postmrak.EmailBackend", True),
        ("anymail.backends.postmark.Backend", True),
        ("nonsense", True),
    ],
)
def test_provider_that_cannot_be_loaded_is_refused_at_the_start(settings, backend, is_refused):
    settings.NEWSLETTER_EMAIL_BACKEND = backend

    assert [error.id for error in provider_can_be_loaded(None)] == ["newsletter.E002"] * is_refused
