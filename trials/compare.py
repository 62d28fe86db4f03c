"""The page that sets 2 to 4 trials side by side: rows of values in the order of the address.

Every value is one that a trial reports, or one derived within one trial and labelled so. Nothing is sorted by
a value, subtracted or pooled across trials; what forbids comparing a row directly stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Prefetch, prefetch_related_objects

from . import comparability, comparability_of_rows
from .comparability import UNKNOWN
from .compare_form import Selection
from .compare_values import Line, Quantity, quantities, safety_values, words
from .models import Arm, ArmFollowUp, DataCut, Observation, Result, Trial
from .printing import SPACE
from .result_tables import tables_of

NOTE = (
    "These trials asked different questions in different patients. Their results cannot be ranked against each"
    " other; nothing here is sorted by, subtracted or pooled across trials."
)
PARTS = {"effects": "Effect", "differences": "Difference within the trial, derived"}
DIFFERS, UNSURE, UNLIKE = "Differs", "Not known to be alike", "Not measured alike"


class UnknownCut(Exception):
    """The address names an analysis that the trial does not have, or that has no result."""


@dataclass(frozen=True)
class Row:
    """`why` is empty if and only if the guard found nothing; `mark` are the words beside its sign."""

    label: str
    values: tuple[tuple[Line, ...], ...]
    why: str = ""
    mark: str = ""

    @property
    def differs(self) -> bool:
        return bool(self.why)


@dataclass(frozen=True)
class Section:
    title: str
    rows: list[Row]


@dataclass(frozen=True)
class Column:
    """A trial at the analysis that is shown. `cuts`: those with results, newest first."""

    trial: Trial
    arms: list[Arm]
    cuts: list[DataCut]
    cut: DataCut | None
    results: list[Result]  # of that analysis, in the order of the trial's page
    without: str = ""  # address of the comparison without this trial

    @property
    def heading(self) -> str:
        return ", ".join(filter(None, (self.trial.acronym, self.shown)))

    @property
    def shown(self) -> str:
        return cut_title(self.cut) if self.cut else ""

    @property
    def choices(self) -> list[tuple[str, str]]:
        """For the select of the analysis: what it sends, and what it says."""
        return [(f"{self.trial.slug}:{cut.code}", cut_title(cut)) for cut in self.cuts]

    @property
    def chosen(self) -> str:
        return f"{self.trial.slug}:{self.cut.code}" if self.cut else ""

    @property
    def quantities(self) -> list[Quantity]:
        return quantities(self.trial, tables_of(self.results, self.arms))


class CardRow(NamedTuple):
    row: Row
    value: tuple[Line, ...]


class Card(NamedTuple):
    """One column, for narrow screens."""

    column: Column
    sections: list[tuple[str, list[CardRow]]]


@dataclass(frozen=True)
class Comparison:
    columns: list[Column]
    sections: list[Section] = field(default_factory=list)

    @property
    def has_choice(self) -> bool:
        """Has any trial another analysis that could be shown?"""
        return any(len(column.cuts) > 1 for column in self.columns)

    @property
    def cards(self) -> list[Card]:
        return [
            Card(column, [(s.title, [CardRow(row, row.values[i]) for row in s.rows]) for s in self.sections])
            for i, column in enumerate(self.columns)
        ]


def comparison(selection: Selection) -> Comparison:
    """The comparison of the trials of `selection`, whose slugs exist. Nine queries, however much was found.

    raises  UnknownCut; ValueError: not 2 to 4 trials
    """
    chosen = dict(selection.cuts)
    columns = [
        column_of(trial, chosen.get(trial.slug), selection.without(trial.slug).address())
        for trial in load(selection.trials)
    ]
    guard = comparability.compare([comparability_of_rows.side_of(c.trial, c.cut, c.results) for c in columns])
    return Comparison(columns, sections(columns, guard))


def load(slugs: Sequence[str]) -> list[Trial]:
    """The trials in the order of `slugs`, with all that a column needs."""
    found = {trial.slug: trial for trial in Trial.objects.published().filter(slug__in=slugs)}
    trials = [found[slug] for slug in slugs]
    results = Result.objects.select_related("endpoint", "publication", "comparison").order_by(
        "position", "pk"
    )
    prefetch_related_objects(
        trials,
        Prefetch("observations", Observation.objects.select_related("publication")),
        *comparability_of_rows.PREFETCH,
        "arms",
        "data_cuts",
        Prefetch("data_cuts__arm_follow_ups", ArmFollowUp.objects.order_by("arm__position", "arm_id")),
        Prefetch("results", results),
        "results__values",
    )
    return trials


def column_of(trial: Trial, code: str | None, without: str) -> Column:
    """The column of `trial` at the analysis `code`; by default the newest that has results."""
    arms = list(trial.arms.all())
    with_results = {result.data_cut_id for result in trial.results.all()}
    cuts = [cut for cut in trial.data_cuts.all() if cut.pk in with_results]
    if code is None:
        cut = cuts[0] if cuts else None
    else:
        cut = next((one for one in cuts if one.code == code), None)
        if cut is None:
            raise UnknownCut(f"{trial.acronym} has no analysis of that name with results here.")
    found = [result for result in trial.results.all() if cut and result.data_cut_id == cut.pk]
    in_order = [row.result for table in tables_of(found, arms) for row in table.rows]
    return Column(trial, arms, cuts, cut, in_order, without)


def sections(columns: list[Column], guard: list[comparability.Row]) -> list[Section]:
    of_trial = {row.key: guarded(row) for row in guard if not row.endpoint}
    patients = [of_trial.pop(key) for key in ("setting", "prior_lines", "refractory", "transplant")]
    patients.append(plain("Key criteria", (column.trial.key_criteria for column in columns)))
    follow_up = [plain("Analysis shown", (column.shown for column in columns)), of_trial.pop("follow_up")]
    arms = Row("Arms", tuple(arm_lines(column.arms) for column in columns))
    found = [
        Section("Patients", patients),
        Section("Design", [*of_trial.values(), arms]),
        Section("Follow-up", follow_up),
        *endpoint_sections(columns, guard),
    ]
    safety = [
        Row(label, values) for label, values in safety_values([(c.trial, c.arms, c.cut) for c in columns])
    ]
    return [*found, Section("Safety, per 100 patients", safety)] if safety else found


def guarded(row: comparability.Row) -> Row:
    mark = (UNSURE if row.why == UNKNOWN else DIFFERS) if row.differs else ""
    return Row(row.label, tuple(words(value) for value in row.values), row.why, mark)


def plain(label: str, texts: Iterable[str]) -> Row:
    return Row(label, tuple(words(text or comparability.NOT_REPORTED) for text in texts))


def cut_title(cut: DataCut) -> str:
    """ "Final analysis, data cut-off 7 May 2023"."""
    return f"{cut.label}, data cut-off {cut.cutoff:%-d %B %Y}" if cut.cutoff else cut.label


def arm_lines(arms: list[Arm]) -> tuple[Line, ...]:
    return tuple(
        Line(str(arm), f"n{SPACE}={SPACE}{arm.n}" if arm.n is not None else comparability.NOT_REPORTED)
        for arm in arms
    )


def endpoint_sections(columns: list[Column], guard: list[comparability.Row]) -> list[Section]:
    """How each endpoint was measured, then what was found; endpoints as the controlled list has them."""
    endpoints = {result.endpoint for column in columns for result in column.results}
    by_column = [column.quantities for column in columns]
    found = []
    for endpoint in sorted(endpoints, key=lambda one: (one.position, one.name)):
        cells = [[one for one in quantities if one.endpoint == endpoint.name] for quantities in by_column]
        measured = [row for row in guard if row.endpoint == endpoint.name]
        rows = list(map(guarded, measured)) if sum(map(bool, cells)) > 1 else [measured_once(measured)]
        found.append(Section(endpoint.name, rows + result_rows(cells)))
    return found


def measured_once(rows: list[comparability.Row]) -> Row:
    """The guard's rows of an endpoint that one trial alone reports, as one: there is nothing to set beside it."""
    by_column = zip(*(row.values for row in rows), strict=True)
    cells = [
        tuple(
            Line(row.label, value)
            for row, value in zip(rows, values, strict=True)
            if value not in (comparability.NOT_REPORTED, comparability.NOT_APPLICABLE)
        )
        for values in by_column
    ]
    values = tuple(cell or words(comparability.NOT_REPORTED) for cell in cells)
    return Row("How it was measured", values, UNKNOWN, UNSURE)


