"""What became of an issue: a page, and the same for spreadsheets."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from newsletter import numbers
from newsletter.models import Issue

from . import pages


@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponse:
    issue = _begun(pages.to_look_at(request, pk))
    context = {"columns": numbers.COLUMNS, "lines": numbers.of(issue), "note": numbers.NOTE}
    return pages.show(request, "numbers.html", issue, f"Numbers of {issue}", context)


@require_safe
def report_csv(request: HttpRequest, pk: int) -> HttpResponse:
    issue = _begun(pages.to_look_at(request, pk))
    return HttpResponse(
        numbers.as_csv(numbers.of(issue)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="issue-{issue.pk}.csv"'},
    )


def _begun(issue: Issue) -> Issue:
    """`issue`, if anything of it can have arrived. Raises Http404."""
    if issue.queued_at is None:
        raise Http404("Nothing of this issue has been sent yet.")
    return issue
