"""The reasons of a file: they hold for the numbers of the file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trials import waiving
from trials.checks.of_rows import RowFinding
from trials.models import Trial

from .reading import Row

Waived = list[tuple[Any, list[Row]]]  # rows, each with the waivers that its record names


def keep(trial: Trial, waived: Waived, findings: list[RowFinding]) -> list[str]:
    """Give the reasons of the file for what is found in its numbers; what it does not name any more is superseded.

    returns  what was changed, in the words of the record
    """
    changes = []
    for row, records in waived:
        wanted = {(record.values["check_code"], record.values["numbers"]): record for record in records}
        odd = {
            (found.finding.code, found.finding.numbers): found
            for found in findings
            if found.row == row and found.finding.severity == "oddity"
        }
        for found in odd.values():
            changes += _settle(found, wanted)
    waiving.supersede_stale(trial, findings)
    return changes


def left_over(waived: Waived, findings: Iterable[RowFinding]) -> list[str]:
    """What the file excuses although nothing of it is found."""
    there = {
        (found.row, found.finding.code, numbers)
        for found in findings
        for numbers in ("", found.finding.numbers)
    }
    return [
        f"{record.place}: nothing is odd any more by this check and these numbers; the reason was left out."
        for row, records in waived
        for record in records
        if (row, record.values["check_code"], record.values["numbers"]) not in there
    ]


def _settle(found: RowFinding, wanted: dict[tuple[str, str], Row]) -> list[str]:
    finding, standing = found.finding, found.waiver
    record = wanted.get((finding.code, finding.numbers)) or wanted.get((finding.code, ""))
    if record is None:
        return [f"waiver “{standing}” removed"] if standing and waiving.supersede([standing]) else []
    given_by = record.values["given_by"]
    if standing and standing.given_by != given_by:
        waiving.supersede([standing])
        found = RowFinding(finding, found.row)
    return [f"{record.place} kept"] if waiving.give(found, record.values["reason"], given_by) else []
