"""Whatever is pressed twice, or in two windows, happens once; also when the answer is slow in coming."""

import time

import pytest
from playwright.sync_api import expect

from accounts import attestation
from accounts.models import Attestation
from articles.models import Bookmark
from newsletter import subscriptions
from newsletter.models import Subscriber
from portal import consent, contact
from portal.models import ConsentRecord, ContactMessage
from tests.factories import make_article

SECONDS = 0.4


@pytest.fixture
def _slow(monkeypatch):
    """What the buttons do takes so long that one presses again."""

    def slowed(function):
        def wait_first(*args, **kwargs):
            time.sleep(SECONDS)
            return function(*args, **kwargs)

        return wait_first

    for module, name in (
        (attestation, "attest"),
        (consent, "decide"),
        (subscriptions, "ask"),
        (contact, "keep"),
    ):
        monkeypatch.setattr(module, name, slowed(getattr(module, name)))


pytestmark = pytest.mark.usefixtures("_slow")


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def any_page(new_context, transactional_db, request):
    """A page with and without scripts: what it does once, it does so by itself."""
    return new_context(java_script_enabled=request.param).new_page()


def press(page, *buttons):
    """Press these one after the other, as people do it: not at once, but before an answer is there."""
    boxes = [button.bounding_box() for button in buttons]
    for box in boxes:
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_timeout(SECONDS * 1000 / 3)


def press_twice(page, button):
    button.scroll_into_view_if_needed()
    press(page, button, button)


def test_attesting_twice_is_one_declaration(page, transactional_db):
    page.goto("/articles/")

    press_twice(page, page.get_by_role("button", name="I am a healthcare professional"))

    expect(page.get_by_role("heading", name="Articles")).to_be_visible()
    assert Attestation.objects.count() == 1


@pytest.mark.parametrize("button", ["Accept all", "Reject all"])
def test_choosing_cookies_twice_is_one_record(page, transactional_db, button):
    page.goto("/about/")

    press_twice(page, page.get_by_role("button", name=button))

    expect(page.get_by_role("button", name=button)).to_have_count(0)
    assert ConsentRecord.objects.count() == 1


def test_second_thought_about_cookies_is_not_lost(page, transactional_db):
    page.goto("/about/")

    press(page, *[page.get_by_role("button", name=name) for name in ("Accept all", "Reject all")])

    expect(page.get_by_role("button", name="Reject all")).to_have_count(0)
    page.goto("/cookies/")
    expect(page.get_by_text("You allow: only what is strictly necessary.")).to_be_visible()


def test_signing_up_twice_is_one_subscriber_and_one_mail(any_page, deliver):
    any_page.goto("/newsletter/")
    any_page.get_by_label("E-mail address").fill("reader@example.org")

    press_twice(any_page, any_page.get_by_role("button", name="Get the newsletter"))

    expect(any_page.get_by_role("heading", name="Look in your mailbox")).to_be_visible()
    assert Subscriber.objects.count() == 1
    assert len(deliver()) == 1


def test_signing_up_twice_in_the_footer_is_one_subscriber_and_one_mail(reader_page, deliver):
    reader_page.goto("/")
    footer = reader_page.get_by_role("contentinfo")
    footer.get_by_label("E-mail address").fill("reader@example.org")

    press_twice(reader_page, footer.get_by_role("button", name="Get the newsletter"))

    expect(footer.get_by_text("Look in your mailbox")).to_be_visible()
    assert Subscriber.objects.count() == 1
    assert len(deliver()) == 1


def test_bookmark_set_in_two_windows_is_one(page_of, member):
    make_article(slug="noon")
    first = page_of(member)
    second = first.context.new_page()
    for window in (first, second):
        window.goto("/articles/noon/")

    press_in_both(first, second, "Bookmark this article", "Remove bookmark")
    assert Bookmark.objects.count() == 1

    press_in_both(first, second, "Remove bookmark", "Bookmark this article")
    assert not Bookmark.objects.exists()


def press_in_both(first, second, button, answer):
    for window in (first, second):
        window.bring_to_front()
        window.get_by_role("button", name=button).click()
        expect(window.get_by_role("button", name=answer)).to_be_visible()


def test_message_sent_twice_is_one(any_page, monkeypatch):
    monkeypatch.setattr(contact, "QUICKEST", 0)
    any_page.goto("/contact/")
    any_page.get_by_label("Your name").fill("Ada Example")
    any_page.get_by_label("Your e-mail address").fill("ada@example.org")
    any_page.get_by_label("Message").fill("A question about noon.")

    press_twice(any_page, any_page.get_by_role("button", name="Send the message"))

    expect(any_page.get_by_role("heading", name="Thank you for writing")).to_be_visible()
    assert ContactMessage.objects.count() == 1
