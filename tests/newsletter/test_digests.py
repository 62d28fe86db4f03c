"""Who gets a digest or a notice, of what, and how often."""

import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from articles.publishing import settle
from newsletter import digests, letters, lifecycle, selection, subscriptions
from newsletter.digests import run_due, run_follow, run_monthly, run_weekly
from newsletter.leaving import leave_everything, leave_newsletter
from newsletter.models import Cadence, Delivery, Follow, Issue, News, Subscriber, Suppression
from newsletter.news import gather
from newsletter.sending.claims import claim
from newsletter.suppression import suppress
from tests.factories import make_article, make_topic, make_treatment
from tests.newsletter.rows import make_follow, make_news, make_subscriber
from tests.trials.factories import make_trial

pytestmark = pytest.mark.django_db
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
MONDAY = datetime(2026, 11, 23, 6, tzinfo=UTC)
FIRST = datetime(2026, 12, 1, 6, tzinfo=UTC)
SUNDAY = MONDAY - DAY


def make_reader(kind="weekly", **fields):
    """Somebody with that cadence for the last two weeks."""
    since = MONDAY - 2 * WEEK
    return make_subscriber(**({"cadence": kind, "confirmed_at": since, "digest_until": since} | fields))


def make_follower(**fields):
    """Somebody who follows a trial since two weeks."""
    since = MONDAY - 2 * WEEK
    thing = fields.pop("thing", None) or {"trial": make_trial()}
    follower = make_subscriber(
        **({"cadence": "none", "confirmed_at": since, "followed_until": since} | fields)
    )
    return make_follow(follower, confirmed_at=since, **thing)


def mailed(kind="weekly"):
    """(key of the run, subscriber) of each delivery, in the order of the runs."""
    rows = Delivery.objects.filter(issue__kind=kind).order_by("issue__until", "subscriber_id")
    return [(row.issue.key, row.subscriber) for row in rows.select_related("issue", "subscriber")]


def deliver(now):
    """The mail server takes what is queued."""
    for delivery in Delivery.objects.filter(state="queued"):
        delivery.state, delivery.message_id, delivery.handed_over_at = (
            "handed_over",
            f"<{delivery.pk}@x>",
            now,
        )
        delivery.save()


def text_of(delivery, now):
    octets = letters.of(delivery.issue, now=now).message(delivery, now=now)
    return (
        message_from_bytes(octets, policy=policy.default)
        .get_body(("plain",))
        .get_content()
        .replace("\r\n", "\n")
    )


# --- digests ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("run", "kind", "due", "key", "subject"),
    [
        (run_weekly, "weekly", MONDAY, "weekly:2026-W48", "Weekly digest, 23 November 2026"),
        (run_monthly, "monthly", FIRST, "monthly:2026-12", "Monthly digest, 1 December 2026"),
    ],
)
def test_digest_goes_out_at_its_hour_once(run, kind, due, key, subject):
    reader = make_reader(kind)
    make_news(at=due - HOUR)

    counts = [run(due - timedelta(seconds=1)), run(due), run(due + HOUR), run(due + DAY)]

    assert counts == [0, 1, 0, 0]
    issue = Issue.objects.get(key=key)
    assert (issue.kind, issue.subject, issue.status) == (kind, subject, "sending")
    assert (issue.until, issue.queued_at) == (due, due)
    delivery = issue.deliveries.get()
    assert (delivery.subscriber, delivery.state) == (reader, "queued")
    assert (delivery.since, delivery.not_before) == (MONDAY - 2 * WEEK, due)
    reader.refresh_from_db()
    assert reader.digest_until == due


def test_digest_goes_to_reachable_subscribers_of_its_cadence():
    make_news(at=SUNDAY)
    wanted = [make_reader(), make_reader(paused_until=MONDAY.date()), make_reader(digest_until=None)]
    for fields in (
        {"cadence": "each"},
        {"cadence": "monthly"},
        {"cadence": "none"},
        {"confirmed_at": None},
        {"left_at": SUNDAY},
        {"paused_until": (MONDAY + DAY).date()},
    ):
        make_reader(**fields)

    run_weekly(MONDAY)

    assert [reader for _, reader in mailed()] == wanted


