"""Optional scripts: nothing of them before a choice, exactly what was granted after it, nothing once withdrawn."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from portal.models import ConsentRecord

SCRIPTS = {
    "/count.js": "window.analyticsLoaded = true;",
    "/widget.js": """
        window.google = { translate: { TranslateElement: function (options, id) {
          document.getElementById(id).textContent = `Choose a language for ${options.pageLanguage}`;
        } } };
        window[new URL(document.currentScript.src).searchParams.get("cb")]();
    """,
}


class StandIn(ThreadingHTTPServer):
    """Stands in for both providers on a port of this machine; `asked` are the paths that browsers asked for."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = []
        self.origin = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path = urlsplit(self.path).path
        self.server.asked.append(path)
        self.send_response(200 if path in SCRIPTS else 404)
        self.send_header("Content-Type", "text/javascript")
        self.end_headers()
        self.wfile.write(SCRIPTS.get(path, "").encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def stand_in(settings):
    server = StandIn()
    Thread(target=server.serve_forever, daemon=True).start()
    settings.ANALYTICS_SCRIPT_URL = f"{server.origin}/count.js"
    settings.TRANSLATE_SCRIPT_URL = f"{server.origin}/widget.js"
    settings.TRANSLATE_ORIGINS = []
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def allowed_hosts(allowed_hosts, stand_in):
    return allowed_hosts | {urlsplit(stand_in.origin).netloc}


def visit(page, stand_in):
    """Open a page afresh: (what was asked of the stand-in, is it in the markup, does the policy allow it)."""
    stand_in.asked.clear()
    response = page.goto("/about/")
    policy = response.header_value("Content-Security-Policy")
    return set(stand_in.asked), stand_in.origin in response.text(), stand_in.origin in policy


def choices():
    rows = ConsentRecord.objects.order_by("pk")
    return [(row.statistics, row.third_party, row.signal) for row in rows]


def choose(page, **purposes):
    """On the cookie page, tick exactly these and save."""
    page.goto("/cookies/")
    form = page.get_by_role("region", name="Your choice")
    form.get_by_label("Statistics").set_checked(purposes.get("statistics", False))
    form.get_by_label("Translation").set_checked(purposes.get("translation", False))
    form.get_by_role("button", name="Save this choice").click()
    expect(page.get_by_text("Your choice is saved")).to_be_visible()


def open_translation(page):
    page.get_by_role("contentinfo").get_by_text("Translate this page").click()


NOTHING = (set(), False, False)
STATISTICS = ({"/count.js"}, True, True)


def test_nothing_is_loaded_before_a_choice_nor_after_refusing(page, transactional_db, stand_in):
    assert visit(page, stand_in) == NOTHING
    assert choices() == []

    page.get_by_role("button", name="Reject all").click()
    expect(page.get_by_role("button", name="Reject all")).to_have_count(0)

    assert visit(page, stand_in) == NOTHING
    assert choices() == [(False, False, False)]


def test_each_purpose_loads_its_own_script_until_it_is_withdrawn(page, transactional_db, stand_in):
    page.goto("/about/")
    page.get_by_text("Choose", exact=True).click()
    bar = page.get_by_role("region", name="Cookies.")
    bar.get_by_label("Statistics").check()
    bar.get_by_role("button", name="Save this choice").click()
    expect(bar).to_have_count(0)
    assert visit(page, stand_in) == STATISTICS
    assert page.evaluate("window.analyticsLoaded")

    open_translation(page)
    page.get_by_role("button", name="Allow Google Translate").click()
    page.wait_for_load_state()
    assert "/widget.js" not in stand_in.asked  # only the button loads it
    open_translation(page)
    page.get_by_role("button", name="Choose a language").click()
    expect(page.get_by_text("Choose a language for en")).to_be_visible()
    assert stand_in.asked.count("/widget.js") == 1

    choose(page, translation=True)
    assert visit(page, stand_in) == (set(), True, True)
    assert page.evaluate("window.analyticsLoaded") is None
    choose(page)
    assert visit(page, stand_in) == NOTHING
    assert choices() == [
        (True, False, False),
        (True, True, False),
        (False, True, False),
        (False, False, False),
    ]


def test_translation_that_cannot_be_loaded_says_so(page, transactional_db, stand_in, settings):
    settings.TRANSLATE_SCRIPT_URL = f"{stand_in.origin}/gone.js"
    page.goto("/about/")
    page.get_by_role("button", name="Accept all").click()
    open_translation(page)

    page.get_by_role("button", name="Choose a language").click()

    expect(page.get_by_text("The translation could not be loaded.")).to_be_visible()
    expect(page.get_by_role("button", name="Choose a language")).to_be_enabled()


def test_global_privacy_control_answers_until_something_is_granted(new_context, transactional_db, stand_in):
    page = new_context(extra_http_headers={"Sec-GPC": "1"}).new_page()
    assert visit(page, stand_in) == NOTHING
    expect(page.get_by_role("button", name="Accept all")).to_have_count(0)
    page.goto("/cookies/")
    expect(page.get_by_text("Your browser sends Global Privacy Control")).to_be_visible()

    choose(page, statistics=True)
    assert visit(page, stand_in) == STATISTICS
    choose(page)
    assert visit(page, stand_in) == NOTHING
    assert choices() == [(True, False, True), (False, False, True)]
