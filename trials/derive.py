"""What follows from the rows of a trial and is kept ready for readers: its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from . import captions, figures, printing
from .figure_rows import forest_rows, groups, has_effect, has_number, is_known
from .figures import NARROW, Drawing, MedianRow, RateRow, Table, inline, standalone
from .models import ArmValue, Comparison, DataCut, Figure, Result, Trial

Kind, Effect, Measure = Figure.Kind, Comparison.Effect, Result.Measure
SUBJECTS = {Measure.MEDIAN: "median {}", Measure.LANDMARK: "{}", Measure.RESPONSE: "responses ({})"}


@dataclass(frozen=True)
class Plan:
    """One figure before it is drawn: of which results, under which words, in which layouts."""

    kind: Figure.Kind
    results: Sequence[Result]
    subject: str
    wide: Drawing
    narrow: Drawing
    table: Table


@transaction.atomic
def redraw(trial: Trial) -> int:
    """Draw the figures of `trial` from its rows as they are now; remove those that no longer apply.

    A trial whose figures changed has changed: articles that show it are rendered again.

    returns  how many figures were added, changed or removed; 0 when they were as they should be
    """
    Trial.objects.select_for_update().get(pk=trial.pk)  # one redrawing of a trial after the other
    drawn = Figure.objects.filter(trial=trial).defer("png")
    kept = {(figure.data_cut_id, figure.kind): figure for figure in drawn}
    changed = 0
    for cut in cuts(trial):
        for plan in plans(cut):
            figure = kept.pop((cut.pk, plan.kind), None) or Figure(trial=trial, data_cut=cut, kind=plan.kind)
            changed += write(figure, trial, cut, plan)
    for stale in kept.values():
        stale.delete()
    changed += len(kept)
    if changed:
        trial.save(update_fields=["modified_at"])
    return changed


def undrawn() -> QuerySet[Trial]:
    """Trials with something to draw that have no figure yet, or one that another version of the code drew."""
    own = {"trial": OuterRef("pk")}
    numbers = Q(value__isnull=False) | Q(ci_lower__isnull=False) | Q(ci_upper__isnull=False)
    drawable = Exists(ArmValue.objects.filter(numbers, **own)) | Exists(
        Comparison.objects.filter(**own).exclude(effect="")
    )
    drawn = Figure.objects.filter(**own)
    return Trial.objects.filter(
        (~Exists(drawn) & drawable) | Exists(drawn.exclude(version=figures.DRAWING_VERSION))
    )


def cuts(trial: Trial) -> QuerySet[DataCut]:
    return trial.data_cuts.prefetch_related(
        "arm_follow_ups__arm",
        "results__endpoint",
        "results__publication",
        "results__values__arm",
        "results__comparison__arm",
        "results__comparison__versus",
    )


def plans(cut: DataCut) -> Iterator[Plan]:
    """The figures that the results of `cut` allow."""
    results = list(cut.results.all())
    yield from ratios(Kind.HAZARD_RATIOS, Effect.HAZARD_RATIO, results)
    yield from ratios(Kind.ODDS_RATIOS, Effect.ODDS_RATIO, results)
    yield from per_arm(Kind.MEDIANS, Measure.MEDIAN, results)
    yield from per_arm(Kind.LANDMARKS, Measure.LANDMARK, results)
    yield from per_arm(Kind.RESPONSES, Measure.RESPONSE, results)


def ratios(kind: Figure.Kind, effect: Comparison.Effect, results: Sequence[Result]) -> Iterator[Plan]:
    drawn = [result for result in results if has_effect(result, effect)]
    if not drawn:
        return
    rows = forest_rows(drawn)
    left, right = directions(drawn)
    draw = partial(figures.forest, rows, effect=effect.label, favours_left=left, favours_right=right)
    name = effect.label.lower() + ("s" if len(rows) > 1 else "")
    versus = printing.listed(row.comparison for row in rows)
    subject = f"{name} for {captions.endpoints(drawn)}, {versus}"
    yield Plan(kind, drawn, subject, draw(), draw(layout=NARROW), figures.forest_table(rows, effect.label))


def directions(results: Sequence[Result]) -> tuple[str, str]:
    """What values below 1 and above 1 speak for.

    Odds of a response, and hazards of an event that is desired, are better above 1; other hazards below. Where both
    kinds stand in one figure no side is the better one: then it says in which arm the event comes later.
    """
    comparisons = [result.comparison for result in results]
    arm, versus = names(comparisons)
    above_is_better = {
        result.endpoint.event_is_desired or result.comparison.effect == Effect.ODDS_RATIO
        for result in results
    }
    if len(above_is_better) > 1:
        return f"Event later with {arm}", f"Event later with {versus}"
    left, right = (versus, arm) if above_is_better.pop() else (arm, versus)
    return f"Favours {left}", f"Favours {right}"


def names(comparisons: Sequence[Comparison]) -> tuple[str, str]:
    """The arm and the other, by name if all rows compare the same two."""
    if len({(comparison.arm_id, comparison.versus_id) for comparison in comparisons}) == 1:
        return str(comparisons[0].arm), str(comparisons[0].versus)
    return "the first-named arm", "the other arm"


def per_arm(kind: Figure.Kind, measure: Result.Measure, results: Sequence[Result]) -> Iterator[Plan]:
    drawn = [result for result in results if result.measure == measure and is_known(result)]
    if not any(map(has_number, drawn)):
        return
    found = groups(drawn, MedianRow if measure == Measure.MEDIAN else RateRow)
    if measure == Measure.MEDIAN:
        draw, table = partial(figures.medians, found, "Months"), figures.medians_table(found, "months")
    else:
        draw, table = partial(figures.rates, found), figures.rates_table(found)
    arms = printing.listed(row.arm for group in found for row in group.rows)
    subject = f"{SUBJECTS[measure].format(captions.endpoints(drawn, with_time=True))}, {arms}"
    yield Plan(kind, drawn, subject, draw(), draw(layout=NARROW), table)


def write(figure: Figure, trial: Trial, cut: DataCut, plan: Plan) -> bool:
    """Draw `plan` into `figure` and save it; False if it was there already."""
    name = f"{cut.code}-{plan.kind}"
    title, source = (
        f"{trial}, {captions.in_sentence(cut.label)}: {plan.subject}",
        captions.source(plan.results),
    )
    caption, position = captions.caption(cut, plan.results), list(Kind).index(plan.kind)
    mark = Figure(data_cut=cut, position=position).mark
    values: dict[str, Any] = {
        "name": name,
        "position": position,
        "title": title,
        "caption": caption,
        "source": source,
        "svg": inline(plan.wide, id=mark),
        "svg_narrow": inline(plan.narrow, id=mark, has_words=False),
        "file": standalone(plan.wide, title=title, notes=[caption, source, captions.LICENCE]),
        "table": plan.table.data,
        "version": figures.DRAWING_VERSION,
    }
    if figure.pk and all(getattr(figure, field) == value for field, value in values.items()):
        return False
    for field, value in values.items():
        setattr(figure, field, value)
    figure.png = figures.png(figure.file)
    figure.save()
    return True
