"""What was found: results by endpoint with arms as columns, and counts and shares of patients.

What figures hang on beside their trial and data cut (publications, arms) is restricted: it goes only together with
the figures, when the trial or the data cut that holds them goes.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from .numbers import Given, Interval, PrintedDecimal
from .sources import Confirmed
from .trials import Arm, DataCut, Publication, Trial


class Endpoint(models.Model):
    """A controlled list: two results are comparable only if their endpoint is the same row."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=160, unique=True)
    abbreviation = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.abbreviation or self.name


class TrialEndpoint(models.Model):
    """The part that an endpoint plays in a trial, and how that trial defined it."""

    class Role(models.TextChoices):
        PRIMARY = "primary", "Primary"
        SECONDARY = "secondary", "Secondary"

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="endpoints")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="in_trials")
    role = models.CharField(max_length=9, choices=Role)
    definition = models.TextField(blank=True)

    class Meta:
        ordering = ["role", "endpoint__position"]
        constraints = [
            models.UniqueConstraint(fields=["trial", "endpoint"], name="one_role_per_trial_and_endpoint")
        ]

    def __str__(self) -> str:
        return f"{self.trial}: {self.endpoint}"


class Result(Confirmed):
    """One endpoint at one data cut, as one publication reports it."""

    class Measure(models.TextChoices):
        MEDIAN = "median_time", "Median"
        LANDMARK = "event_free_rate", "Event-free rate"
        RESPONSE = "response_rate", "Response rate"

    class Population(models.TextChoices):
        UNSTATED = "", "Not stated"
        ITT = "itt", "Intention to treat"
        EVALUABLE = "evaluable", "Evaluable for response"
        SAFETY = "safety", "Safety population"

    class Assessor(models.TextChoices):
        UNSTATED = "", "Not stated"
        IRC = "irc", "Independent review"
        INVESTIGATOR = "investigator", "Investigator"

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="results", editable=False)
    data_cut = models.ForeignKey(DataCut, on_delete=models.CASCADE, related_name="results")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="results")
    measure = models.CharField(max_length=16, choices=Measure)
    timepoint = PrintedDecimal("time point, months", null=True, blank=True)
    role = models.CharField(max_length=9, choices=TrialEndpoint.Role, default=TrialEndpoint.Role.SECONDARY)
    population = models.CharField(max_length=10, choices=Population, blank=True)
    assessor = models.CharField(max_length=12, choices=Assessor, blank=True)
    detail = models.CharField(max_length=300, blank=True, help_text="How it was measured, where known.")
    publication = models.ForeignKey(Publication, on_delete=models.RESTRICT, related_name="results")
    note = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="result_landmark_has_its_time",
                condition=Q(measure="event_free_rate", timepoint__isnull=False, timepoint__gt=0)
                | (~Q(measure="event_free_rate") & Q(timepoint__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.data_cut}, {self.endpoint}"

    @property
    def unit(self) -> str:
        return "months" if self.measure == self.Measure.MEDIAN else "percent"


class ArmValue(Interval):
    """The value of one arm."""

    result = models.ForeignKey(Result, on_delete=models.CASCADE, related_name="values")
    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, editable=False, related_name="+")
    arm = models.ForeignKey(Arm, on_delete=models.RESTRICT, related_name="values")
    n = models.PositiveIntegerField("patients with the event or response", null=True, blank=True)
    n_analysed = models.PositiveIntegerField("patients analysed (N)", null=True, blank=True)
    is_percent = models.BooleanField(editable=False, default=False, help_text="Derived from the measure.")

    class Meta:
        ordering = ["arm__position", "pk"]
        constraints = [
            *Interval.Meta.constraints,
            models.UniqueConstraint(fields=["result", "arm"], name="one_value_per_result_and_arm"),
            models.CheckConstraint(
                name="arm_value_count_is_part_of_analysed",
                condition=Q(n__isnull=True) | Q(n_analysed__isnull=True) | Q(n__lte=F("n_analysed")),
            ),
            models.CheckConstraint(
                name="arm_value_is_not_negative", condition=Q(value__isnull=True) | Q(value__gte=0)
            ),
            models.CheckConstraint(
                name="arm_value_percent_is_at_most_100",
                condition=Q(is_percent=False) | Q(value__isnull=True) | Q(value__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.arm}: {self.value if self.status == Given.ESTIMATED else self.get_status_display()}"


class Comparison(Interval):
    """One arm against another: a ratio with its interval and p value. Below 1, a hazard ratio favours `arm`."""

    class Effect(models.TextChoices):
        HAZARD_RATIO = "hazard_ratio", "Hazard ratio"
        ODDS_RATIO = "odds_ratio", "Odds ratio"
        NONE = "", "p value only"

    class Relation(models.TextChoices):
        EQUAL = "=", "="
        BELOW = "<", "<"
        ABOVE = ">", ">"

    result = models.OneToOneField(Result, on_delete=models.CASCADE, related_name="comparison")
    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, editable=False, related_name="+")
    arm = models.ForeignKey(Arm, on_delete=models.RESTRICT, related_name="+")
    versus = models.ForeignKey(Arm, on_delete=models.RESTRICT, related_name="+")
    effect = models.CharField(max_length=12, choices=Effect, blank=True)
    p_relation = models.CharField(max_length=1, choices=Relation, blank=True)
    p_value = PrintedDecimal("p", null=True, blank=True)
    p_sides = models.PositiveSmallIntegerField(null=True, blank=True, choices=[(1, "one"), (2, "two")])
    is_p_nominal = models.BooleanField("nominal p", default=False)

    class Meta:
        constraints = [
            *Interval.Meta.constraints,
            models.CheckConstraint(name="comparison_is_between_two_arms", condition=~Q(arm=F("versus"))),
            models.CheckConstraint(
                name="comparison_effect_is_positive", condition=Q(value__isnull=True) | Q(value__gt=0)
            ),
            models.CheckConstraint(
                name="comparison_estimate_says_of_what",
                condition=Q(value__isnull=True) | ~Q(effect=""),
            ),
            models.CheckConstraint(
                name="comparison_p_is_a_probability",
                condition=Q(p_value__isnull=True, p_relation="")
                | (Q(p_value__isnull=False, p_value__gt=0, p_value__lte=1) & ~Q(p_relation="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.arm} versus {self.versus}"


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

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="safety_names_its_publication",
                condition=~Q(kind="safety") | Q(publication__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.grade})" if self.grade else self.name


class ObservationValue(models.Model):
    observation = models.ForeignKey(Observation, on_delete=models.CASCADE, related_name="values")
    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, editable=False, related_name="+")
    arm = models.ForeignKey(Arm, on_delete=models.RESTRICT, related_name="observations")
    value = PrintedDecimal(null=True, blank=True)
    n = models.PositiveIntegerField("patients", null=True, blank=True)
    is_percent = models.BooleanField(editable=False, default=True)

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
            models.CheckConstraint(
                name="observation_value_says_something", condition=Q(value__isnull=False) | Q(n__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.arm}: {self.value}"


class Waiver(models.Model):
    """An editor's reason why a statistical oddity of a result, or of an observation, stands as published."""

    result = models.ForeignKey(
        Result, null=True, blank=True, on_delete=models.CASCADE, related_name="waivers"
    )
    observation = models.ForeignKey(
        Observation, null=True, blank=True, on_delete=models.CASCADE, related_name="waivers"
    )
    check_code = models.SlugField(max_length=40)
    reason = models.TextField()
    given_by = models.CharField(max_length=150, blank=True)
    given_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="waiver_concerns_a_result_or_an_observation",
                condition=Q(result__isnull=False, observation__isnull=True)
                | Q(result__isnull=True, observation__isnull=False),
            ),
            models.UniqueConstraint(fields=["result", "check_code"], name="one_waiver_per_result_and_check"),
            models.UniqueConstraint(
                fields=["observation", "check_code"], name="one_waiver_per_observation_and_check"
            ),
            models.CheckConstraint(name="waiver_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.check_code}: {self.reason[:60]}"

    @property
    def row(self) -> Result | Observation:
        """What it concerns: exactly one of the two is there."""
        return self.result or self.observation  # type: ignore[return-value]  # see the constraint
