"""What stands in the cells of a comparison: the published figures of one trial in lines, arm by arm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse

from . import printing
from .cells import Cell
from .comparability import NOT_APPLICABLE, Measured
from .comparability_of_rows import endpoint_side
from .follow_up import FollowUp, from_randomisation
from .models import DataCut, Given, Publication, Result, Trial
from .result_tables import MEASURES, ResultRow, ResultTable


@dataclass(frozen=True)
class Line:
    """A line of a cell: whose figure, the figure, what belongs to it; `href` where it names a source.

    is_origin  it says of which analysis or publication the figures are
    """

    label: str
    text: str
    more: tuple[str, ...] = ()
    href: str = ""
    is_number: bool = False
    is_origin: bool = False

    def __str__(self) -> str:
        begin = f"{self.label}: " if self.label else ""
        return f"{begin}{self.text} ({'; '.join(self.more)})" if self.more else f"{begin}{self.text}"


def words(text: str) -> tuple[Line, ...]:
    return (Line("", text),)


@dataclass(frozen=True)
class Quantity:
    """One result of a trial. Those of one endpoint and `key` stand in one row, however they were measured."""

    result: Result
    cut: DataCut
    key: tuple[int, Decimal]  # measure, time point
    unit: str
    stage: int  # the randomisation that it counts from
    measured: Measured
    values: tuple[Line, ...]
    effects: tuple[Line, ...]
    differences: tuple[Line, ...]
    analysis: Line

    @property
    def endpoint(self) -> str:
        return self.result.endpoint.name

    @property
    def is_reported(self) -> bool:
        """Does it tell anything of an arm, if only that its median was not reached?"""
        return any(v.status != Given.NOT_REPORTED or v.n is not None for v in self.result.values.all())


def quantities(trial: Trial, tables: Iterable[ResultTable], cuts: dict[int, DataCut]) -> list[Quantity]:
    """The results of `tables`, which are those of `trial`, in their order. cuts: of the trial, by key."""
    return [
        quantity(trial, table, row, cuts[row.result.data_cut_id]) for table in tables for row in table.rows
    ]


def quantity(trial: Trial, table: ResultTable, row: ResultRow, cut: DataCut) -> Quantity:
    result = row.result
    values = [figure(str(arm), cell) for arm, cell in zip(table.arms, row.cells, strict=True)]
    remarks = filter(None, (table.stage.capitalize(), *row.analysis))
    follow_up = from_randomisation(cut, table.randomisation)
    at = analysis(cut, follow_up)
    return Quantity(
        result=result,
        cut=cut,
        key=(MEASURES.index(result.measure), result.timepoint or Decimal()),
        unit=row.unit,
        stage=table.randomisation,
        measured=Measured(endpoint_side(trial, result), str(table.randomisation), follow_up.months),
        values=(*values, *(Line("", text) for text in remarks), at, source(trial, result.publication)),
        effects=effect_lines(trial, row),
        differences=(derived(row.difference),) if row.difference else (),
        analysis=at,
    )


def analysis(cut: DataCut | None, follow_up: FollowUp) -> Line:
    """At which analysis a figure was found, and how long its patients had been followed then."""
    if cut is None:
        return Line("Analysis", "not stated", is_origin=True)
    months = follow_up.text or printing.NOT_REPORTED
    return Line("Analysis", printing.cut_title(cut), (f"median follow-up {months}",), is_origin=True)


def figure(label: str, cell: Cell) -> Line:
    more = ("derived" if cell.is_derived else "", cell.count, cell.interval)
    return Line(label, cell.text, tuple(filter(None, more)), is_number=cell.is_number)


def derived(cell: Cell) -> Line:
    return Line("Derived", f"{cell.text}{printing.SPACE}{cell.count}", is_number=True)


def effect_lines(trial: Trial, row: ResultRow) -> tuple[Line, ...]:
    """The ratio with its interval, then the p value; the words for it where there was nothing to compare with."""
    found = []
    if row.effect:
        found.append(figure(f"{row.effect_name}{row.between and f', {row.between}'}", row.effect))
    if row.p:
        found.append(Line("", row.p, (row.p_note,) if row.p_note else (), is_number=True))
    if not found and not trial.is_randomised:
        found.append(Line("", NOT_APPLICABLE, ("not randomised",)))
    return tuple(found)


def source(trial: Trial, publication: Publication) -> Line:
    page = reverse("trials:detail", args=[trial.slug])
    return Line("Source", publication.label, href=f"{page}#publication-{publication.code}", is_origin=True)
