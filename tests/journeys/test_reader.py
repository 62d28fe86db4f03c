"""The whole visit of a reader, as a person makes it."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import Attestation
from articles.models import Bookmark
from newsletter.models import Subscriber
from portal.models import ConsentRecord
from tests.factories import PASSWORD, make_article, make_topic, make_treatment, make_user
from tests.journeys.steps import attest, mailed_link, sign_in

CODE = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b")


@pytest.fixture
def article(transactional_db):
    return make_article(
        title="Survival at noon", topics=[make_topic("Relapse")], treatments=[make_treatment()]
    )


def test_gate_then_article_then_bookmark_through_sign_up(page, article, deliver):
    page.goto(article.get_absolute_url())
    expect(page.get_by_role("heading", name="Survival at noon")).to_be_visible()
    expect(page.get_by_text("Median survival was")).to_have_count(0)
    page.get_by_label("Your profession").select_option("Nurse")
    attest(page)

    expect(page).to_have_url(re.compile(f"{article.get_absolute_url()}$"))
    expect(page.get_by_text("Median survival was")).to_be_visible()
    page.get_by_role("button", name="Bookmark this article").click()

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Sign up").click()
    page.get_by_label("Email").fill("new@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").locator("button[type=submit], button:not([type])").first.click()
    page.get_by_label("Code").fill(CODE.search(deliver()[-1]).group())
    page.get_by_role("main").locator("button[type=submit], button:not([type])").first.click()

    expect(page).to_have_url(re.compile(f"{article.get_absolute_url()}$"))
    expect(page.get_by_role("button", name="Remove bookmark")).to_be_visible()
    assert Bookmark.objects.get().user.email == "new@example.org"
    assert {row.profession for row in Attestation.objects.all()} == {"nurse"}


def test_bookmark_is_set_and_removed_in_place(page, article):
    user = make_user("reader@example.org")
    sign_in(page, user)
    page.goto(article.get_absolute_url())
    attest(page)

    page.get_by_role("button", name="Bookmark this article").click()
    expect(page.get_by_role("button", name="Remove bookmark")).to_be_visible()
    page.goto("/bookmarks/")
    expect(page.get_by_role("link", name="Survival at noon")).to_be_visible()
    page.goto(article.get_absolute_url())
    page.get_by_role("button", name="Remove bookmark").click()
    expect(page.get_by_role("button", name="Bookmark this article")).to_be_visible()

    assert not Bookmark.objects.exists()


def test_newsletter_is_confirmed_from_the_mail_that_arrived(page, article, deliver):
    page.goto(article.get_absolute_url())
    attest(page)
    field = page.get_by_role("contentinfo").get_by_label("E-mail address")
    field.fill("subscriber@example.org")
    field.press("Enter")
    expect(page.get_by_text("Look in your mailbox")).to_be_visible()

    assert not Subscriber.objects.active().exists()
    page.goto(mailed_link("confirm", deliver()[-1]))  # in the browser that asked: no further press

    assert Subscriber.objects.active().get().email == "subscriber@example.org"
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize(
    ("button", "expected"), [("Accept all", (True, True)), ("Reject all", (False, False))]
)
def test_cookie_bar_takes_one_press_and_does_not_come_back(page, article, button, expected):
    page.goto("/about/")
    page.get_by_role("button", name=button).click()

    expect(page.get_by_role("button", name=button)).to_have_count(0)
    page.goto(article.get_absolute_url())
    expect(page.get_by_role("button", name=button)).to_have_count(0)
    row = ConsentRecord.objects.get()
    assert (row.statistics, row.third_party) == expected


def test_cookie_choices_are_made_one_by_one_and_changed_later(page, article):
    page.goto("/about/")
    page.get_by_text("Choose", exact=True).click()
    page.locator(".consent").get_by_label(re.compile("Statistics")).check()
    page.get_by_role("button", name="Save this choice").click()
    page.get_by_role("contentinfo").get_by_role("link", name="Cookie settings").click()

    statistics = page.get_by_role("main").get_by_label(re.compile("Statistics"))
    expect(statistics).to_be_checked()
    statistics.uncheck()
    page.get_by_role("main").get_by_role("button", name=re.compile("Save")).click()

    assert [(r.statistics, r.third_party) for r in ConsentRecord.objects.order_by("pk")] == [
        (True, False),
        (False, False),
    ]


def test_citation_and_abbreviation_explain_themselves_by_keyboard(page, transactional_db):
    article = make_article(
        body="PFS was longer [@first; @second].\n\n*[PFS]: progression-free survival",
    )
    page.goto(article.get_absolute_url())
    attest(page)

    page.wait_for_load_state("networkidle")  # the modules have come
    sheet = page.locator("[popover]:popover-open")

    page.locator("abbr").first.focus()
    expect(sheet).to_have_text("progression-free survival")
    page.locator("sup.citation a").first.focus()
    expect(sheet).to_contain_text("Example A")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)


def test_everything_works_without_javascript(browser, live_server, settings, deliver, article):
    settings.SITE_URL = live_server.url
    user = make_user("reader@example.org")
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    page = context.new_page()
    page.goto(article.get_absolute_url())
    page.get_by_role("button", name="Reject all").click()
    attest(page)
    expect(page.get_by_text("Median survival was")).to_be_visible()

    page.get_by_role("button", name="Bookmark this article").click()
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Remove bookmark")).to_be_visible()
    page.get_by_role("button", name="Remove bookmark").click()
    expect(page.get_by_role("button", name="Remove bookmark")).to_have_count(0)
    page.get_by_role("contentinfo").get_by_label("E-mail address").fill("subscriber@example.org")
    page.get_by_role("contentinfo").get_by_role("button", name="Get the newsletter").click()
    expect(page.get_by_role("main")).to_contain_text("mailbox")
    page.get_by_role("contentinfo").get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    context.close()

    assert ConsentRecord.objects.count() == 1
    assert Subscriber.objects.count() == 1
