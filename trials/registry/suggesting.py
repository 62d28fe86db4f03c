"""Everything that a record says, each with how it stands to our rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trials.models import RegistrySuggestion

from .comparing import Frame, Judged, Key, Said, Verdict, judge
from .numbers import Bounds, Number
from .reading import Analysis, Cell, Measure, Outcome, Study
from .rows import OurRows
from .words import (
    assessor_of,
    dates_in,
    dispersion_of,
    effect_of,
    endpoint_of,
    follow_ups_in,
    landmark_of,
    level_of,
    parameter_of,
    population_of,
    sides_of,
    unit_of,
)

Kind = RegistrySuggestion.Kind


@dataclass(frozen=True)
class Suggestion:
    """The columns of RegistrySuggestion."""

    path: str
    kind: str
    subject: str
    says: str
    verdict: str
    keys: tuple[str, ...] = ()
    ours: str = ""
    result_id: int | None = None


def suggest(study: Study, groups: Mapping[str, int | None], rows: OurRows) -> list[Suggestion]:
    """Arms, endpoints and results of `study` in its order.

    groups  title of a group → key of our arm, None if it is none of them
    """
    said = [*_started(study, groups)]
    for measure in study.measures:
        said += _Reading(study, measure, groups, rows).figures()
    found = [*_arms(study, groups, rows), *_endpoints(study, rows)]
    return found + [_suggestion(one, judge(one, rows.figures)) for one in said]


def _suggestion(said: Said, judged: Judged) -> Suggestion:
    ours = judged.ours
    return Suggestion(
        path=said.path,
        kind=Kind.ARM if said.topic == "started" else Kind.RESULT,
        subject=said.subject,
        says=said.says,
        verdict=judged.verdict,
        keys=judged.keys,
        ours=ours.text if ours else "",
        result_id=ours.result if ours else None,
    )


def _arms(study: Study, groups: Mapping[str, int | None], rows: OurRows) -> Iterator[Suggestion]:
    for group in study.arms:
        arm = rows.arms.get(groups.get(group.title) or 0)
        kind = group.kind.replace("_", " ").lower()
        says = f"{group.title} ({kind})" if kind else group.title
        verdict = Verdict.MATCH if arm else Verdict.ONLY_IN_REGISTRY
        yield Suggestion(group.path, Kind.ARM, "Arm", says, verdict, ours=str(arm) if arm else "")


def _endpoints(study: Study, rows: OurRows) -> Iterator[Suggestion]:
    """A registry may have an endpoint twice, say by two assessors: one of them in our role is enough."""
    named = [(outcome, endpoint_of(outcome.title, rows.names)) for outcome in study.outcomes]
    for outcome, code in named:
        says = f"{outcome.title} ({outcome.role})"
        ours = rows.endpoints.get(code)
        if ours is None:
            yield Suggestion(outcome.path, Kind.ENDPOINT, "Endpoint", says, Verdict.ONLY_IN_REGISTRY)
            continue
        roles = {other.role for other, its_code in named if its_code == code}
        verdict, keys = _role_verdict(outcome, ours.role, roles)
        text = f"{ours.endpoint.abbreviation} ({ours.get_role_display().lower()})"
        yield Suggestion(outcome.path, Kind.ENDPOINT, "Endpoint", says, verdict, keys, text)


def _role_verdict(outcome: Outcome, ours: str, roles: set[str]) -> tuple[Verdict, tuple[Key, ...]]:
    if outcome.role == ours:
        return Verdict.MATCH, ()
    if ours in roles or outcome.role == "other":
        return Verdict.NOT_COMPARABLE, (Key.PARAMETER,)
    return Verdict.MISMATCH, ()


def _started(study: Study, groups: Mapping[str, int | None]) -> Iterator[Said]:
    is_single = len(study.arms) == 1
    for row in study.started:
        yield Said(
            path=row.path,
            subject=f"Participants who started, {row.title}",
            says=row.count.text,
            number=study.number,
            topic="started",
            form="value",
            arms=_keys((row.title,), groups),
            frame=None,
            population="itt",
            unit="participants",
            parameter="treated" if is_single else "randomised",
            content=row.count,
        )


def _keys(titles: tuple[str, ...], groups: Mapping[str, int | None]) -> frozenset[int]:
    """Our arms; none at all unless each of the groups is one."""
    keys = [groups.get(title) for title in titles]
    return frozenset(key for key in keys if key is not None) if None not in keys else frozenset()


class _Reading:
    """The figures of one outcome measure."""

    def __init__(
        self, study: Study, measure: Measure, groups: Mapping[str, int | None], rows: OurRows
    ) -> None:
        self.measure, self.groups = measure, groups
        self.unit = unit_of(measure.unit)
        self.parameter = parameter_of(measure.parameter, self.unit)
        texts = f"{measure.title}. {measure.time_frame}. {measure.description}. {measure.population}"
        self.dates, self.follow_ups = dates_in(texts), follow_ups_in(texts)
        if not self.dates and not self.follow_ups and measure.role == "primary" and study.completed_on:
            # by the registry's definition the day when data for the primary outcome were complete
            self.dates = frozenset({study.completed_on})
        self.shared: dict[str, Any] = {
            "number": study.number,
            "topic": endpoint_of(measure.title, rows.names),
            "population": population_of(f"{measure.population} {measure.title}"),
            "assessor": assessor_of(f"{measure.title}. {measure.description}"),
        }

    def figures(self) -> Iterator[Said]:
        for cell in self.measure.cells:
            yield from self._cell(cell)
        for analysis in self.measure.analyses:
            yield from self._analysis(analysis)

    def _said(self, titles: tuple[str, ...], labels: str = "", **fields: Any) -> Said:
        measure = self.measure
        arms = _keys(titles, self.groups)
        counted = {
            key: measure.counted[title]
            for title in titles
            if (key := self.groups.get(title)) is not None and title in measure.counted
        }
        landmark = landmark_of(labels, "") or landmark_of(measure.title, measure.time_frame)
        frame = Frame(landmark, self.dates, self.follow_ups)
        subject = ", ".join(filter(None, [measure.title, labels, " versus ".join(titles)]))
        shared = self.shared | {"arms": arms, "counted": counted, "frame": frame, "subject": subject}
        return Said(**shared | fields)

    def _cell(self, cell: Cell) -> Iterator[Said]:
        labels = ", ".join(cell.labels)
        is_part = any(landmark_of(label, "") is None for label in cell.labels)
        parameter = f"{self.parameter}: {labels}" if is_part else self.parameter
        common: dict[str, Any] = {"labels": labels, "unit": self.unit}
        comment = f" ({cell.comment})" if cell.comment else ""
        yield self._said(
            (cell.group,), **common, form="value", parameter=parameter, content=cell.value,
            path=f"{cell.path}.value", says=f"{cell.value.text} {self.measure.unit}".strip() + comment,
        )  # fmt: skip
        if cell.lower or cell.upper:
            kind = dispersion_of(self.measure.dispersion) or "interval"
            is_confidence = kind.endswith("confidence interval")
            yield self._said(
                (cell.group,), **common, form="value interval", level=level_of(kind),
                parameter=parameter if is_confidence else kind,
                **_bounds(cell.path, "lowerLimit", "upperLimit", cell.lower, cell.upper, None),
                says=f"{kind}: {_between(cell.lower, cell.upper)}",
            )  # fmt: skip

    def _analysis(self, analysis: Analysis) -> Iterator[Said]:
        parameter = effect_of(analysis.parameter)
        common: dict[str, Any] = {"unit": "", "parameter": parameter}
        if analysis.estimate:
            yield self._said(
                analysis.groups, **common, form="comparison", content=analysis.estimate,
                path=f"{analysis.path}.paramValue", says=f"{analysis.parameter} {analysis.estimate.text}".strip(),
            )  # fmt: skip
        if analysis.lower or analysis.upper:
            level = analysis.level
            sides = "one-sided " if analysis.sides == 1 else ""
            yield self._said(
                analysis.groups, **common, form="comparison interval", level=level.value if level else None,
                **_bounds(
                    analysis.path, "ciLowerLimit", "ciUpperLimit", analysis.lower, analysis.upper, analysis.sides
                ),
                says=f"{sides}{level.text if level else '?'}% CI {_between(analysis.lower, analysis.upper)}",
            )  # fmt: skip
        if analysis.p_value:
            yield self._said(
                analysis.groups, unit="", parameter="p", form="p", content=analysis.p_value,
                sides=sides_of(analysis.notes), path=f"{analysis.path}.pValue", says=f"p {analysis.p_value.text}",
            )  # fmt: skip


def _bounds(
    path: str, low: str, high: str, lower: Number | None, upper: Number | None, sides: int | None
) -> dict[str, Any]:
    return {
        "path": f"{path}.{low if lower else high}",
        "content": Bounds(lower, upper),
        "sides": sides or (2 if lower and upper else 1),
    }


def _between(lower: Number | None, upper: Number | None) -> str:
    return f"{lower.text if lower else 'open'} to {upper.text if upper else 'open'}"
