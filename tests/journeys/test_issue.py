"""An issue, from the editor's first word to the reader who leaves by its link."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from newsletter import lifecycle
from newsletter.models import Issue, Subscriber
from newsletter.sending import deliver as deliver_issues
from tests.factories import make_article
from tests.journeys.steps import mailed_link
from tests.newsletter.admin_steps import of, ready, with_address
from tests.newsletter.rows import make_delivery, make_issue, make_subscriber

SUBJECT = "What is new in the treatment of myeloma"


def choose(page, row, title):
    """Pick an article from a field that searches while one types."""
    page.get_by_role("combobox", name="Article").nth(row).click()
    page.get_by_role("searchbox", name="Search").fill(title)
    page.get_by_role("option", name=title).click()


def write(page):
    """Fill in a new issue with two articles for tomorrow, and save it."""
    tomorrow = timezone.now() + timedelta(days=1)
    page.goto("/admin/newsletter/issue/add/")
    page.get_by_label("Subject:").press_sequentially(SUBJECT)
    expect(page.locator("length-hint span")).to_have_text(str(len(SUBJECT)))
    page.get_by_label("Funding:").fill("No company paid for this issue.")
    page.get_by_label("Introduction:").fill("Good **morning**.")
    choose(page, 0, "Hope at noon")
    page.get_by_role("button", name="Add another Article").click()
    choose(page, 1, "Hope at dusk")
    page.get_by_label("Send at, date").fill(f"{tomorrow:%Y-%m-%d}")
    page.get_by_label("Send at, time").fill("08:00")
    page.get_by_label("Time zone:").select_option("Europe/Berlin")
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_text("was added successfully")).to_be_visible()


def look_at_previews(page):
    page.get_by_role("link", name="Preview").click()
    for width in (700, 360):
        mail = page.frame_locator(f"iframe[title='The mail, {width} px wide']")
        expect(mail.get_by_role("heading", level=1)).to_have_text(SUBJECT)
        expect(mail.get_by_role("link", name="Hope at dusk")).to_be_visible()
    light = background(page)
    page.get_by_role("link", name="Dark").click()
    expect(page.get_by_role("link", name="Light", exact=True)).to_be_visible()
    assert background(page) != light
    text = page.locator("pre")
    expect(text).to_contain_text("Funding: No company paid for this issue.")
    expect(text).to_contain_text("Hope at noon")
    page.get_by_role("link", name=SUBJECT).click()


def background(page):
    """The colour behind the mail in the first frame."""
    body = page.frame_locator("iframe").first.locator("body")
    return body.evaluate("body => getComputedStyle(body).backgroundColor")


def test_issue_is_built_tested_scheduled_and_watched_until_a_reader_leaves(
    editor_page, page, transactional_db, deliver, sink
):
    for title in ("Hope at noon", "Hope at dusk"):
        make_article(title=title)
    with_address()
    for name in ("one", "two"):
        make_subscriber(f"{name}@example.org")
    write(editor_page)
    expect(editor_page.get_by_text("2 subscribers, as saved")).to_be_visible()
    expect(editor_page.get_by_text("Check list: all in order")).to_be_visible()
    look_at_previews(editor_page)

    editor_page.get_by_role("button", name="Send a test to me").click()
    expect(editor_page.get_by_text("A test is on its way to editor")).to_be_visible()
    deliver()
    assert [message["Subject"] for _, message in sink.taken] == [f"Test: {SUBJECT}"]
    sink.taken.clear()

    editor_page.get_by_role("button", name=re.compile("Schedule for .*, 08:00 .Europe.Berlin.")).click()
    expect(editor_page.get_by_role("heading", name="Scheduled for")).to_be_visible()
    expect(editor_page.get_by_label("Subject:")).to_have_count(0)

    Issue.objects.update(send_at=timezone.now())  # the time has come
    lifecycle.queue_due(timezone.now())
    editor_page.reload()
    expect(editor_page.get_by_role("heading", name="Sending since")).to_be_visible()
    deliver_issues(timezone.now())
    lifecycle.finish_done(timezone.now())
    handed_over = editor_page.locator(".issue-numbers div", has_text="Handed over").locator("dd")
    expect(handed_over).to_have_text("2", timeout=15_000)  # without reloading
    expect(editor_page.get_by_role("heading", name="Sent; finished")).to_be_visible()
    assert sorted(recipient for recipient, _ in sink.taken) == ["one@example.org", "two@example.org"]

    recipient, message = sink.taken[0]
    page.goto(mailed_link("leave", message.get_body(("plain",)).get_content()))
    page.get_by_role("main").get_by_role("button", name="Leave").click()
    page.wait_for_load_state()
    assert not Subscriber.objects.active().filter(email=recipient).exists()
    assert Subscriber.objects.active().count() == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_of_an_issue_are_accessible(editor_page, faults, theme):
    now = timezone.now()
    draft = ready(articles=[make_article()], subject="Short")
    going = make_issue(status="sending", send_at=now, queued_at=now)
    make_delivery(going)
    make_delivery(going, state="failed", answer="550 no such user")
    editor_page.emulate_media(color_scheme=theme)
    pages = [
        of(draft),
        of(draft, "send"),
        of(draft, "preview"),
        of(going),
        of(going, "cancel"),
        of(going, "numbers"),
    ]

    for address in ["/admin/newsletter/issue/add/", "/admin/newsletter/issue/", *pages]:
        editor_page.goto(address)

        assert violations(editor_page, faults) == [], address


def violations(page, faults):
    """What axe finds on `page`; it copies style sheets, which the policy refuses it."""
    before = len(faults)
    page.evaluate(Axe().axe_script)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    del faults[before:]
    return [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found]
