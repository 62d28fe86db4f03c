import io
import json
import logging

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.urls import include, path

from accounts.access import public
from portal.lib.logs import Discreet, JsonFormatter
from portal.urls import handler400, handler403, handler404, handler429, handler500  # noqa: F401
from tests import factories, production

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.portal.test_request_log")]

WORD = "xyzzyplugh"  # what somebody sends, and no line may hold
ADDRESS = f"{WORD}@patients.example"


def quoted(request, what):
    return f"{what} {request.GET} {request.POST} {request.headers} {request.COOKIES}"


@public
def raises(request, what=""):
    raise ValueError(quoted(request, what))


@public
def raises_because(request, what=""):
    try:
        raise KeyError(what)
    except KeyError as error:
        raise RuntimeError(quoted(request, what)) from error


@public
def doubles(request, what=""):
    get_user_model().objects.create(email=what)
    get_user_model().objects.create(email=what)


@public
def mistypes(request, what=""):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::integer", [what])


@public
def complains(request, what=""):
    logging.getLogger("newsletter.sending").error("Stopped. %s", f"550 <{what}>: no such mailbox")
    raise ValueError


VIEWS = {
    "raises": raises,
    "raises-because": raises_because,
    "doubles": doubles,
    "mistypes": mistypes,
    "complains": complains,
}
urlpatterns = [
    *(path(f"{name}/<path:what>", view) for name, view in VIEWS.items()),
    path("", include("portal.urls")),
]


