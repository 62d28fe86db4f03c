"""What was found: results by endpoint with arms as columns, and counts and shares of patients.

What figures hang on beside their trial and data cut (publications, arms) is restricted: it goes only together with
the figures, when the trial or the data cut that holds them goes.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from .endpoints import Endpoint, TrialEndpoint
from .numbers import SIDES, Given, Interval, PrintedDecimal, are_finite, are_within
from .sources import Confirmed
from .trials import Arm, DataCut, Publication, Trial


class Result(Confirmed):
    """One endpoint at one data cut, as one publication reports it. `role` is that of the endpoint in its trial."""

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
    is_percent = models.GeneratedField(
        expression=~Q(measure="median_time"),  # type: ignore[arg-type]  # Django takes conditions too
        output_field=models.BooleanField(),
        db_persist=True,
    )
    role = models.CharField(
        max_length=9, choices=TrialEndpoint.Role, default=TrialEndpoint.Role.SECONDARY, editable=False
    )
    population = models.CharField(max_length=10, choices=Population, blank=True)
    assessor = models.CharField(max_length=12, choices=Assessor, blank=True)
    detail = models.CharField(max_length=300, blank=True, help_text="How it was measured, where known.")
    publication = models.ForeignKey(Publication, on_delete=models.RESTRICT, related_name="results")
    note = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["endpoint", "trial"], name="result_trials_of_endpoint")]
        constraints = [
            models.CheckConstraint(
                name="result_landmark_has_its_time",
                condition=Q(measure="event_free_rate", timepoint__isnull=False, timepoint__gt=0)
                | (~Q(measure="event_free_rate") & Q(timepoint__isnull=True)),
            ),
            models.CheckConstraint(name="result_time_is_finite", condition=are_finite("timepoint")),
            models.CheckConstraint(
                name="result_measure_is_known",
                condition=Q(measure__in=["median_time", "event_free_rate", "response_rate"]),
            ),
            models.CheckConstraint(
                name="result_role_is_known", condition=Q(role__in=TrialEndpoint.Role.values)
            ),
            models.UniqueConstraint(  # the columns by which `trials.exchange.sync` knows a result again
                "data_cut",
                "endpoint",
                "measure",
                Coalesce("timepoint", Value(Decimal(0))),  # 0 is no time point
                "population",
                "assessor",
                "detail",
                "publication",
                name="result_is_entered_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.data_cut}, {self.endpoint.abbreviation}"

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
    is_percent = models.BooleanField(editable=False, default=False, help_text="That of the result.")

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
            models.CheckConstraint(
                name="arm_value_bounds_are_not_negative",
                condition=are_within(0, None, "ci_lower", "ci_upper"),
            ),
            models.CheckConstraint(
                name="arm_value_percent_bounds_are_at_most_100",
                condition=Q(is_percent=False) | are_within(None, 100, "ci_lower", "ci_upper"),
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
    p_sides = models.PositiveSmallIntegerField(null=True, blank=True, choices=SIDES)
    is_p_nominal = models.BooleanField("nominal p", default=False)

    class Meta:
        constraints = [
            *Interval.Meta.constraints,
            models.CheckConstraint(name="comparison_is_between_two_arms", condition=~Q(arm=F("versus"))),
            models.CheckConstraint(
                name="comparison_effect_is_positive", condition=Q(value__isnull=True) | Q(value__gt=0)
            ),
            models.CheckConstraint(  # a lower bound may have been rounded to 0
                name="comparison_bounds_are_positive",
                condition=are_within(0, None, "ci_lower") & (Q(ci_upper__isnull=True) | Q(ci_upper__gt=0)),
            ),
            models.CheckConstraint(
                name="comparison_effect_is_known",
                condition=Q(effect__in=["hazard_ratio", "odds_ratio", ""]),
            ),
            models.CheckConstraint(
                name="comparison_says_something", condition=~Q(effect="") | Q(p_value__isnull=False)
            ),
            models.CheckConstraint(
                name="comparison_p_has_a_known_sign", condition=Q(p_relation__in=["", "=", "<", ">"])
            ),
            models.CheckConstraint(
                name="comparison_p_has_one_side_or_two",
                condition=Q(p_sides__isnull=True) | Q(p_sides__in=[1, 2]),
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
