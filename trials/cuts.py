"""The order of the data cuts of a trial, and which of them is the newest: decided here and nowhere else.

`DataCut.position` orders them, because some have no date. Where dates are known it follows them: a new or changed cut
is put into its place (`settle`), and the checks refuse a trial whose positions contradict its dates. So the default
order of `DataCut`, by descending position, is from the newest to the oldest.
"""

from __future__ import annotations

from django.db.models import F, Max, OuterRef, QuerySet, Subquery

from .models import DataCut, Result


def settle(cut: DataCut) -> None:
    """Move `cut` before the first of its trial that has a later date, or behind the last that has an earlier one.

    Among cuts whose dates say nothing against it, it stays where its position puts it.
    """
    others = list(DataCut.objects.filter(trial=cut.trial_id).exclude(pk=cut.pk).order_by("position", "pk"))
    at = sum((other.position, other.pk) < (cut.position, cut.pk) for other in others)
    if cut.cutoff:
        later = [n for n, other in enumerate(others) if other.cutoff and other.cutoff > cut.cutoff]
        earlier = [n for n, other in enumerate(others) if other.cutoff and other.cutoff < cut.cutoff]
        at = min([at, *later])
        at = max([at, *(n + 1 for n in earlier)])
    others.insert(at, cut)
    for position, one in enumerate(others):
        if one.position != position:
            one.position = position
            one.save(update_fields=["position"])


def newer_than(shown: QuerySet[Result]) -> list[DataCut]:
    """The newest cut with results of each trial of which only older ones are among the results `shown`."""
    of_trial = shown.filter(trial=OuterRef("trial")).order_by()
    last = of_trial.values("trial").annotate(last=Max("data_cut__position")).values("last")
    newest = DataCut.objects.filter(trial=OuterRef("trial"), results__isnull=False).values("pk")[:1]
    return list(
        DataCut.objects.annotate(last=Subquery(last), newest=Subquery(newest))
        .filter(pk=F("newest"), position__gt=F("last"))
        .select_related("trial")
    )
