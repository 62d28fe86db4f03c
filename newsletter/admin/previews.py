"""The mail as it will arrive: as HTML at two widths, light and dark, as text, and as a test in one's own mailbox."""

from __future__ import annotations

import re

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp, csp_replace
from django.conf import settings
from django.contrib import messages
from django.core.mail import EmailMultiAlternatives
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from newsletter import composing
from newsletter.models import Issue
from portal.lib.ratelimit import limited

from . import pages

DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")
SCHEME = '<meta name="color-scheme" content="light dark">'
DOCUMENT = {  # of the mail alone: nothing is loaded, nothing runs; a link opens a window of its own
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "base-uri": [SELF],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


@never_cache
@require_safe
@csp_replace({"frame-src": [SELF]})  # type: ignore[arg-type]  # its stubs know no view with arguments
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """All ways in which the saved issue is read; `?theme=dark` for the dark one."""
    issue = _written(pages.to_look_at(request, pk))
    found = composing.preview(issue, timezone.now())
    context = {"preview": found, "is_dark": _is_dark(request), "kilobytes": found.size / 1000}
    return pages.show(request, "preview.html", issue, f"Preview of {issue}", context)


@never_cache
@require_safe
@xframe_options_sameorigin
@csp(DOCUMENT)  # type: ignore[arg-type]  # as above
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML part of the mail, for the frames of the preview; `?theme=dark` applies its dark rules."""
    issue = _written(pages.to_look_at(request, pk))
    return HttpResponse(themed(composing.preview(issue, timezone.now()).html, _is_dark(request)))


def themed(html: str, is_dark: bool) -> str:
    """`html` of a mail as a program with this theme shows it, whatever that of this browser; links open a window."""
    html = DARK.sub("@media all" if is_dark else "@media not all", html)
    scheme = f'<meta name="color-scheme" content="{"dark" if is_dark else "light"}">'
    return html.replace(SCHEME, scheme).replace("<head>", '<head><base target="_blank">', 1)


@limited("newsletter_test")
@require_POST
def test_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the issue to the editor's own address, with links that are nobody's."""
    issue = _written(pages.to_change(request, pk))
    to = getattr(request.user, "email", "")
    if not to:
        messages.error(
            request, "Your account has no e-mail address to send a test to. An administrator can add one."
        )
        return pages.back(issue)
    parts = composing.preview(issue, timezone.now())
    mail = EmailMultiAlternatives(
        f"Test: {parts.subject}", parts.text, from_email=settings.NEWSLETTER_FROM, to=[to]
    )
    mail.attach_alternative(parts.html, "text/html")
    mail.send()
    messages.success(request, f"A test is on its way to {to}. Its personal links lead to the sign-up page.")
    return pages.back(issue)


def _written(issue: Issue) -> Issue:
    """`issue`, unless it builds itself for each reader: then there is no one mail to show. Raises Http404."""
    if issue.kind != Issue.Kind.ISSUE:
        raise Http404("An automatic run is made for each reader.")
    return issue


def _is_dark(request: HttpRequest) -> bool:
    return request.GET.get("theme") == "dark"
