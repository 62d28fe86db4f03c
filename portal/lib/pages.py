"""Long lists in pages."""

from __future__ import annotations

from typing import TypeVar

from django.core.paginator import EmptyPage, Page, Paginator
from django.db.models import Model, QuerySet
from django.http import Http404

PAGE_LENGTH = 12
NEIGHBOURS = 3  # pages after the one shown that are counted in any case
M = TypeVar("M", bound=Model)


class LongPaginator(Paginator):
    """Counts `up_to` rows and, for a page further back, as many again, until that page is reached.

    So the first page costs the same however many rows there are, and none is out of reach. `is_longer` says that
    there are more rows than `count`.
    """

    def __init__(self, rows: QuerySet[M], length: int, *, up_to: int, number: int) -> None:
        super().__init__(rows, length)
        most = up_to * ((number + NEIGHBOURS) * length // up_to + 1)
        found = rows.order_by()[: most + 1].count()
        self.is_longer = found > most
        self.count = min(found, most)


def page_of(
    rows: QuerySet[M], number: int | None, *, length: int = PAGE_LENGTH, up_to: int | None = None
) -> Page[M]:
    """The page `number` (default: the first) of `rows`, `length` to a page. Raises Http404 past the last one.

    up_to  how many rows are counted at most: for lists that may be very long, see `LongPaginator`
    """
    number = number or 1
    paginator = LongPaginator(rows, length, up_to=up_to, number=number) if up_to else Paginator(rows, length)
    try:
        return paginator.page(number)
    except EmptyPage as error:
        raise Http404("There is no such page in this list.") from error
