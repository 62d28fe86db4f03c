from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection
from django.utils import timezone

from newsletter import following, leaving, links, mailbox, subscriptions, things
from newsletter.links import BadLink, Purpose
from newsletter.models import Cadence, Follow, Status, Subscriber, Suppression
from newsletter.suppression import suppress
from tests.factories import make_topic, make_treatment
from tests.trials.factories import make_trial

from .mailbox import link
from .rows import make_delivery, make_follow, make_issue, make_run, make_subscriber

pytestmark = pytest.mark.django_db
NOW = timezone.now()
READER = "reader@example.org"


def ask(thing, email=READER, at=NOW):
    following.ask(email, thing, source="/trials/x/", language="en", now=at)
    return Subscriber.objects.get(email__iexact=email)


def confirm(thing, message=None, at=NOW):
    key = things.key_of(thing)
    return following.confirm(key, link(f"confirm/follow/{key}", message).split("/")[-2], now=at)


@pytest.mark.parametrize("make", [make_topic, make_treatment, make_trial])
def test_request_mails_one_link_that_names_the_thing(make):
    thing = make()

    subscriber = ask(thing)

    assert subscriber.status == Status.ASKED
    assert subscriber.source == "/trials/x/"
    assert (subscriber.follows.get().thing, subscriber.follows.get().confirmed_at) == (thing, None)
    assert mail.outbox[0].subject == f"Confirm that you follow {things.name_of(thing)}"
    assert things.path_of(thing) in mail.outbox[0].body
    assert "List-Unsubscribe" not in mail.outbox[0].extra_headers


def test_confirming_makes_a_subscriber_of_this_alone():
    trial = make_trial()
    ask(trial)

    subscriber = confirm(trial)

    assert subscriber.is_active
    assert subscriber.cadence == Cadence.NONE
    assert (subscriber.confirmed_at, subscriber.followed_until) == (NOW, NOW)
    assert subscriber.follows.get().confirmed_at == NOW
    assert mail.outbox[1].subject == f"You follow {trial.acronym}"
    assert "/newsletter/unfollow-all/" in mail.outbox[1].extra_headers["List-Unsubscribe"]


def test_confirming_twice_is_confirming_once():
    trial = make_trial()
    ask(trial)
    confirm(trial)

    confirm(trial, mail.outbox[0], at=NOW + timedelta(hours=1))

    assert Follow.objects.get().confirmed_at == NOW
    assert len(mail.outbox) == 2


def test_subscriber_of_the_newsletter_keeps_it_and_gets_no_second_welcome():
    subscriber = make_subscriber(READER, cadence=Cadence.WEEKLY)
    topic = make_topic()
    ask(topic)

    confirm(topic)

    subscriber.refresh_from_db()
    assert (subscriber.cadence, subscriber.source) == ("weekly", "")
    assert len(mail.outbox) == 1


def test_who_follows_already_or_was_just_asked_gets_no_mail():
    trial, other = make_trial(), make_trial()
    ask(trial)
    confirm(trial)
    mail.outbox.clear()

    for minutes in (0, 59, 3000):
        ask(trial, at=NOW + timedelta(minutes=minutes))
    for minutes in (0, 59, 61):
        ask(other, at=NOW + timedelta(minutes=minutes))

    assert [message.subject.split()[-1] for message in mail.outbox] == [other.acronym] * 2


def test_strangers_cannot_fill_a_mailbox():
    for count in range(following.MOST_ASKED + 2):
        ask(make_topic(), at=NOW + timedelta(minutes=21 * count))
    ask(make_topic(), at=NOW + timedelta(days=1, seconds=1))

    assert len(mail.outbox) == following.MOST_ASKED + 1


def test_address_gets_three_mails_an_hour_whatever_is_asked_for_it():
    subscriptions.ask(READER, source="/", topics=[], language="en", now=NOW)
    things_asked = [make_topic(), make_trial(), make_treatment()]
    for thing in things_asked:
        ask(thing, email=READER.upper())
    subscriptions.ask(READER, source="/", topics=[], language="en", now=NOW + timedelta(minutes=30))
    ask(make_topic(), email="another@example.org")
    subjects = [message.subject for message in mail.outbox if message.to == [READER]]
    ask(things_asked[2], at=NOW + timedelta(hours=1, seconds=1))

    assert len(subjects) == mailbox.MOST == 3
    assert len(mail.outbox) == 5  # one to another address, and one an hour later


