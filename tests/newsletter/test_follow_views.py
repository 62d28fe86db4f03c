import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter import members
from newsletter.models import Follow, Status, Subscriber
from tests.factories import make_topic, make_treatment, make_user
from tests.trials.factories import make_trial

from .rows import make_follow, make_subscriber

pytestmark = pytest.mark.django_db
READER = "reader@example.org"
MAKERS = {"topic": make_topic, "drug": make_treatment, "trial": make_trial}
PATHS = {"topic": "/topics/", "drug": "/treatments/", "trial": "/trials/"}


@pytest.fixture(params=MAKERS)
def kind(request):
    return request.param


@pytest.fixture
def thing(kind):
    return MAKERS[kind]()


def page_of(kind, thing):
    return f"{PATHS[kind]}{thing.slug}/"


def post(client, kind, thing, **fields):
    headers = fields.pop("headers", {})
    return client.post("/newsletter/follow/", {"kind": kind, "slug": thing.slug} | fields, headers=headers)


def test_page_asks_a_reader_for_an_address(reader, kind, thing):
    page = reader.get(page_of(kind, thing)).content.decode()

    assert 'action="/newsletter/follow/"' in page
    assert f'name="slug" value="{thing.slug}"' in page
    assert 'id="follow-email"' in page
    assert "Two a week at most." in page


def test_page_offers_a_member_one_press_and_shows_the_state(member, kind, thing):
    before = member.get(page_of(kind, thing)).content.decode()
    answer = post(member, kind, thing, command="follow")
    after = member.get(page_of(kind, thing)).content.decode()

    assert 'id="follow-email"' not in before + after
    assert (answer.status_code, answer["Location"]) == (303, f"{page_of(kind, thing)}#follow")
    assert ("Stop following" in before, "Stop following" in after) == (False, True)
    follow = Follow.objects.get()
    assert (follow.thing, follow.subscriber.email) == (thing, member.user.email)
    assert mail.outbox == []


def test_member_stops_and_may_press_twice(member, kind, thing):
    for _ in range(2):
        post(member, kind, thing, command="follow")

    answers = [post(member, kind, thing, command="stop") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert not Follow.objects.exists()
    assert Subscriber.objects.get().status == Status.LEFT


def test_htmx_gets_the_part_with_the_other_button(member, kind, thing):
    headers = {"HX-Request": "true"}

    followed = post(member, kind, thing, command="follow", headers=headers)
    stopped = post(member, kind, thing, command="stop", headers=headers)

    assert "<html" not in followed.content.decode() + stopped.content.decode()
    assert 'value="stop" autofocus' in followed.content.decode()
    assert 'value="follow" autofocus' in stopped.content.decode()
    assert "HX-Request" in followed["Vary"]
    assert "no-store" in followed["Cache-Control"]


def test_address_gets_a_link_and_the_answer_is_the_same_for_every_address(visitor, kind, thing):
    make_follow(make_subscriber(READER), **{kind: thing})
    make_subscriber("known@example.org")

    answers = [
        post(visitor, kind, thing, email=email)
        for email in (READER, "known@example.org", "new@example.org", "new@example.org")
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert sorted(message.to[0] for message in mail.outbox) == ["known@example.org", "new@example.org"]
    assert set(Follow.objects.filter(confirmed_at=None).values_list("subscriber__email", flat=True)) == {
        "known@example.org",
        "new@example.org",
    }


def test_mail_names_the_thing_and_its_page(visitor, kind, thing):
    post(visitor, kind, thing, email=READER, source=page_of(kind, thing))

    assert page_of(kind, thing) in mail.outbox[0].body
    assert Subscriber.objects.get().source == page_of(kind, thing)


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("email", ["", "nobody", "a\0@example.org", '"a b"@example.org', "x" * 1_000_000])
def test_bad_address_is_a_form_error(visitor, email, htmx):
    answer = post(visitor, "trial", make_trial(), email=email, headers={"HX-Request": "true"} if htmx else {})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert ("<html" in answer.content.decode()) is not htmx
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"kind": "trial"},
        {"kind": "trial", "slug": "no-such-thing"},
        {"kind": "subscriber", "slug": "x"},
        {"kind": "trial", "slug": "x\0"},
        {"kind": "trial\0", "slug": "x"},
        {"kind": "trial", "slug": "x" * 1_000_000},
        {"kind": "trial", "slug": "\ud800".encode("utf-8", "surrogatepass")},
        {"kind": ["trial", "drug"], "slug": "../../admin"},
    ],
    ids=lambda fields: str(fields)[:40],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_unknown_things_are_not_found(member, fields, method):
    answer = getattr(member, method)("/newsletter/follow/", {"email": READER, "command": "follow"} | fields)

    assert answer.status_code in (400, 404, 414)
    assert not Subscriber.objects.exists()


def test_unknown_command_does_nothing(member):
    answer = post(member, "trial", make_trial(), command="delete")

    assert answer.status_code == 404
    assert not Follow.objects.exists()


def test_get_shows_the_form_alone_and_changes_nothing(member, kind, thing):
    answer = member.get("/newsletter/follow/", {"kind": kind, "slug": thing.slug, "command": "follow"})

    assert answer.status_code == 200
    assert not Follow.objects.exists()


def test_form_from_another_site_is_refused(member):
    answer = post(member, "trial", make_trial(), command="follow", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert not Follow.objects.exists()


def test_form_is_limited_per_sender(visitor, settings):
    settings.ACCOUNT_RATE_LIMITS = {"newsletter": "2/m/ip"}
    trial = make_trial()

    answers = [post(visitor, "trial", trial, email=f"a{number}@example.org") for number in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_account_without_a_verified_address_is_asked_for_one(reader):
    user = make_user()
    EmailAddress.objects.update(verified=False)
    reader.force_login(user)
    trial = make_trial()

    page = reader.get(f"/trials/{trial.slug}/").content.decode()
    post(reader, "trial", trial, command="follow", email=user.email)

    assert 'id="follow-email"' in page
    assert Follow.objects.get().confirmed_at is None
    assert len(mail.outbox) == 1


def test_state_is_that_of_the_own_confirmed_follow(member):
    trial = make_trial()
    make_follow(make_subscriber(), trial=trial)
    own = make_subscriber(member.user.email.upper())
    own.follows.create(trial=trial)
    assert not members.follow_state(member.user, trial).is_following

    own.follows.update(confirmed_at=timezone.now())
    assert members.follow_state(member.user, trial).is_following

    Subscriber.objects.filter(pk=own.pk).update(left_at=timezone.now())
    assert not members.follow_state(member.user, trial).is_following


def test_state_costs_one_query_for_somebody_signed_in_and_none_for_others(member, reader, kind, thing):
    with CaptureQueriesContext(connection) as anonymous:
        members.follow_state(AnonymousUser(), thing)
    with CaptureQueriesContext(connection) as signed_in:
        members.follow_state(member.user, thing)

    assert (len(anonymous), len(signed_in)) == (0, 1)


def test_page_for_readers_who_are_not_signed_in_holds_nothing_personal(kind, thing, reader):
    make_follow(make_subscriber(READER), **{kind: thing})

    pages = {reader.get(page_of(kind, thing)).content for _ in range(2)}

    assert len(pages) == 1
    assert b"Stop following" not in pages.pop()
    assert Client().get(page_of(kind, thing)).content.count(b"newsletter/follow/") == 0  # the gate
