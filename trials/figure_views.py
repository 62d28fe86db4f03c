"""Figures to take away: the drawing as SVG and PNG, its numbers as CSV."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from accounts.access import professionals

from .figures import csv_file, png
from .models import Figure
from .publishing import may_preview


def as_csv(figure: Figure) -> bytes:
    """The drawn numbers, the source in the last line."""
    return csv_file(figure.table["headings"], figure.table["rows"], [figure.source])


def as_png(figure: Figure) -> bytes:
    """As kept since it was drawn; drawn now only if that was before pictures were kept."""
    return bytes(figure.png) or png(figure.file)


FILES: dict[str, tuple[str, Callable[[Figure], bytes]]] = {
    "svg": ("image/svg+xml; charset=utf-8", lambda figure: figure.file.encode()),
    "png": ("image/png", as_png),
    "csv": ("text/csv; charset=utf-8", as_csv),
}


@professionals(is_page=False)
@require_safe
def figure_file(request: HttpRequest, slug: str, name: str, ending: str) -> HttpResponseBase:
    """A file of the figure `name` of the trial `slug`; 304 if the browser has it already."""
    if ending not in FILES:
        raise Http404("Figures have no such file.")
    figures = Figure.objects.select_related("trial").defer("svg", "svg_narrow", "png")
    if not may_preview(request):
        figures = figures.filter(trial__is_published=True)
    figure = get_object_or_404(figures, trial__slug=slug, name=name)
    content_type, make = FILES[ending]
    etag = f'"{figure.fingerprint}-{ending}"'
    response = get_conditional_response(request, etag) or HttpResponse(
        make(figure), content_type=content_type
    )
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"  # kept, and asked about each time: numbers get corrected
    response["Content-Disposition"] = f'attachment; filename="{slug}-{name}.{ending}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
