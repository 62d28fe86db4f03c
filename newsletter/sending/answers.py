"""What a mail server's answer means for a message, and for the issue that it is of."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

LONGEST = 1000  # characters of an answer that are kept

# Of requests and urllib3, which providers' backends speak through: no connection was ever made.
NEVER_CONNECTED = {"ConnectTimeout", "ConnectTimeoutError", "NewConnectionError", "NameResolutionError"}

# Of django-anymail: the message never left.
ABOUT_THE_MESSAGE = {"AnymailRecipientsRefused", "AnymailInvalidAddress", "AnymailSerializationError"}
ABOUT_THE_SETTINGS = {
    "AnymailConfigurationError",
    "AnymailImproperlyInstalled",
    "AnymailUnsupportedFeature",  # such as NEWSLETTER_RETURN_PATH with a provider that chooses it
}


class Verdict(Enum):
    TAKEN = "taken"  # the server has the message
    LATER = "later"  # not now: 4xx, or the connection broke before the message was handed over
    NEVER = "never"  # 5xx about this message
    AWAY = "away"  # there is no connection: says nothing about the message
    LOST = "lost"  # no answer, or none that says it, after the message was handed over: nobody can know
    HOPELESS = "hopeless"  # the server refuses us, not the message: no other will fare better


@dataclass(frozen=True)
class Answer:
    verdict: Verdict
    text: str

    @classmethod
    def reply(cls, code: int, text: bytes | str) -> Answer:
        """A reply of SMTP (RFC 5321, 4.2.1): 2xx yes, 4xx not now, 5xx never; of any other nobody knows the meaning."""
        verdict = {2: Verdict.TAKEN, 4: Verdict.LATER, 5: Verdict.NEVER}.get(code // 100, Verdict.LOST)
        words = text.decode(errors="replace") if isinstance(text, bytes) else text
        return cls(verdict, _kept(f"{code} {words}"))

    @classmethod
    def trouble(cls, verdict: Verdict, error: BaseException) -> Answer:
        """An error that is no reply."""
        return cls(verdict, _kept(f"{type(error).__name__}: {error}"))


def _kept(text: str) -> str:
    return text.replace("\0", "")[:LONGEST]


def of_connecting(error: Exception) -> Answer:
    """Why there is no connection. A lasting refusal (5xx, no encryption, a wrong certificate) is about us."""
    if isinstance(error, smtplib.SMTPResponseException):
        reply = Answer.reply(error.smtp_code, error.smtp_error)
        return Answer(Verdict.HOPELESS if reply.verdict == Verdict.NEVER else Verdict.AWAY, reply.text)
    lasting = (smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError)
    return Answer.trouble(Verdict.HOPELESS if isinstance(error, lasting) else Verdict.AWAY, error)


def of_backend(error: Exception) -> Answer:
    """What an error of a Django mail backend means, be it smtplib's, a provider's over HTTP, or another."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answer = Answer.reply(*next(iter(error.recipients.values())))
        return Answer(Verdict.NEVER if answer.verdict == Verdict.NEVER else Verdict.LATER, answer.text)
    if isinstance(error, (smtplib.SMTPAuthenticationError, smtplib.SMTPSenderRefused)):
        return of_connecting(error)
    if isinstance(error, smtplib.SMTPResponseException):
        return Answer.reply(error.smtp_code, error.smtp_error)
    if type(error).__name__ in ABOUT_THE_MESSAGE:
        return Answer.trouble(Verdict.NEVER, error)
    if type(error).__name__ in ABOUT_THE_SETTINGS:
        return Answer.trouble(Verdict.HOPELESS, error)
    status = getattr(error, "status_code", None)  # of django-anymail: the provider has answered over HTTP
    if isinstance(status, int):
        return Answer.trouble(_of_http(status), error)
    return Answer.trouble(Verdict.AWAY if any(map(_is_unconnected, _causes(error))) else Verdict.LOST, error)


def _of_http(status: int) -> Verdict:
    """A provider has answered (RFC 9110, 15). A gateway that gave up, or a provider that broke, may have the message."""
    if status in (401, 403):
        return Verdict.HOPELESS
    if status in (429, 503):  # too many at once, out of service: not looked at
        return Verdict.LATER
    return Verdict.NEVER if 400 <= status < 500 and status != 408 else Verdict.LOST


def _is_unconnected(error: BaseException) -> bool:
    return isinstance(error, (ConnectionRefusedError, socket.gaierror)) or (
        type(error).__name__ in NEVER_CONNECTED
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what it was raised from, and what it wraps as its first argument."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