def test_nothing_new_no_mail():
    reader = make_reader()
    make_reader(confirmed_at=SUNDAY + HOUR, digest_until=None)
    make_news(at=reader.digest_until)
    make_news(at=MONDAY + timedelta(seconds=1))

    run_weekly(MONDAY)
    lifecycle.finish_done(MONDAY)

    reader.refresh_from_db()
    assert (mailed(), reader.digest_until) == ([], MONDAY - 2 * WEEK)
    assert Issue.objects.get().status == "sent"


def test_digest_is_of_the_chosen_topics_only():
    topic, other = make_topic(), make_topic()
    everything, both, one, none = (make_reader() for _ in range(4))
    both.topics.set([topic, other])
    one.topics.set([topic])
    none.topics.set([make_topic()])
    make_news(at=SUNDAY, topics=[other])

    run_weekly(MONDAY)

    assert [reader for _, reader in mailed()] == [everything, both]


def test_next_digest_holds_what_came_since_the_last():
    make_reader()
    make_news(at=SUNDAY, title="In the first")
    run_weekly(MONDAY)
    deliver(MONDAY)
    make_news(at=MONDAY + HOUR, title="In the second")

    run_weekly(MONDAY + WEEK)

    first, second = Delivery.objects.order_by("issue__until")
    assert second.since == MONDAY
    assert "In the first" in text_of(first, MONDAY)
    assert "In the first" not in text_of(second, MONDAY + WEEK)
    assert "In the second" in text_of(second, MONDAY + WEEK)


def test_worker_that_was_down_catches_up_once():
    make_reader()
    make_news(at=SUNDAY - WEEK)
    make_news(at=MONDAY + DAY)

    for now in (MONDAY + 2 * DAY, MONDAY + 3 * DAY):
        run_due(now)
    deliver(MONDAY + 3 * DAY)
    for now in (MONDAY + WEEK - HOUR, MONDAY + WEEK):
        run_due(now)

    assert [key for key, _ in mailed()] == ["weekly:2026-W48", "weekly:2026-W49"]


def test_news_held_back_by_a_pause_come_after_it():
    reader = make_reader(paused_until=(MONDAY + WEEK).date())
    make_news(at=SUNDAY)

    counts = [run_weekly(MONDAY), run_weekly(MONDAY + WEEK)]

    assert counts == [0, 1]
    assert Delivery.objects.get().subscriber == reader


@pytest.mark.parametrize(("run", "kind"), [(run_weekly, "weekly"), (run_follow, "follow")])
def test_news_of_somebody_who_pauses_between_run_and_sending_come_later(run, kind):
    subscriber = make_follower(cadence=kind if kind == "weekly" else "none").subscriber
    make_news(at=SUNDAY, trials=[subscriber.follows.get().trial])
    run(MONDAY)
    subscriptions.pause(subscriber, (MONDAY + WEEK).date())
    claimed = claim(Issue.objects.get(), "worker", 10, MONDAY)
    while_away = run(MONDAY + 3 * DAY)
    run(MONDAY + 3 * DAY + HOUR)

    after = run(MONDAY + WEEK)

    assert (claimed, while_away, after) == ([], 0, 1)
    assert Delivery.objects.latest("pk").since == MONDAY - 2 * WEEK
    assert [run(MONDAY + WEEK + n * HOUR) for n in range(3)] == [0, 0, 0]


