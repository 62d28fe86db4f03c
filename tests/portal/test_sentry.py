"""What reaches a server that speaks like Sentry: a stand-in on this machine."""

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli
import pytest

from tests import production

WORD = "xyzzyplugh"
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}
FAILS = f"""
import django; django.setup()
import logging
from django.test import Client
from portal import health
def stumble(request, token):
    word = "{WORD}"
    raise ValueError(request.GET, request.POST, word)
client = Client(raise_request_exception=False)
from django.urls import path
import portal.urls
from accounts.access import public
portal.urls.urlpatterns.append(path("stumbles/<str:token>/", public(stumble)))
response = client.post(
    "/stumbles/{WORD}/?q={WORD}", {{"email": "{WORD}@patients.example"}}, secure=True,
    headers={{"Host": "portal.example", "User-Agent": "{WORD}", "Cookie": "theme={WORD}"}},
)
print(response.status_code, response["X-Request-ID"])
client.get("/about/", headers={{"Host": "{WORD}.example"}})
logging.getLogger("portal.lanes").error("Issue %s stumbled.", "{WORD}")
import sentry_sdk; sentry_sdk.flush(10)
"""


@pytest.fixture
def reports():
    """(DSN of a server, what has been sent to it)."""
    received = []

    class Server(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(UNPACK[self.headers.get("Content-Encoding", "")](body).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://key@127.0.0.1:{server.server_port}/1", received
        server.shutdown()
        thread.join()


def test_a_failure_is_reported_without_what_was_sent(reports):
    address, received = reports

    process = production.run(
        "-c", FAILS, DEVELOPMENT="1", SENTRY_DSN=address, PAGE_CACHE_BYTES="0", RATE_LIMITS="0"
    )

    assert process.returncode == 0, process.stderr
    status, number = process.stdout.split()
    failure, message = received
    assert status == "500"
    assert f'"request_id":"{number}"' in failure
    assert '"type":"ValueError"' in failure
    assert '"function":"stumble"' in failure
    assert "Issue %s stumbled." in message
    assert WORD not in "".join(received)
