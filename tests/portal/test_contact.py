import re
import uuid
from datetime import timedelta

import pytest
from django.core import signing
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from portal.contact import SALT
from portal.models import ContactMessage, Hub

pytestmark = pytest.mark.django_db

MESSAGE = {"name": "Ada Example", "email": "ada@example.org", "message": "There is a mistake in the table."}


@pytest.fixture(autouse=True)
def _hub(settings):
    Hub.objects.create(pk=1, name="Test Record", contact_email="editors@example.org")
    settings.ACCOUNT_RATE_LIMITS = {"contact": "1000/m/ip"}


def open_form(client):
    """The stamp in the form that this browser was given."""
    return re.search(r'name="stamp" value="([^"]+)"', client.get("/contact/").content.decode())[1]


def send(client, stamp, **fields):
    return client.post("/contact/", MESSAGE | {"stamp": stamp} | fields)


@pytest.fixture
def stamp(visitor, time_machine):
    """The stamp of a form that was opened a minute ago."""
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    value = open_form(visitor)
    time_machine.move_to(start + timedelta(minutes=1), tick=False)
    return value


def assert_refused_but_kept(response, words, status=422):
    html = response.content.decode()
    assert response.status_code == status
    assert words in html
    assert all(value in html for value in MESSAGE.values())  # nothing typed is lost
    assert not ContactMessage.objects.exists()


def test_a_message_is_stored_and_mailed_to_the_editors(visitor, stamp, mailoutbox):
    response = send(visitor, stamp)

    assert (response.status_code, response["Location"]) == (303, "/contact/sent/")
    stored = ContactMessage.objects.get()
    assert (stored.name, stored.email, stored.message) == tuple(MESSAGE.values())
    (mail,) = mailoutbox
    assert (mail.to, mail.reply_to, mail.subject) == (
        ["editors@example.org"],
        ["ada@example.org"],
        "Test Record: a message from the contact page",
    )
    assert "There is a mistake in the table." in mail.body
    assert "Ada Example <ada@example.org>" in mail.body


def test_the_sender_is_thanked(visitor, stamp):
    response = visitor.post("/contact/", MESSAGE | {"stamp": stamp}, follow=True)

    html = response.content.decode()
    assert "Thank you for writing" in html
    assert 'href="/contact/"' in html


def test_nobody_is_told_of_a_message_that_was_not_sent(visitor):
    form, thanks = (visitor.get(path).content.decode() for path in ("/contact/?sent=1", "/contact/sent/"))

    assert 'name="message"' in form
    assert not any(words in form + thanks for words in ("Your message", "your message"))


def test_without_an_address_of_the_editors_the_message_is_stored(visitor, stamp, mailoutbox):
    Hub.objects.update(contact_email="")

    send(visitor, stamp)

    assert ContactMessage.objects.count() == 1
    assert mailoutbox == []


def test_the_same_form_sent_twice_is_one_message(visitor, stamp, mailoutbox):
    responses = [send(visitor, stamp), send(visitor, stamp)]

    assert [response["Location"] for response in responses] == ["/contact/sent/"] * 2
    assert ContactMessage.objects.count() == 1
    assert len(mailoutbox) == 1


def test_two_forms_are_two_messages(visitor, stamp, time_machine):
    send(visitor, stamp)
    second = open_form(visitor)
    time_machine.move_to(timezone.now() + timedelta(minutes=1), tick=False)

    send(visitor, second)

    assert ContactMessage.objects.count() == 2


def test_a_filled_trap_is_thanked_and_forgotten(visitor, stamp, mailoutbox):
    response = send(visitor, stamp, website="https://spam.example")

    assert (response.status_code, response["Location"]) == (303, "/contact/sent/")
    assert not ContactMessage.objects.exists()
    assert mailoutbox == []


def test_the_trap_is_out_of_the_way_of_people(visitor):
    html = visitor.get("/contact/").content.decode()

    trap = re.search(r'<input[^>]+name="website"[^>]*>', html)[0]
    assert 'tabindex="-1"' in trap
    assert 'autocomplete="off"' in trap
    assert "required" not in trap


def test_a_form_sent_within_three_seconds_is_asked_for_again(visitor, time_machine):
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    stamp = open_form(visitor)
    time_machine.move_to(start + timedelta(seconds=2), tick=False)

    assert_refused_but_kept(send(visitor, stamp), "That was very quick.")

    time_machine.move_to(start + timedelta(seconds=4), tick=False)
    send(visitor, stamp)
    assert ContactMessage.objects.count() == 1


