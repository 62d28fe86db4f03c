"""How long the patients of a data cut had been followed: in words, and from the randomisation that a result counts from.

A data cut has one median, or one per arm. Where a trial randomised twice, the note of the cut says from which
randomisation that median counts ("Follow-up counted from the second randomisation."), or gives the other one beside
it ("70.6 months from the second randomisation."). What nothing says is not known: it is not guessed from the arms.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from . import printing
from .models import Arm, DataCut, Result

FROM = re.compile(
    r"(?:(?P<months>[0-9]+(?:\.[0-9]+)?) months|follow-up counted) from the (?P<stage>first|second|third) randomisation",
    re.IGNORECASE,
)
ABOUT = re.compile(r"follow-up|randomisation", re.IGNORECASE)
STAGES = {name: number for number, name in printing.ORDINALS.items()}


@dataclass(frozen=True)
class FollowUp:
    """`months` may be compared: of all patients or of each arm, empty where not known. `text` may be empty too."""

    months: tuple[Decimal, ...] = ()
    text: str = ""


def in_words(cut: DataCut, by_arm: Iterable[tuple[Arm, Decimal]] | None = None) -> str:
    """ "80.1 months (70.6 months from the second randomisation)"; empty where nothing is reported.

    by_arm  the months of each arm, if at hand; else they are read from `cut.arm_follow_ups`
    """
    if cut.median_follow_up is not None:
        found = printing.months(cut.median_follow_up)
    else:
        rows = ((row.arm, row.months) for row in cut.arm_follow_ups.all()) if by_arm is None else by_arm
        found = printing.listed(f"{printing.months(months)} ({arm})" for arm, months in rows)
    said = remark(cut)
    return f"{found or printing.NOT_REPORTED} ({said})" if said else found


def remark(cut: DataCut) -> str:
    """What the note of `cut` says of its follow-up, to stand within a sentence; empty if it speaks of other things."""
    note = cut.note.strip().rstrip(".")
    return note[:1].lower() + note[1:] if ABOUT.search(note) else ""


def from_randomisation(cut: DataCut, stage: int) -> FollowUp:
    """The follow-up that belongs to results of the arms of randomisation `stage` (1: the first, or the only one)."""
    of_arms = [row for row in cut.arm_follow_ups.all() if row.arm.randomisation == stage]
    if cut.median_follow_up is None and of_arms:
        return FollowUp(tuple(row.months for row in of_arms), in_words(cut))
    stated = from_note(cut)
    if stage in stated:
        return FollowUp((stated[stage],), counted(stated[stage], stage))
    if stage == 1 and cut.median_follow_up not in stated.values():
        return whole(cut)
    text = in_words(cut)
    return FollowUp((), f"{text}, not stated from which randomisation" if text and not stated else text)


def whole(cut: DataCut) -> FollowUp:
    return FollowUp(() if cut.median_follow_up is None else (cut.median_follow_up,), in_words(cut))


def counted(months: Decimal, stage: int) -> str:
    return f"{printing.months(months)} from the {printing.ORDINALS[stage]} randomisation"


def from_note(cut: DataCut) -> dict[int, Decimal]:
    """Randomisation → median follow-up from it, as far as the note of `cut` says."""
    found = FROM.search(cut.note)
    if found is None:
        return {}
    months = Decimal(found["months"]) if found["months"] else cut.median_follow_up
    return {} if months is None else {STAGES[found["stage"].lower()]: months}


def of_results(cut: DataCut, results: Collection[Result]) -> str:
    """The follow-up of `results`, which are of `cut`, in words: if all count from one randomisation, that from it.

    results  with their values and the arms of these
    """
    stages = {value.arm.randomisation for result in results for value in result.values.all()}
    return from_randomisation(cut, stages.pop()).text if len(stages) == 1 else in_words(cut)
