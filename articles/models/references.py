"""The sources that an article cites."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q


class Reference(models.Model):
    """One entry of an article's reference list. The text cites it as `[@key]`."""

    article = models.ForeignKey("articles.Article", on_delete=models.CASCADE, related_name="references")
    key = models.CharField(
        max_length=60,
        validators=[RegexValidator(r"^[A-Za-z0-9][\w:.-]*$", "Letters, digits, and : . _ - only.")],
        help_text="Cited in the text as [@key], for example [@beksac2023].",
    )
    authors = models.CharField(max_length=500)
    title = models.CharField(max_length=500)
    source = models.CharField("journal or congress", max_length=300)
    year = models.PositiveSmallIntegerField()
    detail = models.CharField(
        max_length=120, blank=True, help_text="Volume, issue, pages or abstract number."
    )
    doi = models.CharField(
        "DOI",
        max_length=200,
        blank=True,
        validators=[RegexValidator(r"^10\.\d{4,9}/\S+$", "Looks like 10.1000/xyz.")],
    )
    pmid = models.CharField(
        "PMID", max_length=10, blank=True, validators=[RegexValidator(r"^\d{1,9}$", "Digits only.")]
    )
    url = models.URLField("address", max_length=500, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    number = models.PositiveSmallIntegerField(
        null=True, editable=False, help_text="Place in the printed list: first use first. Derived on save."
    )
    times_cited = models.PositiveSmallIntegerField(default=0, editable=False, help_text="Derived on save.")

    class Meta:
        ordering = ["number", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["article", "key"], name="one_reference_per_article_and_key"),
            models.CheckConstraint(
                name="reference_year_is_plausible", condition=Q(year__gte=1800, year__lte=2200)
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def doi_url(self) -> str:
        return f"https://doi.org/{self.doi}" if self.doi else ""

    @property
    def pubmed_url(self) -> str:
        return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/" if self.pmid else ""

    @property
    def citation_anchors(self) -> list[str]:
        """Ids of the places in the text that cite this reference."""
        return [f"cite-{self.number}-{use}" for use in range(1, self.times_cited + 1)]
