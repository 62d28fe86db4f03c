import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def theme_of(client):
    html = client.get("/about/").content.decode()
    return next((name for name in ("light", "dark") if f'<html lang="en" data-theme="{name}">' in html), "")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_stays(visitor, theme):
    response = visitor.post("/theme/", {"theme": theme, "next": "/about/"})

    assert (response.status_code, response["Location"]) == (303, "/about/")
    assert theme_of(visitor) == theme


def test_the_systems_theme_is_the_default_and_forgets_the_choice(visitor):
    visitor.post("/theme/", {"theme": "dark"})

    response = visitor.post("/theme/", {"theme": "system"})

    assert response.cookies["theme"]["max-age"] == 0
    assert theme_of(visitor) == theme_of(Client()) == ""


@pytest.mark.parametrize("theme", ["", "blue", "DARK", "\0", "x" * 1_000_000, '"><script>'])
def test_an_unknown_theme_is_refused(visitor, theme):
    response = visitor.post("/theme/", {"theme": theme})

    assert response.status_code == 400
    assert "We could not read this request" in response.content.decode()
    assert not response.cookies


@pytest.mark.parametrize("cookie", ["blue", '"><script>alert(1)</script>', '"\\000"', "x" * 4000])
def test_a_forged_theme_is_none(visitor, cookie):
    visitor.cookies["theme"] = cookie

    assert theme_of(visitor) == ""


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "", "/\\evil.example", "x"])
def test_a_theme_leads_on_within_this_site_only(visitor, target):
    assert visitor.post("/theme/", {"theme": "dark", "next": target})["Location"] == "/"


def test_a_theme_cannot_be_chosen_from_another_site(visitor):
    response = visitor.post("/theme/", {"theme": "dark"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert response.status_code == 403
    assert not response.cookies


def test_reading_chooses_no_theme(visitor):
    assert visitor.get("/theme/?theme=dark").status_code == 405
