"""The part that an endpoint plays is said once, in its trial; results carry it with them."""

from __future__ import annotations

from django.db.models import F, OuterRef, Subquery

from .models import Result, Trial, TrialEndpoint


def role_of(result: Result) -> str:
    """The part of the endpoint of `result` in its trial; what the trial does not list is secondary."""
    listed = TrialEndpoint.objects.filter(trial=result.trial_id, endpoint=result.endpoint_id)
    return listed.values_list("role", flat=True).first() or TrialEndpoint.Role.SECONDARY.value


def align_roles(trial: Trial) -> None:
    """Give the results of `trial` the parts that its list of endpoints has now."""
    listed = TrialEndpoint.objects.filter(trial=OuterRef("trial"), endpoint=OuterRef("endpoint"))
    results = Result.objects.filter(trial=trial).annotate(listed=Subquery(listed.values("role")[:1]))
    results.exclude(listed=None).exclude(listed=F("role")).update(role=Subquery(listed.values("role")[:1]))
