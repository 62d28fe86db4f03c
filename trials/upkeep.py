"""What is derived from trials is kept in step: after their rows changed, and by the worker after the code did."""

from __future__ import annotations

import logging

from django.db import transaction

from .derive import redraw, undrawn
from .models import Trial
from .registry.node import Refused
from .registry.storing import compare_again

logger = logging.getLogger(__name__)


@transaction.atomic
def settle(trial: Trial) -> None:
    """What follows from rows of `trial` that were just saved: figures, articles, and verdicts on registry records.

    A record kept by older code that can no longer be read stays as it was compared last, and is logged.
    """
    trial.save(update_fields=["modified_at"])
    redraw(trial)
    try:
        compare_again(trial)
    except Refused as error:
        logger.warning("A registry record of %s cannot be compared: %s", trial.slug, error)


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
