import re

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from newsletter.models import Status, Subscriber
from portal.models import Hub, OutgoingMail
from portal.outbox import deliver_due
from tests.factories import make_admin, make_topic

from .mailbox import link, paths

pytestmark = pytest.mark.django_db
READER = "reader@example.org"


def sign_up(client, email=READER, **fields):
    return client.post("/newsletter/", {"email": email} | fields)


def status_of(email=READER):
    return Subscriber.objects.get(email=email).status


def subscribe(client):
    """Sign up and press the button; returns the path to leave."""
    sign_up(client)
    client.post(link("confirm"))
    return link("leave")


def test_page_shows_the_form_and_the_promises(visitor):
    topic = make_topic("Relapse")

    page = visitor.get("/newsletter/").content.decode()

    assert 'name="email"' in page
    assert f'value="{topic.pk}"' in page
    # If these words change, raise subscriptions.WORDING_VERSION.
    assert "You will get one message with a link to confirm. We do not count whether you open a mail" in page
    assert "there are no hidden pictures, links lead straight to the page, and nothing is loaded" in page
    assert "A digest lists all that is new on your topics since your last one" in page
    assert "No tracking; leave with one click." in visitor.get("/privacy/").content.decode()


def test_sign_up_needs_no_attestation_and_no_token():
    client = Client(enforce_csrf_checks=True)

    response = sign_up(client, source="/articles/x/")

    assert response.status_code == 200
    assert "Look in your mailbox" in response.content.decode()
    assert Subscriber.objects.get().source == "/articles/x/"


def test_sign_up_keeps_the_chosen_topics(visitor):
    first, _, third = (make_topic(name) for name in ("Access", "Biology", "Care"))

    sign_up(visitor, topics=[first.pk, third.pk], language="en")

    assert set(Subscriber.objects.get().topics.all()) == {first, third}
    assert "Topics: Access, Care\n" in mail.outbox[0].body


def test_sign_up_from_another_site_is_refused(visitor):
    response = visitor.post("/newsletter/", {"email": READER}, headers={"Sec-Fetch-Site": "cross-site"})

    assert response.status_code == 403
    assert not Subscriber.objects.exists()


def test_answer_is_the_same_for_every_address(visitor):
    subscribe(visitor)
    sign_up(visitor, "asked@example.org")

    pages = {sign_up(visitor, email).content for email in (READER, "asked@example.org", "new@example.org")}

    assert len(pages) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"email": ""},
        {"email": "nobody"},
        {"email": "a\0@example.org"},
        {"email": '"a b"@example.org'},
        {"email": '"\x01"@example.org'},
        {"email": "a@example.org\nBcc: b@example.org"},
        {"email": "a" * 1_000_000 + "@example.org"},
        {"email": "ä@example.org"},
        {"email": b"\xff\xfe@example.org"},
        {"email": READER, "topics": "0"},
        {"email": READER, "topics": "x\0"},
        {"email": READER, "topics": "9" * 40},
        {"email": READER, "language": "tlh"},
        {"email": READER, "source": "/" + "x" * 1_000_000},
        {"email": READER, "source": "/\0"},
    ],
    ids=lambda fields: " ".join(f"{name}={str(value)[:20]!r}" for name, value in fields.items()),
)
def test_bad_input_is_a_form_error(visitor, fields):
    response = visitor.post("/newsletter/", fields)

    assert response.status_code == 422
    assert response.context["form"].errors
    assert not Subscriber.objects.exists()


def test_refused_form_is_still_filled(visitor):
    topic = make_topic()

    page = sign_up(visitor, "nobody", topics=[topic.pk]).content.decode()

    assert 'value="nobody"' in page
    assert re.search(rf'value="{topic.pk}"[^>]* checked', page)


def test_address_of_another_site_is_no_source(visitor):
    sign_up(visitor, source="https://evil.example/")

    assert Subscriber.objects.get().source == ""


def test_htmx_gets_the_part_alone(visitor):
    headers = {"HX-Request": "true"}

    refused = visitor.post(
        "/newsletter/", {"email": "nobody", "place": "footer", "source": "/x/"}, headers=headers
    )
    done = visitor.post("/newsletter/", {"email": READER, "place": "footer"}, headers=headers)

    assert (refused.status_code, done.status_code) == (422, 200)
    assert "<html" not in refused.content.decode() + done.content.decode()
    assert 'id="sign-up-footer-error"' in refused.content.decode()
    assert 'value="nobody"' in refused.content.decode()
    assert 'name="source" value="/x/"' in refused.content.decode()
    assert "Look in your mailbox" in done.content.decode()
    assert "HX-Request" in done["Vary"]


def test_sign_up_is_limited_per_sender(visitor, settings):
    settings.ACCOUNT_RATE_LIMITS = {"newsletter": "2/m/ip"}

    answers = [sign_up(visitor, f"a{number}@example.org") for number in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2]["Retry-After"] == "60"
    assert Subscriber.objects.count() == 2


