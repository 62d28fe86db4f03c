"""Numbers as the registry prints them, and whether two of them say the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from typing import Self

from trials.checks.rounding import places, span
from trials.models import Given

# At most 15 digits on either side: what is longer is no measurement and stays a text.
NUMBER = re.compile(
    r"(?P<sign>[<>=≤≥]|<=|>=)?\s*"
    r"(?P<number>[+-]?(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?:\.\d{0,15})?(?:[eE][+-]?\d{1,2})?|[+-]?\.\d{1,15})",
    re.ASCII,
)
SIGNS = {"≤": "<", "<=": "<", "≥": ">", ">=": ">", "": "="}
ABSENT = re.compile(r"(NA|N/A|NR|NE|ND|NC)", re.ASCII | re.IGNORECASE)
REACHED = re.compile(r"not\s+(yet\s+)?(been\s+)?reached|\bNR\b", re.IGNORECASE)
ESTIMABLE = re.compile(
    r"(not|non|could\s+not\s+be|cannot\s+be)[\s-]+(be\s+)?(estima|calcul|evalua)|\bNE\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Number:
    """A number with its relation, or what is known of why there is none.

    text    as printed
    value   None if `text` is no number
    given   without a number: a status of Given, "" if nothing is known
    """

    text: str
    value: Decimal | None = None
    relation: str = "="
    given: str = ""

    @classmethod
    def read(cls, text: str, note: str = "") -> Self:
        """What the registry prints, with the comment beside it: "1,234.5", "<0.001", "NA".

        Texts of the registry are Markdown, in which "<" may be written "\\<" or "&lt;".
        """
        plain = unescape(text).replace("\N{MINUS SIGN}", "-").replace("\\", "").strip()
        if found := NUMBER.fullmatch(plain):
            sign = found["sign"] or ""
            return cls(text, Decimal(found["number"].replace(",", "")), SIGNS.get(sign, sign))
        return cls(text, given=_why_absent(plain, note))

    @classmethod
    def of(cls, value: Decimal | None, status: str = "", relation: str = "=") -> Self:
        """A number of ours."""
        if value is not None:
            return cls(f"{value:f}", value, relation)
        return cls(status.replace("_", " "), given=status)


def _why_absent(text: str, note: str) -> str:
    if text and not ABSENT.fullmatch(text):
        note = text
    elif text.upper() in ("NR", "NE"):
        note = text.upper()
    reasons = [
        status
        for status, pattern in ((Given.NOT_REACHED, REACHED), (Given.NOT_ESTIMABLE, ESTIMABLE))
        if pattern.search(note)
    ]
    return str(reasons[0]) if len(reasons) == 1 else ""


def same(ours: Decimal, theirs: Decimal) -> bool:
    """Whether the one that is printed with more places, rounded to the places of the other, is the other.

    Halves may have been rounded either way.
    """
    fewer, more = sorted((ours, theirs), key=places)
    return span(fewer).low <= more <= span(fewer).high if places(fewer) < places(more) else fewer == more


def agree(ours: Number, theirs: Number) -> bool | None:
    """Whether both say the same; None if they cannot contradict each other, as p < 0.05 and p = 0.01 cannot."""
    if ours.value is None or theirs.value is None:
        if ours.value is None and theirs.value is None:
            return True if ours.given and ours.given == theirs.given else None
        return False if (ours.given or theirs.given) else None
    if ours.relation == theirs.relation == "=":
        return same(ours.value, theirs.value)
    if ours.relation == theirs.relation:
        return True if ours.value == theirs.value else None
    return None if _may_both_be(ours, theirs) else False


def _may_both_be(one: Number, other: Number) -> bool:
    low, high = zip(_range(one), _range(other), strict=True)
    return max(low) <= min(high)


def _range(number: Number) -> tuple[Decimal, Decimal]:
    value = number.value or Decimal(0)
    if number.relation == "=":
        return span(value)
    return (Decimal("-Infinity"), value) if number.relation == "<" else (value, Decimal("Infinity"))


@dataclass(frozen=True)
class Bounds:
    """An interval; a bound that is not there at all is None."""

    lower: Number | None
    upper: Number | None

    def inverted(self) -> Bounds:
        """The interval of the ratio the other way round."""
        return Bounds(inverted(self.upper), inverted(self.lower))


def inverted(number: Number | None) -> Number | None:
    """One divided by `number`, printed with as many places."""
    if number is None or not number.value:
        return number
    turned = (1 / number.value).quantize(Decimal(1).scaleb(-places(number.value)))
    return Number(f"{turned:f}", turned, number.relation)


def bounds_agree(ours: Bounds, theirs: Bounds) -> bool | None:
    """As `agree`, over both bounds; False if one of them contradicts."""
    found = [_bound(*pair) for pair in ((ours.lower, theirs.lower), (ours.upper, theirs.upper))]
    return False if False in found else None if None in found else True


def _bound(ours: Number | None, theirs: Number | None) -> bool | None:
    """An open bound is "NA" in the registry, whether it was not reached or could not be estimated."""
    if ours is None or theirs is None:
        return True if ours is theirs else None
    if ours.value is None and theirs.value is None:
        return True if ours.given or theirs.given else None
    return agree(ours, theirs)
