"""The rules of Mozilla's HTTP Observatory, each at its best grade, with what production sets."""

import pytest
from django.test import Client

from tests.portal.test_security import policy_of
from tests.production import evaluate

pytestmark = pytest.mark.django_db
HALF_A_YEAR = 15_768_000


@pytest.fixture
def production(settings):
    """A browser on https, before the settings that `test_production_speaks_https_only` holds."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    return Client()


def test_http_leads_to_https_of_the_same_host(production):
    answer = production.get("/contact/")

    assert answer.status_code == 301
    assert answer["Location"] == "https://testserver/contact/"


def test_https_is_remembered_and_may_be_preloaded(production):
    directives = production.get("/contact/", secure=True)["Strict-Transport-Security"].split("; ")

    assert int(directives[0].removeprefix("max-age=")) >= HALF_A_YEAR
    assert directives[1:] == ["includeSubDomains", "preload"]


def test_the_policy_denies_by_default_and_allows_nothing_unsafe(production):
    policy = policy_of(production.get("/contact/", secure=True))

    allowed = set.union(*policy.values())
    assert policy["default-src"] == {"'none'"}
    assert {"base-uri", "form-action", "frame-ancestors"} <= set(policy)
    assert {source for source in allowed if "unsafe" in source or "*" in source or "http" in source} == set()


def test_every_other_header_has_its_strictest_value(production):
    answer = production.get("/contact/", secure=True)

    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer


def test_every_cookie_is_secure_and_out_of_reach(production):
    answers = [
        production.get("/contact/", secure=True),
        production.post("/attest/", {"next": "/"}, secure=True),
        production.post("/cookies/", {"choice": "accept-all"}, secure=True),
        production.post("/theme/", {"theme": "dark"}, secure=True),
        production.post("/newsletter/", {"email": "ada@hospital.example"}, secure=True),
    ]

    cookies = [cookie for answer in answers for cookie in answer.cookies.values()]
    assert len(cookies) >= 5
    assert {cookie.key for cookie in cookies if not (cookie["secure"] and cookie["httponly"])} == set()
    assert {cookie["samesite"] for cookie in cookies} == {"Lax"}
    assert {cookie["domain"] for cookie in cookies} == {""}


def test_browsers_take_no_cookie_of_ours_from_another_host():
    names = evaluate(
        "[cookie.name for cookie in __import__('portal.lib.cookies', fromlist=['x']).REGISTRY"
        " if cookie.provider == 'This site']"
    )

    assert [name for name in eval(names) if not name.startswith(("__Host-", "__Secure-"))] == []  # noqa: S307
