"""A real SMTP server on a free port, which notes what it takes and refuses what it is told to refuse."""

import email
from email import policy

import pytest
from aiosmtpd.controller import Controller


class Sink:
    """Handler of aiosmtpd: `taken` are (recipient, message); `refusals` are answers by recipient, used up in order."""

    def __init__(self):
        self.taken = []
        self.refusals = {}
        self.sessions = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.sessions.add(id(session))
        if answers := self.refusals.get(address):
            return answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=policy.default)
        self.taken += [(recipient, message) for recipient in envelope.rcpt_tos]
        return "250 taken"


class FreePort(Controller):
    """The kernel chooses the port; `port` says which."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def serve(sink):
    """A started controller with `hostname` and `port`; stop it with `.stop()`."""
    controller = FreePort(sink, hostname="127.0.0.1", port=0)
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
