"""SIGTERM to the web server: what has begun is finished, nothing more begins."""

import http.client
import socket
import threading

import pytest

from tests.drain.waiting import LONGEST, until

SERVE = """
import sys, django
django.setup()
from portal.management.commands.serve import serve
serve(sys.argv[1])
"""


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(start, port):
    """A running server; `serve` of the command without the preparations."""

    def run(**environment):
        process = start("-c", SERVE, f"127.0.0.1:{port}", **environment)
        assert until(lambda: accepts(port))
        return process

    return run


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


class Reader(threading.Thread):
    """Asks for the slow page."""

    def __init__(self, port):
        super().__init__()
        self.port, self.answer = port, None
        self.start()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONGEST)
        try:
            connection.request("GET", "/slow/")
            response = connection.getresponse()
            self.answer = response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            self.answer = error
        finally:
            connection.close()


def test_request_in_flight_is_finished_and_no_other_is_taken(server, port, tmp_path):
    process, reader = server(), Reader(port)
    assert until((tmp_path / "page-begun").exists)

    process.terminate()
    is_closed = until(lambda: not accepts(port))
    was_running = process.poll() is None
    (tmp_path / "page-go").touch()
    reader.join()

    assert is_closed
    assert was_running
    assert reader.answer == (200, b"the whole page")
    assert process.wait(LONGEST) == 0


def test_request_that_takes_too_long_is_given_up(server, port, tmp_path):
    process, reader = server(DRAIN_SECONDS="1"), Reader(port)
    assert until((tmp_path / "page-begun").exists)

    process.terminate()

    assert process.wait(LONGEST - 10) == 0  # the page alone would wait longer
    reader.join()
    assert isinstance(reader.answer, OSError | http.client.HTTPException)


def test_connection_that_is_kept_open_holds_nothing_up(server, port):
    process = server()
    idle = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
    idle.request("GET", "/healthz")
    assert idle.getresponse().read() == b"ok\n"

    process.terminate()

    assert process.wait(LONGEST - 10) == 0  # DRAIN_SECONDS is LONGEST
    idle.close()
