"""Records fetched from a registry that answers, and from one that does not. A server on this machine stands in."""

import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest
from django.core.management.base import CommandError

from tests.trials import registry_steps as steps
from trials.models import RegistrySnapshot
from trials.registry import fetching

pytestmark = pytest.mark.django_db
RECORD = (steps.FILES / "with-results.json").read_bytes()


class Registry(ThreadingHTTPServer):
    """Answers as `mode` says; `asked` are the paths that were asked for."""

    daemon_threads = True
    mode = "record"

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked, self.over = [], Event()
        self.address = f"http://127.0.0.1:{self.server_port}/api/v2/studies"

    def handle_error(self, request, client_address):
        """Who asked has gone: that is what is tested."""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        getattr(self, self.server.mode)()

    def answer(self, body, status=200, length=None, location=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def record(self):
        self.answer(RECORD)

    def unknown(self):
        self.answer(b"NCT number is not known", 404)

    def failing(self):
        self.answer(b"<h1>Error</h1>", 500)

    def garbage(self):
        self.answer(b"<!doctype html><title>Maintenance</title>")

    def nothing(self):
        self.answer(b"")

    def slow(self):
        self.server.over.wait(5)

    def dripping(self):
        self.send_response(200)
        self.end_headers()
        while not self.server.over.wait(0.02):
            self.wfile.write(b" ")
            self.wfile.flush()

    def cut(self):
        self.answer(RECORD[:500], length=len(RECORD))

    def hung_up(self):
        self.connection.shutdown(socket.SHUT_RDWR)

    def no_http(self):
        self.wfile.write(b"\x00\xff nonsense\r\n\r\n")

    def long(self):
        self.answer(b" " * 5000)

    def elsewhere(self):
        self.answer(b"", 302, location="ftp://127.0.0.1/record.json")

    def in_circles(self):
        self.answer(b"", 302, location=self.path)

    def log_message(self, *args):
        """Tests are silent."""


@pytest.fixture
def registry(settings):
    server = Registry()
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    settings.REGISTRY_URL = server.address
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


def test_record_is_fetched_by_its_number(registry):
    steps.make_trial()

    output = steps.run("nct 0123 4567")

    assert "11 match, 1 mismatch" in output
    assert registry.asked == ["/api/v2/studies/NCT01234567"]
    assert RegistrySnapshot.objects.get().source == f"{registry.address}/NCT01234567"
    assert RegistrySnapshot.objects.get().raw == RECORD.decode()


def test_file_and_fetched_record_are_the_same_content(registry):
    steps.make_trial()
    steps.run(steps.FILES / "with-results.json")

    steps.run(steps.NCT)

    assert RegistrySnapshot.objects.count() == 1


FAILURES = [
    ("unknown", "has no record NCT01234567: check the number"),
    ("failing", "answered with error 500: try again later"),
    ("garbage", "is not JSON"),
    ("nothing", "is not JSON"),
    ("slow", "did not answer within 0.4 seconds"),
    ("dripping", "did not answer within 0.4 seconds"),
    ("cut", "broke before the record was complete"),
    ("hung_up", "The connection to the registry broke"),
    ("no_http", "The connection to the registry broke"),
    ("long", "is no record"),
    ("elsewhere", "302"),
    ("in_circles", "302"),
]


@pytest.mark.parametrize(("mode", "message"), FAILURES, ids=[mode for mode, _ in FAILURES])
def test_registry_that_fails_is_said_in_a_sentence(registry, monkeypatch, mode, message):
    steps.make_trial()
    registry.mode = mode
    monkeypatch.setattr(fetching, "TIMEOUT", 0.4)
    monkeypatch.setattr(fetching, "MOST_BYTES", 4000 if mode == "long" else 1_000_000)
    begun = time.monotonic()

    with pytest.raises(CommandError, match=message):
        steps.run(steps.NCT)

    assert time.monotonic() - begun < 3
    assert not RegistrySnapshot.objects.exists()


def test_no_network_asks_for_the_file(settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.REGISTRY_URL = f"http://127.0.0.1:{free.getsockname()[1]}"

        with pytest.raises(CommandError, match=r"cannot be reached .*import the file"):
            steps.run(steps.NCT)


def test_answer_about_another_trial_is_refused(registry):
    steps.make_trial()

    with pytest.raises(CommandError, match=r"nctId: is NCT01234567, not NCT07654321 as asked"):
        steps.run("NCT07654321")

    assert not RegistrySnapshot.objects.exists()


@pytest.mark.parametrize("name", ["absent.json", "", "a\0b", "NCT123", "x" * 5000, "."])
def test_file_that_cannot_be_read_is_said(tmp_path, name):
    with pytest.raises(CommandError, match="cannot be read"):
        steps.run(f"{tmp_path}/{name}" if name != "NCT123" else name)


def test_file_that_is_too_long_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "MOST_BYTES", 100)

    with pytest.raises(CommandError, match="is no record"):
        steps.load(tmp_path, steps.record())