def test_opening_the_confirmation_link_changes_nothing_and_the_button_confirms(visitor):
    sign_up(visitor)
    path, visitor = link("confirm"), Client()  # on another device

    pages = [visitor.get(path), visitor.head(path), visitor.get(path)]
    opened = status_of()
    answers = [visitor.post(path), visitor.post(path)]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert READER in pages[0].content.decode()
    assert opened == Status.ASKED
    assert status_of() == Status.ACTIVE
    assert answers[0].status_code == 200
    assert len({re.sub("/preferences/[^/]+/", "", answer.content.decode()) for answer in answers}) == 1
    assert len(mail.outbox) == 2  # the link and one welcome


def test_opening_the_link_to_leave_changes_nothing_and_the_button_leaves(visitor):
    path = subscribe(visitor)

    page = visitor.get(path).content.decode()
    opened = status_of()
    answers = [visitor.post(path), visitor.post(path)]

    assert READER not in page  # issues are forwarded
    assert opened == Status.ACTIVE
    assert status_of() == Status.LEFT
    assert answers[0].status_code == answers[1].status_code == 200
    assert answers[0].content == answers[1].content


def test_mail_provider_leaves_with_one_click():
    path = subscribe(Client())
    provider = Client(enforce_csrf_checks=True)
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://mail.example"}

    answers = [provider.post(path, {"List-Unsubscribe": "One-Click"}, headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.cookies for answer in answers] == [{}, {}]
    assert status_of() == Status.LEFT


@pytest.mark.parametrize(
    "purpose",
    [
        "confirm",
        "confirm/weekly",
        "confirm/follow/trial-1",
        "leave",
        "unfollow/trial-1",
        "unfollow/x-1",
        "unfollow-all",
        "preferences",
    ],
)
@pytest.mark.parametrize("token", ["x", "1.1.1", "1.1vK3fA." + "A" * 43, "x" * 5000])
def test_bad_link_is_explained(visitor, purpose, token):
    answers = [getattr(visitor, method)(f"/newsletter/{purpose}/{token}/") for method in ("get", "post")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert "This link no longer works" in answers[0].content.decode()


def test_link_for_one_purpose_serves_no_other(visitor):
    leave = subscribe(visitor)

    assert visitor.post(leave.replace("leave", "confirm")).status_code == 404
    assert visitor.post(leave.replace("leave", "preferences")).status_code == 404


def test_preferences_are_shown_and_saved(visitor):
    old, new = make_topic(), make_topic()
    subscribe(visitor)
    path = link("preferences")
    Subscriber.objects.get().topics.set([old])

    before = visitor.get(path).content.decode()
    seen = re.search('name="seen" value="([0-9a-f]+)"', before)[1]
    saved = visitor.post(
        path, {"command": "save", "seen": seen, "cadence": "each", "topics": [new.pk]}, follow=True
    )
    refused = visitor.post(path, {"command": "save", "cadence": "each", "topics": ["0"]})

    assert re.search(rf'value="{old.pk}"[^>]* checked', before)
    assert "Your choice is saved" in saved.content.decode()
    assert refused.status_code == 422
    assert set(Subscriber.objects.get().topics.all()) == {new}


def test_pages_behind_links_are_kept_by_nobody(visitor):
    path = subscribe(visitor)

    assert "no-store" in visitor.get(path)["Cache-Control"]


def test_whole_way_through_a_real_mail_server(visitor, sink, settings):
    settings.SITE_URL = "https://hub.example"
    Hub.objects.update_or_create(pk=1, defaults={"contact_email": "us@hub.example"})
    sign_up(visitor)
    deliver_due(timezone.now())
    text = sink.taken[0][1].get_body(("plain",)).get_content()

    confirmed = visitor.post(paths("confirm", text)[0])
    deliver_due(timezone.now())
    welcome = sink.taken[1][1]
    uri = re.fullmatch(
        r"<https://hub.example(/newsletter/leave/\S+/)>",
        " ".join(welcome["List-Unsubscribe"].split()),
    )
    left = visitor.post(uri[1], {"List-Unsubscribe": "One-Click"})

    assert (confirmed.status_code, left.status_code) == (200, 200)
    assert welcome["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "List-Unsubscribe" not in sink.taken[0][1]
    assert status_of() == Status.LEFT
    assert OutgoingMail.objects.filter(sent_at__isnull=False).count() == 2


def test_admin_lists_searches_and_filters_but_does_not_edit(client, django_assert_max_num_queries):
    client.force_login(make_admin())
    active = Subscriber.objects.create(email="on@example.org", wording_version=1, confirmed_at=timezone.now())
    Subscriber.objects.create(email="asked@example.org", wording_version=1)

    def emails(query):
        return {
            row.email for row in client.get(f"/admin/newsletter/subscriber/{query}").context["cl"].result_list
        }

    assert emails("") == {"on@example.org", "asked@example.org"}
    assert emails("?status=active") == emails("?q=on@") == {"on@example.org"}
    assert emails("?status=asked") == {"asked@example.org"}
    page = client.get(f"/admin/newsletter/subscriber/{active.pk}/change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert (
        client.post(
            f"/admin/newsletter/subscriber/{active.pk}/change/", {"email": "x@example.org"}
        ).status_code
        == 403
    )