@pytest.mark.parametrize("state", ["suppressed", "failed"])
@pytest.mark.parametrize(("run", "kind"), [(run_weekly, "weekly"), (run_follow, "follow")])
def test_news_that_were_not_sent_come_with_the_next(run, kind, state):
    subscriber = make_follower(cadence=kind if kind == "weekly" else "none").subscriber
    make_news(at=SUNDAY, trials=[subscriber.follows.get().trial])
    for week in range(3):  # each of them lost, the last one late
        run(MONDAY + week * WEEK)
        Delivery.objects.filter(state="queued").update(state=state, answer="550 no")

    count = run(MONDAY + 6 * WEEK)

    assert count == 1
    assert Delivery.objects.latest("pk").since == MONDAY - 2 * WEEK


@pytest.mark.parametrize(("run", "kind"), [(run_weekly, "weekly"), (run_follow, "follow")])
def test_news_of_a_cancelled_run_come_with_the_next(run, kind):
    subscriber = make_follower(cadence=kind if kind == "weekly" else "none").subscriber
    make_news(at=SUNDAY, trials=[subscriber.follows.get().trial])
    run(MONDAY)
    waiting = run(MONDAY + WEEK)
    lifecycle.cancel(Issue.objects.get(deliveries__subscriber=subscriber))

    count = run(MONDAY + 2 * WEEK)

    assert (waiting, count) == (0, 1)
    assert Delivery.objects.latest("pk").since == MONDAY - 2 * WEEK


def test_news_of_a_weekly_run_come_monthly_to_who_changes_before_the_sending():
    reader = make_reader()
    make_news(at=SUNDAY)
    run_weekly(MONDAY)
    reader.refresh_from_db()
    subscriptions.choose(reader, cadence=Cadence.MONTHLY, topics=[], language="en", now=MONDAY)
    claim(Issue.objects.get(), "worker", 10, MONDAY)

    count = run_monthly(FIRST)

    assert count == 1
    assert Delivery.objects.latest("pk").since == MONDAY - 2 * WEEK


def test_lost_news_come_no_more_after_a_year():
    make_reader()
    make_news(at=SUNDAY)
    run_weekly(MONDAY)
    Delivery.objects.update(state="failed", answer="550 no")

    assert run_weekly(MONDAY + 53 * WEEK) == 0


def test_who_leaves_between_run_and_sending_gets_nothing():
    reader, follower = make_reader(), make_follower().subscriber
    make_news(at=SUNDAY, trials=[follower.follows.get().trial])
    run_weekly(MONDAY)
    run_follow(MONDAY)
    reader.refresh_from_db()
    leave_newsletter(reader, now=MONDAY)
    leave_everything(follower, now=MONDAY)

    claimed = [claim(issue, "worker", 10, MONDAY) for issue in Issue.objects.all()]

    assert claimed == [[], []]
    assert set(Delivery.objects.values_list("state", "answer")) == {
        ("suppressed", "The subscriber has left.")
    }


def test_article_withdrawn_before_the_run_brings_nobody_a_mail():
    article = make_article(published_at=SUNDAY)
    gather(SUNDAY)
    make_reader()
    News.objects.exclude(kind="article").delete()
    article.status, article.withdrawn_reason = "withdrawn", "Wrong."
    settle(article, SUNDAY + HOUR)

    count = run_weekly(MONDAY)

    assert count == 0


def test_article_withdrawn_between_run_and_sending_is_left_out():
    topic = make_topic()
    article = make_article(published_at=SUNDAY, topics=[topic])
    gather(SUNDAY)
    make_reader().topics.set([topic])
    run_weekly(MONDAY)
    article.status, article.withdrawn_reason = "withdrawn", "Wrong."
    settle(article, MONDAY)

    delivery = Delivery.objects.get()

    with pytest.raises(letters.Unsendable):
        text_of(delivery, MONDAY)


def test_scheduled_article_is_in_the_digest_after_its_time():
    article = make_article(status="scheduled", published_at=MONDAY - HOUR)
    late = make_article(status="scheduled", published_at=MONDAY + HOUR)
    make_reader()
    for now in (SUNDAY, MONDAY):
        gather(now)
        run_due(now)

    body = text_of(Delivery.objects.get(), MONDAY)

    assert (article.title in body, late.title in body) == (True, False)


