"""What is given: drugs, their classes, and the regimens made of them."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class DrugClass(models.Model):
    name = models.CharField(max_length=120, unique=True)
    code = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name_plural = "drug classes"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class DrugQuerySet(models.QuerySet["Drug"]):
    def named(self, name: str) -> Drug | None:
        """The drug of that name, in capitals or not; otherwise the first with that other name."""
        other = self.filter(names__name__iexact=name).order_by("pk")
        return self.filter(name__iexact=name).first() or other.first()

    def taken(self, names: Iterable[str], of: Drug | None) -> list[str]:
        """Those of `names`, in small letters, that name another drug than `of`, as its own or its other name."""
        small = {name.lower() for name in names}
        others = self.exclude(pk=of.pk) if of else self
        own = others.annotate(small=Lower("name")).filter(small__in=small)
        other = others.annotate(small=Lower("names__name")).filter(small__in=small)
        return sorted({*own.values_list("small", flat=True), *other.values_list("small", flat=True)})


class Drug(models.Model):
    """A substance that is given, whatever its brand, dose or route.

    It has a page at /treatments/<slug>/ with the articles and trials about it.
    """

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(
        max_length=100, unique=True, help_text="Part of the address of its page; keep it once published."
    )
    description = models.CharField(max_length=300, blank=True, help_text="One sentence under the heading.")
    drug_class = models.ForeignKey(
        DrugClass, null=True, blank=True, on_delete=models.PROTECT, related_name="drugs"
    )
    target = models.CharField(max_length=200, blank=True)
    routes = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    letters = ArrayField(
        models.CharField(max_length=20),
        default=list,
        blank=True,
        help_text="Used for it in names of regimens.",
    )
    note = models.TextField(blank=True)

    objects = DrugQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="one_drug_per_name")]

    def __str__(self) -> str:
        return self.name


class DrugName(models.Model):
    """Another name of a drug, by which readers search. Capitals make no other name, and no name is of two drugs."""

    class Kind(models.TextChoices):
        BRAND = "brand", "Brand name"
        SYNONYM = "synonym", "Synonym or development code"

    drug = models.ForeignKey(Drug, on_delete=models.CASCADE, related_name="names")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=7, choices=Kind)
    region = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["kind", "name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="one_drug_per_other_name")]

    def __str__(self) -> str:
        return self.name


class Regimen(models.Model):
    """Drugs given together, under the abbreviation by which papers name them: PVd. Doses and cycles are not told."""

    class Kind(models.TextChoices):
        COMBINATION = "combination", "Combination"
        SINGLE_AGENT = "single_agent", "Single agent"
        CELL_THERAPY = "cell_therapy", "Cell therapy"

    abbreviation = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind)
    drugs = models.ManyToManyField(Drug, related_name="regimens")
    synonyms = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["abbreviation"]
        constraints = [models.CheckConstraint(name="regimen_has_a_name", condition=~Q(name=""))]

    def __str__(self) -> str:
        return self.abbreviation