def test_suppressed_address_gets_nothing_and_leaves_no_trace():
    suppress(READER, Suppression.Reason.BOUNCE, "", NOW)

    following.ask(READER.upper(), make_trial(), source="/", language="en", now=NOW)

    assert mail.outbox == []
    assert not Subscriber.objects.exists()


def test_link_expires_and_fits_nothing_else():
    trial, other = make_trial(), make_trial()
    ask(trial)
    pressed = link(f"confirm/follow/trial-{trial.pk}").split("/")[-2]
    Subscriber.objects.get().follows.create(trial=other)

    for about in (f"trial-{other.pk}", f"drug-{trial.pk}", "", "x"):
        with pytest.raises(BadLink):
            following.confirm(about, pressed, now=NOW)
    with pytest.raises(BadLink):
        following.confirm(f"trial-{trial.pk}", pressed, now=NOW + timedelta(days=7, seconds=2))


def test_link_dies_with_the_request_and_with_leaving():
    trial, other = make_trial(), make_trial()
    subscriber = make_subscriber(READER)
    for thing in (trial, other):
        ask(thing)
    leaving.unfollow(subscriber, f"trial-{trial.pk}", now=NOW)

    with pytest.raises(BadLink):
        confirm(trial, mail.outbox[0])

    leaving.leave_everything(subscriber, now=NOW)
    with pytest.raises(BadLink):
        confirm(other, mail.outbox[1])


def test_newsletter_and_follow_asked_together_both_begin():
    trial = make_trial()
    asked = {"source": "/", "topics": [], "language": "en", "now": NOW}
    subscriptions.ask(READER, **asked, cadence=Cadence.WEEKLY)
    ask(trial)
    confirm(trial)

    subscriber = subscriptions.confirm(
        link("confirm/weekly", mail.outbox[0]).split("/")[-2], now=NOW, about="weekly"
    )

    assert subscriber.cadence == Cadence.WEEKLY
    assert subscriber.follows.get().confirmed_at == NOW


def test_follower_joins_the_newsletter_and_old_links_live_on():
    subscriber = make_subscriber(READER, cadence=Cadence.NONE)
    make_follow(subscriber, topic=make_topic())
    pressed = links.path(Purpose.UNFOLLOW_ALL, subscriber, now=NOW).split("/")[-2]
    subscriptions.ask(READER, source="/", topics=[], language="de", now=NOW)

    joined = subscriptions.confirm(link("confirm").split("/")[-2], now=NOW)

    assert (joined.cadence, joined.language) == (Cadence.EACH, "en")
    assert leaving.by_link(Purpose.UNFOLLOW_ALL, pressed, now=NOW).is_active


def test_request_for_a_follower_changes_nothing_until_it_is_confirmed():
    chosen, asked = make_topic("Chosen"), make_topic("Asked for")
    evidence = {"source": "/trials/x/", "requested_at": NOW - timedelta(days=9), "wording_version": 1}
    subscriber = make_subscriber(READER, cadence=Cadence.NONE, **evidence)
    subscriber.topics.add(chosen)
    make_follow(subscriber, topic=chosen)

    subscriptions.ask(READER, source="/a-stranger/", topics=[asked], language="de", now=NOW)
    subscriber.refresh_from_db()
    kept = {name: getattr(subscriber, name) for name in evidence}
    topics = list(subscriber.topics.all())
    mailed = mail.outbox[-1].body
    joined = subscriptions.confirm(link("confirm").split("/")[-2], now=NOW)

    assert (kept, topics) == (evidence, [chosen])
    assert "Asked for" in mailed
    assert (joined.source, joined.requested_at, joined.asked) == ("/a-stranger/", NOW, None)
    assert joined.wording_version == subscriptions.WORDING_VERSION
    assert list(joined.topics.all()) == [asked]


