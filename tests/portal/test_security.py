import json
import re
from html.parser import HTMLParser

import pytest
from django.conf import settings as live_settings

from tests import factories
from tests.production import ENVIRONMENT, evaluate, run
from tests.routes import walk

CLOSED = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "font-src": {"'self'"},
    "connect-src": {"'self'"},
    "img-src": {"'self'", "data:"},
    "form-action": {"'self'"},
    "manifest-src": {"'self'"},
    "base-uri": {"'none'"},
    "frame-ancestors": {"'none'"},
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
DEVELOPMENT_ONLY = "/dev/mail/"  # shows mail with its own styles; absent in production


def policy_of(response):
    directives = (part.split() for part in response["Content-Security-Policy"].split(";"))
    return {name: set(sources) for name, *sources in directives}


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["visitor", "member", "editor"])
def test_every_answer_carries_the_strict_headers(request, who):
    client = request.getfixturevalue(who)
    factories.make_article(slug="read-me")
    paths = [route.example for route in walk() if not route.path.startswith(DEVELOPMENT_ONLY)]
    paths += ["/articles/read-me/", "/no-such-page/", "/search/?q=%00", "/articles"]

    answers = {path: client.get(path) for path in paths}

    assert {path for path, answer in answers.items() if policy_of(answer) != CLOSED} == set()
    for name, value in HEADERS.items():
        assert {path for path, answer in answers.items() if answer.get(name) != value} == set(), name
    features = {path: answer.get("Permissions-Policy", "") for path, answer in answers.items()}
    assert {
        path for path, given in features.items() if "camera=()" not in given or "=(" not in given
    } == set()
    assert {200, 301, 302, 400, 404} <= {answer.status_code for answer in answers.values()}


@pytest.mark.django_db
@pytest.mark.parametrize("status", [403, 405, 500])
@pytest.mark.urls("tests.portal.broken_urls")
def test_failures_carry_the_strict_headers_too(client, status):
    client.raise_request_exception = False

    response = client.get({403: "/forbidden/", 405: "/theme/", 500: "/fails/"}[status])

    assert response.status_code == status
    assert policy_of(response) == CLOSED
    assert {name: response.get(name) for name in HEADERS} == HEADERS


def test_static_files_carry_the_strict_headers_too(client):
    response = client.get("/static/css/base.css")

    assert b"".join(response)
    assert policy_of(response) == CLOSED
    assert {name: response.get(name) for name in HEADERS} == HEADERS


@pytest.mark.django_db
def test_what_depends_on_the_reader_is_kept_out_of_shared_caches(reader):
    factories.make_article(slug="read-me")

    for path in ("/", "/articles/", "/articles/read-me/", "/cookies/", "/contact/"):
        assert "private" in reader.get(path)["Cache-Control"], path


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["visitor", "reader", "member"])
def test_what_is_the_same_for_everybody_may_lie_in_shared_caches(request, who):
    factories.make_article(slug="read-me")
    client = request.getfixturevalue(who)
    paths = ["/feeds/articles.atom", "/feeds/articles.rss", "/sitemap.xml", "/robots.txt"]
    paths += ["/.well-known/security.txt", "/.well-known/gpc.json"]

    answers = {path: client.get(path) for path in paths}

    assert {path for path, answer in answers.items() if "public" not in answer["Cache-Control"]} == set()
    assert {path for path, answer in answers.items() if "Vary" in answer or answer.cookies} == set()


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["visitor", "member"])
def test_what_shared_caches_may_keep_never_depends_on_cookies(request, who):
    client = request.getfixturevalue(who)

    answers = {route.path: client.get(route.example) for route in walk()}

    kept = {path for path, answer in answers.items() if "public" in answer.get("Cache-Control", "")}
    assert "/feeds/articles.atom" in kept
    assert {path for path in kept if "Cookie" in answers[path].get("Vary", "")} == set()


class Inline(HTMLParser):
    """Collects what a strict policy would refuse in a template."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        names = {name for name, _ in attributes}
        values = dict(attributes)
        if tag == "style" or "style" in names or any(name.startswith("on") for name in names):
            self.found.append(self.get_starttag_text())
        is_data = values.get("type") in ("application/ld+json", "application/json")
        if tag == "script" and "src" not in names and not is_data:
            self.found.append(self.get_starttag_text())
        if any((value or "").strip().lower().startswith("javascript:") for value in values.values()):
            self.found.append(self.get_starttag_text())


def inline_parts(html):
    parser = Inline()
    parser.feed(re.sub(r"{%.*?%}|{#.*?#}", " ", html))
    return parser.found


@pytest.mark.parametrize(
    "html",
    [
        '<p style="color:red">',
        "<p {% if x %}STYLE='a'{% endif %}>",
        "<style>",
        "<script>",
        '<script type="module">',
        '<a onclick="x()">',
        "<body {% if x %}onload=x{% endif %}>",
        '<a href=" javascript:x">',
    ],
)
def test_the_search_for_inline_parts_finds_them(html):
    assert inline_parts(html)


def test_no_template_holds_inline_style_or_script():
    base = live_settings.BASE_DIR
    folders = [
        base / "templates",
        *(base / app / "templates" for app in ("portal", "newsletter", "articles", "accounts")),
    ]
    templates = [file for folder in folders for file in folder.rglob("*.html") if "emails" not in file.parts]

    found = {
        str(file.relative_to(base)): inline_parts(file.read_text(encoding="utf-8")) for file in templates
    }

    assert "templates/base.html" in found
    assert {name: parts for name, parts in found.items() if parts} == {}


def test_no_template_asks_another_site_for_a_part_of_the_page():
    templates = [
        file for file in (live_settings.BASE_DIR / "templates").rglob("*.html") if "emails" not in file.parts
    ]
    part = re.compile(
        r"<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc=[\"'](?:https?:)?//|<link\b[^>]*stylesheet[^>]*//",
        re.I,
    )

    assert [file.name for file in templates if part.search(file.read_text(encoding="utf-8"))] == []


def test_production_without_a_mail_server_is_warned(monkeypatch):
    monkeypatch.setitem(ENVIRONMENT, "EMAIL_URL", "")

    process = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert process.returncode == 1
    assert "portal.W001" in process.stderr


def test_production_passes_djangos_deployment_check():
    process = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert process.returncode == 0, process.stderr
    assert "no issues" in process.stdout


@pytest.mark.parametrize("missing", ["SECRET_KEY", "SUPPRESSION_KEY"])
def test_production_does_not_start_without_its_secrets(missing, monkeypatch):
    monkeypatch.delitem(run.__globals__["ENVIRONMENT"], missing)

    process = run("-c", "from django.conf import settings; settings.DEBUG")

    assert process.returncode != 0
    assert missing in process.stderr


def test_production_speaks_https_only():
    value = evaluate(
        "__import__('json').dumps([settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS >= 31536000,"
        " settings.SECURE_HSTS_INCLUDE_SUBDOMAINS, settings.DEBUG, settings.SHOW_KEPT_MAIL])"
    )

    assert json.loads(value) == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SITE_URL", "portal"),
        ("ATTESTATION_DAYS", "-1"),
        ("CONSENT_DAYS", "0"),
        ("NEWSLETTER_LINK_DAYS", "soon"),
        ("DATABASE_URL", "sqlite:///file"),
    ],
)
def test_wrong_setting_stops_the_start(monkeypatch, name, value):
    monkeypatch.setitem(ENVIRONMENT, name, value)

    process = run("manage.py", "check")

    assert process.returncode == 1
    assert name.split("_")[0] in process.stderr
