"""Staff set up an app or a passkey in a real browser, come back with it, and only then see the admin."""

import time

import pytest
from allauth.mfa.totp.internal import auth
from playwright.sync_api import expect

from tests import factories
from tests.journeys.steps import HOME, sign_in

ARTICLES = "/admin/articles/article/"


@pytest.fixture(autouse=True)
def _required(settings):
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def passkey(page):
    """An authenticator built into the browser of `page`, whose owner is always there and always agrees."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    return devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def code_of(secret):
    """What the app shows; never one of its last seconds."""
    if (left := 30 - time.time() % 30) < 3:
        time.sleep(left)
    return auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30))


def confirm_password(page):
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Go on").click()


def sign_in_again(page, user):
    page.get_by_role("button", name="Log out").click()
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your second factor")


def test_app_is_set_up_on_the_way_to_the_admin_and_asked_for_afterwards(page, axe):
    user = factories.make_editor()
    sign_in(page, user)
    page.goto(ARTICLES)
    expect(page.get_by_text("Editing needs a second factor")).to_be_visible()
    axe()

    page.get_by_role("link", name="Set up an app").click()
    confirm_password(page)
    expect(page.get_by_role("img", name="Picture of the key")).to_have_js_property("complete", True)
    axe()
    secret = page.locator("#authenticator_secret").inner_text()
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    axe()
    page.get_by_role("link", name="Go on to the page you asked for").click()
    page.wait_for_url(f"**{ARTICLES}")

    page.goto("/accounts/2fa/")
    axe()
    sign_in_again(page, user)
    axe()
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(HOME)
    page.goto(ARTICLES)
    page.wait_for_url(f"**{ARTICLES}")


def test_passkey_is_added_used_to_sign_in_and_removed(page, axe, passkey):
    user = factories.make_editor()
    sign_in(page, user)
    page.goto(ARTICLES)
    page.get_by_role("link", name="Add a passkey or security key").click()
    confirm_password(page)
    axe()
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    page.get_by_role("link", name="Go on to the page you asked for").click()
    page.wait_for_url(f"**{ARTICLES}")

    page.goto("/accounts/2fa/")
    sign_in_again(page, user)
    page.get_by_role("button", name="Use a passkey or security key").click()
    page.wait_for_url(HOME)
    page.goto(ARTICLES)
    page.wait_for_url(f"**{ARTICLES}")

    page.goto("/accounts/2fa/webauthn/")
    expect(page.get_by_text("My laptop").first).to_be_visible()
    axe()
    page.get_by_role("link", name="Remove My laptop").click()
    page.get_by_role("link", name="Use a passkey or security key instead").click()
    axe()
    page.get_by_role("button", name="Use a passkey or security key").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("You have added none yet.")).to_be_visible()
    page.goto(ARTICLES)
    page.wait_for_url("**/accounts/2fa/")


def test_browser_without_a_key_says_so_on_the_page(page):
    sign_in(page, factories.make_editor())
    page.goto("/accounts/2fa/webauthn/add/")
    confirm_password(page)
    page.evaluate(
        "() => { navigator.credentials.create = () => Promise.reject(new DOMException('no', 'NotAllowedError')); }"
    )

    page.get_by_role("button", name="Add it").click()

    expect(page.get_by_role("alert")).to_contain_text("The browser got no answer")