@pytest.mark.parametrize("ending", ["month", "leaving", "account"])
def test_request_that_is_kept_apart_is_forgotten(ending):
    subscriber = make_subscriber(READER, cadence=Cadence.NONE)
    make_follow(subscriber, topic=make_topic())
    subscriptions.ask(READER, source="/a-stranger/", topics=[], language="en", now=NOW)
    subscriptions.forget_unconfirmed(NOW + timedelta(days=29))
    subscriber.refresh_from_db()
    was_kept = bool(subscriber.asked)

    if ending == "month":
        subscriptions.forget_unconfirmed(NOW + timedelta(days=31))
    elif ending == "leaving":
        leaving.leave_everything(subscriber, now=NOW)
    else:
        subscriptions.subscribe_account(READER, cadence=Cadence.EACH, topics=[], language="en", now=NOW)

    subscriber.refresh_from_db()
    assert (was_kept, subscriber.asked) == (True, None)


def test_link_to_join_dies_when_the_newsletter_is_left_again():
    subscriber = make_subscriber(READER, cadence=Cadence.NONE)
    make_follow(subscriber, topic=make_topic())
    subscriptions.ask(READER, source="/", topics=[], language="en", now=NOW)
    pressed = link("confirm").split("/")[-2]
    leaving.leave_newsletter(subscriptions.confirm(pressed, now=NOW), now=NOW)

    with pytest.raises(BadLink):
        subscriptions.confirm(pressed, now=NOW)

    subscriber.refresh_from_db()
    assert subscriber.cadence == Cadence.NONE


def test_account_follows_at_once():
    drug = make_treatment()

    for _ in range(2):
        subscriber = following.follow_account(READER, drug, language="en", now=NOW)

    assert (subscriber.cadence, subscriber.source) == (Cadence.NONE, "account")
    assert subscriber.follows.get().confirmed_at == NOW
    assert mail.outbox == []


def test_requests_that_nobody_confirmed_are_forgotten_after_a_month():
    subscriber = make_subscriber()
    kept = make_follow(subscriber, topic=make_topic())
    recent = subscriber.follows.create(topic=make_topic(), requested_at=NOW - timedelta(days=29))
    subscriber.follows.create(topic=make_topic(), requested_at=NOW - timedelta(days=31))

    subscriptions.forget_unconfirmed(NOW)

    assert set(Follow.objects.all()) == {kept, recent}


@pytest.mark.parametrize("purpose", [Purpose.UNFOLLOW, Purpose.UNFOLLOW_ALL])
def test_old_link_to_stop_following_ends_what_was_followed_anew(purpose):
    trial = make_trial()
    follower = following.follow_account(READER, trial, language="en", now=NOW)
    about = things.key_of(trial) if purpose == Purpose.UNFOLLOW else ""
    old = links.path(purpose, follower, now=NOW, about=about).split("/")[-2]
    leaving.leave_everything(follower, now=NOW + timedelta(hours=1))
    following.follow_account(READER, trial, language="en", now=NOW + timedelta(hours=2))

    subscriber = leaving.by_link(purpose, old, now=NOW + timedelta(hours=3), about=about)

    assert not subscriber.is_active


# --- leaving one thing leaves only that thing


def everything(**fields):
    """A subscriber of the newsletter who follows a topic and a trial."""
    subscriber = make_subscriber(**fields)
    return subscriber, [
        make_follow(subscriber, topic=make_topic()),
        make_follow(subscriber, trial=make_trial()),
    ]


def state(subscriber):
    subscriber.refresh_from_db()
    return subscriber.is_active, subscriber.cadence, subscriber.follows.count()


def press(purpose, subscriber, about=""):
    token = links.path(purpose, subscriber, now=NOW, about=about).split("/")[-2]
    for _ in range(2):
        leaving.by_link(purpose, token, now=NOW, about=about)
    return state(subscriber)


def test_leaving_the_newsletter_keeps_what_is_followed():
    subscriber, _ = everything()

    assert press(Purpose.LEAVE, subscriber) == (True, Cadence.NONE, 2)


