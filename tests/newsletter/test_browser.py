"""In the browser that asked, opening the mailed link confirms; anywhere else a button does."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from newsletter import links
from newsletter.links import Purpose
from newsletter.models import Follow, Status, Subscriber, Suppression
from newsletter.suppression import suppress
from portal.lib.cookies import NEWSLETTER
from tests.trials.factories import make_trial

from .mailbox import link
from .rows import make_follow, make_subscriber

pytestmark = pytest.mark.django_db
READER = "reader@example.org"


def sign_up(client, email=READER, **fields):
    return client.post("/newsletter/", {"email": email} | fields)


def is_active():
    return Subscriber.objects.get(email=READER).status == Status.ACTIVE


def test_browser_that_signed_up_confirms_by_opening_the_link(visitor):
    sign_up(visitor, cadence="weekly")

    page = visitor.get(link("confirm/weekly"), headers={"Sec-Fetch-Dest": "document"})

    assert "You are subscribed" in page.content.decode()
    assert Subscriber.objects.get().cadence == "weekly"


def test_opening_the_link_again_changes_nothing(visitor):
    sign_up(visitor)
    path = link("confirm")

    pages = [visitor.get(path).content for _ in range(2)]

    assert pages[0] == pages[1]
    assert len(mail.outbox) == 2  # the link and one welcome


def test_browser_that_asked_to_follow_confirms_by_opening_the_link(visitor):
    trial = make_trial()
    visitor.post("/newsletter/follow/", {"kind": "trial", "slug": trial.slug, "email": READER})

    page = visitor.get(link(f"confirm/follow/trial-{trial.pk}")).content.decode()

    assert f"You follow {trial.acronym}" in page
    assert Follow.objects.get().confirmed_at


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Moz": "prefetch"},
        {"X-Purpose": "preview"},
        {"Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Dest": "empty"},
    ],
    ids=str,
)
def test_what_a_browser_loads_by_itself_confirms_nothing(visitor, headers):
    sign_up(visitor)

    page = visitor.get(link("confirm"), headers=headers)

    assert "Yes, send me the newsletter" in page.content.decode()
    assert not is_active()


def test_head_confirms_nothing(visitor):
    sign_up(visitor)

    visitor.head(link("confirm"))

    assert not is_active()


def test_cookie_of_another_address_confirms_nothing(visitor):
    sign_up(visitor)
    path = link("confirm")
    sign_up(visitor, "other@example.org")

    visitor.get(path)

    assert not is_active()


def test_cookie_of_another_request_for_the_address_confirms_nothing(visitor):
    trial, other = make_trial(), make_trial()
    sign_up(visitor)
    sign_up_link = link("confirm")
    for thing in (trial, other):
        visitor.post("/newsletter/follow/", {"kind": "trial", "slug": thing.slug, "email": READER})
    follow_link = link(f"confirm/follow/trial-{trial.pk}", mail.outbox[1])

    visitor.get(sign_up_link)
    visitor.get(follow_link)

    assert not is_active()
    assert not Follow.objects.filter(confirmed_at__isnull=False).exists()


def test_address_in_other_letters_is_the_same(visitor):
    sign_up(visitor)
    path = link("confirm")
    sign_up(visitor, READER.upper())

    visitor.get(path)

    assert is_active()


@pytest.mark.parametrize("value", ["", "x", "1vK3fA." + "A" * 43, "x" * 5000, "é", '"\\000"', ". .", "."])
def test_forged_cookie_confirms_nothing(visitor, value):
    sign_up(visitor)
    visitor.cookies[NEWSLETTER.name] = value

    answer = visitor.get(link("confirm"))

    assert answer.status_code in (200, 400)
    assert not is_active()


@pytest.mark.parametrize(("minutes", "confirms"), [(29, True), (31, False)])
def test_cookie_works_for_half_an_hour(visitor, monkeypatch, minutes, confirms):
    sign_up(visitor)
    later = timezone.now() + timedelta(minutes=minutes)
    monkeypatch.setattr(timezone, "now", lambda: later)

    visitor.get(link("confirm"))

    assert is_active() is confirms


def test_cookie_does_not_tell_what_the_address_was(settings):
    make_subscriber("known@example.org")
    suppress("suppressed@example.org", Suppression.Reason.BOUNCE, "", timezone.now())
    trial = make_trial()
    make_follow(make_subscriber("follows@example.org"), trial=trial)

    answers = [
        sign_up(Client(), email)
        for email in ("known@example.org", "new@example.org", "suppressed@example.org", "asked@example.org")
    ] + [
        Client().post("/newsletter/follow/", {"kind": "trial", "slug": trial.slug, "email": email})
        for email in ("follows@example.org", "a-very-long-name-indeed@example.org", "suppressed@example.org")
    ]

    morsels = [answer.cookies[NEWSLETTER.name] for answer in answers]
    assert {len(morsel.value) for morsel in morsels} == {50}
    assert {(m["max-age"], m["path"], m["httponly"], m["samesite"]) for m in morsels} == {
        (1800, "/newsletter/confirm/", True, "Lax")
    }
    assert len({answer.content for answer in answers[:4]}) == len({a.content for a in answers[4:]}) == 1


def mailed_paths():
    """A path for every purpose, of a subscriber for whom it would change something."""
    now, trial = timezone.now(), make_trial()
    asked = make_subscriber("asked@example.org", confirmed_at=None)
    asked.follows.create(trial=trial)
    active = make_subscriber("active@example.org")
    make_follow(active, trial=trial)
    about = f"trial-{trial.pk}"
    return {
        Purpose.CONFIRM: links.path(Purpose.CONFIRM, asked, now=now, about="weekly"),
        Purpose.CONFIRM_FOLLOW: links.path(Purpose.CONFIRM_FOLLOW, asked, now=now, about=about),
        Purpose.LEAVE: links.path(Purpose.LEAVE, active, now=now),
        Purpose.UNFOLLOW: links.path(Purpose.UNFOLLOW, active, now=now, about=about),
        Purpose.UNFOLLOW_ALL: links.path(Purpose.UNFOLLOW_ALL, active, now=now),
        Purpose.PREFERENCES: links.path(Purpose.PREFERENCES, active, now=now),
        Purpose.DATA: links.path(Purpose.DATA, active, now=now),
    }


def everything_stored():
    return list(Subscriber.objects.order_by("pk").values()) + list(Follow.objects.order_by("pk").values())


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("purpose", Purpose)
def test_opening_a_mailed_link_changes_nothing(visitor, purpose, method):
    path = mailed_paths()[purpose]
    before = everything_stored()

    answers = [
        getattr(visitor, method)(path),
        getattr(visitor, method)(f"{path}?List-Unsubscribe=One-Click&command=leave"),
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.cookies for answer in answers] == [{}, {}]
    assert everything_stored() == before
    assert mail.outbox == []


@pytest.mark.parametrize("purpose", [Purpose.LEAVE, Purpose.UNFOLLOW_ALL, Purpose.UNFOLLOW])
def test_mail_provider_leaves_with_one_click_and_may_repeat_it(purpose):
    path = mailed_paths()[purpose]
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://mail.example"}
    provider = Client(enforce_csrf_checks=True)
    press = {"List-Unsubscribe": "One-Click"}

    answers = [provider.post(path, press, headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    subscriber = Subscriber.objects.get(email="active@example.org")
    is_newsletter = purpose == Purpose.LEAVE
    assert subscriber.is_active
    assert (subscriber.cadence, subscriber.follows.count()) == (("none", 1) if is_newsletter else ("each", 0))


@pytest.mark.parametrize("purpose", Purpose)
def test_link_for_one_purpose_or_subscriber_serves_no_other(visitor, purpose):
    paths = mailed_paths()
    mine = paths.pop(purpose)
    token = mine.split("/")[-2]
    before = everything_stored()
    other = make_subscriber("other@example.org")
    foreign = mine.replace(token, f"{other.pk}.{token.partition('.')[2]}")
    other.delete()

    answers = [visitor.post(path.replace(path.split("/")[-2], token)) for path in paths.values()]
    answers.append(visitor.post(foreign))

    assert {answer.status_code for answer in answers} == {404}
    assert everything_stored() == before
