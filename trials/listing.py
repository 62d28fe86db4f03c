"""The list of trials: its filters, its entries, and the landscape of settings and lines of therapy."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Min, Prefetch, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.functional import cached_property

from portal.lib.facets import ConditionFacet, Counted, FacetForm, among

from . import follow_up, printing
from .models import Arm, DataCut, Drug, DrugClass, Endpoint, Publication, Regimen, Result, Trial
from .search import matching

# Value → name, fewest and most prior lines. A trial is in every line that its own limits overlap.
LINES: dict[str, tuple[str, int, int | None]] = {
    "first": ("First line", 0, 0),
    "1": ("1 prior line", 1, 1),
    "2-3": ("2 or 3 prior lines", 2, 3),
    "4-or-more": ("4 or more prior lines", 4, None),
}
UNSTATED = ("not-stated", "Lines not stated")


def overlapping(least: int, most: int | None) -> Q:
    """Trials that took patients with some number of prior lines from `least` to `most` (None: and more)."""
    stated = Q(prior_lines_min__isnull=False) | Q(prior_lines_max__isnull=False)
    from_above = Q(prior_lines_max__isnull=True) | Q(prior_lines_max__gte=least)
    from_below = Q() if most is None else Q(prior_lines_min__isnull=True) | Q(prior_lines_min__lte=most)
    return stated & from_above & from_below


LINE_CONDITIONS = {value: overlapping(least, most) for value, (_, least, most) in LINES.items()} | {
    UNSTATED[0]: Q(prior_lines_min__isnull=True, prior_lines_max__isnull=True)
}
LINE_CHOICES = [*((value, name) for value, (name, _, _) in LINES.items()), UNSTATED]


class FirstYear:
    """The year of a trial's first publication."""

    label = "First published"

    def condition(self, model: Any, chosen: Collection[str]) -> Q:
        first = Publication.objects.values("trial").annotate(first=Min("year"))
        return Q(pk__in=first.filter(first__in=chosen).values("trial"))

    def count(self, field: Any, shown: QuerySet[Trial]) -> Iterable[Counted]:
        keys = keys_of(shown)
        first = Publication.objects.order_by().values("trial").annotate(first=Min("year"))
        years: dict[int, int] = {}
        for trial, year in first.values_list("trial", "first"):
            if year and trial in keys:
                years[year] = years.get(year, 0) + 1
        return [Counted(str(year), str(year), years.get(int(year), 0)) for year, _ in field.choices]


@dataclass(frozen=True)
class ThroughFacet:
    """Values that trials have by rows of other tables. The server gathers the trials of each value; we count them.

    ways  makes querysets of such rows, each with the names of its columns for the value and for the trial
    """

    label: str
    ways: Callable[[], list[tuple[QuerySet[Any], str, str]]]

    def condition(self, model: Any, chosen: Collection[Any]) -> Q:
        found = Q()
        for rows, value, trial in self.ways():
            found |= Q(pk__in=rows.filter(**{f"{value}__in": chosen}).values(trial))
        return found

    def count(self, field: Any, shown: QuerySet[Trial]) -> Iterable[Counted]:
        """In how many trials each value is found: a trial counts once, however many rows or ways lead there."""
        keys = keys_of(shown)
        found: dict[int, set[int]] = {}
        for rows, value, trial in self.ways():
            of_value = rows.filter(**{f"{value}__isnull": False}).order_by().values(value)
            for key, trials in of_value.annotate(trials=ArrayAgg(trial)).values_list(value, "trials"):
                found.setdefault(key, set()).update(trials)
        return [
            Counted(str(field.prepare_value(row)), str(row), len(keys & found.get(row.pk, set())))
            for row in field.queryset
        ]


def keys_of(shown: QuerySet[Trial]) -> set[int]:
    """The keys of the trials `shown`, looked up once for all filters that count over this very queryset."""
    kept = vars(shown)
    if "found_keys" not in kept:
        kept["found_keys"] = set(shown.order_by().values_list("pk", flat=True))
    return kept["found_keys"]


def drug_ways() -> list[tuple[QuerySet[Any], str, str]]:
    return [(Arm.drugs.through.objects.all(), "drug", "arm__trial")]


def drug_class_ways() -> list[tuple[QuerySet[Any], str, str]]:
    return [(Arm.drugs.through.objects.all(), "drug__drug_class", "arm__trial")]


def regimen_ways() -> list[tuple[QuerySet[Any], str, str]]:
    """What an arm gave, and what its doctors could choose from."""
    options = Arm.regimen_options.through.objects.all()
    return [(Arm.objects.all(), "regimen", "trial"), (options, "regimen", "arm__trial")]


def endpoint_ways() -> list[tuple[QuerySet[Any], str, str]]:
    return [(Result.objects.all(), "endpoint", "trial")]


def years() -> list[tuple[str, str]]:
    found = Publication.objects.filter(year__isnull=False, trial__is_published=True).values_list(
        "year", flat=True
    )
    return [(str(year), str(year)) for year in found.order_by("-year").distinct()]


def rows_of(queryset: QuerySet[Any], key: str) -> forms.ModelMultipleChoiceField:
    return forms.ModelMultipleChoiceField(queryset, to_field_name=key, required=False)


