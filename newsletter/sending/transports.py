"""How a message reaches the mail server, with the point of no return made explicit.

offer      everything that can be taken back: over SMTP all but the final dot of the message
hand_over  the point of no return: the final dot. Before it, the server must not keep the message (RFC 5321, 4.1.1.4)
answer     wait for the server's word
abandon    drop the connection; what was offered and not handed over is never delivered
"""

from __future__ import annotations

import contextlib
import email
import smtplib
import socket
import ssl
from email import policy
from email.message import EmailMessage as Parsed
from typing import Any, Protocol

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend

from .answers import Answer, Verdict, of_backend, of_connecting

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
FINAL_DOT = b".\r\n"
LAST_WORD = 120.0  # seconds for the answer to the final dot; giving up leaves the message undecided
CLOSING = 421  # "service closing": about the connection, not about the message
BROKEN = (OSError, smtplib.SMTPServerDisconnected)


class Transport(Protocol):
    """One connection, used by one thread at a time."""

    def offer(self, sender: str, recipient: str, octets: bytes) -> Answer | None:
        """Offer a message (RFC 5322, CRLF). None: it can be handed over. Else why it cannot; nothing is pending."""

    def hand_over(self) -> Answer | None:
        """Pass the point of no return without waiting. An answer means that it was not passed."""

    def answer(self) -> Answer:
        """The server's answer to what was handed over."""

    def abandon(self) -> None:
        """Take back what was offered."""

    def interrupt(self) -> None:
        """Called by another thread: let nobody wait for the server any longer, if that can be done."""

    def close(self) -> None:
        """Say goodbye. May be called twice."""


def backend() -> str:
    """The dotted name of the Django mail backend that stands for the newsletter's provider."""
    return settings.NEWSLETTER_EMAIL_BACKEND or settings.OUTBOX_DELIVERY_BACKEND


def provider() -> str:
    """Whose rate the messages count against."""
    return (settings.EMAIL_HOST if backend() == SMTP_BACKEND else backend().rsplit(".", 2)[-2])[:40]


def make() -> Transport:
    """A transport as the settings want it; it connects when it is first used."""
    return SmtpTransport() if backend() == SMTP_BACKEND else BackendTransport(get_connection(backend()))


class SmtpTransport:
    """SMTP by Django's EMAIL_* settings. A connection is renewed after NEWSLETTER_BATCH messages."""

    def __init__(self) -> None:
        self.smtp: Any = None
        self.carried = 0

    def offer(self, sender: str, recipient: str, octets: bytes) -> Answer | None:
        if self.carried >= settings.NEWSLETTER_BATCH:
            self.close()
        is_used = self.carried > 0
        answer = self._offer(sender, recipient, octets)
        is_cut = self.smtp is None and answer is not None and answer.verdict == Verdict.LATER
        if is_used and is_cut:  # servers end a connection whenever they like
            answer = self._offer(sender, recipient, octets)
        return answer

    def _offer(self, sender: str, recipient: str, octets: bytes) -> Answer | None:
        try:
            self._connect()
        except (OSError, smtplib.SMTPException) as error:
            self.abandon()
            return of_connecting(error)
        try:
            refusal = self._introduce(sender, recipient, octets)
            if refusal is None:
                self.smtp.sock.sendall(quoted(octets))
        except (OSError, smtplib.SMTPException) as error:
            self.abandon()
            return Answer.trouble(Verdict.LATER, error)
        except ValueError as error:  # an address that SMTP cannot spell
            return Answer.trouble(Verdict.NEVER, error)
        self.carried += 1
        return refusal

    def _connect(self) -> None:
        """Connect, encrypt and log in as Django does, unless that is done."""
        if self.smtp is None:
            django = SmtpBackend()
            try:
                django.open()
            except OSError:  # a login may have been refused: hang up
                with contextlib.suppress(OSError):
                    django.close()
                raise
            self.smtp, self.carried = django.connection, 0
            self.smtp.ehlo_or_helo_if_needed()
            # else the final dot waits for the peer to acknowledge what came before it: some 40 ms
            self.smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)

    def _introduce(self, sender: str, recipient: str, octets: bytes) -> Answer | None:
        """MAIL, RCPT and DATA. None: the server waits for the message. The connection is ready again after a refusal."""
        replies = self._say(self._commands(sender, recipient, octets))
        for (code, text), wanted, is_about_us in zip(replies, (2, 2, 3), (True, False, False), strict=False):
            # else it speaks no SMTP: what follows would answer nobody knows what
            if code == CLOSING or code // 100 not in (wanted, 4, 5):
                raise smtplib.SMTPServerDisconnected(f"{code} {text.decode(errors='replace')}")
            if code // 100 != wanted:
                self._start_again(expects_message=replies[-1][0] == 354)
                answer = Answer.reply(code, text)
                is_hopeless = is_about_us and answer.verdict == Verdict.NEVER
                return Answer(Verdict.HOPELESS, answer.text) if is_hopeless else answer
        return None

    def _commands(self, sender: str, recipient: str, octets: bytes) -> list[str]:
        options = f" size={len(octets)}" if self.smtp.has_extn("size") else ""
        if self.smtp.has_extn("8bitmime") and not octets.isascii():
            options += " body=8bitmime"
        return [f"MAIL FROM:<{spelled(sender)}>{options}", f"RCPT TO:<{spelled(recipient)}>", "DATA"]

    def _say(self, commands: list[str]) -> list[tuple[int, bytes]]:
        """The replies, all commands in one packet if the server allows it (RFC 2920), else up to the first refusal."""
        if self.smtp.has_extn("pipelining"):
            self.smtp.send("".join(f"{command}\r\n" for command in commands))
            return [self.smtp.getreply() for _ in commands]
        replies = []
        for command in commands:
            self.smtp.putcmd(command)
            replies.append(self.smtp.getreply())
            if replies[-1][0] >= 400:
                break
        return replies

    def _start_again(self, *, expects_message: bool) -> None:
        """After a refusal. A server that wants the message all the same must not get an empty one."""
        if expects_message:
            self.abandon()
        else:
            self.smtp.rset()

    def hand_over(self) -> Answer | None:
        try:
            if self._has_spoken():
                raise smtplib.SMTPServerDisconnected("The server ended the transfer.")
            self.smtp.sock.sendall(FINAL_DOT)
            self.smtp.sock.settimeout(max(LAST_WORD, settings.EMAIL_TIMEOUT))
        except BROKEN as error:
            self.abandon()
            return Answer.trouble(Verdict.LATER, error)
        return None

    def _has_spoken(self) -> bool:
        """True if the server has answered or hung up in the middle of the message."""
        self.smtp.sock.setblocking(False)
        try:
            self.smtp.sock.recv(1)  # a byte or the end; it matters no more which
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            self.smtp.sock.settimeout(settings.EMAIL_TIMEOUT)
        return True

    def answer(self) -> Answer:
        try:
            code, text = self.smtp.getreply()
            self.smtp.sock.settimeout(settings.EMAIL_TIMEOUT)
        except (OSError, smtplib.SMTPException) as error:
            self.abandon()
            return Answer.trouble(Verdict.LOST, error)
        answer = Answer.reply(code, text)
        if code == CLOSING or answer.verdict == Verdict.LOST:
            self.abandon()
        return answer

    def abandon(self) -> None:
        if self.smtp is not None:
            self.smtp.close()
        self.smtp, self.carried = None, 0

    def interrupt(self) -> None:
        if (smtp := self.smtp) is not None and (connected := smtp.sock) is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connected, socket.SHUT_RDWR)  # below TLS: it is in use by its thread

    def close(self) -> None:
        if self.smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self.smtp.quit()
        self.abandon()