# --- what is followed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["topic", "drug", "trial"])
def test_new_thing_about_what_is_followed_is_mailed_with_the_reason(kind):
    thing = {"topic": make_topic, "drug": make_treatment, "trial": make_trial}[kind]()
    follow = make_follower(thing={kind: thing})
    make_follower()
    make_news(at=SUNDAY, title="Something new", **{f"{kind}s": [thing]})

    counts = [run_follow(MONDAY + timedelta(minutes=5 * n)) for n in range(3)]

    assert counts == [1, 0, 0]
    assert mailed("follow") == [("follow:2026-11-23T06", follow.subscriber)]
    body = text_of(Delivery.objects.get(), MONDAY)
    assert f"Newer data, because you follow {thing}\n\nSomething new\n" in body
    follow.subscriber.refresh_from_db()
    assert follow.subscriber.followed_until == MONDAY


def test_hours_without_news_leave_no_run():
    make_follower()
    make_news(at=SUNDAY)

    counts = [run_follow(MONDAY + n * HOUR) for n in range(3)]

    assert (counts, Issue.objects.count()) == ([0, 0, 0], 0)


def test_hour_is_looked_at_once(django_assert_num_queries):
    make_follower()
    run_follow(MONDAY)

    with django_assert_num_queries(1):  # the cache
        run_follow(MONDAY + timedelta(minutes=1))


def test_news_from_before_following_are_not_mailed():
    follow = make_follower()
    make_news(at=SUNDAY, trials=[follow.trial])
    Follow.objects.update(confirmed_at=SUNDAY)

    assert run_follow(MONDAY) == 0


def test_news_from_before_following_do_not_slip_in_with_others():
    follow, later = make_follower(), make_trial(acronym="LATER")
    make_follow(follow.subscriber, trial=later, confirmed_at=SUNDAY)
    make_news(at=SUNDAY - HOUR, trials=[later], title="Too old")
    make_news(at=SUNDAY + HOUR, trials=[follow.trial, later], title="New")

    run_follow(MONDAY)

    body = text_of(Delivery.objects.get(), MONDAY)
    assert ("Too old" in body, "New" in body, "LATER" in body) == (False, True, True)


def test_unconfirmed_follow_brings_nothing():
    follow = make_follower()
    make_news(at=SUNDAY, trials=[follow.trial])
    Follow.objects.update(confirmed_at=None)

    assert run_follow(MONDAY) == 0


@pytest.mark.parametrize("cadence", ["each", "weekly", "monthly", "none"])
def test_followed_news_come_whatever_the_cadence(cadence):
    follow = make_follower(cadence=cadence)
    make_news(at=SUNDAY, trials=[follow.trial])

    assert run_follow(MONDAY) == 1


def test_weekly_cap_holds_back_what_comes_with_the_next(settings):
    settings.FOLLOW_WEEKLY_CAP = 2
    follow = make_follower()
    for n in range(4):
        make_news(at=MONDAY + n * HOUR - timedelta(minutes=1), trials=[follow.trial], title=f"Thing {n}")

    counts, week_later = [], []
    for hours, list_ in ((range(4), counts), (range(7 * 24 - 1, 7 * 24 + 2), week_later)):
        for n in hours:
            list_.append(run_follow(MONDAY + n * HOUR))
            deliver(MONDAY + n * HOUR)

    assert (counts, week_later) == ([1, 1, 0, 0], [0, 1, 0])
    body = text_of(Delivery.objects.latest("pk"), MONDAY + WEEK)
    assert [f"Thing {n}" in body for n in range(4)] == [False, False, True, True]


