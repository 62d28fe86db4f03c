"""Wherever an address to go on to comes from outside, it leads to a path of this site."""

from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from portal.lib.origin import local_path
from tests import factories

HERE = "https://portal.example"
MARKS = "/ // \\ /\\ @ : ? # %2f %5c %09 %0d%0a . .. [ ] ; & = é articles \u3002 \uff0f \u200b"
SCHEMES = "https: http: javascript: data: mailto: evil.example portal.example"
OTHERS = ("\t", "\n", "\r", "\x00", " ", "\u2028", "\ud800", "a" * 2100)
PARTS = st.sampled_from([*MARKS.split(), *SCHEMES.split(), *OTHERS])
ADDRESSES = st.lists(PARTS, max_size=8).map("".join) | st.text(max_size=60)


def leaves_the_site(location):
    """Would a browser go elsewhere? Browsers drop tabs and line breaks, and read a backslash as a slash."""
    seen = (
        "".join(c for c in location if c not in "\t\r\n")
        .strip("".join(map(chr, range(33))))
        .replace("\\", "/")
    )
    try:
        target = urlsplit(urljoin(HERE + "/somewhere/", seen))
    except ValueError:
        return True
    return (target.scheme, target.netloc) != ("https", "portal.example")


def test_the_judge_knows_what_leaves():
    away = ["//evil.example", "/\\evil.example", "\t//evil.example", "javascript:x", "http://portal.example"]

    assert [address for address in away if not leaves_the_site(address)] == []
    assert not leaves_the_site("/articles/?next=//evil.example")


@given(ADDRESSES)
@example("/\t/evil.example")
@example("/%2f/evil.example")
@example("/.//evil.example")
def test_a_local_path_never_leaves_the_site(address):
    path = local_path(address)

    assert path.startswith("/")
    assert not leaves_the_site(path)


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ADDRESSES)
@example("//evil.example")
def test_no_form_or_sign_in_leads_away(settings, address):
    settings.ACCOUNT_RATE_LIMITS = False
    address = address.encode(errors="ignore").decode()
    event = factories.make_event()
    forms = [
        ("/attest/", {"next": address}),
        ("/theme/", {"theme": "dark", "next": address}),
        ("/cookies/", {"choice": "reject-all", "next": address}),
        (f"/events/{event.slug}/dismiss/", {"next": address}),
    ]
    client = Client()

    answers = [client.post(path, form) for path, form in forms]

    locations = [answer["Location"] for answer in answers if answer.has_header("Location")]
    assert [location for location in locations if leaves_the_site(location)] == []


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(ADDRESSES)
@example("//evil.example")
@example("/\\evil.example")
@example("https://evil.example/")
def test_allauth_leads_nobody_away_either(settings, address):
    settings.ACCOUNT_RATE_LIMITS = False
    address = address.encode(errors="ignore").decode().replace("\x00", "")
    client, user = Client(), factories.make_user()
    client.force_login(user)

    answers = [
        client.get("/accounts/login/", {"next": address}),
        client.get("/accounts/signup/", {"next": address}),
        client.post("/accounts/logout/", {"next": address}),
        client.post(
            "/accounts/login/", {"login": user.email, "password": factories.PASSWORD, "next": address}
        ),
    ]

    locations = [answer["Location"] for answer in answers if answer.has_header("Location")]
    assert locations
    assert [location for location in locations if leaves_the_site(location)] == []
