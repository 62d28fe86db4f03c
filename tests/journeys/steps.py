"""What people do on many pages, and the links in their mail."""

import re

from tests.factories import PASSWORD

HOME = re.compile("//[^/]+/$")


def sign_in(page, user):
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(HOME)


def attest(page):
    """Press the gate's button, on the gate, and wait for what was behind it."""
    page.get_by_role("button", name="I am a healthcare professional").click()
    page.get_by_role("heading", name="Are you a healthcare professional?").wait_for(state="detached")


def mailed_link(purpose, text):
    """The address in the newsletter's mail `text` that does `purpose`."""
    return re.search(rf"http://[^\s\"<>]+/newsletter/{purpose}/[^\s\"<>]+", text).group()
