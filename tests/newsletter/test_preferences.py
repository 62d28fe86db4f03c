import json
import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.utils import timezone

from newsletter import links, subscriptions
from newsletter.links import Purpose
from newsletter.models import Cadence, Delivery, Follow, Subscriber, Suppression
from newsletter.suppression import suppress
from tests.factories import make_topic, make_treatment
from tests.trials.factories import make_trial

from .mailbox import link
from .rows import make_delivery, make_follow, make_issue, make_subscriber

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date()


@pytest.fixture
def subscriber(member):
    """Somebody who has an account, too, so that both ways to the page can be gone."""
    return make_subscriber(member.user.email)


@pytest.fixture(params=["link", "account"])
def way(request, subscriber, member, visitor):
    """(client, path of the page)"""
    if request.param == "account":
        return member, "/account/newsletter/"
    return visitor, links.path(Purpose.PREFERENCES, subscriber, now=timezone.now())


def seen(way):
    """What the form says that it was shown with."""
    found = re.search('name="seen" value="([0-9a-f]+)"', shown(way))
    return found[1] if found else ""


def press(way, command="save", **fields):
    """The page that the button leads to."""
    client, path = way
    known = {"seen": seen(way)} if command == "save" else {}
    return client.post(path, {"command": command} | known | fields, follow=True)


def shown(way, query=""):
    client, path = way
    return client.get(path + query).content.decode()


def test_cadence_topics_and_language_are_saved(way, subscriber, settings):
    settings.NEWSLETTER_LANGUAGES = {"en": "English", "de": "Deutsch"}
    topic = make_topic()

    answer = press(way, cadence="monthly", topics=[topic.pk], language="de")

    subscriber.refresh_from_db()
    assert "Your choice is saved" in answer.content.decode()
    assert (subscriber.cadence, subscriber.language) == ("monthly", "de")
    assert list(subscriber.topics.all()) == [topic]
    assert 'value="monthly"' in answer.content.decode()


def test_one_language_is_no_question(way, settings):
    assert "Deutsch" not in shown(way)

    settings.NEWSLETTER_LANGUAGES = {"en": "English", "de": "Deutsch"}
    assert "Deutsch" in shown(way)


def test_nothing_but_follows_needs_something_followed(way, subscriber):
    refused = press(way, cadence="none")
    make_follow(subscriber, topic=make_topic())
    saved = press(way, cadence="none")

    assert (refused.status_code, saved.status_code) == (422, 200)
    assert "You follow nothing yet" in refused.content.decode()
    subscriber.refresh_from_db()
    assert subscriber.cadence == Cadence.NONE


@pytest.mark.parametrize("make", [make_topic, make_treatment, make_trial])
def test_things_are_followed_and_left_one_by_one(way, subscriber, make):
    kept, thing = make_topic("Kept"), make()
    make_follow(subscriber, topic=kept)
    key = f"{thing._meta.model_name}-{thing.pk}"

    for _ in range(2):
        followed = press(way, "follow", thing=key)
    follows = [follow.thing for follow in subscriber.follows.filter(confirmed_at__isnull=False)]
    for _ in range(2):
        left = press(way, "unfollow", thing=key)

    assert "You follow it now" in followed.content.decode()
    assert follows == [kept, thing]
    assert "You no longer follow it" in left.content.decode()
    assert subscriber.follows.get().thing == kept


def test_things_are_found_by_their_names(way, subscriber):
    make_topic("Relapse")
    drug = make_treatment("pomalidomide")
    drug.names.create(name="Imnovid", kind="brand")
    trial = make_trial(acronym="NOON")
    draft = make_trial(acronym="DAWN", is_published=False)

    assert 'value="topic-' in shown(way)
    assert f'value="drug-{drug.pk}"' in shown(way, "?q=imno")
    assert f'value="trial-{trial.pk}"' in shown(way, "?q=noon")
    assert f'value="trial-{draft.pk}"' not in shown(way, "?q=dawn")
    assert "Nothing else is found for “zzz”" in shown(way, "?q=zzz")
    assert press(way, "follow", thing=f"trial-{draft.pk}").status_code == 400


