"""The time of sending as editors type it: what the clock shows in a time zone."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from itertools import groupby
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError

Choices = list[tuple[str, list[tuple[str, str]]]]
AREAS = ("Europe", "Africa", "America", "Asia", "Atlantic", "Australia", "Indian", "Pacific", "Antarctica")


def at(clock: datetime, zone: str) -> datetime:
    """The moment at which the clocks of `zone` show `clock` (naive).

    raises  ValidationError: they never show it, or show it twice, because they are put forward or back
    """
    if not 2000 <= clock.year <= 2200:
        raise ValidationError("The year must be between 2000 and 2200.")
    earlier = clock.replace(tzinfo=ZoneInfo(zone), fold=0)
    later = earlier.replace(fold=1)
    if earlier.utcoffset() == later.utcoffset():
        return earlier
    if earlier.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) != clock:
        raise ValidationError(
            f"There is no {clock:%H:%M} on this day in {zone}: the clocks are put forward. Choose another time."
        )
    raise ValidationError(
        f"There are two times {clock:%H:%M} on this day in {zone}: the clocks are put back. Choose another time."
    )


@cache
def zones() -> Choices:
    """All time zones of places, by area, as a form field wants them."""
    names = sorted(name for name in available_timezones() if name.partition("/")[0] in AREAS)
    areas = {
        area: [(name, name.partition("/")[2].replace("_", " ")) for name in members]
        for area, members in groupby(names, lambda name: name.partition("/")[0])
    }
    return [(area, areas[area]) for area in AREAS if area in areas] + [("Other", [("UTC", "UTC")])]


def shown(moment: datetime, zone: str) -> str:
    """Such as "Tuesday 24 November 2026, 08:00 (Europe/Berlin)"."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M} ({zone})"
