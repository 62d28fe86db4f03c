"""A subscriber's way through the mailbox: sign up, confirm, leave with one click, come back."""

import re
from urllib.parse import urlsplit
from urllib.request import urlopen

from django.test import Client
from playwright.sync_api import expect

from newsletter.models import Subscriber
from tests.factories import make_topic
from tests.journeys.steps import mailed_link

ADDRESS = "reader@example.org"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}  # RFC 8058, 3.2


def sign_up(page, *topics):
    page.goto("/newsletter/")
    page.get_by_label("E-mail address").fill(ADDRESS)
    for topic in topics:
        page.get_by_label(topic).check()
    page.get_by_role("button", name="Get the newsletter").click()
    expect(page.get_by_role("heading", name="Look in your mailbox")).to_be_visible()


def open_as_a_scanner(link):
    """What programs do that look for danger behind each link of a mail: no cookies, no button."""
    with urlopen(link) as response:  # noqa: S310
        assert response.status == 200


def confirm_elsewhere(new_context, link):
    """On another device than the one that asked."""
    page = new_context().new_page()
    page.goto(link)
    page.get_by_role("button", name="Yes, send me the newsletter").click()
    expect(page.get_by_role("heading", name="You are subscribed")).to_be_visible()


def confirm_here(page, link):
    page.goto(link)
    expect(page.get_by_role("heading", name="You are subscribed")).to_be_visible()


def test_subscription_begins_with_a_button_and_ends_with_one_click(
    page, new_context, transactional_db, deliver, sink
):
    for name in ("Relapse", "Transplant", "Supportive care"):
        make_topic(name)
    sign_up(page, "Relapse", "Transplant")
    link = mailed_link("confirm", deliver()[-1])

    open_as_a_scanner(link)
    assert not Subscriber.objects.active().exists()
    confirm_elsewhere(new_context, link)
    subscriber = Subscriber.objects.active().get()
    assert {topic.name for topic in subscriber.topics.all()} == {"Relapse", "Transplant"}

    deliver()
    recipient, welcome = sink.taken[-1]
    assert recipient == ADDRESS
    assert welcome["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    leave = re.match(r"\s*<(http[^>]+)>", welcome["List-Unsubscribe"])[1]
    open_as_a_scanner(leave)
    assert Subscriber.objects.active().exists()
    for _ in range(2):  # providers repeat what they are not sure of
        assert Client(enforce_csrf_checks=True).post(urlsplit(leave).path, ONE_CLICK).status_code == 200
        assert not Subscriber.objects.active().exists()

    sign_up(page)
    confirm_here(page, mailed_link("confirm", deliver()[-1]))
    assert not Subscriber.objects.active().get().topics.exists()


def test_footer_answers_in_place_and_says_so(reader_page, deliver):
    page = reader_page
    page.goto("/")
    page.evaluate("window.stayed = true")
    footer = page.get_by_role("contentinfo")
    footer.get_by_label("E-mail address").fill("reader@hospital")  # good enough for a browser
    page.keyboard.press("Enter")

    expect(footer.get_by_role("alert")).to_contain_text("Write an address like")
    field = footer.get_by_label("E-mail address")
    expect(field).to_be_focused()
    expect(field).to_have_value("reader@hospital")
    field.fill(ADDRESS)
    page.keyboard.press("Enter")
    answer = footer.get_by_role("status").filter(has_text="Look in your mailbox")
    expect(answer).to_be_focused()
    expect(footer.get_by_label("E-mail address")).to_have_count(0)

    assert page.evaluate("window.stayed")
    assert "/newsletter/confirm/" in deliver()[-1]
    assert Subscriber.objects.get().source == "/"