def test_what_is_followed_is_not_offered_again(way, subscriber):
    topic = make_topic("Relapse")
    make_follow(subscriber, topic=topic)

    page = shown(way, "?q=relapse")

    assert page.count(f'value="topic-{topic.pk}"') == 1


@pytest.mark.parametrize("days", [1, 365])
def test_pause_holds_until_a_day_and_ends_at_once(way, subscriber, days):
    until = TODAY + timedelta(days=days)

    paused = press(way, "pause", until=until.isoformat())
    subscriber.refresh_from_db()
    stored, is_reachable = subscriber.paused_until, subscriber in Subscriber.objects.reachable(timezone.now())
    resumed = press(way, "resume")

    assert "Your mail is paused" in paused.content.decode()
    assert (stored, is_reachable) == (until, False)
    assert "Resume now" in paused.content.decode()
    assert "Resume now" not in resumed.content.decode()
    subscriber.refresh_from_db()
    assert subscriber.paused_until is None


@pytest.mark.parametrize("until", ["", "x", "\0", "9" * 100_000, "2020-02-30", -1, 0, 366, 100_000])
def test_impossible_pause_is_a_form_error(way, subscriber, until):
    value = (TODAY + timedelta(days=until)).isoformat() if isinstance(until, int) else until

    answer = press(way, "pause", until=value)

    assert answer.status_code == 422
    assert 'id="pause-until_error"' in answer.content.decode()
    subscriber.refresh_from_db()
    assert subscriber.paused_until is None


@pytest.mark.parametrize(
    ("command", "active", "cadence", "follows", "words"),
    [
        ("leave", True, "none", 1, "You have left the newsletter; what you follow stays"),
        ("unfollow-all", True, "each", 0, "You no longer follow anything"),
        ("leave-everything", False, "each", 0, "You have left"),
    ],
)
def test_leaving_one_thing_leaves_only_that(way, subscriber, command, active, cadence, follows, words):
    make_follow(subscriber, topic=make_topic())

    answers = [press(way, command) for _ in range(2)]

    subscriber.refresh_from_db()
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [words in answer.content.decode() for answer in answers] == [True, True]
    assert (subscriber.is_active, subscriber.cadence) == (active, cadence)
    assert subscriber.follows.count() == follows


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 400),
        ({"command": ""}, 400),
        ({"cadence": "weekly"}, 400),
        ({"command": "save"}, 422),
        ({"command": "delete"}, 400),
        ({"command": "x\0"}, 400),
        ({"command": "follow"}, 400),
        ({"command": "follow", "thing": "trial-0"}, 400),
        ({"command": "follow", "thing": "trial-" + "9" * 18}, 400),
        ({"command": "follow", "thing": "trial-" + "9" * 40}, 400),
        ({"command": "follow", "thing": "subscriber-1"}, 400),
        ({"command": "unfollow", "thing": "trial-1;"}, 400),
        ({"command": "save", "cadence": "hourly"}, 422),
        ({"command": "save", "topics": ["0"]}, 422),
        ({"command": "save", "topics": ["x\0"]}, 422),
        ({"command": "save", "language": "tlh"}, 422),
        ({"command": "save", "seen": "x\0" * 100_000}, 422),
    ],
    ids=lambda value: str(value)[:50],
)
def test_hostile_input_changes_nothing(way, subscriber, fields, status):
    client, path = way
    topic = make_topic()
    subscriber.topics.add(topic)

    answer = client.post(path, fields)

    assert answer.status_code == status
    assert not Follow.objects.exists()
    subscriber.refresh_from_db()
    assert (subscriber.cadence, subscriber.language) == ("each", "en")
    assert list(subscriber.topics.all()) == [topic]


