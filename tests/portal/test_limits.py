import re

import pytest
from allauth.account import app_settings
from allauth.core.internal.ratelimit import parse_rates
from django.conf import settings as live_settings
from django.db import connection
from django.test import Client

from portal.lib.ratelimit import SECONDS_TO_WAIT, Unlimited
from portal.limits import limit_of
from tests import factories
from tests.production import ENVIRONMENT, evaluate, run
from tests.routes import walk

pytestmark = pytest.mark.django_db

# The limit of an address that has another than that of all forms, or, within the admin, than that of the admin.
LIMITS = {
    "/attest/": "attest",
    "/contact/": "contact",
    "/cookies/": "consent",
    "/newsletter/": "newsletter",
    "/newsletter/follow/": "newsletter",
    "/newsletter/preferences/<str:token>/data/": "newsletter",
    "/newsletter/leave/<str:token>/": "leave",
    "/newsletter/unfollow/<str:about>/<str:token>/": "leave",
    "/newsletter/unfollow-all/<str:token>/": "leave",
    "/articles/<slug:slug>/bookmark/": "member",
    "/account/newsletter/": "member",
    "/account/newsletter/data/": "member",
    "/admin/newsletter/issue/<int:pk>/test/": "newsletter_test",
    "/bookmarks/": "member",
    "/search/": "search",
    "/articles/": "search",
    "/topics/<slug:slug>/": "search",
    "/treatments/<slug:slug>/": "search",
    "/trials/": "search",
    "/trials/compare/": "search",
    "/trials/compare.csv": "search",
    "/newsletter/archive/": "search",
}
SEARCHES = [*sorted(where for where, action in LIMITS.items() if action == "search"), "/bookmarks/"]
# Without a limit is only the webhook of the mail provider, where one is set: tests/newsletter/test_webhook.py.


@pytest.fixture
def closed(settings):
    """All limits reached: what answers anything but 429 is not limited."""
    known = live_settings.ACCOUNT_RATE_LIMITS
    settings.ACCOUNT_RATE_LIMITS = {
        action: f"0/m/{rate.rpartition('/')[2]}" for action, rate in known.items()
    }


@pytest.fixture
def admin():
    client = factories.attested(Client())
    client.force_login(factories.make_admin())
    return client


def limits():
    return {route.path: limit_of(route.view, route.namespaces) for route in walk()}


def test_limits_are_those_that_are_written_here():
    own = {
        where: limit.action
        for where, limit in limits().items()
        if isinstance(limit, Unlimited)
        or limit.action != ("admin" if where.startswith("/admin/") else "form")
    }

    assert own == LIMITS
    assert set(LIMITS.values()) | {"form", "admin"} == set(live_settings.ACCOUNT_RATE_LIMITS)


def test_every_address_that_could_take_a_form_is_limited(admin, closed):
    answers = {route.path: admin.post(route.example).status_code for route in walk()}

    assert len(answers) > 200
    assert {where: status for where, status in answers.items() if status != 429} == {}


@pytest.mark.parametrize("path", SEARCHES)
def test_searches_are_limited(admin, closed, path):
    example = next(route.example for route in walk() if route.path == path)

    assert admin.get(f"{example}?q=x").status_code == 429
    assert admin.head(f"{example}?q=x").status_code == 429
    assert admin.get(example).status_code != 429


def test_searches_in_the_admin_are_limited(admin, closed):
    assert admin.get("/admin/articles/article/?q=x").status_code == 429
    assert admin.get("/admin/articles/article/").status_code == 200


def test_reading_is_not_limited(admin, closed):
    factories.make_article(slug="read-me")

    assert admin.get("/articles/read-me/?utm_source=mail").status_code == 200
    assert admin.get("/about/?q=x").status_code == 200


def test_who_may_not_use_a_form_is_not_counted(visitor, closed):
    factories.make_article(slug="read-me")

    response = visitor.post("/articles/read-me/bookmark/", {"command": "save"})

    assert "healthcare professional" in response.content.decode()


def test_limit_of_members_is_one_account_s(member, settings):
    settings.ACCOUNT_RATE_LIMITS = {"member": "1/m/user"}
    factories.make_article(slug="read-me")
    other = factories.attested(Client())
    other.force_login(factories.make_user())
    command = {"command": "save"}

    answers = [client.post("/articles/read-me/bookmark/", command) for client in (member, member, other)]

    assert [answer.status_code for answer in answers] == [303, 429, 303]


def test_one_link_to_leave_is_not_slowed_down_by_another(visitor, settings):
    settings.ACCOUNT_RATE_LIMITS = {"leave": "1/m/key"}

    answers = [visitor.post(f"/newsletter/leave/{token}/") for token in ("one", "two", "one")]

    assert [answer.status_code for answer in answers] == [404, 404, 429]


def test_after_the_announced_wait_something_is_allowed_again():
    rates = app_settings.RATE_LIMITS
    as_form_errors = "login_failed"  # never answered by 429

    longest = {action: max(rate.duration for rate in parse_rates(given)) for action, given in rates.items()}

    assert {a for a, wait in longest.items() if wait > SECONDS_TO_WAIT} == {as_form_errors}


