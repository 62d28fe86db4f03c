"""Somebody looks at what the site holds of them, ends a sign-in, deletes the account, and thinks better of it."""

import json
from pathlib import Path

from django.test import Client
from playwright.sync_api import expect

from tests import factories
from tests.journeys.steps import attest, sign_in


def confirm_password(page):
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Go on").click()


def test_account_is_looked_at_deleted_and_kept(page, axe, deliver):
    user = factories.make_user(name="Robin")
    user.bookmarks.create(article=factories.make_article(title="Hope at noon"))
    factories.sign_in(Client(headers={"User-Agent": "Browser at work"}), user)
    sign_in(page, user)
    attest(page)

    page.goto("/account/")
    axe()
    page.get_by_role("navigation", name="Your account").get_by_role("link", name="Where you are").click()
    axe()
    page.get_by_role("listitem").filter(has_text="Browser at work").get_by_role("button", name="End").click()
    expect(page.get_by_text("Browser at work")).to_have_count(0)

    page.get_by_role("link", name="Your data").click()
    confirm_password(page)
    expect(page.get_by_role("cell", name="Hope at noon")).to_be_visible()
    axe()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download it").click()
    data = json.loads(Path(download.value.path()).read_text())
    assert data["account"]["name"] == "Robin"

    page.get_by_role("navigation", name="Your account").get_by_role("link", name="Delete the account").click()
    axe()
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account will be deleted")
    axe()
    assert "Keep my account" in deliver()[-1]

    sign_in(page, user)
    expect(page.get_by_text("Your account will be deleted on")).to_be_visible()
    page.goto("/account/delete/")
    confirm_password(page)
    axe()
    page.get_by_role("button", name="Keep my account").click()
    expect(page.get_by_text("Your account stays.")).to_be_visible()
    user.refresh_from_db()
    assert user.deletion_requested_at is None
