"""Numbers as they were printed, and what stands where a number could not be given."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q


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


class Interval(models.Model):
    """An estimate with its confidence interval, as published. A bound may be open."""

    status = models.CharField(max_length=13, choices=Given, default=Given.ESTIMATED)
    value = PrintedDecimal(null=True, blank=True)
    ci_level = PrintedDecimal(
        "CI level", null=True, blank=True, help_text="Percent, as published: 95, 99, 98.5 …"
    )
    ci_sides = models.PositiveSmallIntegerField(
        "CI sides", null=True, blank=True, choices=[(1, "one"), (2, "two")]
    )
    ci_lower = PrintedDecimal("lower bound", null=True, blank=True)
    ci_upper = PrintedDecimal("upper bound", null=True, blank=True)
    ci_lower_status = models.CharField(
        max_length=13, choices=Given, blank=True, help_text="Why the bound is open."
    )
    ci_upper_status = models.CharField(
        max_length=13, choices=Given, blank=True, help_text="Why the bound is open."
    )

    class Meta:
        abstract = True
        constraints = [  # PostgreSQL lets pass what is unknown: each comparison of a column names its null
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
                condition=Q(ci_lower__isnull=True, ci_upper__isnull=True)
                | Q(ci_level__isnull=False, ci_level__gt=50, ci_level__lt=100),
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