TYPED = {"email": "ada@hospital.example", "topics": ["1", "2"], "source": '"><script>alert(1)</script>'}


def refused(settings, client, path="/newsletter/", typed=TYPED, action="newsletter", **headers):
    settings.ACCOUNT_RATE_LIMITS = {action: "0/m/ip"}
    return client.post(path, typed, headers=headers)


def test_refusal_says_what_happened_when_to_try_again_and_keeps_what_was_typed(settings, visitor):
    response = refused(settings, visitor)

    html = response.content.decode()
    assert response.status_code == 429
    assert response["Retry-After"] == "60"
    assert response["Cache-Control"] == "no-store"
    assert "nothing has been changed" in html
    assert "wait a minute" in html
    kept = re.findall(r'<textarea hidden name="(\w+)">\n(.*?)</textarea>', html, re.S)
    assert kept[:3] == [("email", "ada@hospital.example"), ("topics", "1"), ("topics", "2")]
    assert 'action="/newsletter/"' in html
    assert "<script>alert" not in html


def test_what_was_kept_can_be_sent_again(settings):
    client = Client(enforce_csrf_checks=True)
    page = refused(settings, client).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    settings.ACCOUNT_RATE_LIMITS = {}

    response = client.post("/newsletter/", {"email": "ada@hospital.example", "csrfmiddlewaretoken": token})

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("typed", "headers"),
    [
        ({"login": "ada@hospital.example", "password": "correct horse"}, {}),
        ({"code": "ABC-DEF"}, {}),
        ({"message": "x" * 300_000}, {}),
        ({"email": "ada@hospital.example"}, {"Origin": "https://evil.example"}),
    ],
)
def test_no_secret_and_nothing_of_another_site_is_kept(settings, visitor, typed, headers):
    response = refused(settings, visitor, typed=typed, **headers)

    html = response.content.decode()
    assert response.status_code == 429
    assert "<textarea hidden" not in html
    assert "Back button" in html


def test_htmx_gets_a_line_into_the_form_that_it_sent(settings, visitor):
    response = refused(settings, visitor, **{"HX-Request": "true"})

    html = response.content.decode()
    assert response.status_code == 429
    assert (response["HX-Retarget"], response["HX-Reswap"]) == ("this", "beforeend")
    assert html.startswith("<p")
    assert 'role="alert"' in html
    assert "wait a minute" in html
    assert response["Retry-After"] == "60"


@pytest.mark.parametrize(
    ("path", "action"),
    [
        ("/accounts/login/", "login"),
        ("/accounts/signup/", "signup"),
        ("/accounts/password/reset/", "reset_password"),
    ],
)
def test_refusals_of_allauth_are_our_page(settings, visitor, path, action):
    response = refused(settings, visitor, path, {"login": "a@b.example", "email": "a@b.example"}, action)

    assert response.status_code == 429
    assert "<h1>That was a little too often</h1>" in response.content.decode()
    assert response["Retry-After"] == "60"


def test_a_search_that_came_too_often_leads_back(settings, reader):
    settings.ACCOUNT_RATE_LIMITS = {"search": "0/m/ip"}

    response = reader.get("/search/?q=x")

    assert response.status_code == 429
    assert "Back button" in response.content.decode()


def senders(client, *forwarded):
    return [
        client.post("/theme/", {"theme": "dark"}, headers={"X-Forwarded-For": value}).status_code
        for value in forwarded
    ]


def test_without_a_proxy_nobody_names_the_own_address(visitor, settings):
    settings.ACCOUNT_RATE_LIMITS = {"form": "1/m/ip"}

    assert senders(visitor, "192.0.2.1", "192.0.2.2") == [303, 429]


def test_behind_a_proxy_the_address_is_the_one_that_it_saw(visitor, settings):
    settings.ACCOUNT_RATE_LIMITS = {"form": "1/m/ip"}
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1  # what BEHIND_PROXY sets

    forged = [f"198.51.100.{number}, 192.0.2.1" for number in range(3)]

    assert senders(visitor, *forged, "192.0.2.2") == [303, 429, 429, 303]


@pytest.mark.parametrize("value", ["", ",", "unknown", "x" * 5000, "192.0.2.1, \u00e9", "::1, fe80::1%eth0"])
def test_no_forwarded_address_breaks_a_form(visitor, settings, value):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    visitor.raise_request_exception = False

    assert senders(visitor, value)[0] in (303, 403)


def test_behind_proxy_sets_what_the_limits_ask_for(monkeypatch):
    monkeypatch.setitem(ENVIRONMENT, "BEHIND_PROXY", "1")

    assert evaluate("settings.ALLAUTH_TRUSTED_PROXY_COUNT") == "1"


def test_production_without_limits_is_warned(monkeypatch):
    monkeypatch.setitem(ENVIRONMENT, "RATE_LIMITS", "0")

    process = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert process.returncode == 1
    assert "portal.W002" in process.stderr


@pytest.mark.django_db(transaction=True)
def test_reading_goes_on_while_the_database_that_counts_takes_no_changes(reader):
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
        try:
            assert reader.get("/search/?q=survival").status_code == 200
        finally:
            cursor.execute("SET default_transaction_read_only = off")
