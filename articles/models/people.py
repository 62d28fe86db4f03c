"""Authors, reviewers, committee members, and what they disclose."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils import timezone

from .pictures import Picture

if TYPE_CHECKING:
    from .articles import Article


class Person(models.Model):
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=120, unique=True)
    credentials = models.CharField(max_length=120, blank=True, help_text="For example: MD, PhD")
    affiliation = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=80, blank=True)
    biography = models.TextField(blank=True, max_length=2000)
    photo = models.ForeignKey(
        Picture,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="people",
        limit_choices_to={"kind": Picture.Kind.PERSON},
    )

    class Meta:
        verbose_name_plural = "people"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Disclosure(models.Model):
    """What a person declared about relationships with companies, and when."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="disclosures")
    declared_on = models.DateField(default=timezone.localdate)
    statement = models.TextField(max_length=2000, help_text="Companies by name, or: Nothing to disclose.")

    class Meta:
        ordering = ["-declared_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "declared_on"], name="one_disclosure_per_person_and_day"
            ),
            models.CheckConstraint(name="disclosure_has_statement", condition=~Q(statement="")),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.declared_on}"


class Contribution(models.Model):
    """What a person did for an article."""

    class Role(models.TextChoices):
        AUTHOR = "author", "Author"
        REVIEWER = "reviewer", "Medical reviewer"

    article = models.ForeignKey("articles.Article", on_delete=models.CASCADE, related_name="contributions")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="contributions")
    role = models.CharField(max_length=10, choices=Role, default=Role.AUTHOR)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            # An author does not review the own article, and nobody is named twice.
            models.UniqueConstraint(
                fields=["article", "person"], name="one_contribution_per_article_and_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.get_role_display()})"


def disclosures_of(article: Article, today: date) -> list[Disclosure]:
    """The newest disclosure of each contributor, in their order; people without one are missing.

    Reads what `contributions__person__disclosures` prefetched.
    """
    newest = []
    for contribution in article.contributions.all():
        declared = [d for d in contribution.person.disclosures.all() if d.declared_on <= today]
        if declared:
            newest.append(max(declared, key=lambda d: d.declared_on))
    return newest
