"""What the worker does for trials: figures that a change of the code left behind are drawn again."""

from __future__ import annotations

from django.db import transaction

from .derive import redraw, undrawn
from .models import Trial


def waiting() -> list[int]:
    """Keys of the trials whose figures are missing, or were drawn by another version of the code."""
    return list(undrawn().order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def catch_up(pk: int) -> bool:
    """Draw the figures of one trial, unless somebody else works on it or did it already; True if it was done."""
    trial = Trial.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if trial is None or not undrawn().filter(pk=pk).exists():
        return False
    redraw(trial)
    return True
