"""The page that stands where an unattested reader asked for a gated one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .forms import AttestationForm
from .models import Statement


@dataclass(frozen=True)
class Teaser:
    """What may be shown of a gated page before attestation: never a word of its text."""

    title: str
    published_at: datetime | None = None
    objectives: list[str] = field(default_factory=list)
    is_withdrawn: bool = False
    metadata: str = ""  # path of the template with the head metadata of the public part
    subject: object = None  # what that template describes


def show(
    request: HttpRequest,
    teaser: Teaser | None = None,
    form: AttestationForm | None = None,
    *,
    is_page: bool = True,
    status: int = 403,
) -> HttpResponse:
    """Answer with the gate.

    A page that is asked for by GET or HEAD is answered by the gate with status 200, so that the public part
    can be found by search engines; anything else (a form, a fragment, a file) is refused with `status`.
    """
    is_page = is_page and request.method in ("GET", "HEAD") and "HX-Request" not in request.headers
    context = {
        "statement": Statement.objects.current(),
        "teaser": teaser if settings.GATE_TEASER else None,
        "form": form or AttestationForm(initial={"next": request.get_full_path() if is_page else "/"}),
    }
    response = render(request, "accounts/gate.html", context, status=200 if is_page else status)
    if "HX-Request" in request.headers:
        response["HX-Refresh"] = "true"  # the page of the fragment reloads itself and meets the gate
    if context["teaser"] is None and request.path != "/":
        response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, no-store"
    return response
