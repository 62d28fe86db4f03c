"""What the site puts into browsers, checked on every page and form against the one registry."""

import re

import pytest
from django.core import signing
from django.test import Client

from accounts.attestation import SALT as ATTESTATION_SALT
from portal.lib import cookies
from portal.models import Page
from tests import factories
from tests.production import evaluate
from tests.routes import walk

pytestmark = pytest.mark.django_db

REGISTERED = {cookie.name: cookie for cookie in cookies.REGISTRY}
NECESSARY = {name for name, cookie in REGISTERED.items() if cookie.purpose == cookies.Purpose.NECESSARY}
FORMS = [
    ("/attest/", {"next": "/"}),
    ("/attest/", {"profession": "no such"}),
    ("/theme/", {"theme": "dark"}),
    ("/theme/", {"theme": "system"}),
    ("/theme/", {"theme": "no such"}),
    ("/cookies/", {"choice": "no such"}),
    ("/contact/", {}),
    ("/contact/", {"website": "spam"}),
    ("/newsletter/", {"email": "new@example.org"}),
    ("/newsletter/", {"email": "nonsense"}),
    ("/articles/read-me/bookmark/", {}),
    ("/articles/read-me/bookmark/", {"command": "remove"}),
    ("/events/panel/dismiss/", {}),
    ("/accounts/signup/", {"email": "new@example.org", "password1": factories.PASSWORD}),
    ("/accounts/login/", {"login": "new@example.org", "password": "wrong"}),
    ("/accounts/password/reset/", {"email": "new@example.org"}),
    ("/accounts/logout/", {}),
]
PEOPLE = ["visitor", "reader", "member", "editor"]


def pages():
    """Every address without a variable part, and a page of each kind with one."""
    plain = [
        route.path
        for route in walk()
        if "<" not in route.path and "(" not in route.path and "add" not in route.path
    ]
    return [*plain, "/articles/read-me/", "/events/panel/", "/events/panel.ics", "/no-such-page/"]


@pytest.fixture(autouse=True)
def _content():
    factories.make_article(slug="read-me")
    factories.make_event(slug="panel")


def visit(client, pages, forms):
    """Every response of a round of pages and forms."""
    for path in pages:
        yield f"GET {path}", client.get(path)
    for path, fields in forms:
        yield f"POST {path}", client.post(path, fields)


@pytest.fixture(params=PEOPLE)
def client(request):
    return request.getfixturevalue(request.param)


def test_before_a_choice_only_registered_necessary_cookies_are_set(client):
    seen = [(where, set(response.cookies)) for where, response in visit(client, pages(), FORMS)]

    assert [(where, names - NECESSARY) for where, names in seen if names - NECESSARY] == []
    assert {"theme", "dismissed_event"} <= set().union(
        *(names for _, names in seen)
    )  # so the round does set some


def test_after_accepting_everything_only_registered_cookies_are_set(client):
    client.post("/cookies/", {"choice": "accept-all"})

    seen = [(where, set(response.cookies)) for where, response in visit(client, pages(), FORMS)]

    assert [(where, names - set(REGISTERED)) for where, names in seen if names - set(REGISTERED)] == []


def test_pages_that_ask_for_nothing_set_nothing(visitor):
    silent = [
        "/",
        "/articles/",
        "/about/",
        "/cookies/",
        "/privacy/",
        "/not-a-professional/",
        "/no-such-page/",
    ]

    assert {path: dict(visitor.get(path).cookies) for path in silent} == {path: {} for path in silent}


@pytest.mark.parametrize("development", [True, False])
def test_every_cookie_is_closed_to_scripts_and_other_sites(settings, development):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = not development
    client = factories.attested(Client())
    factories.make_user("signing-in@example.org")
    sign_in = ("/accounts/login/", {"login": "signing-in@example.org", "password": factories.PASSWORD})
    rounds = visit(client, ["/accounts/login/"], [sign_in, *FORMS, ("/cookies/", {"choice": "accept-all"})])

    morsels = [morsel for _, response in rounds for morsel in response.cookies.values()]

    flags = {
        (m.key, bool(m["httponly"]), m["samesite"], bool(m["secure"])) for m in morsels if m["max-age"] != 0
    }
    expected = {"csrftoken", "sessionid", "theme", "dismissed_event", "consent", "newsletter_sign_up"}
    assert flags == {(name, True, "Lax", not development) for name in expected}


def test_production_settings_ask_for_secure_cookies():
    assert evaluate("settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE") == "True"


def test_cookies_live_no_longer_than_the_policy_says(reader, member):
    reader.post("/cookies/", {"choice": "accept-all"})
    reader.post("/theme/", {"theme": "dark"})
    reader.post("/events/panel/dismiss/")
    reader.get("/contact/")
    reader.post("/newsletter/", {"email": "new@example.org"})
    morsels = {**member.cookies, **reader.cookies}

    lifetimes = {name: morsel["max-age"] for name, morsel in morsels.items()}

    assert set(lifetimes) == NECESSARY
    assert {name: REGISTERED[name].max_age for name in lifetimes} == {
        name: int(seconds) if seconds else REGISTERED[name].max_age for name, seconds in lifetimes.items()
    }
    assert max(cookie.days or 0 for cookie in cookies.REGISTRY) <= 400  # browsers cut what is longer


def test_the_cookie_page_lists_exactly_the_registry(visitor):
    html = visitor.get("/cookies/").content.decode()

    listed = re.findall(r"<code>([^<]+)</code>", html)
    assert sorted(listed) == sorted(REGISTERED)
    for cookie in cookies.REGISTRY:
        assert cookie.description in html
        assert cookie.lifetime in html


def test_the_cookie_page_groups_by_purpose(visitor):
    groups = visitor.get("/cookies/").context["cookies"]

    assert [group["label"] for group in groups] == [
        "Strictly necessary",
        "Translation and other third-party content",
    ]
    assert {cookie.name for group in groups for cookie in group["cookies"]} == set(REGISTERED)


def test_the_cookie_page_shows_the_present_choice(visitor):
    visitor.post("/cookies/", {"choice": "selected", "statistics": "on"})

    html = visitor.get("/cookies/").content.decode()

    assert 'id="page-statistics" checked' in html
    assert 'id="page-third-party" checked' not in html


def test_the_attestation_cookie_holds_no_personal_data(reader):
    claim = signing.loads(reader.cookies["attestation"].value, salt=ATTESTATION_SALT)

    assert set(claim) == {"id", "v", "at"}


def test_the_cookie_page_is_gone_without_its_text(visitor):
    Page.objects.filter(slug="cookies").delete()

    assert visitor.get("/cookies/").status_code == 404