def quoted(octets: bytes) -> bytes:
    """The message as DATA wants it: ends with CRLF, and a dot is put before each line that begins with one."""
    if octets.startswith(b"."):
        octets = b"." + octets
    octets = octets.replace(b"\r\n.", b"\r\n..")
    return octets if octets.endswith(b"\r\n") else octets + b"\r\n"


def spelled(address: str) -> str:
    """An address of the envelope in ASCII. Raises ValueError if there is none, or it would end the command."""
    name, at, domain = address.rpartition("@")
    address = name + at + domain.encode("idna").decode()
    if not address.isascii() or any(character in "<>\r\n\0 " for character in address):
        raise ValueError(f"no address for an envelope: {address!r}")
    return address


class Prepared(EmailMultiAlternatives):
    """A composed message as Django's backends want it: its parts for providers' interfaces, its bytes for others."""

    def __init__(self, sender: str, recipient: str, octets: bytes) -> None:
        self.octets = octets
        parsed = email.message_from_bytes(octets, policy=policy.default)
        own = ("from", "to", "subject", "date", "mime-version", "content-type", "content-transfer-encoding")
        headers = {name: str(value) for name, value in parsed.items() if name.lower() not in own}
        super().__init__(
            str(parsed["Subject"]), _part(parsed, "plain"), str(parsed["From"]), [recipient], headers=headers
        )
        if html := _part(parsed, "html"):
            self.attach_alternative(html, "text/html")
        if (
            settings.NEWSLETTER_RETURN_PATH
        ):  # django-anymail asks for it, and many providers refuse to be told
            self.envelope_sender = sender
        self.metadata = {"message_id": headers.get("Message-ID", "")}  # and brings it back with a bounce

    def message(self) -> Any:  # type: ignore[override]  # backends only ask it for as_bytes
        return self

    def as_bytes(self, unixfrom: bool = False, linesep: str = "\r\n") -> bytes:
        return self.octets


def _part(parsed: Parsed, subtype: str) -> str:
    body = parsed.get_body((subtype,))
    return str(body.get_content()) if body else ""


class BackendTransport:
    """Any mail backend of Django: files, a provider's interface by django-anymail. Sending is one step."""

    def __init__(self, connection: BaseEmailBackend) -> None:
        self.connection = connection
        self.message: Prepared | None = None

    def offer(self, sender: str, recipient: str, octets: bytes) -> Answer | None:
        self.message = Prepared(sender, recipient, octets)
        return None

    def hand_over(self) -> Answer | None:
        return None

    def answer(self) -> Answer:
        try:
            self.connection.open()  # does nothing if it is open
            sent = self.connection.send_messages([self.message])  # type: ignore[list-item]
        except Exception as error:  # each backend has its own; what they mean is decided elsewhere
            self.close()
            return of_backend(error)
        if not sent:
            return Answer(Verdict.NEVER, "The provider did not take the message.")
        return Answer(Verdict.TAKEN, "250 taken by the provider")

    def abandon(self) -> None:
        self.message = None

    def interrupt(self) -> None:
        """A provider's answer cannot be cut short."""

    def close(self) -> None:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            self.connection.close()
