"""What was observed beside the endpoints, and why something odd stands as published."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .numbers import PrintedDecimal, are_finite
from .results import Result
from .sources import Confirmed
from .trials import Arm, DataCut, Publication, Trial


class Observation(Confirmed):
    """A share, count or rate per arm beside the endpoints: baseline, exposure, safety."""

    class Kind(models.TextChoices):
        BASELINE = "baseline", "Baseline"
        EXPOSURE = "exposure", "Exposure"
        SAFETY = "safety", "Safety"

    class Unit(models.TextChoices):
        PERCENT = "percent", "percent of patients"
        WEEKS = "weeks", "weeks"
        MONTHS = "months", "months"
        PER_100_PATIENT_YEARS = "events_per_100_patient_years", "events per 100 patient-years"

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="observations")
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=160)
    grade = models.CharField(max_length=10, blank=True, help_text="any, >=3, 3-4, 5, serious …")
    unit = models.CharField(max_length=30, choices=Unit)
    data_cut = models.ForeignKey(
        DataCut, null=True, blank=True, on_delete=models.CASCADE, related_name="observations"
    )
    publication = models.ForeignKey(
        Publication, null=True, blank=True, on_delete=models.RESTRICT, related_name="observations"
    )
    note = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_percent = models.GeneratedField(
        expression=Q(unit="percent"),  # type: ignore[arg-type]  # Django takes conditions too
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="observation_kind_and_unit_are_known",
                condition=Q(
                    kind__in=["baseline", "exposure", "safety"],
                    unit__in=["percent", "weeks", "months", "events_per_100_patient_years"],
                ),
            ),
            models.CheckConstraint(
                name="safety_names_its_publication",
                condition=~Q(kind="safety") | Q(publication__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.grade})" if self.grade else self.name


class ObservationValue(models.Model):
    """What one arm had. `value` is in the unit of the observation; `n` counts patients, not events.

    Safety counts among the patients who were treated, of whom there may be fewer than in the arm.
    """

    observation = models.ForeignKey(Observation, on_delete=models.CASCADE, related_name="values")
    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, editable=False, related_name="+")
    arm = models.ForeignKey(Arm, on_delete=models.RESTRICT, related_name="observations")
    value = PrintedDecimal(null=True, blank=True)
    n = models.PositiveIntegerField("patients", null=True, blank=True)
    is_percent = models.BooleanField(editable=False, default=True, help_text="That of the observation.")

    class Meta:
        ordering = ["arm__position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["observation", "arm"], name="one_value_per_observation_and_arm"),
            models.CheckConstraint(
                name="observation_percent_within_0_and_100",
                condition=Q(value__isnull=True)
                | Q(value__gte=0, value__lte=100)
                | Q(is_percent=False, value__gte=0),
            ),
            models.CheckConstraint(name="observation_value_is_finite", condition=are_finite("value")),
            models.CheckConstraint(
                name="observation_value_says_something", condition=Q(value__isnull=False) | Q(n__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.arm}: {self.value}"


class WaiverQuerySet(models.QuerySet["Waiver"]):
    def standing(self) -> WaiverQuerySet:
        """Those that count: not superseded."""
        return self.filter(superseded_at=None)


class Waiver(models.Model):
    """An editor's reason why a statistical oddity of a result, or of an observation, stands as published.

    It was given for certain `numbers`, those of the finding: once they differ it excuses nothing. Then it is
    superseded, and kept.
    """

    result = models.ForeignKey(
        Result, null=True, blank=True, on_delete=models.CASCADE, related_name="waivers"
    )
    observation = models.ForeignKey(
        Observation, null=True, blank=True, on_delete=models.CASCADE, related_name="waivers"
    )
    check_code = models.SlugField(max_length=40)
    numbers = models.TextField(blank=True, editable=False, default="")
    reason = models.TextField()
    given_by = models.CharField(max_length=150, blank=True)
    given_at = models.DateTimeField(auto_now_add=True)
    superseded_at = models.DateTimeField(null=True, editable=False)

    objects = WaiverQuerySet.as_manager()

    class Meta:
        ordering = ["given_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="waiver_concerns_a_result_or_an_observation",
                condition=Q(result__isnull=False, observation__isnull=True)
                | Q(result__isnull=True, observation__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["result", "check_code", "numbers"],
                condition=Q(superseded_at=None),
                name="one_standing_waiver_per_result_and_finding",
            ),
            models.UniqueConstraint(
                fields=["observation", "check_code", "numbers"],
                condition=Q(superseded_at=None),
                name="one_standing_waiver_per_observation_and_finding",
            ),
            models.CheckConstraint(name="waiver_has_a_reason", condition=Q(reason__regex=r"\S")),
        ]

    def __str__(self) -> str:
        return f"{self.check_code}: {self.reason[:60]}"

    @property
    def row(self) -> Result | Observation:
        """What it concerns: exactly one of the two is there."""
        return self.result or self.observation  # type: ignore[return-value]  # see the constraint
