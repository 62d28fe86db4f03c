"""The page that sets 2 to 4 trials side by side: rows of values in the order of the address.

Every value is one that a trial reports, or one derived within one trial and labelled so. Nothing is sorted by
a value, subtracted or pooled across trials; what forbids comparing a row directly stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.db.models import Prefetch, prefetch_related_objects

from . import comparability, comparability_of_rows, follow_up
from .comparability import NOT_REPORTED
from .compare_cards import Card, section_of
from .compare_form import Selection
from .compare_rows import (
    Row,
    endpoint_rows,
    guarded,
    plain,
    safety_rows,
    shown_of,
)
from .compare_safety import safety_of
from .compare_values import Line, Quantity, quantities
from .models import Arm, ArmFollowUp, DataCut, Observation, Result, Trial
from .printing import SPACE, cut_title
from .result_tables import tables_of

NOTE = (
    "These trials asked different questions in different patients. Their results cannot be ranked against each"
    " other; nothing here is sorted by, subtracted or pooled across trials."
)
EACH = "Of each result the newest analysis"


class UnknownCut(Exception):
    """The address names an analysis that the trial does not have, or that has no result."""


@dataclass(frozen=True)
class Section:
    title: str
    rows: list[Row]


@dataclass(frozen=True)
class Column:
    """A trial: each result at the newest analysis that reports it, or all at the one that was chosen.

    cuts        those with results, newest first
    quantities  all results that may be shown: at any analysis, or at the chosen one
    without     address of the comparison without this trial
    """

    trial: Trial
    arms: list[Arm]
    cuts: list[DataCut]
    chosen_cut: DataCut | None
    quantities: list[Quantity]
    without: str = ""

    @property
    def cut(self) -> DataCut | None:
        """The chosen analysis, or the newest of all."""
        return self.chosen_cut or next(iter(self.cuts), None)

    @property
    def heading(self) -> str:
        return f"{self.trial.acronym}, {self.shown}" if self.chosen_cut else self.trial.acronym

    @property
    def shown(self) -> str:
        """ "" where there is no analysis with results."""
        if self.cut is None:
            return ""
        return cut_title(self.cut) if self.chosen_cut or len(self.cuts) == 1 else EACH

    @property
    def choices(self) -> list[tuple[str, str]]:
        """For the select of the analysis: what it sends, and what it says."""
        return [("", EACH), *((f"{self.trial.slug}:{cut.code}", cut_title(cut)) for cut in self.cuts)]

    @property
    def chosen(self) -> str:
        return f"{self.trial.slug}:{self.chosen_cut.code}" if self.chosen_cut else ""

    @property
    def follow_up(self) -> str:
        """Of the analysis `cut`, in words."""
        return follow_up.in_words(self.cut) if self.cut else ""

    @property
    def results(self) -> list[Result]:
        """Those that are shown."""
        return [quantity.result for quantity in shown_of(self.quantities)]


@dataclass(frozen=True)
class Comparison:
    columns: list[Column]
    sections: list[Section] = field(default_factory=list)

    @property
    def has_choice(self) -> bool:
        """Has any trial another analysis that could be shown?"""
        return any(len(column.cuts) > 1 for column in self.columns)

    @property
    def cards(self) -> list[Card[Column]]:
        return [
            Card(column, [section_of(section.title, section.rows, i) for section in self.sections])
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
    follow_ups = ArmFollowUp.objects.select_related("arm").order_by("arm__position", "arm_id")
    prefetch_related_objects(
        trials,
        Prefetch("observations", Observation.objects.select_related("publication")),
        *comparability_of_rows.PREFETCH,
        "data_cuts",
        Prefetch("data_cuts__arm_follow_ups", follow_ups),
        Prefetch("results", results),
        "results__values",
    )
    return trials


def column_of(trial: Trial, code: str | None, without: str) -> Column:
    """The column of `trial` at the analysis `code`; by default at all analyses."""
    arms = list(trial.arms.all())
    with_results = {result.data_cut_id for result in trial.results.all()}
    cuts = {cut.pk: cut for cut in trial.data_cuts.all() if cut.pk in with_results}
    chosen = None
    if code is not None:
        chosen = next((cut for cut in cuts.values() if cut.code == code), None)
        if chosen is None:
            raise UnknownCut(f"{trial.acronym} has no analysis of that name with results here.")
    found = [result for result in trial.results.all() if chosen is None or result.data_cut_id == chosen.pk]
    return Column(
        trial, arms, list(cuts.values()), chosen, quantities(trial, tables_of(found, arms), cuts), without
    )


def sections(columns: list[Column], guard: list[comparability.Row]) -> list[Section]:
    of_trial = {row.key: guarded(row) for row in guard if not row.endpoint}
    patients = [of_trial.pop(key) for key in ("setting", "prior_lines", "refractory", "transplant")]
    patients.append(plain("Key criteria", (column.trial.key_criteria for column in columns)))
    median = replace(of_trial.pop("follow_up"), values=plain("", (one.follow_up for one in columns)).values)
    shown = [plain("Analysis shown", map(analysis_shown, columns)), median]
    control = of_trial["control"]
    arms = Row("Arms", tuple(arm_lines(column.arms) for column in columns), control.why, control.mark)
    found = [
        Section("Patients", patients),
        Section("Design", [*of_trial.values(), arms]),
        Section("Follow-up", shown),
        *endpoint_sections(columns, guard),
    ]
    safety = safety_rows([safety_of(one.trial, one.arms, one.chosen_cut) for one in columns])
    return [*found, Section("Safety, per 100 patients", safety)] if safety else found


def analysis_shown(column: Column) -> str:
    if column.cut is None or column.shown != EACH:
        return column.shown
    return f"{EACH}; the last of all: {cut_title(column.cut)}"


def arm_lines(arms: list[Arm]) -> tuple[Line, ...]:
    return tuple(
        Line(str(arm), f"n{SPACE}={SPACE}{arm.n}" if arm.n is not None else NOT_REPORTED) for arm in arms
    )


def endpoint_sections(columns: list[Column], guard: list[comparability.Row]) -> list[Section]:
    """A section for each endpoint, as the controlled list has them."""
    endpoints = {one.result.endpoint for column in columns for one in column.quantities}
    by_column = [column.quantities for column in columns]
    return [
        Section(endpoint.name, endpoint_rows(endpoint.name, by_column, guard))
        for endpoint in sorted(endpoints, key=lambda one: (one.position, one.name))
    ]
