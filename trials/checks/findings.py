"""What a check says: a fault blocks, an oddity asks for a reason why it stands as published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["fault", "oddity"]


@dataclass(frozen=True)
class Finding:
    """One thing that a check found.

    code      a slug of at most 40 characters, the same for every finding of one check
    severity  "fault": cannot be true, blocks; "oddity": may be true, asks for a waiver
    where     the cut, endpoint, time point and arm, for people
    message   what is wrong and what to do about it
    numbers   what it concerns, as printed: a reason given for these numbers excuses no others

    `check_trial` sets one of these where the finding is about one of them, counted from 0:

    result       number of the result among those of the trial
    observation  number of the observation likewise
    """

    code: str
    severity: Severity
    where: str
    message: str
    numbers: str = ""
    result: int | None = None
    observation: int | None = None


def fault(code: str, where: str, message: str) -> Finding:
    """A finding that cannot be true and blocks."""
    return Finding(code, "fault", where, message)


def oddity(code: str, where: str, message: str, *numbers: object) -> Finding:
    """A finding that may stand as published, with a reason.

    numbers  what it concerns, in one order: values, estimates, labels of arms; without them, the message
    """
    return Finding(code, "oddity", where, message, ", ".join(map(str, numbers)) or message)
