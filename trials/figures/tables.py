"""The numbers of a figure as a table: beside it for reading and copying, and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO

from .rows import ForestRow, Group

Cells = tuple[str, ...]
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


@dataclass(frozen=True)
class Table:
    """`headings` name the columns; the first `row_headers` cells of a row name the row."""

    headings: Cells
    rows: tuple[Cells, ...]
    row_headers: int

    @property
    def data(self) -> dict[str, object]:
        """As kept in a row of the database."""
        return {
            "headings": list(self.headings),
            "rows": [list(row) for row in self.rows],
            "row_headers": self.row_headers,
        }


def forest_table(rows: Sequence[ForestRow], effect: str) -> Table:
    """One line for each ratio."""
    return Table(
        ("Endpoint", "Detail", "Comparison", effect, "CI level, %", "CI lower", "CI upper"),
        tuple(
            (
                row.label,
                row.detail,
                row.comparison,
                printed(row.estimate) if row.estimate is not None else row.text,
                printed(row.level),
                bound(row.lower, row.lower_open, row.level),
                bound(row.upper, row.upper_open, row.level),
            )
            for row in rows
        ),
        row_headers=1,
    )


def medians_table(groups: Sequence[Group], unit: str) -> Table:
    """One line for each arm of each endpoint."""
    return Table(
        ("Endpoint", "Detail", "Arm", f"Median, {unit}", "CI level, %", "CI lower", "CI upper"),
        tuple(_arm_cells(groups, with_counts=False)),
        row_headers=3,
    )


def rates_table(groups: Sequence[Group]) -> Table:
    """As for medians, with the counts of patients."""
    headings = ("Endpoint", "Detail", "Arm", "Percent", "Patients (n)", "Analysed (N)")
    return Table(
        (*headings, "CI level, %", "CI lower", "CI upper"),
        tuple(_arm_cells(groups, with_counts=True)),
        row_headers=3,
    )


def _arm_cells(groups: Sequence[Group], *, with_counts: bool) -> Iterable[Cells]:
    for group in groups:
        for row in group.rows:
            counts = (printed(row.n), printed(row.n_analysed)) if with_counts else ()
            yield (
                group.label,
                group.detail,
                row.arm,
                printed(row.value) if row.value is not None else row.status,
                *counts,
                printed(row.level),
                bound(row.lower, row.lower_open, row.level),
                bound(row.upper, row.upper_open, row.level),
            )


def printed(value: Decimal | int | None) -> str:
    """All digits of the source, none added: 0.60 stays 0.60."""
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)


def bound(value: Decimal | None, open_word: str, level: Decimal | None) -> str:
    """The number of a bound, the word for why it is open, or nothing where there is no interval."""
    if value is not None:
        return printed(value)
    return open_word if level is not None else ""


def csv_file(headings: Sequence[str], rows: Sequence[Sequence[str]], notes: Iterable[str]) -> bytes:
    """`to_csv` as a file that spreadsheets take for UTF-8, by the mark at its beginning."""
    return to_csv(headings, rows, notes).encode("utf-8-sig")


def to_csv(headings: Sequence[str], rows: Sequence[Sequence[str]], notes: Iterable[str]) -> str:
    """Comma-separated lines: headings, rows, and each note as a last line of one cell.

    Cells that a spreadsheet would take for a formula begin with an apostrophe (OWASP, CSV injection).
    """
    out = StringIO()
    writer = csv.writer(out)
    for line in (headings, *rows, *([note] for note in notes)):
        writer.writerow([safe(cell) for cell in line])
    return out.getvalue()


def safe(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(BEGINS_A_FORMULA) else cell