def test_what_was_not_sent_does_not_count_towards_the_cap(settings):
    settings.FOLLOW_WEEKLY_CAP = 1
    follow = make_follower()
    make_news(at=SUNDAY, trials=[follow.trial])
    run_follow(MONDAY)
    Delivery.objects.update(state="suppressed", answer="Nothing is new for this subscriber.")
    make_news(at=MONDAY + timedelta(minutes=1), trials=[follow.trial])

    assert run_follow(MONDAY + HOUR) == 1


def test_runs_held_for_weeks_bring_one_mail_when_they_go_on(settings):
    settings.FOLLOW_WEEKLY_CAP = 1
    follow = make_follower()
    counts = []
    for week in range(3):
        make_news(at=MONDAY + week * WEEK - HOUR, trials=[follow.trial], title=f"Thing {week}")
        counts.append(run_follow(MONDAY + week * WEEK))

    deliver(MONDAY + 2 * WEEK)
    after = [run_follow(MONDAY + 2 * WEEK + time) for time in (HOUR, WEEK - HOUR, WEEK)]

    assert (counts, after) == ([1, 0, 0], [0, 0, 1])
    body = text_of(Delivery.objects.latest("pk"), MONDAY + 3 * WEEK)
    assert [f"Thing {n}" in body for n in range(3)] == [False, True, True]


def test_suppressed_address_is_not_tried_each_hour(settings):
    settings.FOLLOW_WEEKLY_CAP = 2
    follow = make_follower()
    suppress(follow.subscriber.email, Suppression.Reason.BOUNCE, "", MONDAY)
    make_news(at=SUNDAY, trials=[follow.trial])
    counts = []
    for n in range(5):
        counts.append(run_follow(MONDAY + n * HOUR))
        for issue in Issue.objects.filter(status="sending"):
            claim(issue, "worker", 10, MONDAY + n * HOUR)

    assert counts == [1, 1, 0, 0, 0]


def test_pause_holds_back_what_comes_after_it():
    follow = make_follower(paused_until=(MONDAY + DAY).date())
    make_news(at=SUNDAY, trials=[follow.trial])

    counts = [run_follow(MONDAY), run_follow(MONDAY + DAY)]

    assert counts == [0, 1]


def test_digest_and_followed_news_keep_separate_marks():
    follow = make_follower(cadence="weekly", digest_until=MONDAY - WEEK)
    make_news(at=SUNDAY, trials=[follow.trial])

    counts = [run_weekly(MONDAY), run_follow(MONDAY)]

    assert counts == [1, 1]


# --- the statements and the letters agree -------------------------------------------------------------------

moments = st.integers(0, 5)
subsets = st.frozensets(st.integers(0, 1))
news_of_a_world = st.lists(
    st.tuples(moments, st.tuples(subsets, subsets, subsets), st.sampled_from(["none", "shown", "withdrawn"])),
    max_size=4,
)
readers_of_a_world = st.lists(
    st.tuples(
        moments,
        subsets,
        st.lists(st.tuples(st.integers(0, 5), moments), unique_by=lambda f: f[0], max_size=3),
    ),
    min_size=1,
    max_size=4,
)


@pytest.fixture
def things():
    """Topics, drugs, trials, and an article that is shown and one that is withdrawn."""
    shown = make_article(published_at=MONDAY - WEEK)
    gone = make_article(published_at=MONDAY - WEEK, status="withdrawn", withdrawn_reason="Wrong.")
    return (
        [make_topic() for _ in range(2)],
        [make_treatment() for _ in range(2)],
        [make_trial(complete=False) for _ in range(2)],
        {"none": None, "shown": shown, "withdrawn": gone},
    )


