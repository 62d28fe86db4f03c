"""nginx as `deploy/nginx/` sets it up, in front of the portal in production."""

import contextlib
import re
import socket
import subprocess
import time
from pathlib import Path

import pytest

from portal.local import nginx, programs
from portal.local.loopback import HOST, LOOPBACK
from tests.deploy.clients import Browser

pytestmark = pytest.mark.xdist_group("deploy")  # which starts it once
DIGEST = re.compile(rb'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"')
PAUSE = 0.2  # seconds between two pieces of a slow request


def curl(front, path, *arguments):
    """What curl prints for an address of the portal."""
    command = [programs.find(programs.CURL), "-sk", "--connect-to", f"{HOST}:443:{LOOPBACK}:{front.https}"]
    return subprocess.run(
        [*command, *arguments, f"https://{HOST}{path}"], capture_output=True, text=True, check=True
    ).stdout


@contextlib.contextmanager
def slow_requests(front, start, count=100):
    """So many clients that began a request and send on a byte at a time."""
    connections = []
    try:
        for _ in range(count):
            bare = socket.create_connection((LOOPBACK, front.https))
            connections.append(nginx.trusting().wrap_socket(bare, server_hostname=HOST))
            connections[-1].sendall(start)
        time.sleep(PAUSE)
        for connection in connections:
            with contextlib.suppress(OSError):  # nginx has lost patience with it
                connection.sendall(b"x")
        yield
    finally:
        for connection in connections:
            connection.close()


def test_configuration_has_no_error_and_no_warning(front):
    said = nginx.check_configuration(front.folder)

    assert "test is successful" in said
    assert "[warn]" not in said


def test_pages_go_over_https_only(front):
    answer = Browser(front.http, is_safe=False).ask("/articles/?page=2")

    assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}/articles/?page=2")


def test_http_2_is_spoken(front):
    assert (
        curl(front, "/about/", "--http2", "-o", "/dev/null", "-w", "%{http_version} %{http_code}") == "2 200"
    )


@pytest.mark.parametrize(("version", "is_spoken"), [("1.1", False), ("1.2", True), ("1.3", True)])
def test_only_current_tls_is_spoken(front, version, is_spoken):
    limit = ["--tls-max", version, "--ciphers", "DEFAULT@SECLEVEL=0"]

    try:
        spoken = curl(front, "/healthz", *limit) == "ok\n"
    except subprocess.CalledProcessError:
        spoken = False

    assert spoken == is_spoken


def test_the_portal_says_how_long_https_is_promised(visitor):
    assert "max-age=31536000" in visitor.ask("/about/").headers["Strict-Transport-Security"]
    assert len(visitor.ask("/about/").headers.get_all("Strict-Transport-Security")) == 1


@pytest.mark.parametrize("path", ["/about/", "/static/css/tokens.css", "/nowhere/"])
def test_version_of_the_server_is_not_told(visitor, path):
    assert visitor.ask(path).headers["Server"] == "nginx"


@pytest.fixture
def stylesheet(visitor):
    return DIGEST.search(visitor.ask("/about/").content)[1].decode()


def test_static_file_with_a_digest_is_kept_for_ever(visitor, stylesheet):
    answer = visitor.ask(stylesheet)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert answer.headers.get_all("Cache-Control") == ["public, max-age=31536000, immutable"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_static_file_without_a_digest_is_kept_for_a_minute(visitor):
    assert visitor.ask("/static/css/tokens.css").headers["Cache-Control"] == "public, max-age=60"


def test_static_file_was_compressed_in_advance(visitor, stylesheet, stage):
    answer = visitor.ask(stylesheet, headers={"Accept-Encoding": "gzip"})

    ready = Path(stage.data, f"{stylesheet.removeprefix('/')}.gz")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.body == ready.read_bytes()
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_static_files_are_not_the_portals_work(visitor, stylesheet, front):
    visitor.ask(stylesheet)

    line = next(line for line in log_lines(front) if stylesheet in line)
    assert '"portal_seconds":""' in line


def log_lines(front):
    """What nginx has logged, newest first."""
    return Path(front.folder, "portal.log").read_text().splitlines()[::-1]


def test_unknown_static_file_gets_the_sites_own_page(visitor):
    answer = visitor.ask("/static/css/nowhere.css")

    assert answer.status == 404
    assert b"<h1" in answer.content


@pytest.mark.parametrize(
    "path", ["/static/../database/PG_VERSION", "/static../media/", "/static/%2e%2e/media"]
)
def test_nothing_beside_the_static_files_is_served(visitor, path):
    assert visitor.ask(path).status in (400, 404)


def test_page_is_compressed_on_the_way(reader):
    answer = reader.ask("/articles/secret/", headers={"Accept-Encoding": "gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert b"zygomorphic" in answer.content


def test_body_longer_than_any_form_is_refused_with_a_page(visitor):
    answer = visitor.ask("/contact/", "POST", body=b"x" * (2 * 1024 * 1024 + 1))

    assert answer.status == 413
    assert b"That is more than we can take" in answer.content


def test_editors_may_send_pictures_but_not_more(visitor):
    allowed = visitor.ask("/admin/", "POST", body=b"x" * (3 * 1024 * 1024))
    refused = visitor.ask("/admin/", "POST", body=b"x" * (16 * 1024 * 1024 + 1))

    assert allowed.status != 413
    assert refused.status == 413


def test_log_names_no_link_no_search_word_and_no_person(visitor, front):
    visitor.ask("/newsletter/confirm/a-signed-token-of-some-length/")
    visitor.ask("/search/?q=very-private-words")

    text = Path(front.folder, "portal.log").read_text()
    assert '"path":"/newsletter/confirm/…"' in text
    assert not [word for word in ("a-signed-token", "very-private", LOOPBACK) if word in text]


@pytest.mark.parametrize(
    "start",
    [
        b"GET / HTTP/1.1\r\nHost: portal.example\r\nX-Slow: ",
        b"POST /contact/ HTTP/1.1\r\nHost: portal.example\r\nContent-Length: 1000\r\n\r\nmessage=",
    ],
    ids=["head", "body"],
)
def test_a_hundred_slow_clients_stop_nobody(front, visitor, start):
    with slow_requests(front, start):
        answers = [visitor.ask("/healthz").status for _ in range(20)]

    assert answers == [200] * 20


def test_portal_that_is_away_gets_a_page_that_says_when_to_come_back(stage):
    with stage.front(1) as front:  # nothing listens there
        answer = Browser(front.https).ask("/")

    assert answer.status == 502
    assert answer.headers["Retry-After"] == "30"
    assert answer.headers["Cache-Control"] == "no-store"
    assert b"We will be back in a few minutes" in answer.content


def test_request_goes_to_the_other_node_if_one_is_away(stage, portal):
    with stage.front(1, portal.port) as front:
        answers = [Browser(front.https).ask("/healthz").status for _ in range(4)]

    assert answers == [200] * 4