def test_a_form_older_than_a_day_is_asked_for_again_with_a_new_stamp(visitor, stamp, time_machine):
    time_machine.move_to(timezone.now() + timedelta(days=1), tick=False)

    response = send(visitor, stamp)

    assert_refused_but_kept(response, "This form was open for too long.")
    fresh = re.search(r'name="stamp" value="([^"]+)"', response.content.decode())[1]
    time_machine.move_to(timezone.now() + timedelta(seconds=10), tick=False)
    send(visitor, fresh)
    assert ContactMessage.objects.count() == 1


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "nonsense",
        "a:b:c",
        "\0",
        "x" * 100_000,
        signing.dumps({"n": uuid.uuid4().hex, "at": 0}, salt="another"),
    ],
)
def test_a_forged_stamp_is_asked_for_again(visitor, forged):
    assert_refused_but_kept(send(visitor, forged), "This form was open for too long.")


def test_a_stamp_of_ours_holds_a_number_and_a_time_only(visitor):
    assert set(signing.loads(open_form(visitor), salt=SALT)) == {"n", "at"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 121),
        ("name", "Ada\0"),
        ("email", ""),
        ("email", "nonsense"),
        ("email", "ada@example.org\r\nBcc: all@example.org"),
        ("email", '"\x07"@example.org'),
        ("email", "a" * 250 + "@example.org"),
        ("message", ""),
        ("message", "   \n "),
        ("message", "x" * 5001),
        ("message", "x" * 1_000_000),
        ("message", "a\0b"),
    ],
)
def test_a_wrong_field_is_named(visitor, stamp, mailoutbox, field, value):
    response = send(visitor, stamp, **{field: value})

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {field}
    assert not ContactMessage.objects.exists()
    assert mailoutbox == []


@pytest.mark.parametrize(
    "name", ["Ada\r\nBcc: all@example.org", "Ada\x0bX", "Ada\u2028X", "=?utf-8?q?x?=", "Ädä 漢"]
)
def test_a_name_reaches_no_header(visitor, stamp, mailoutbox, name):
    response = send(visitor, stamp, name=name)

    assert response.status_code == 303
    headers = mailoutbox[0].message().items()
    assert {key for key, _ in headers} == {
        "Content-Type", "MIME-Version", "Content-Transfer-Encoding", "Subject", "From", "To", "Reply-To", "Date",
        "Message-ID",
    }  # fmt: skip
    assert "all@example.org" not in "".join(value for _, value in headers)


def test_wrong_types_are_form_errors(visitor, stamp):
    response = visitor.post("/contact/", {"name": ["a", "b"], "email": ["x"], "stamp": [stamp, "y"]})

    assert response.status_code == 422


def test_a_body_that_is_no_form_is_an_empty_form(visitor):
    response = visitor.post("/contact/", b'{"name": [1]}', content_type="application/json")

    assert response.status_code == 422


def test_too_many_messages_are_slowed_down_without_losing_the_text(visitor, stamp, settings):
    settings.ACCOUNT_RATE_LIMITS = {"contact": "2/m/ip"}
    for _ in range(2):
        send(visitor, stamp)
    ContactMessage.objects.all().delete()

    response = send(visitor, stamp)

    assert_refused_but_kept(response, "Several messages came from your network", status=429)
    assert response["Retry-After"] == "60"


def test_the_form_carries_a_token():
    strict = Client(enforce_csrf_checks=True)

    response = send(strict, open_form(strict))

    assert response.status_code == 403
    assert "The form has expired" in response.content.decode()
    assert not ContactMessage.objects.exists()


def test_a_second_question_typed_into_a_kept_page_is_a_second_message(visitor, stamp, mailoutbox):
    for _ in range(2):
        send(visitor, stamp, message="The first question.")
        send(visitor, stamp, message="The second question.")

    stored = set(ContactMessage.objects.values_list("message", flat=True))
    assert stored == {"The first question.", "The second question."}


def test_the_database_stores_a_form_once():
    nonce = uuid.uuid4()
    ContactMessage.objects.create(nonce=nonce, **MESSAGE)

    with pytest.raises(DatabaseError, match="nonce"), transaction.atomic():
        ContactMessage.objects.create(nonce=nonce, **MESSAGE)


def test_messages_stored_otherwise_get_a_number_of_their_own():
    messages = [ContactMessage.objects.create(**MESSAGE) for _ in range(2)]

    assert len({message.nonce for message in ContactMessage.objects.all()}) == len(messages)
