"""Files about articles for other programs, made of their public part."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import public
from accounts.requests import ReaderRequest

from .citation import FORMATS
from .metadata import public_part
from .models import Article


@public
@require_safe
def citation(request: ReaderRequest, slug: str, format: str) -> HttpResponse:
    """A published article as an entry for reference managers. What the gate must not name, this does not either."""
    if format not in FORMATS:
        raise Http404("There is no such citation format.")
    if not settings.GATE_TEASER and request.attestation is None:
        raise Http404("Articles are not announced to the public.")
    article = get_object_or_404(public_part(Article.objects.published(timezone.now())), slug=slug)
    body = render_to_string("articles/citation.txt", {"article": article, "format": format})
    response = HttpResponse(body, content_type=f"{FORMATS[format][1]}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}.{format}"'
    response["X-Robots-Tag"] = "noindex"
    return response
