"""What the page of a trial shows, as plain values for its template. Five queries, however much was found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, TextField
from django.db.models.functions import Cast, JSONObject

from . import follow_up, json_rows, observation_tables, printing, registries
from .cells import Cell
from .models import (
    Arm,
    ArmFollowUp,
    DataCut,
    Drug,
    Figure,
    Observation,
    ObservationValue,
    Publication,
    Registry,
    Result,
    Trial,
    TrialEndpoint,
    TrialIdentifier,
)
from .observation_tables import ObservationTable
from .result_tables import ResultRow, ResultTable, tables_of


class RegistryLink(NamedTuple):
    registry: str
    number: str
    address: str


class Definition(NamedTuple):
    endpoint: str
    role: str
    text: str


@dataclass(frozen=True)
class Cut:
    """A data cut with what was found at it."""

    cut: DataCut
    follow_up: str
    tables: list[ResultTable]
    endpoints: list[str]  # abbreviations, for the line under which an older cut is folded
    figures: list[Figure]
    is_open: bool = False

    @property
    def note(self) -> str:
        """What the note of the cut says beyond `follow_up`."""
        return "" if follow_up.remark(self.cut) else self.cut.note

    @property
    def primary_table(self) -> ResultTable | None:
        return next((table for table in self.tables if any(row.is_primary for row in table.rows)), None)

    @property
    def primary(self) -> ResultRow | None:
        """The first result of a primary endpoint."""
        table = self.primary_table
        return next(row for row in table.rows if row.is_primary) if table else None

    @property
    def primary_values(self) -> list[tuple[Arm, Cell]]:
        table, row = self.primary_table, self.primary
        if not table or not row:
            return []
        return [(arm, replace(cell, pad="")) for arm, cell in zip(table.arms, row.cells, strict=True)]


@dataclass(frozen=True)
class TrialPage:
    trial: Trial
    registered: list[RegistryLink]
    definitions: list[Definition]
    arms: list[Arm]  # each with `given`: its drugs as {"name", "slug"}
    cuts: list[Cut]  # newest first
    baseline: list[ObservationTable]
    exposure: list[ObservationTable]
    safety: list[ObservationTable]
    publications: list[Publication]

    @property
    def newest(self) -> Cut | None:
        return self.cuts[0] if self.cuts else None

    @property
    def older(self) -> list[Cut]:
        return self.cuts[1:]

    @property
    def main(self) -> Cut | None:
        """The newest cut that reports a primary endpoint."""
        return next((cut for cut in self.cuts if cut.primary), None)

    @property
    def sections(self) -> list[dict[str, str]]:
        """The contents list: what is not there has no entry."""
        titles = [
            ("question", "What was asked", True),
            ("arms", "Arms", self.arms),
            ("results", "Results", self.cuts),
            ("safety", "Safety", self.safety),
            ("exposure", "Exposure", self.exposure),
            ("baseline", "Patients at baseline", self.baseline),
            ("publications", "Publications", self.publications),
            ("notes", "Notes", self.trial.notes),
        ]
        return [{"id": id, "title": title} for id, title, there in titles if there]

    @property
    def has_stages(self) -> bool:
        return len({arm.randomisation for arm in self.arms}) > 1

    @property
    def prior_lines(self) -> str:
        return printing.prior_lines(self.trial)

    @property
    def numbers(self) -> list[str]:
        return [link.number for link in self.registered]


def trial_page(slug: str, *, with_drafts: bool = False) -> TrialPage | None:
    """The page of the trial at `slug`, or None if there is no such trial that is published."""
    lists = {"endpoint_rows": _endpoints(), "arm_rows": _arms(), "publication_rows": _publications()}
    trial = with_public_part(with_drafts=with_drafts).annotate(**lists).filter(slug=slug).first()
    if trial is None:
        return None
    arms = json_rows.instances(Arm, trial.arm_rows)
    cuts = _cuts(trial, arms)
    observed = list(ObservationValue.objects.filter(trial=trial).select_related("observation__publication"))
    rows = [cut.cut for cut in cuts]
    baseline, exposure, safety = (
        observation_tables.tables_of(observed, kind, arms, rows) for kind in Observation.Kind.values
    )
    return TrialPage(
        trial=trial,
        registered=registered(trial),
        definitions=[_definition(row) for row in trial.endpoint_rows],
        arms=arms,
        cuts=cuts,
        baseline=baseline,
        exposure=exposure,
        safety=safety,
        publications=json_rows.instances(Publication, trial.publication_rows),
    )


def with_public_part(*, with_drafts: bool = False) -> Any:
    """Published trials with `identifier_rows`: together with title and acronym all that anybody may know of them."""
    trials = Trial.objects.all() if with_drafts else Trial.objects.published()
    rows = TrialIdentifier.objects.filter(trial=OuterRef("pk")).order_by("registry", "number")
    return trials.annotate(
        identifier_rows=ArraySubquery(rows.values(row=JSONObject(registry="registry", number="number")))
    )


def registered(trial: Trial) -> list[RegistryLink]:
    """Where `trial` (from `with_public_part`) is registered."""
    rows = trial.identifier_rows  # type: ignore[attr-defined]  # annotated
    return [
        RegistryLink(
            Registry(row["registry"]).label,
            row["number"],
            registries.address(row["registry"], row["number"]),
        )
        for row in rows
    ]


def _endpoints() -> ArraySubquery:
    rows = TrialEndpoint.objects.filter(trial=OuterRef("pk")).order_by("role", "endpoint__position")
    return ArraySubquery(
        rows.values(row=JSONObject(name="endpoint__name", role="role", definition="definition"))
    )


def _definition(row: dict[str, str]) -> Definition:
    return Definition(row["name"], row["role"], printing.powers(row["definition"]))


def _arms() -> ArraySubquery:
    drugs = Drug.objects.filter(arms=OuterRef("pk")).order_by("name")
    given = ArraySubquery(drugs.values(row=JSONObject(name="name", slug="slug")))
    return json_rows.column(Arm.objects.filter(trial=OuterRef("pk")), given=given)


def _publications() -> ArraySubquery:
    return json_rows.column(Publication.objects.filter(trial=OuterRef("pk")))


def _cuts(trial: Trial, arms: list[Arm]) -> list[Cut]:
    """The data cuts of `trial`, newest first; open is the newest with a primary endpoint, if it is an older one."""
    follow_ups = ArmFollowUp.objects.filter(data_cut=OuterRef("pk")).order_by("arm__position", "arm_id")
    by_arm = follow_ups.values(row=JSONObject(arm="arm_id", months=Cast("months", TextField())))
    of_key = {arm.pk: arm for arm in arms}
    results: dict[int, list[Result]] = {}
    for result in (
        trial.results.select_related("endpoint", "publication", "comparison")
        .prefetch_related("values")
        .order_by("position", "pk")
    ):
        results.setdefault(result.data_cut_id, []).append(result)
    figures = Figure.objects.filter(data_cut=OuterRef("pk")).order_by("position")
    drawn = json_rows.column(figures, without=("file", "png"))
    cuts = [
        Cut(
            cut=cut,
            follow_up=follow_up.in_words(
                cut, [(of_key[row["arm"]], Decimal(row["months"])) for row in cut.by_arm]
            ),
            tables=tables_of(found := results.get(cut.pk, []), arms),
            endpoints=list(dict.fromkeys(result.endpoint.abbreviation for result in found)),
            figures=_figures(trial, cut),
        )
        for cut in trial.data_cuts.annotate(by_arm=ArraySubquery(by_arm), figure_rows=drawn)
    ]
    main = next((i for i, cut in enumerate(cuts) if cut.primary), 0)
    return [replace(cut, is_open=True) if 0 < i == main else cut for i, cut in enumerate(cuts)]


def _figures(trial: Trial, cut: DataCut) -> list[Figure]:
    figures = json_rows.instances(Figure, cut.figure_rows)  # type: ignore[attr-defined]  # annotated
    for figure in figures:
        figure.trial = trial  # its addresses name the trial
    return figures
