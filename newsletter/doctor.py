"""Is this installation fit to send a newsletter? Nothing is sent, nothing is changed."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import smtplib
import ssl
import warnings
from collections.abc import Callable, Iterator
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend

from portal.lib.mail import plain

from . import webhooks
from .findings import Finding, error, ok, warning
from .letters import return_path
from .sender_records import Lookup, Unreachable, records, unknown
from .sending.transports import SMTP_BACKEND, backend

SMTP_TIME_LIMIT = 10  # seconds


def examine(lookup_of: Callable[[], Lookup]) -> Iterator[Finding]:
    """All findings, in the order in which they are best mended.

    lookup_of  makes the function that asks the name server, see sender_records.resolver
    """
    yield site()
    yield postal_address()
    yield suppression_key()
    yield from sender()
    yield from names(lookup_of)
    yield from sending()


def site() -> Finding:
    if settings.SITE_URL.startswith("https://"):
        return ok(f"Links in mail begin with {settings.SITE_URL}.")
    remedy = "Set SITE_URL to the public https address: mail programs offer no one-click leaving without (RFC 8058)."
    return error(f"Links in mail begin with {settings.SITE_URL}, which is not https.", remedy)


def postal_address() -> Finding:
    if plain("emails/_postal_address.txt", {}).strip():
        return ok("The site has a postal address.")
    remedy = "Write it into the site identity in the admin: the law of most countries wants it in each mail."
    return error("The site has no postal address.", remedy)


def suppression_key() -> Finding:
    if os.environ.get("SUPPRESSION_KEY"):
        return ok("The suppression list has a key of its own.")
    if settings.DEVELOPMENT:
        return ok("The suppression list borrows SECRET_KEY, as is right in development.")
    text = "The suppression list borrows SECRET_KEY: changing that would forget who must get nothing."
    remedy = (
        "Set SUPPRESSION_KEY: to a long random word while the list is empty, else to the present SECRET_KEY."
    )
    return error(text, remedy)


def sender() -> Iterator[Finding]:
    """The sender's domain is the site's, or the one that was stated; bounces come back to the same (DMARC, relaxed)."""
    domain, expected = sender_domain(), settings.NEWSLETTER_SENDING_DOMAIN or host()
    if is_aligned(domain, expected):
        yield ok(f"The newsletter is sent from {domain}.")
    else:
        remedy = "Set NEWSLETTER_FROM to an address of the site's domain, or NEWSLETTER_SENDING_DOMAIN to this one."
        yield warning(f"The newsletter is sent from {domain}, not from {expected}.", remedy)
    if not is_aligned(domain_of(return_path()), domain):
        remedy = (
            "Set NEWSLETTER_RETURN_PATH to an address of the sender's domain; without, all rests on DKIM."
        )
        yield warning(
            f"Bounces go to {domain_of(return_path())}, so SPF does not speak for {domain}.", remedy
        )


def names(lookup_of: Callable[[], Lookup]) -> Iterator[Finding]:
    try:
        lookup = lookup_of()
    except Unreachable as failure:
        yield unknown(failure)
        return
    yield from records(
        lookup,
        sender=sender_domain(),
        return_path=domain_of(return_path()),
        selector=settings.NEWSLETTER_DKIM_SELECTOR,
    )


def sending() -> Iterator[Finding]:
    """The provider of the newsletter, and the server for confirmations and login codes."""
    if backend().startswith(webhooks.ANYMAIL):
        yield provider()
        yield webhook()
    elif backend() != SMTP_BACKEND:
        yield error(
            "Newsletters are kept as files and reach nobody.", "Set EMAIL_URL or NEWSLETTER_EMAIL_BACKEND."
        )
    if settings.OUTBOX_DELIVERY_BACKEND == SMTP_BACKEND:
        yield from smtp()
    else:
        text = "Confirmations and login codes are kept as files and reach nobody."
        yield error(text, "Set EMAIL_URL, for example smtp+tls://user:password@mail.example:587.")


def provider() -> Finding:
    try:
        get_connection(backend())
    except (ImproperlyConfigured, ImportError, AttributeError) as failure:
        remedy = "Set what it names as an environment variable that begins with ANYMAIL_."
        return error(f"{backend()} cannot be used: {first_line(failure)}", remedy)
    return ok(f"Newsletters are sent by {backend()}.")


def webhook() -> Finding:
    """Bounces must be able to come in, and from the provider alone."""
    routes = webhooks.routes()
    if not routes:
        remedy = "Process the mailbox of NEWSLETTER_RETURN_PATH with `manage.py process_bounces`."
        return warning(f"{backend()} has no webhook for bounces.", remedy)
    remedy = "Set ANYMAIL_WEBHOOK_SECRET=name:password (long, random) and use it in the webhook's address."
    try:
        with warnings.catch_warnings(action="ignore"):
            is_open = routes[0].callback.view_class().is_open  # type: ignore[attr-defined]
    except ImproperlyConfigured as failure:
        return error(f"The webhook cannot check who reports: {first_line(failure)}", remedy)
    address = f"{settings.SITE_URL}/newsletter/webhooks/{routes[0].pattern}"
    if is_open:
        return error("The webhook has no secret, so it refuses all reports of bounces.", remedy)
    return ok(f"The provider can report bounces to {address}.")


def smtp() -> Iterator[Finding]:
    """Connect, encrypt and log in as for a message, and leave."""
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    is_encrypted = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    if not is_encrypted and not is_loopback(settings.EMAIL_HOST):
        yield error(
            f"Mail goes to {where} without encryption.", "Use smtp+tls:// or smtp+ssl:// in EMAIL_URL."
        )
    connection = SmtpBackend(timeout=SMTP_TIME_LIMIT)
    try:
        connection.open()
    except smtplib.SMTPAuthenticationError as failure:
        yield error(f"{where} refuses the login: {reply(failure)}", "Mend user and password in EMAIL_URL.")
    except (smtplib.SMTPNotSupportedError, ssl.SSLError) as failure:
        yield error(
            f"{where} cannot be spoken to in secret: {first_line(failure)}", "Mend EMAIL_URL or the server."
        )
    except (OSError, smtplib.SMTPException) as failure:
        yield error(f"{where} cannot be reached: {first_line(failure)}", "Mend host and port in EMAIL_URL.")
    else:
        how = "with login" if settings.EMAIL_HOST_USER else "without login"
        yield ok(f"{where} takes mail from us, {how}.")
    finally:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            connection.close()


def host() -> str:
    return (urlsplit(settings.SITE_URL).hostname or "").removeprefix("www.")


def sender_domain() -> str:
    return domain_of(parseaddr(settings.NEWSLETTER_FROM)[1])


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()


def is_aligned(domain: str, other: str) -> bool:
    """Is one of them the other, or below it?"""
    return domain == other or domain.endswith(f".{other}") or other.endswith(f".{domain}")


def is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def reply(failure: smtplib.SMTPResponseException) -> str:
    words = failure.smtp_error
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"{failure.smtp_code} {' '.join(text.split())}"[:300]


def first_line(failure: BaseException) -> str:
    return (str(failure).splitlines() or [type(failure).__name__])[0][:300]
