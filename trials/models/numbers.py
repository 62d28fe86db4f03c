"""Numbers as they were printed, and what stands where a number could not be given."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q

from trials.checks.intervals import HIGHEST_LEVEL, LOWEST_LEVEL

BEYOND = Decimal(10**10)  # no printed number has more digits before its point
SIDES = [(1, "one"), (2, "two")]


def are_finite(*fields: str) -> Q:
    """Each of `fields` is a number or nothing. PostgreSQL holds NaN for the largest number, above infinity."""
    found = Q()
    for field in fields:
        found &= Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gt": -BEYOND, f"{field}__lt": BEYOND})
    return found


def are_within(low: int | None, high: int | None, *fields: str) -> Q:
    """Each of `fields` is nothing, or neither below `low` nor above `high`; None: no such limit."""
    limits = {name: limit for name, limit in (("gte", low), ("lte", high)) if limit is not None}
    found = Q()
    for field in fields:
        found &= Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__{name}": n for name, n in limits.items()})
    return found


class PrintedDecimal(models.DecimalField):
    """A decimal that keeps the digits of its source: 0.60 stays 0.60, 29 is not 29.0.

    PostgreSQL's `numeric` without precision stores the scale of each value; psycopg2 gives it back.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 20)  # for the form; the column has no limit
        kwargs.setdefault("decimal_places", 10)
        super().__init__(*args, **kwargs)

    def db_type(self, connection: Any) -> str:
        return "numeric"

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return self.to_python(value) if not hasattr(value, "as_sql") else value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return value

    def to_python(self, value: Any) -> Decimal | None:
        return value if isinstance(value, Decimal) else super().to_python(value)


class Given(models.TextChoices):
    """Three different things, and the number itself."""

    ESTIMATED = "estimated", "Estimated"
    NOT_REACHED = "not_reached", "Not reached"
    NOT_ESTIMABLE = "not_estimable", "Not estimable"
    NOT_REPORTED = "not_reported", "Not reported"


# Why a bound is open: it is not, because there is a number.
OPEN = [choice for choice in Given.choices if choice[0] != Given.ESTIMATED]


class Interval(models.Model):
    """An estimate with its confidence interval, as published. A bound may be open."""

    status = models.CharField(max_length=13, choices=Given, default=Given.ESTIMATED)
    value = PrintedDecimal(null=True, blank=True)
    ci_level = PrintedDecimal(
        "CI level", null=True, blank=True, help_text="Percent, as published: 95, 99, 98.5 …"
    )
    ci_sides = models.PositiveSmallIntegerField("CI sides", null=True, blank=True, choices=SIDES)
    ci_lower = PrintedDecimal("lower bound", null=True, blank=True)
    ci_upper = PrintedDecimal("upper bound", null=True, blank=True)
    ci_lower_status = models.CharField(
        max_length=13, choices=OPEN, blank=True, help_text="Why the bound is open."
    )
    ci_upper_status = models.CharField(
        max_length=13, choices=OPEN, blank=True, help_text="Why the bound is open."
    )

    class Meta:
        abstract = True
        constraints = [  # PostgreSQL lets pass what is unknown: each comparison of a column names its null
            models.CheckConstraint(name="%(class)s_status_is_known", condition=Q(status__in=Given.values)),
            models.CheckConstraint(
                name="%(class)s_numbers_are_finite", condition=are_finite("value", "ci_lower", "ci_upper")
            ),
            models.CheckConstraint(
                name="%(class)s_interval_has_one_side_or_two",
                condition=Q(ci_sides__isnull=True) | Q(ci_sides__in=[1, 2]),
            ),
            models.CheckConstraint(
                name="%(class)s_open_bound_says_why",
                condition=Q(ci_lower_status__in=["", *dict(OPEN)], ci_upper_status__in=["", *dict(OPEN)]),
            ),
            models.CheckConstraint(
                name="%(class)s_value_is_there_when_estimated",
                condition=Q(status="estimated", value__isnull=False)
                | (~Q(status="estimated") & Q(value__isnull=True)),
            ),
            models.CheckConstraint(
                name="%(class)s_interval_bounds_in_order",
                condition=Q(ci_lower__isnull=True)
                | Q(ci_upper__isnull=True)
                | Q(ci_lower__lte=F("ci_upper")),
            ),
            models.CheckConstraint(
                name="%(class)s_interval_names_its_level",
                condition=Q(ci_level__isnull=True, ci_lower__isnull=True, ci_upper__isnull=True)
                | Q(ci_level__isnull=False, ci_level__gte=LOWEST_LEVEL, ci_level__lte=HIGHEST_LEVEL),
            ),
            models.CheckConstraint(
                name="%(class)s_open_bound_has_no_number",
                condition=(Q(ci_lower_status="") | Q(ci_lower__isnull=True))
                & (Q(ci_upper_status="") | Q(ci_upper__isnull=True)),
            ),
        ]

    @property
    def has_interval(self) -> bool:
        return self.ci_level is not None
