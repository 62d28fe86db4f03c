"""Ways to a mail server: SMTP with and without its extensions, and Django's other backends."""

import smtplib
import ssl
from pathlib import Path

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from newsletter.sending import Engine
from newsletter.sending.transports import quoted, spelled
from tests.newsletter.rows import make_delivery, make_subscriber
from tests.newsletter.sending import being_sent, send, state_of
from tests.smtp import Sink, serve

pytestmark = pytest.mark.django_db
BACKEND = f"{__name__}.Backend"


class Backend(BaseEmailBackend):
    """A provider's interface; `error` is raised, `sent` are the messages."""

    sent, error, count = [], None, 1

    def send_messages(self, email_messages):
        if self.error:
            raise self.error
        self.sent.extend(email_messages)
        return self.count


@pytest.fixture
def backend(settings, monkeypatch):
    settings.NEWSLETTER_EMAIL_BACKEND = BACKEND
    monkeypatch.setattr(Backend, "sent", [])
    return Backend


class ProviderError(Exception):
    def __init__(self, status):
        super().__init__(f"The provider says {status}")
        self.status_code = status


class NewConnectionError(Exception):
    """As urllib3 calls it."""


def unconnected():
    """As requests wraps it."""
    return OSError(NewConnectionError("no route to host"))


def the_one(issue):
    return issue.deliveries.get()


def test_without_a_server_issues_are_kept_in_files(settings):
    settings.OUTBOX_DELIVERY_BACKEND = "portal.outbox.FileBackend"
    delivery = the_one(being_sent())

    send()

    (file,) = settings.EMAIL_FILE_PATH.iterdir()
    assert f"To: {delivery.subscriber.email}".encode() in file.read_bytes()
    assert state_of(delivery) == ("handed_over", 1, "250 taken by the provider")


def test_provider_gets_the_parts_of_a_message_and_its_name(backend):
    delivery = make_delivery(being_sent(0, subject="Ünïcode"), make_subscriber())

    Engine().deliver(timezone.now())

    (message,) = backend.sent
    delivery.refresh_from_db()
    assert (message.subject, message.to) == ("Ünïcode", [delivery.subscriber.email])
    assert "Good morning." in message.body
    assert "Good morning." in message.alternatives[0].content
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.metadata == {"message_id": delivery.message_id}
    assert not {"To", "From", "Subject", "Content-Type"} & set(message.extra_headers)


@pytest.mark.parametrize(
    ("error", "state", "attempts", "is_stopped"),
    [
        (smtplib.SMTPRecipientsRefused({"a": (550, b"gone")}), "failed", 1, False),
        (smtplib.SMTPDataError(451, b"busy"), "queued", 1, False),
        (smtplib.SMTPAuthenticationError(535, b"who?"), "queued", 0, True),
        (ProviderError(422), "failed", 1, False),
        (ProviderError(429), "queued", 1, False),
        (ProviderError(503), "queued", 1, False),
        (ProviderError(401), "queued", 0, True),
        (ProviderError(408), "handed_over", 1, False),  # a gateway or the provider gave up: it may have it
        (ProviderError(500), "handed_over", 1, False),
        (ProviderError(502), "handed_over", 1, False),
        (ProviderError(504), "handed_over", 1, False),
        (ProviderError(200), "handed_over", 1, False),  # and what it said cannot be read
        (smtplib.SMTPDataError(-1, b"OK queued"), "handed_over", 1, False),
        (smtplib.SMTPRecipientsRefused({"a": (-1, b"who?")}), "queued", 1, False),  # no message was sent
        (ConnectionRefusedError("nobody there"), "queued", 0, False),
        (unconnected(), "queued", 0, False),
        (TimeoutError("no answer"), "handed_over", 1, False),  # nobody knows
    ],
    ids=str,
)
def test_errors_of_a_provider_are_understood(backend, monkeypatch, error, state, attempts, is_stopped):
    monkeypatch.setattr(Backend, "error", error)
    delivery = the_one(being_sent())

    send()

    assert state_of(delivery)[:2] == (state, attempts)
    assert (delivery.answered_at is not None) == (state == "failed")
    delivery.issue.refresh_from_db()
    assert (delivery.issue.status == "stopped") == is_stopped


