"""What a value of a record may be, and how it is written back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from trials.models import Given

from .json_text import Nonsense
from .problems import shown

Known = Mapping[
    str, Mapping[str, Any]
]  # what may be referred to: list → name → row (or name, inside a trial)
NEVER_NULL = object()
UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
DIGITS = 20
LONGEST = 20_000  # characters; the longest text that was ever needed has 300
STATUSES = {  # in files → in rows
    "estimated": Given.ESTIMATED,
    "not_reached": Given.NOT_REACHED,
    "not_estimable": Given.NOT_ESTIMABLE,
    "not_given": Given.NOT_REPORTED,
}


class WrongValueError(ValueError):
    """Says what is wrong with a value and what to do, as the end of a sentence."""


@dataclass(frozen=True)
class Type:
    """`parse` makes the row's value of the file's, `spell` the reverse; `null` is the row's value for null."""

    parse: Callable[[Any, Known], Any]
    spell: Callable[[Any], Any] = lambda value: value
    null: Any = NEVER_NULL

    def read(self, value: Any, known: Known) -> Any:
        """The value for the row. Raises WrongValueError."""
        if value is not None:
            return self.parse(value, known)
        if self.null is NEVER_NULL:
            raise WrongValueError("must not be null: give it.")
        return self.null

    def write(self, value: Any) -> Any:
        """The value for the file."""
        return None if self.null is not NEVER_NULL and value == self.null else self.spell(value)


def _text(value: Any, known: Known) -> str:
    if not isinstance(value, str) or isinstance(value, Nonsense):
        raise WrongValueError(f"{shown(value)} is not a text: write it in quotes.")
    if len(value) > LONGEST:
        raise WrongValueError(f"is longer than {LONGEST} characters: shorten it.")
    if UNSTORABLE.search(value):
        raise WrongValueError("holds a character that cannot be stored: take it out.")
    return value


def _integer(value: Any, known: Known) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise WrongValueError(f"{shown(value)} is not a whole number.")
    return value


def _decimal(value: Any, known: Known) -> Decimal:
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        raise WrongValueError(f"{shown(value)} is not a number: write it without quotes, or null.")
    number = Decimal(value)
    scale = int(number.as_tuple().exponent)
    if scale > 0 or -scale > DIGITS or len(number.as_tuple().digits) > DIGITS:
        raise WrongValueError(f"{shown(value)} has too many digits or an exponent: write it as printed.")
    return abs(number) if number == 0 else number  # the database knows no -0


def _truth(value: Any, known: Known) -> bool:
    if not isinstance(value, bool):
        raise WrongValueError(f"{shown(value)} is neither true nor false.")
    return value


def _date(value: Any, known: Known) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise WrongValueError(f"{shown(value)} is not a date: write YYYY-MM-DD.") from error


def _status(value: Any, known: Known) -> str:
    if not isinstance(value, str) or value not in STATUSES:
        raise WrongValueError(f"{shown(value)} is none of {', '.join(STATUSES)}.")
    return STATUSES[value].value


def _open(value: Any, known: Known) -> str:
    """Why a bound is open: "estimated" is no reason."""
    if value == "estimated":
        raise WrongValueError(
            f"{shown(value)} does not say why the bound is open: say why, or give the number."
        )
    return _status(value, known)


def _spelled_status(value: str) -> str:
    return next(word for word, status in STATUSES.items() if status == value)


def _list(value: Any, parse: Callable[[Any, Known], Any], known: Known) -> list[Any]:
    if not isinstance(value, list):
        raise WrongValueError(f"{shown(value)} is not a list.")
    return [parse(item, known) for item in value]


def reference(name: str, key: str = "", null: Any = NEVER_NULL) -> Type:
    """The name of something in the list `name`; written back as the attribute `key`, or as it stands."""

    def parse(value: Any, known: Known) -> Any:
        code = _text(value, known)
        if code not in known[name]:
            raise WrongValueError(f"{shown(code)} is not in the list of {name}: add it there, or correct it.")
        return known[name][code]

    return Type(parse, lambda value: getattr(value, key) if key else value, null)


def references(name: str, key: str = "") -> Type:
    """A list of references, none of them twice."""
    one = reference(name, key)

    def parse(value: Any, known: Known) -> list[Any]:
        found = _list(value, one.parse, known)
        if len(set(value)) < len(value):
            raise WrongValueError("names something twice: take one out.")
        return found

    return Type(parse, lambda value: [one.spell(item) for item in value])


TEXT = Type(_text)
TEXT_OR_NULL = Type(_text, null="")
TEXTS = Type(lambda value, known: _list(value, _text, known), list)
INTEGER = Type(_integer)
INTEGER_OR_NULL = Type(_integer, null=None)
DECIMAL = Type(_decimal)
DECIMAL_OR_NULL = Type(_decimal, null=None)
TRUTH = Type(_truth)
DATE_OR_NULL = Type(_date, date.isoformat, null=None)
STATUS = Type(_status, _spelled_status)
OPEN_OR_NULL = Type(_open, _spelled_status, null="")
