"""A real SMTP server on a free port, which notes what it takes and fails as it is told to."""

import asyncio
import email
from email import policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


class Sink:
    """Handler of aiosmtpd. What it is told, by recipient where there is a choice, is used up in order:

    refusals   answers to RCPT
    verdicts   answers to the message; "cut" cuts the connection instead, after the message was taken
    cuts       recipients in whose message the connection is cut, before its final dot
    delay      seconds before each answer to a message
    most       messages in one session, after which it is closed with 421
    watch      called with "rcpt", "body" (all but the end is there) or "taken" (not answered yet), and the name that
               the client gave with EHLO

    `taken` are (recipient, message), `sessions` the clients' sessions.
    """

    def __init__(self):
        self.taken = []
        self.refusals, self.verdicts, self.cuts = {}, {}, []
        self.delay, self.most = 0, None
        self.watch = lambda moment, client: None
        self.sessions, self.counts = set(), {}

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.most and self.counts.get(id(session), 0) >= self.most:
            asyncio.get_running_loop().call_later(0.01, server.transport.close)
            return "421 4.7.0 enough messages for one connection"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.sessions.add(id(session))
        self.watch("rcpt", session.host_name)
        if answers := self.refusals.get(address):
            return answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def body_arrives(self, server):
        """Called for each line of a message while its final dot has not arrived."""
        self.watch("body", server.session.host_name)
        recipient = server.envelope.rcpt_tos[-1]
        if recipient in self.cuts:
            self.cuts.remove(recipient)
            server.transport.abort()

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=policy.default)
        self.counts[id(session)] = self.counts.get(id(session), 0) + 1
        verdict = next((v.pop(0) for r in envelope.rcpt_tos if (v := self.verdicts.get(r))), "250 taken")
        if verdict.startswith(("2", "cut")):
            self.taken += [(recipient, message) for recipient in envelope.rcpt_tos]
            self.watch("taken", session.host_name)
        if self.delay:
            await asyncio.sleep(self.delay)
        if verdict == "cut":
            server.transport.abort()
        return verdict


class Server(SMTP):
    """aiosmtpd's protocol; the handler hears of messages that are not complete."""

    async def smtp_DATA(self, arg):
        plain, self._reader = (
            self._reader,
            Reader(self._reader, lambda: self.event_handler.body_arrives(self)),
        )
        try:
            await super().smtp_DATA(arg)
        finally:
            self._reader = plain


class Reader:
    """A stream whose lines are told of."""

    def __init__(self, stream, tell):
        self.stream, self.tell = stream, tell

    async def readuntil(self, separator):
        line = await self.stream.readuntil(separator)
        if line != b".\r\n" and b"\r\n.\r\n" not in b"\r\n" + self.stream._buffer:
            self.tell()
        return line


class FreePort(Controller):
    """The kernel chooses the port; `port` says which."""

    def factory(self):
        return Server(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def serve(sink, **options):
    """A started controller with `hostname` and `port`; stop it with `.stop()`. Options as of aiosmtpd's SMTP."""
    controller = FreePort(sink, hostname="127.0.0.1", port=0, **options)
    controller.start()
    return controller


@pytest.fixture
def outbox(settings):
    """Mail goes to the outbox as in production; Django's test set-up keeps it in memory."""
    settings.EMAIL_BACKEND = "portal.outbox.EmailBackend"


@pytest.fixture
def sink(outbox, settings):
    """A running SMTP server to which the outbox delivers."""
    sink = Sink()
    controller = serve(sink)
    settings.OUTBOX_DELIVERY_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = controller.hostname, controller.port
    yield sink
    controller.stop(no_assert=True)
