"""Where a figure was checked, beside the publication that it belongs to."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q


class Source(models.Model):
    """A page or document in which figures were read. It documents the check; it is no reading link."""

    code = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    url = models.CharField(
        "address", max_length=500, blank=True, validators=[URLValidator(["http", "https"])]
    )
    seen_as = models.CharField(max_length=200, blank=True, help_text="In which form it was read.")

    class Meta:
        ordering = ["code"]
        constraints = [models.CheckConstraint(name="source_has_a_title", condition=~Q(title=""))]

    def __str__(self) -> str:
        return self.title


class Sourced(models.Model):
    """Something that was checked against sources, named by their codes in the order of the record."""

    source_codes = ArrayField(models.SlugField(max_length=60), default=list, blank=True)

    class Meta:
        abstract = True


class Confirmed(Sourced):
    """A figure, and whether it was seen in one of its sources. Somebody must have looked: it is not assumed."""

    is_confirmed = models.BooleanField("seen in a source", default=False)

    class Meta:
        abstract = True

    @property
    def is_unseen(self) -> bool:
        """Were sources consulted, and none of them has the figure? Readers are told."""
        return bool(self.source_codes) and not self.is_confirmed