def one_of(choices: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(choices=choices, required=False)


class TrialFilterForm(FacetForm):
    """The list's address. `class` is a word of Python, hence the names of the fields below."""

    q = forms.CharField(max_length=200, required=False, label="Words, drugs, numbers")
    setting = one_of(Trial.Setting.choices)
    line = one_of(LINE_CHOICES)
    phase = one_of(Trial.Phase.choices)
    drug_class = rows_of(DrugClass.objects.all(), "name")
    drug = rows_of(Drug.objects.all(), "slug")
    regimen = rows_of(Regimen.objects.all(), "abbreviation")
    endpoint = rows_of(Endpoint.objects.all(), "code")
    year = one_of(())

    FACETS = {
        "setting": ConditionFacet("Setting", {value: Q(setting=value) for value in Trial.Setting.values}),
        "line": ConditionFacet("Line of therapy", LINE_CONDITIONS),
        "phase": ConditionFacet("Phase", {value: Q(phase=value) for value in Trial.Phase.values}),
        "drug_class": ThroughFacet("Drug class", drug_class_ways),
        "drug": ThroughFacet("Drug", drug_ways),
        "regimen": ThroughFacet("Regimen", regimen_ways),
        "endpoint": ThroughFacet("Endpoint reported", endpoint_ways),
        "year": FirstYear(),
    }
    FOLDS = ("drug_class", "drug", "regimen", "endpoint", "year")

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        year: Any = self.fields["year"]
        year.choices = years()  # looked up once, not for each value of the address

    def narrow(self, rows: Any, *, without: Collection[str] = ()) -> Any:
        """The same queryset for the same `rows` and filters, so that its keys are looked up once."""
        applied = frozenset(name for name in self.FACETS if name not in without and self.chosen(name))
        of_rows = self._narrowed.setdefault(id(rows), (rows, {}))[1]  # with `rows`, lest others get their id
        if applied not in of_rows:
            narrowed = super().narrow(rows, without=without)
            of_rows[applied] = narrowed if self.named is None else narrowed.filter(among(self.named))
        return of_rows[applied]

    @cached_property
    def _narrowed(self) -> dict[int, tuple[Any, dict[frozenset[str], Any]]]:
        return {}

    @cached_property
    def named(self) -> list[int] | None:
        """The trials that the words find, looked up once for all filters; None without words."""
        text = self.cleaned_data["q"].strip()
        return (
            list(matching(Trial.objects.published().order_by(), text).values_list("pk", flat=True))
            if text
            else None
        )

    def is_narrowed(self) -> bool:
        return super().is_narrowed() or (self.is_valid() and bool(self.cleaned_data["q"].strip()))


@dataclass(frozen=True)
class Entry:
    """A trial in a list."""

    trial: Trial
    stages: list[tuple[str, list[Arm]]]  # the arms of each randomisation, named where there are several
    prior_lines: str
    cut: DataCut | None
    follow_up: str


def for_entries(trials: QuerySet[Trial]) -> QuerySet[Trial]:
    """`trials` by acronym, with what `entry` needs: four more queries, however many."""
    newest = DataCut.objects.prefetch_related("arm_follow_ups__arm")
    return trials.order_by(Lower("acronym"), "pk").prefetch_related(
        "arms", Prefetch("data_cuts", newest[:1], to_attr="newest")
    )


def entry(trial: Trial) -> Entry:
    cut = next(iter(trial.newest), None)  # type: ignore[attr-defined]  # prefetched
    return Entry(
        trial,
        stages(trial.arms.all()),
        printing.prior_lines(trial),
        cut,
        follow_up.in_words(cut) if cut else "",
    )


def stages(arms: Iterable[Arm]) -> list[tuple[str, list[Arm]]]:
    """The arms of each randomisation, with its name where a trial has several."""
    found: dict[int, list[Arm]] = {}
    for arm in arms:
        found.setdefault(arm.randomisation, []).append(arm)
    named = {stage: printing.ORDINALS.get(stage, str(stage)).capitalize() for stage in found}
    return [
        (f"{named[stage]} randomisation" if len(found) > 1 else "", found[stage]) for stage in sorted(found)
    ]


MOST_NAMES = 12  # acronyms in one place of the landscape


@dataclass(frozen=True)
class Place:
    """Where a setting meets a line of therapy: how many trials, and the first of them by acronym."""

    setting: str
    line: str
    count: int
    trials: list[dict[str, str]]
    share: int  # of the fullest place, in percent
    is_chosen: bool

    @property
    def more(self) -> int:
        return self.count - len(self.trials)


def landscape(form: TrialFilterForm, trials: QuerySet[Trial]) -> list[tuple[str, list[Place]]]:
    """Trials by line of therapy (rows) and setting (columns), as far as the other filters let them through."""
    shown = form.narrow(trials, without=["setting", "line"]).order_by(Lower("acronym"), "pk")
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in shown.values("slug", "acronym", "setting", "prior_lines_min", "prior_lines_max"):
        for line in lines_of(row["prior_lines_min"], row["prior_lines_max"]):
            found.setdefault((row["setting"], line), []).append(row)
    fullest = max(map(len, found.values()), default=0)
    chosen = (form.chosen("setting"), form.chosen("line"))
    return [
        (
            name,
            [
                Place(
                    setting,
                    line,
                    len(there := found.get((setting, line), [])),
                    there[:MOST_NAMES],
                    round(100 * len(there) / fullest) if fullest else 0,
                    chosen == ([setting], [line]),
                )
                for setting in Trial.Setting.values
            ],
        )
        for line, name in LINE_CHOICES
        if any((setting, line) in found for setting in Trial.Setting.values)
    ]


def lines_of(least: int | None, most: int | None) -> list[str]:
    """The lines that the limits of a trial overlap; the rule of `overlapping` for one row."""
    if least is None and most is None:
        return [UNSTATED[0]]
    return [
        value
        for value, (_, low, high) in LINES.items()
        if (most is None or most >= low) and (high is None or least is None or least <= high)
    ]
