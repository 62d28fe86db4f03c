"""Small browsers that say on the wire exactly what a test wants to be said."""

import gzip
import http.client
import zlib
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import brotli

from portal.local.loopback import HOST, LOOPBACK
from portal.local.nginx import trusting

DECODERS = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "deflate": zlib.decompress,
}


class Answer:
    """status, headers (as http.client has them), the body as sent and, in `content`, decompressed."""

    def __init__(self, response):
        self.status, self.headers = response.status, response.headers
        self.body = response.read()

    @property
    def content(self):
        return DECODERS[self.headers.get("Content-Encoding", "")](self.body) if self.body else b""


class Browser:
    """Keeps cookies from one request to the next.

    port     of this machine; the portal is always called by its own name
    is_safe  over TLS
    """

    def __init__(self, port, is_safe=True, cookies=()):
        self.port, self.is_safe = port, is_safe
        self.cookies = dict(cookies)

    def connect(self):
        if not self.is_safe:
            return http.client.HTTPConnection(LOOPBACK, self.port, timeout=60)
        return http.client.HTTPSConnection(LOOPBACK, self.port, timeout=60, context=trusting())

    def ask(self, path, method="GET", headers=(), body=None, version=11):
        """Send one request. version: 10 for HTTP/1.0"""
        connection = self.connect()
        connection._http_vsn = version
        connection._http_vsn_str = f"HTTP/{version // 10}.{version % 10}"
        sent = {"Host": HOST, "Accept-Encoding": "identity", **dict(headers)}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        self.keep(answer)
        return answer

    def keep(self, answer):
        for line in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value

    def submit(self, path, **fields):
        """Send a form as a page of the site does."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Sec-Fetch-Site": "same-origin",
            "Origin": f"https://{HOST}",
        }
        return self.ask(path, "POST", headers, urlencode(fields))

    def attest(self):
        answer = self.submit("/attest/", next="/")
        assert answer.status == 303, answer.content
        return self