def test_save_without_a_cadence_is_a_form_error(way, subscriber):
    topic = make_topic()
    subscriber.topics.add(topic)

    answer = press(way)

    assert answer.status_code == 422
    assert "Choose how often mail comes." in answer.content.decode()
    assert list(subscriber.topics.all()) == [topic]


def test_choice_changed_in_another_window_is_said_and_kept(way, subscriber):
    relapse, maintenance = make_topic("Relapse"), make_topic("Maintenance")
    before = seen(way)
    press(way, cadence="weekly", topics=[relapse.pk])

    answer = press(way, cadence="monthly", topics=[maintenance.pk], seen=before)
    subscriber.refresh_from_db()
    kept = (subscriber.cadence, list(subscriber.topics.all()))
    again = re.search('name="seen" value="([0-9a-f]+)"', answer.content.decode())[1]
    saved = press(way, cadence="monthly", topics=[maintenance.pk], seen=again)

    assert (answer.status_code, kept) == (422, ("weekly", [relapse]))
    assert "It is now: A weekly digest; Relapse." in answer.content.decode()
    assert re.search(r'value="monthly"[^>]* checked', answer.content.decode())
    assert "Your choice is saved" in saved.content.decode()
    subscriber.refresh_from_db()
    assert (subscriber.cadence, list(subscriber.topics.all())) == ("monthly", [maintenance])


@pytest.mark.parametrize("fields", [{"seen": ""}, {"seen": "0" * 32}, {"seen": "\0"}])
def test_save_that_does_not_say_what_it_saw_changes_nothing(way, subscriber, fields):
    answer = press(way, cadence="monthly", **fields)

    assert answer.status_code == 422
    subscriber.refresh_from_db()
    assert subscriber.cadence == "each"


