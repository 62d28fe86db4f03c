"""The short files for machines."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from portal.models import Hub

PATHS = ["/robots.txt", "/.well-known/security.txt", "/.well-known/gpc.json"]


@pytest.fixture(autouse=True)
def _site(settings, db):
    settings.SITE_URL = "https://hub.example"


def fields(response):
    return dict(line.split(": ", 1) for line in response.content.decode().splitlines())


def test_robots_are_kept_out_of_what_is_not_for_them(visitor):
    response = visitor.get("/robots.txt")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode() == (
        "User-agent: *\n"
        "Disallow: /admin/\n"
        "Disallow: /search/\n"
        "Disallow: /bookmarks/\n"
        "Disallow: /accounts/\n"
        "Disallow: /account/\n"
        "\n"
        "Sitemap: https://hub.example/sitemap.xml\n"
    )


def test_security_contact_is_the_address_of_the_site(visitor):
    Hub.objects.update_or_create(pk=1, defaults={"contact_email": "safety+web@hub.example"})

    response = visitor.get("/.well-known/security.txt")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert fields(response)["Contact"] == "mailto:safety+web@hub.example"
    assert fields(response)["Canonical"] == "https://hub.example/.well-known/security.txt"


def test_security_contact_without_an_address_is_the_form(visitor):
    Hub.objects.update_or_create(pk=1, defaults={"contact_email": ""})

    assert fields(visitor.get("/.well-known/security.txt"))["Contact"] == "https://hub.example/contact/"


def test_security_contact_expires_within_a_year(visitor):
    expires = datetime.strptime(
        fields(visitor.get("/.well-known/security.txt"))["Expires"], "%Y-%m-%dT%H:%M:%SZ"
    )

    left = expires.replace(tzinfo=UTC) - timezone.now()
    assert timedelta(days=170) < left < timedelta(days=365)


def test_site_declares_that_it_honours_privacy_control(visitor):
    response = visitor.get("/.well-known/gpc.json")

    assert response["Content-Type"] == "application/json"
    assert response.json() == {"gpc": True, "lastUpdate": "2026-11-22"}


@pytest.mark.parametrize("path", PATHS)
def test_file_is_public_and_kept_for_a_day(visitor, path):
    response = visitor.get(path)

    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=86400"
    assert not response.cookies
    assert visitor.head(path).status_code == 200
    assert visitor.post(path).status_code == 405
