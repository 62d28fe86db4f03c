"""Names of time zones that people type."""

from __future__ import annotations

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError


def is_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is one of the IANA time zone database."""
    if name not in available_timezones():
        raise ValidationError("Not a known time zone; write one like Europe/Berlin.")