def test_provider_that_takes_nothing_is_believed(backend, monkeypatch):
    monkeypatch.setattr(Backend, "count", 0)
    delivery = the_one(being_sent())

    send()

    assert state_of(delivery) == ("failed", 1, "The provider did not take the message.")


class Quick(Sink):
    """Offers PIPELINING (RFC 2920)."""

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]


@pytest.fixture
def use(settings):
    """use(sink, **options) serves it as the newsletter's mail server."""
    servers = []

    def used(sink, **options):
        servers.append(serve(sink, **options))
        settings.OUTBOX_DELIVERY_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = servers[-1].hostname, servers[-1].port
        return sink

    yield used
    for server in servers:
        server.stop(no_assert=True)


@pytest.mark.parametrize("kind", [Sink, Quick])
def test_refusals_in_the_middle_leave_the_connection_usable(use, settings, kind):
    settings.NEWSLETTER_CONNECTIONS = 1
    sink = use(kind())
    first, second, third = being_sent(3).deliveries.order_by("pk")
    sink.refusals = {first.subscriber.email: ["550 gone"], second.subscriber.email: ["451 busy"]}

    send()

    assert [recipient for recipient, _ in sink.taken] == [third.subscriber.email]
    assert [state_of(one)[0] for one in (first, second, third)] == ["failed", "queued", "handed_over"]
    assert len(sink.sessions) == 1


def test_server_that_cannot_encrypt_stops_the_issue_if_it_must(use, settings):
    use(Sink())
    settings.EMAIL_USE_TLS = True
    issue = being_sent()

    send()

    issue.refresh_from_db()
    assert issue.status == "stopped"
    assert "STARTTLS" in issue.stop_reason


CERTIFICATE = Path(__file__).parent.parent / "smtp.pem"


@pytest.fixture
def tls():
    """What a server needs to encrypt."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def test_encrypted_connection_carries_many_messages(use, settings, tls, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    settings.NEWSLETTER_CONNECTIONS, settings.EMAIL_USE_TLS = 2, True
    sink = use(Quick(), tls_context=tls, require_starttls=True)
    being_sent(9)

    send()

    assert (len(sink.taken), len(sink.sessions)) == (9, 2)


def test_certificate_that_is_not_trusted_stops_the_issue(use, settings, tls):
    settings.EMAIL_USE_TLS = True
    sink = use(Sink(), tls_context=tls)
    issue = being_sent()

    send()

    issue.refresh_from_db()
    assert (issue.status, sink.taken) == ("stopped", [])
    assert "CERTIFICATE_VERIFY_FAILED" in issue.stop_reason


@pytest.mark.parametrize(
    ("message", "as_sent"),
    [
        (b"a\r\n", b"a\r\n"),
        (b"a", b"a\r\n"),
        (b".\r\n", b"..\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n"),
        (b"a\r\n..b.\r\n", b"a\r\n...b.\r\n"),
    ],
)
def test_lines_that_begin_with_a_dot_get_another(message, as_sent):
    assert quoted(message) == as_sent


def test_addresses_are_spelled_in_ascii():
    assert spelled("a@example.org") == "a@example.org"
    assert spelled("a@bücher.example") == "a@xn--bcher-kva.example"


@pytest.mark.parametrize("address", ["a@example.org>\r\nRCPT TO:<b", "a\0@b", "a b@c", "<a@b>", "ü@b"])
def test_addresses_that_would_end_the_command_are_refused(address):
    with pytest.raises(ValueError, match=r"address|label"):
        spelled(address)
