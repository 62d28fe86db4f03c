"""Development without EMAIL_URL: the mail that would have been sent, kept as files, to read in the browser."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from accounts.access import public

MOST = 200


def routes() -> list[URLPattern]:
    """The pages below /dev/mail/, or none where mail is really sent."""
    if not settings.SHOW_KEPT_MAIL:
        return []
    return [
        path("dev/mail/", mail_list, name="dev-mail"),
        path("dev/mail/<str:name>/", mail_detail, name="dev-mail-detail"),
        path("dev/mail/<str:name>/html/", mail_html, name="dev-mail-html"),
    ]


@public
@never_cache
@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """The newest messages; the names of their files begin with the time."""
    newest = sorted(kept(), reverse=True)[:MOST]
    messages = [(name, read(name)) for name in newest]
    return render(request, "portal/dev_mail.html", {"kept": messages})


@public
@never_cache
@require_safe
@csp_replace({"frame-src": [SELF]})  # type: ignore[arg-type]  # its stubs know no view with arguments
def mail_detail(request: HttpRequest, name: str) -> HttpResponse:
    message = read(name)
    context = {
        "name": name,
        "subject": message["Subject"],
        "text": body(message, "plain"),
        "has_html": body(message, "html") is not None,
        "headers": [(key, str(value)) for key, value in message.items()],
        "attachments": [
            (part.get_filename() or "without a name", part.get_content_type())
            for part in message.iter_attachments()
        ],
    }
    return render(request, "portal/dev_mail_detail.html", context)


@public
@never_cache
@require_safe
@xframe_options_sameorigin
@csp_replace({"style-src": [UNSAFE_INLINE], "script-src": None, "frame-ancestors": [SELF]})  # type: ignore[arg-type]  # as above
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part, for the sandboxed frame; its links open in the whole window."""
    html = body(read(name), "html")
    if html is None:
        raise Http404
    return HttpResponse(re.sub("<head>", '<head><base target="_top">', html, count=1))


def kept() -> dict[str, Path]:
    """Every kept message by the name of its file: the only names that can be asked for."""
    return {path.stem: path for path in Path(settings.EMAIL_FILE_PATH).glob("*.eml")}


def read(name: str) -> EmailMessage:
    """The message `name`. Raises Http404 if there is none."""
    try:
        octets = kept()[name].read_bytes()
    except (KeyError, FileNotFoundError):
        raise Http404 from None
    return message_from_bytes(octets, policy=policy.default)


def body(message: EmailMessage, kind: str) -> str | None:
    """The part of `kind` ("plain" or "html"), or None."""
    part = message.get_body(preferencelist=(kind,))
    return part.get_content() if part else None
