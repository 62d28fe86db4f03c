"""A real browser on a real server: every page is watched for policy violations, script errors and strangers."""

import os
import shutil
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from portal.outbox import deliver_due
from tests.smtp import outbox, sink  # noqa: F401

WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation",
    (event) => window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Debian's Chromium where there is one, without the requests that it makes for itself."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    return browser_type_launch_args | {
        **({"executable_path": found} if found else {}),
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture
def browser_context_args(browser_context_args, live_server, settings):
    settings.SITE_URL = live_server.url
    return browser_context_args | {
        "base_url": live_server.url,
        "viewport": {"width": 1280, "height": 900},
        "reduced_motion": "reduce",  # axe would measure colours in the middle of a fade
    }


@pytest.fixture
def page(page, live_server):
    """pytest-playwright's page; afterwards the test fails on anything that a reader's console would show."""
    strangers, errors = [], []
    host = urlsplit(live_server.url).netloc
    page.add_init_script(WATCH)
    page.on("request", lambda r: strangers.append(r.url) if is_stranger(r.url, host) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))

    yield page

    errors += page.evaluate("window.violations || []")
    assert (strangers, errors) == ([], [])


def is_stranger(url, host):
    parts = urlsplit(url)
    return parts.scheme not in ("data", "blob", "about") and parts.netloc != host


@pytest.fixture
def axe(page):
    """Call it on any page: fails with what axe found, by rule and element."""

    def check(theme="light"):
        page.emulate_media(color_scheme=theme)
        found = Axe().run(page).response["violations"]
        assert [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found] == []

    return check


@pytest.fixture
def deliver(live_server, sink):
    """Call it for the worker's round; returns the text of every message that a real mail server has received."""

    def round_of_the_worker():
        deliver_due(timezone.now(), limit=100)
        return [message.get_body(("plain",)).get_content() for _, message in sink.taken]

    return round_of_the_worker