@pytest.fixture
def lines():
    """A function that returns what has been logged, parsed, as production would write it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(Discreet())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


def test_a_request_leaves_one_line(reader, lines):
    factories.make_article(slug="some-article")

    response = reader.get("/articles/some-article/?q=words")

    (line,) = lines()
    assert {name: line[name] for name in ("level", "logger", "method", "route", "status", "request_id")} == {
        "level": "info",
        "logger": "portal.request",
        "method": "GET",
        "route": "/articles/<slug:slug>/",
        "status": 200,
        "request_id": response["X-Request-ID"],
    }
    assert line["bytes"] == len(response.content)
    assert line["ms"] > 0
    assert line["pid"] > 0
    assert line["time"].endswith("Z")


@pytest.mark.parametrize(
    ("address", "route", "status"),
    [
        ("/no-such-page/", "", 404),
        ("/static/img/no-such-file.svg", "/static/…", 404),
        ("/healthz", "/healthz", 200),
        ("/search/?q=%00", "", 400),
    ],
)
def test_what_no_view_answers_leaves_a_line_too(client, lines, address, route, status):
    client.get(address)

    (line,) = lines()
    assert (line["route"], line["status"]) == (route, status)


def test_a_method_that_nobody_knows_is_not_repeated(client, lines):
    client.generic(WORD, "/healthz")

    assert lines()[-1]["method"] == "other"


def test_each_request_has_a_number_of_its_own(client):
    assert client.get("/healthz")["X-Request-ID"] != client.get("/healthz")["X-Request-ID"]


GIVEN = "0123456789abcdef0123456789abcdef"


def test_the_number_of_our_proxy_is_kept(client, lines, settings):
    settings.BEHIND_PROXY = True

    response = client.get("/healthz", headers={"X-Request-ID": GIVEN})

    assert response["X-Request-ID"] == lines()[0]["request_id"] == GIVEN


@pytest.mark.parametrize("given", ["", "short", ADDRESS, GIVEN * 3, f"{GIVEN}\n", "٠" * 32, 'a"b' * 8])
def test_a_number_that_is_none_is_replaced(client, settings, given):
    settings.BEHIND_PROXY = True

    response = client.get("/healthz", headers={"X-Request-ID": given})

    assert response["X-Request-ID"] != given
    assert len(response["X-Request-ID"]) == 16


def test_without_a_proxy_nobody_may_choose_the_number(client):
    assert client.get("/healthz", headers={"X-Request-ID": GIVEN})["X-Request-ID"] != GIVEN


def test_a_failure_is_logged_under_the_number_that_the_reader_sees(client, lines):
    response = client.get("/raises/something")

    error, request = lines()
    assert response.status_code == 500
    assert f"<strong>{response['X-Request-ID']}</strong>" in response.content.decode()
    assert error["request_id"] == request["request_id"] == response["X-Request-ID"]
    assert (error["message"], error["error"]) == ("The request failed.", "ValueError")
    assert error["trace"][-1].startswith("tests/portal/test_request_log.py:")
    assert error["trace"][-1].endswith(" raises")
    assert (request["level"], request["status"]) == ("error", 500)


def test_what_led_to_a_failure_is_named(client, lines):
    client.get("/raises-because/something")

    assert (lines()[0]["error"], lines()[0]["causes"]) == ("RuntimeError", ["KeyError"])


def test_a_refusal_of_the_database_names_the_rule(client, lines):
    client.get(f"/doubles/{ADDRESS}")

    assert lines()[0]["error"].startswith("django.db.utils.IntegrityError: 23505 ")


@pytest.mark.parametrize("name", VIEWS)
def test_no_line_of_a_failure_holds_what_was_sent(client, lines, name):
    client.cookies["theme"] = WORD

    response = client.post(
        f"/{name}/{ADDRESS}?q={WORD}",
        {"email": ADDRESS, "q": WORD},
        headers={"User-Agent": WORD, "Referer": f"https://{WORD}.example/", "X-Request-ID": WORD},
    )

    assert response.status_code == 500
    assert len(lines()) >= 2
    assert WORD not in json.dumps(lines())


@pytest.mark.parametrize(
    ("method", "address", "headers"),
    [
        ("get", f"/search/?q={WORD}", {}),
        ("get", f"/{WORD}/", {}),
        ("get", f"/{WORD}?q={WORD}", {}),
        ("get", f"/static/{WORD}.css", {}),
        ("get", f"/search/?q={WORD}%00", {}),
        ("get", f"/newsletter/confirm/{WORD}/", {}),
        ("get", f"/newsletter/leave/{WORD}/", {}),
        ("post", f"/newsletter/leave/{WORD}/", {}),
        ("get", f"/accounts/password/reset/key/{WORD}-{WORD}/", {}),
        ("get", "/about/", {"Host": f"{WORD}.example"}),
        ("get", "/about/", {"User-Agent": WORD, "Cookie": f"sessionid={WORD}; attestation={WORD}"}),
        ("post", "/newsletter/", {}),
        ("post", "/accounts/login/", {}),
        ("post", "/contact/", {"Origin": f"https://{WORD}.example"}),
        ("put", f"/healthz?{WORD}", {}),
    ],
)
def test_no_line_of_an_answer_holds_what_was_sent(lines, method, address, headers):
    client = factories.attested(Client(enforce_csrf_checks=True, raise_request_exception=False))
    form = {"data": {"email": ADDRESS, "login": ADDRESS, "password": WORD}} if method == "post" else {}

    getattr(client, method)(address, headers=headers, **form)

    assert "portal.request" in [line["logger"] for line in lines()]
    assert WORD not in json.dumps(lines())


def test_who_reads_is_not_logged(member, lines):
    member.get("/account/")

    text = json.dumps(lines())
    assert member.user.email not in text
    assert "127.0.0.1" not in text
    assert not {"user", "ip", "path"} & set(lines()[0])


def logged_by(code):
    """What a process with the settings of production writes while it runs `code`, parsed."""
    process = production.run("-c", f"import django, logging; django.setup()\n{code}")
    assert process.returncode == 0, process.stderr
    assert process.stdout == ""
    return [json.loads(line) for line in process.stderr.splitlines()]


def test_a_worker_writes_the_same_lines():
    lines = logged_by("logging.getLogger('portal.lanes').error('For %s', 'ada@patients.example')")

    assert [(line["level"], line["message"]) for line in lines] == [("error", "For [address]")]


def test_celery_writes_the_same_lines():
    lines = logged_by(
        "from portal.celery import app; app.log.setup(loglevel='INFO', redirect_stdouts=False)\n"
        "logging.getLogger('celery.app.trace').error('It stumbled.')\n"
        "logging.getLogger('celery.worker.strategy').info('For every look at the queue.')"
    )

    assert [(line["logger"], line["message"]) for line in lines] == [("celery.app.trace", "It stumbled.")]


def test_an_administrator_gets_no_mail_with_what_was_sent():
    lines = logged_by("print(logging.getLogger('django').handlers, file=__import__('sys').stderr)")

    assert lines == [[]]
