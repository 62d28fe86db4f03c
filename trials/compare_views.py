"""Trials side by side: the page and its rows as CSV."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import professionals
from portal.lib.ratelimit import limited

from .comparability import FEWEST
from .compare import NOTE, Comparison, UnknownCut, comparison
from .compare_form import CompareForm
from .figures import csv_file


@professionals
@limited("search", with_queries=True)
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """The comparison that the address names; with fewer than two trials, the form that chooses them."""
    form = CompareForm(request.GET)
    found = compared(form)
    if found is None:
        return choose(request, form, HTTPStatus.OK if form.is_valid() else HTTPStatus.BAD_REQUEST)
    context = {
        "form": form,
        "found": found,
        "note": NOTE,
        "others": form.others,
        "csv": form.selection.address("trials:compare-csv"),
    }
    return render(request, "trials/compare.html", context)


@professionals(is_page=False)
@limited("search", with_queries=True)
@require_safe
def compare_csv(request: HttpRequest) -> HttpResponse:
    """The rows of the page, why each forbids a direct comparison, and the standing note as the last line."""
    form = CompareForm(request.GET)
    found = compared(form)
    if found is None:
        return choose(request, form, HTTPStatus.BAD_REQUEST)
    name = "-".join(["compare", *form.selection.trials])
    return HttpResponse(
        as_csv(found),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def compared(form: CompareForm) -> Comparison | None:
    """The comparison, or None: the form is refused (and says why), or names fewer than two trials."""
    if not form.is_valid() or len(form.selection.trials) < FEWEST:
        return None
    try:
        return comparison(form.selection)
    except UnknownCut as error:
        form.add_error("cut", str(error))
        return None


def choose(request: HttpRequest, form: CompareForm, status: int) -> HttpResponse:
    return render(request, "trials/compare_choose.html", {"form": form, "note": NOTE}, status=status)


def as_csv(found: Comparison) -> bytes:
    headings = ("Section", "Row", *(column.heading for column in found.columns), "Mark", "Why")
    lines = [
        (section.title, row.label, *("; ".join(map(str, value)) for value in row.values), row.mark, row.why)
        for section in found.sections
        for row in section.rows
    ]
    return csv_file(headings, lines, [NOTE])
