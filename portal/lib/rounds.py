"""Work on many rows, one after the other, while others work on them too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from .outage import is_lost


def each_still(rows: QuerySet[Any], end: Callable[[Any], object]) -> int:
    """Do `end` with each of `rows` that is still one of them when its turn comes, in a transaction of its own.

    Any number of workers may do so at once.

    returns  how many
    raises   what stopped the first that could not be ended, after all others: none waits for another's mishap
    """
    done, mishaps = 0, []
    for pk in list(rows.values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                row = rows.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
                if row is not None:
                    end(row)
                    done += 1
        except Exception as error:
            if is_lost(error):
                raise
            mishaps.append(error)
    if mishaps:
        raise mishaps[0]
    return done