def test_leaving_the_newsletter_alone_ends_the_subscription():
    subscriber = make_subscriber()
    subscriber.follows.create(topic=make_topic())  # asked, not confirmed

    assert press(Purpose.LEAVE, subscriber)[0] is False


def test_unfollowing_one_thing_keeps_the_rest():
    subscriber, follows = everything()

    about = things.key_of(follows[0].thing)
    assert press(Purpose.UNFOLLOW, subscriber, about) == (True, Cadence.EACH, 1)
    assert subscriber.follows.get() == follows[1]


def test_unfollowing_everything_keeps_the_newsletter():
    subscriber, _ = everything()

    assert press(Purpose.UNFOLLOW_ALL, subscriber) == (True, Cadence.EACH, 0)


@pytest.mark.parametrize("is_last", [True, False])
def test_unfollowing_the_last_thing_ends_a_subscription_of_nothing_else(is_last):
    subscriber, follows = everything(cadence=Cadence.NONE)
    if is_last:
        follows[1].delete()

    active, _, _ = press(Purpose.UNFOLLOW, subscriber, things.key_of(follows[0].thing))

    assert active is not is_last


def test_leaving_everything_leaves_everything_once():
    subscriber, _ = everything()
    for later in (0, 1):
        leaving.leave_everything(subscriber, now=NOW + timedelta(hours=later))

    assert state(subscriber) == (False, Cadence.EACH, 0)
    assert subscriber.left_at == NOW


def handed_over(issue, subscriber, hours):
    return make_delivery(
        issue,
        subscriber,
        state="handed_over",
        handed_over_at=NOW - timedelta(hours=hours),
        message_id=f"<{issue.pk}.{subscriber.pk}@x>",
    )


@pytest.mark.parametrize(
    ("purpose", "left"),
    [(Purpose.LEAVE, "issue"), (Purpose.UNFOLLOW_ALL, "follow"), (None, "follow")],
)
def test_departure_is_noted_at_the_last_mail_of_its_kind(purpose, left):
    subscriber, _ = everything()
    deliveries = {
        "older": handed_over(make_issue(), subscriber, 30),
        "issue": handed_over(make_issue(), subscriber, 20),
        "follow": handed_over(make_run("follow"), subscriber, 10),
        "queued": make_delivery(make_issue(), subscriber),
        "stranger": handed_over(make_issue(), make_subscriber(), 1),
    }

    if purpose:
        press(purpose, subscriber)
    else:
        leaving.leave_everything(subscriber, now=NOW)

    noted = {}
    for name, delivery in deliveries.items():
        delivery.refresh_from_db()
        noted[name] = delivery.left_at
    assert {name for name, at in noted.items() if at} == {left}


# --- constraints


@pytest.mark.parametrize("kinds", [(), ("topic", "drug"), ("topic", "trial"), ("topic", "drug", "trial")])
def test_follow_names_one_thing(kinds):
    made = {"topic": make_topic, "drug": make_treatment, "trial": make_trial}

    with pytest.raises(IntegrityError, match="follow_names_one_thing"):
        Follow.objects.create(subscriber=make_subscriber(), **{kind: made[kind]() for kind in kinds})


@pytest.mark.parametrize(
    ("kind", "make", "constraint"),
    [
        ("topic", make_topic, "one_follow_per_subscriber_and_topic"),
        ("drug", make_treatment, "one_follow_per_subscriber_and_drug"),
        ("trial", make_trial, "one_follow_per_subscriber_and_trial"),
    ],
)
def test_one_follow_per_subscriber_and_thing(kind, make, constraint):
    subscriber, thing = make_subscriber(), make()
    make_follow(subscriber, **{kind: thing})
    make_follow(make_subscriber(), **{kind: thing})

    with pytest.raises(IntegrityError, match=constraint):
        make_follow(subscriber, **{kind: thing})


@pytest.mark.django_db(transaction=True)
def test_equal_requests_at_the_same_moment_make_one_follow_and_one_mail():
    trial = make_trial()

    def in_a_thread(_):
        try:
            following.ask(READER, trial, source="/", language="en", now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(in_a_thread, range(4)))

    assert Follow.objects.count() == 1
    assert len(mail.outbox) == 1
