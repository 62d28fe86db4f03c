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
document.addEventListener("securitypolicyviolation",
    (event) => window.reportViolation(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
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
def allowed_hosts(live_server):
    """Hosts ("name:port") that pages may ask for something; a test may add its own stand-in."""
    return {urlsplit(live_server.url).netloc}


@pytest.fixture
def faults():
    """What a reader's console would show, of every page of the test; afterwards there must be nothing."""
    return []


@pytest.fixture
def new_context(new_context, allowed_hosts, faults):
    """pytest-playwright's maker of browsers, of which `page` is in one; each is watched, with its popups."""
    contexts = []

    def make(**options):
        context = new_context(**options)
        context.expose_function("reportViolation", lambda text: faults.append(text))
        context.set_default_timeout(10_000)
        context.add_init_script(WATCH)
        context.on("request", lambda r: faults.append(r.url) if is_stranger(r.url, allowed_hosts) else None)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        contexts.append(context)
        return context

    yield make

    for context in contexts:
        for page in context.pages:
            page.evaluate("0")  # what was reported before has arrived with the answer
    assert faults == []


def is_stranger(url, allowed_hosts):
    parts = urlsplit(url)
    return parts.scheme not in ("data", "blob", "about") and parts.netloc not in allowed_hosts


@pytest.fixture
def page_of(new_context, live_server):
    """Call it with a Django client: a page in a browser of its own that holds the same cookies."""

    def open_page(client, **options):
        context = new_context(**options)
        context.add_cookies(
            [{"name": c.key, "value": c.value, "url": live_server.url} for c in client.cookies.values()]
        )
        return context.new_page()

    return open_page


@pytest.fixture
def reader_page(page_of, reader):
    """A page in the browser of somebody who has attested and is not signed in."""
    return page_of(reader)


@pytest.fixture
def editor_page(page_of, editor):
    """A page in the browser of an attested editor who is signed in."""
    return page_of(editor)


@pytest.fixture
def axe(page, faults):
    """Call it on any page: fails with what axe found, by rule and element.

    The themes differ in colours alone, so in the dark one only the rules about colours are asked again.
    """

    def check(theme="light"):
        page.emulate_media(color_scheme=theme)
        before = len(faults)
        if not page.evaluate("'axe' in window"):
            page.evaluate(Axe().axe_script)
        rules = {"runOnly": ["color-contrast", "link-in-text-block"]} if theme == "dark" else {}
        found = page.evaluate("options => axe.run(options)", {"resultTypes": ["violations"]} | rules)
        del faults[before:]  # axe copies imported style sheets into elements, which the policy refuses it
        assert [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found["violations"]] == []

    return check


@pytest.fixture
def deliver(live_server, sink):  # noqa: F811  (the fixture)
    """Call it for the worker's round; returns the text of every message that a real mail server has received."""

    def round_of_the_worker():
        deliver_due(timezone.now(), limit=100)
        return [message.get_body(("plain",)).get_content() for _, message in sink.taken]

    return round_of_the_worker
