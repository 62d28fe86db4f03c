"""What a figure is drawn from: numbers as published, and the words printed beside them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

NOT_REPORTED = "not reported"


def is_open(word: str) -> bool:
    """Does the word in place of a bound say that the interval goes on? Not if the bound was only not reported."""
    return word not in ("", NOT_REPORTED)


@dataclass(frozen=True)
class ForestRow:
    """One ratio with its interval.

    label, detail  endpoint, and how it was measured or between whom
    comparison     "PVd versus Vd"
    estimate       None: there is none, and `text` says why
    lower, upper   None: no number; `lower_open` and `upper_open` are the words in their place
    level          of the interval in percent, as published
    text           estimate and interval as printed: "0.61 (95% CI 0.49–0.77)"
    """

    label: str
    detail: str
    comparison: str
    estimate: Decimal | None
    lower: Decimal | None
    upper: Decimal | None
    level: Decimal | None
    text: str
    lower_open: str = ""
    upper_open: str = ""


@dataclass(frozen=True)
class ArmRow:
    """The value of one arm; `status` is printed in its stead when `value` is None. The open bounds are words too."""

    arm: str
    is_control: bool
    value: Decimal | None
    lower: Decimal | None
    upper: Decimal | None
    level: Decimal | None
    status: str
    text: str
    lower_open: str = ""
    upper_open: str = ""
    n: int | None = None
    n_analysed: int | None = None


class MedianRow(ArmRow):
    """A median time."""


class RateRow(ArmRow):
    """Percent of patients, with the counts where they are published."""


@dataclass(frozen=True)
class Group:
    """The arms of one endpoint."""

    label: str
    detail: str
    rows: tuple[ArmRow, ...]