@pytest.mark.parametrize(
    ("command", "fields", "query"),
    [
        ("save", {"cadence": "weekly"}, "?done=saved"),
        ("pause", {"until": (TODAY + timedelta(days=9)).isoformat()}, "?done=paused"),
        ("resume", {}, "?done=resumed"),
        ("resume", {"q": "a b&c"}, "?done=resumed&q=a+b%26c"),
        ("resume", {"q": "x" * 1_000_000}, "?done=resumed"),
        ("leave-everything", {}, "?done=left-everything"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_reloading_the_page_after_a_command_repeats_nothing(way, subscriber, command, fields, query):
    client, path = way
    known = {"seen": seen(way)}

    answer = client.post(path, {"command": command} | known | fields)

    assert (answer.status_code, answer["Location"]) == (303, path + query)
    assert client.get(answer["Location"]).status_code == 200


@pytest.mark.parametrize("done", ["%3Cb%3E", "deleted", "left", "paused", "followed"])
def test_page_says_nothing_of_deeds_that_were_not_done(way, done):
    assert 'role="status"' not in shown(way, f"?done={done}")


@pytest.mark.parametrize("q", ["%00", "%ff", "x" * 5000, "%25", "%F0%9F%A9%BA", "'\")("])
def test_hostile_search_breaks_nothing(way, q):
    client, path = way

    assert client.get(f"{path}?q={q}").status_code in (200, 400, 422)


def test_form_from_another_site_is_refused(way, subscriber):
    client, path = way

    answer = client.post(path, {"command": "leave-everything"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert Subscriber.objects.active().exists()


def test_page_is_kept_by_nobody_and_the_link_shows_no_address(way, subscriber):
    client, path = way

    answer = client.get(path)

    assert "no-store" in answer["Cache-Control"]
    assert (subscriber.email in answer.content.decode()) is path.startswith("/account/")


def test_suppressed_address_is_told_so(way, subscriber):
    assert "We cannot write to this address" not in shown(way)

    suppress(subscriber.email, Suppression.Reason.BOUNCE, "", timezone.now())

    assert "We cannot write to this address" in shown(way)


def test_page_needs_as_many_queries_for_many_follows(way, subscriber, django_assert_max_num_queries):
    for _ in range(5):
        make_follow(subscriber, topic=make_topic())
        make_follow(subscriber, trial=make_trial(complete=False))

    with django_assert_max_num_queries(17):
        shown(way, "?q=t")


# --- data


def data_path(subscriber):
    return links.path(Purpose.PREFERENCES, subscriber, now=timezone.now()) + "data/"


def test_link_in_our_mail_only_mails_a_link_to_the_data(visitor, subscriber):
    asked = visitor.get(data_path(subscriber))
    mailed_by_looking = len(mail.outbox)
    sent = visitor.post(data_path(subscriber), {"email": subscriber.email, "as": "file"}, follow=True)

    assert (asked.status_code, sent.status_code, mailed_by_looking) == (200, 200, 0)
    assert subscriber.email not in asked.content.decode() + sent.content.decode()
    assert [(message.subject, message.to) for message in mail.outbox] == [
        ("Your newsletter data", [subscriber.email])
    ]
    page, file = visitor.get(link("data")), visitor.post(link("data"), {"as": "file"})
    assert subscriber.email in page.content.decode()
    assert file.json()["subscription"]["email"] == subscriber.email


def test_link_to_the_data_works_for_an_hour(visitor, subscriber, monkeypatch):
    visitor.post(data_path(subscriber))
    now = timezone.now()
    statuses = []
    for minutes in (59, 61):
        later = now + timedelta(minutes=minutes)
        monkeypatch.setattr(timezone, "now", lambda later=later: later)
        statuses.append(visitor.get(link("data")).status_code)

    assert statuses == [200, 404]


def test_second_press_within_the_hour_mails_nothing(visitor, subscriber):
    path = data_path(subscriber)

    pages = [visitor.post(path, follow=True).content for _ in range(2)]

    assert pages[0] == pages[1]
    assert len(mail.outbox) == 1


def test_suppressed_address_is_mailed_no_data(visitor, subscriber):
    suppress(subscriber.email, Suppression.Reason.BOUNCE, "", timezone.now())

    visitor.post(data_path(subscriber))

    assert mail.outbox == []


def test_asking_for_data_is_limited(visitor, subscriber, settings):
    settings.ACCOUNT_RATE_LIMITS = {"newsletter": "2/m/ip"}

    answers = [visitor.post(data_path(subscriber)) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [303, 303, 429]


def test_data_hold_all_that_belongs_to_the_person(member, subscriber):
    trial = make_trial(acronym="NOON")
    subscriber.topics.add(make_topic("Relapse"))
    make_follow(subscriber, trial=trial)
    make_delivery(
        make_issue(subject="The first issue"),
        subscriber,
        state="handed_over",
        message_id="<1@x>",
        handed_over_at=timezone.now(),
    )
    make_delivery(make_issue(subject="Not theirs"))

    page = member.get("/account/newsletter/data/").content.decode()
    file = member.post("/account/newsletter/data/", {"as": "file"})

    data = json.loads(file.content)
    assert file["Content-Disposition"] == 'attachment; filename="newsletter-data.json"'
    assert data["topics"] == ["Relapse"]
    assert [(one["kind"], one["name"]) for one in data["follows"]] == [("trial", "NOON")]
    assert [(one["issue"], one["message_id"]) for one in data["deliveries"]] == [("The first issue", "<1@x>")]
    for text in (subscriber.email, "Relapse", "NOON", "The first issue"):
        assert text in page
    assert "Not theirs" not in page + file.content.decode()


def test_request_that_waits_to_be_confirmed_is_among_the_data(member, subscriber):
    topic = make_topic("Relapse")
    Subscriber.objects.update(cadence="none")
    subscriptions.ask(subscriber.email, source="/asked/", topics=[topic], language="en", now=timezone.now())

    page = member.get("/account/newsletter/data/").content.decode()
    data = member.post("/account/newsletter/data/", {"as": "file"}).json()["subscription"]

    assert "Asked anew, not confirmed yet" in page
    assert (data["asked"]["source"], data["asked"]["topics"]) == ("/asked/", ["Relapse"])


def test_every_field_of_a_subscriber_is_among_the_data(member, subscriber):
    data = member.post("/account/newsletter/data/", {"as": "file"}).json()["subscription"]

    fields = {field.name for field in Subscriber._meta.concrete_fields} - {"id"}
    assert set(data) == fields


def test_every_field_of_a_delivery_that_speaks_of_the_person_is_among_the_data(member, subscriber):
    make_delivery(make_issue(), subscriber)

    (data,) = member.post("/account/newsletter/data/", {"as": "file"}).json()["deliveries"]

    of_the_worker = {"id", "subscriber", "claimed_by", "lease_until"}
    fields = {field.name for field in Delivery._meta.concrete_fields} - of_the_worker
    assert set(data) == fields | {"kind"}


@pytest.mark.parametrize("is_subscriber", [True, False])
def test_entry_on_the_suppression_list_is_among_the_data(member, is_subscriber):
    if is_subscriber:
        make_subscriber(member.user.email)
    suppress(member.user.email, Suppression.Reason.BOUNCE, "550 5.1.1 unknown", timezone.now())

    page = member.get("/account/newsletter/data/").content.decode()
    data = member.post("/account/newsletter/data/", {"as": "file"}).json()

    assert "550 5.1.1 unknown" in page
    assert (data["suppression"]["reason"], "subscription" in data) == ("bounce", is_subscriber)


def test_account_without_a_subscription_holds_no_data(member):
    assert "We hold nothing about you here" in member.get("/account/newsletter/data/").content.decode()


# --- the account


def test_account_subscribes_without_a_mail(member):
    topic = make_topic()
    before = member.get("/account/newsletter/").content.decode()

    chosen = {"command": "subscribe", "cadence": "weekly", "topics": [topic.pk]}
    answer = member.post("/account/newsletter/", chosen)

    subscriber = Subscriber.objects.get(email=member.user.email)
    assert "The address is confirmed already" in before
    assert (answer.status_code, answer["Location"]) == (303, "/account/newsletter/")
    assert subscriber.is_active
    assert (subscriber.cadence, subscriber.source) == ("weekly", "account")
    assert list(subscriber.topics.all()) == [topic]
    assert mail.outbox == []


@pytest.mark.parametrize("fields", [{"cadence": "none"}, {"topics": ["0"]}, {"language": "x\0"}])
def test_account_refuses_a_bad_form(member, fields):
    assert press((member, "/account/newsletter/"), "subscribe", **fields).status_code == 422
    assert not Subscriber.objects.exists()


def test_opening_the_account_page_subscribes_nobody(member):
    member.get("/account/newsletter/?command=subscribe")

    assert not Subscriber.objects.exists()


def test_account_without_a_verified_address_subscribes_nobody(member):
    EmailAddress.objects.update(verified=False)

    page = press((member, "/account/newsletter/"), "subscribe").content.decode()

    assert "Confirm your address" in page
    assert not Subscriber.objects.exists()


def test_account_shows_only_the_subscription_of_its_own_address(member):
    make_follow(make_subscriber("stranger@example.org"), topic=make_topic("Secret"))

    assert "stranger@example.org" not in member.get("/account/newsletter/").content.decode()
    press((member, "/account/newsletter/"), "leave-everything")
    assert Follow.objects.exists()


@pytest.mark.parametrize("path", ["/account/newsletter/", "/account/newsletter/data/"])
def test_account_pages_need_somebody_signed_in(reader, path):
    answers = [reader.get(path), reader.post(path, {"command": "subscribe"})]

    assert ["/accounts/login/" in answer["Location"] for answer in answers] == [True, True]
    assert not Subscriber.objects.exists()


def test_account_links_to_the_page(member):
    assert member.get("/account/").content.decode().count('href="/account/newsletter/"') == 2
