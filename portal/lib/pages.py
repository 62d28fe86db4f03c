"""Long lists in pages."""

from __future__ import annotations

from typing import TypeVar

from django.core.paginator import EmptyPage, Page, Paginator
from django.db.models import Model, QuerySet
from django.http import Http404

PAGE_LENGTH = 12
M = TypeVar("M", bound=Model)


def page_of(rows: QuerySet[M], number: int | None, *, length: int = PAGE_LENGTH) -> Page[M]:
    """The page `number` (default: the first) of `rows`, `length` to a page. Raises Http404 past the last one."""
    try:
        return Paginator(rows, length).page(number or 1)
    except EmptyPage as error:
        raise Http404("There is no such page in this list.") from error
