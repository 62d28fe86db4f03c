"""The shortest way to a kept page gives what the long one gives, and nothing else."""

import io
import logging

import pytest
from django.core.wsgi import get_wsgi_application

from portal.pagecache.front import Front
from portal.pagecache.revision import lookup
from tests import factories

pytestmark = pytest.mark.django_db

handler = get_wsgi_application()
application = Front(handler)
VARYING = ("X-Request-ID", "Set-Cookie")


@pytest.fixture(autouse=True)
def _revision_at_hand(_kept_pages, monkeypatch):
    monkeypatch.setattr("portal.pagecache.revision.EVERY", 1000)


@pytest.fixture
def environ(reader):
    """The request of an attested reader for an article whose page is kept."""
    factories.make_article(slug="a")
    reader.get("/articles/a/")
    return environ_of(reader, "/articles/a/")


def environ_of(client, path, **more):
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_COOKIE": cookie,
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
    } | more


def call(application, environ):
    """Status, headers and body, as a web server gets them."""
    started = []
    parts = application(dict(environ), lambda status, headers, *_: started.append((status, headers)))
    body = b"".join(parts)
    if hasattr(parts, "close"):
        parts.close()
    status, headers = started[0]
    return status, {name: value for name, value in headers if name not in VARYING}, body


def passed_on(environ):
    """Does the request go on to Django?"""
    asked = []
    front = Front(lambda environ, start_response: asked.append(environ) or [])
    front(environ, lambda status, headers: None)
    return bool(asked)


@pytest.mark.parametrize("encoding", ["", "gzip", "br, gzip"])
def test_front_answers_as_the_middleware_does(environ, encoding, django_assert_num_queries):
    environ["HTTP_ACCEPT_ENCODING"] = encoding

    with django_assert_num_queries(0):
        short = call(application, environ)

    assert not passed_on(environ)
    assert short == call(handler, environ)
    assert short[0] == "200 OK"


def test_front_tells_a_browser_that_it_has_the_page(environ):
    environ["HTTP_IF_NONE_MATCH"] = call(application, environ)[1]["ETag"]

    short = call(application, environ)

    assert short == call(handler, environ)
    assert (short[0], short[2]) == ("304 Not Modified", b"")


@pytest.mark.parametrize(
    "change",
    [
        {"REQUEST_METHOD": "HEAD"},
        {"REQUEST_METHOD": "POST"},
        {"HTTP_HX_REQUEST": "true"},
        {"HTTP_COOKIE": ""},
        {"HTTP_COOKIE": "attestation=forged"},
        {"PATH_INFO": "/articles/b/"},
        {"QUERY_STRING": "n=1"},
        {"HTTP_SEC_GPC": "1"},
        {"HTTP_HOST": "evil.example"},
        {"wsgi.url_scheme": "https"},
    ],
)
def test_front_leaves_every_other_request_to_django(environ, change):
    assert passed_on(environ | change)


def test_front_leaves_readers_with_a_session_to_django(environ, member):
    member.get("/articles/a/")

    assert passed_on(environ_of(member, "/articles/a/"))


def test_front_leaves_it_to_django_to_ask_the_database(environ):
    lookup.forget()

    assert passed_on(environ)


def test_request_that_the_front_answers_is_logged_and_numbered(environ, caplog):
    started = []
    with caplog.at_level(logging.INFO, logger="portal.request"):
        application(environ, lambda status, headers: started.append(dict(headers)))

    fields = caplog.records[-1].fields
    assert (fields["route"], fields["status"]) == ("/articles/<slug:slug>/", 200)
    assert fields["page_cache"] == "hit"
    assert started[0]["X-Request-ID"]
