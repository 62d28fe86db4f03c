"""What articles show of trials."""

from django.db import models

from trials.models import Result


class CitedResult(models.Model):
    """A result that an article shows: it can be corrected, but not deleted. Derived when the article is saved."""

    article = models.ForeignKey("articles.Article", on_delete=models.CASCADE, related_name="cited_results")
    result = models.ForeignKey(Result, on_delete=models.PROTECT, related_name="cited_in")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "result"], name="one_citation_per_article_and_result")
        ]

    def __str__(self) -> str:
        return f"{self.article}: {self.result}"