def result_rows(by_column: list[list[Quantity]]) -> list[Row]:
    """What the trials found for one endpoint: a row for each measure and time point that any of them reports."""
    rows = []
    for key in sorted({quantity.key for found in by_column for quantity in found}):
        cells = [[quantity for quantity in found if quantity.key == key] for found in by_column]
        unit = next(quantity.unit for cell in cells for quantity in cell)
        why, mark = measured_alike(cells)
        label = f"Rate, {unit}" if unit.startswith("%") else unit
        rows.append(Row(label, tuple(lines(cell, "values") for cell in cells), why, mark))
        moment = f", {unit.split(',')[0].lower()}" if unit.startswith("At ") else ""
        for part, label in PARTS.items():
            if any(getattr(quantity, part) for cell in cells for quantity in cell):
                values = tuple(lines(cell, part) for cell in cells)
                is_lacking = part == "effects" and words(comparability.NOT_REPORTED) in values
                reason = (UNKNOWN, UNSURE) if is_lacking else (why, mark)
                rows.append(Row(label + moment, values, *reason))
    return rows


def lines(cell: list[Quantity], part: str) -> tuple[Line, ...]:
    found = tuple(line for quantity in cell for line in getattr(quantity, part))
    absent = "None derived" if part == "differences" else comparability.NOT_REPORTED
    return found or words(absent)


def measured_alike(cells: list[list[Quantity]]) -> tuple[str, str]:
    """The guard's sentence and mark for results of one measure, each with how that very result was measured."""
    if not all(cells):
        return UNKNOWN, UNSURE
    sides = [
        comparability.Side("", endpoints={"result": comparability.EndpointSide(**together(cell))})
        for cell in cells
    ]
    found = [row for row in comparability.compare(sides) if row.endpoint]
    labels = [row.label for row in found if row.differs]
    if not labels:
        return "", ""
    named = ", ".join(
        label if label.isupper() or label.startswith("CI") else label.lower() for label in labels
    )
    return f"The trials differ, or are not known to be alike, in: {named}.", UNLIKE


def together(cell: list[Quantity]) -> dict[str, Any]:
    """How the results of one trial were measured: where it reports several, all that they say."""
    return {
        key: " and ".join(dict.fromkeys(filter(None, (getattr(quantity.side, key) for quantity in cell))))
        for key in comparability.ENDPOINT_ROWS
    }