def build(things, news, readers):
    topics, drugs, trials, articles = things
    followed = [
        *({"topic": t} for t in topics),
        *({"drug": d} for d in drugs),
        *({"trial": t} for t in trials),
    ]
    cache.clear()
    for model in (Delivery, Issue, News, Follow, Subscriber):
        model.objects.all().delete()
    for at, (of_topics, of_drugs, of_trials), article in news:
        make_news(
            "article" if article != "none" else "data_cut",
            at=MONDAY + at * HOUR - 5 * HOUR,
            article=articles[article],
            topics=[topics[n] for n in of_topics],
            drugs=[drugs[n] for n in of_drugs],
            trials=[trials[n] for n in of_trials],
        )
    for since, chosen, follows in readers:
        mark = MONDAY + since * HOUR - 5 * HOUR
        reader = make_reader(digest_until=mark, followed_until=mark)
        reader.topics.set([topics[n] for n in chosen])
        for n, at in follows:
            make_follow(reader, confirmed_at=MONDAY + at * HOUR - 5 * HOUR, **followed[n])


def has_news(subscriber, kind):
    """What `newsletter.selection` says, and with it the letters."""
    mark = subscriber.followed_until if kind == "follow" else subscriber.digest_until
    choices = (selection.follow_choices if kind == "follow" else selection.digest_choices)(subscriber)
    return bool(selection.chosen(selection.still_true(selection.in_time(mark, MONDAY), MONDAY), choices))


@pytest.mark.parametrize(("run", "kind"), [(run_weekly, "weekly"), (run_follow, "follow")])
@examples(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(news=news_of_a_world, readers=readers_of_a_world)
def test_those_and_only_those_are_mailed_whose_letter_is_not_empty(things, run, kind, news, readers):
    build(things, news, readers)
    expected = [reader for reader in Subscriber.objects.order_by("pk") if has_news(reader, kind)]

    run(MONDAY)

    assert [reader for _, reader in mailed(kind)] == expected
    for delivery in Delivery.objects.all():
        assert text_of(delivery, MONDAY)


# --- twice, at once, and half -------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["_give_back", "_queue"])
@pytest.mark.parametrize(("run", "kind"), [(run_weekly, "weekly"), (run_follow, "follow")])
def test_run_that_breaks_off_leaves_nothing_and_is_made_again(run, kind, step, monkeypatch):
    follow = make_follower(cadence="weekly")
    make_news(at=SUNDAY, trials=[follow.trial])
    whole = getattr(digests, step)

    def broken(*arguments):
        whole(*arguments)
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(digests, step, broken)
        with pytest.raises(ConnectionError):
            run(MONDAY)
    left = (
        Issue.objects.count(),
        Delivery.objects.count(),
        Subscriber.objects.filter(digest_until=MONDAY).count(),
    )

    run(MONDAY + timedelta(minutes=1))

    assert (left, [subscriber for _, subscriber in mailed(kind)]) == ((0, 0, 0), [follow.subscriber])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("run", "kind"), [(run_weekly, "weekly"), (run_follow, "follow")])
def test_of_two_workers_at_once_one_makes_the_run(run, kind):
    follow = make_follower(cadence="weekly")
    make_news(at=SUNDAY, trials=[follow.trial])
    barrier, counts = threading.Barrier(2), []

    def work():
        try:
            barrier.wait()
            counts.append(run(MONDAY))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (sorted(counts), len(mailed(kind))) == ([0, 1], 1)


def test_run_costs_the_same_for_any_number_of_subscribers(django_assert_max_num_queries):
    topic = make_topic()
    make_news(at=SUNDAY, topics=[topic])
    for _ in range(12):
        make_follower(thing={"topic": topic}, cadence="weekly")

    with django_assert_max_num_queries(11):
        run_weekly(MONDAY)
    with django_assert_max_num_queries(11):
        run_follow(MONDAY)

    assert Delivery.objects.count() == 24


def test_next_run_is_due_by_its_own_calendar():
    years_end = datetime(2026, 12, 31, 12, tzinfo=UTC)

    run_due(years_end)
    run_due(years_end + DAY)

    assert set(Issue.objects.values_list("key", flat=True)) == {
        "weekly:2026-W53",
        "monthly:2026-12",
        "monthly:2027-01",
    }
    assert timezone.is_aware(Issue.objects.latest("until").until)
