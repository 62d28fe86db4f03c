"""JSON in which numbers keep their digits: 0.60 is read and written as 0.60."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

LONGEST_WHOLE = 18  # digits; nothing that is counted in a trial needs more


class Repeated(dict[str, Any]):
    """An object in which a key stands twice, so that one of the two would be lost."""


class Nonsense(str):
    """What stands where a number should, and is none: NaN, Infinity, 1e99999999999999999999."""


def load(data: bytes) -> Any:
    """The content of a JSON file: fractions are Decimals as printed. Raises ValueError with what is wrong."""
    try:
        return json.loads(
            data.decode("utf-8-sig"),
            parse_float=_decimal,
            parse_int=lambda text: int(text) if len(text) <= LONGEST_WHOLE else _decimal(text),
            parse_constant=Nonsense,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError as error:
        raise ValueError("is not in UTF-8: save it in this encoding.") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error}.") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply to be a list of trials.") from error


def dump(value: Any, indent: str = "\n") -> str:
    """`value` as JSON, two spaces for each level. Decimals as they are printed."""
    deeper = indent + "  "
    if isinstance(value, dict) and value:
        members = [f"{json.dumps(key, ensure_ascii=False)}: {dump(v, deeper)}" for key, v in value.items()]
        return "{" + deeper + f",{deeper}".join(members) + indent + "}"
    if isinstance(value, list) and value:
        return "[" + deeper + f",{deeper}".join(dump(item, deeper) for item in value) + indent + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(value, ensure_ascii=False)


def _decimal(text: str) -> Decimal | Nonsense:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Nonsense(text[:20])


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Repeated(found)
