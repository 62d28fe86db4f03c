"""What search looks in."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class SearchEntry(models.Model):
    """The words of an article. Derived when it is saved: see `articles.indexing`.

    A table of its own, because a common word is found in nearly all rows: those of this one are short, since its two
    vectors are stored beside them (migration 0006), so that reading all of them takes a few milliseconds.
    """

    article = models.OneToOneField(
        "articles.Article", on_delete=models.CASCADE, primary_key=True, related_name="search_entry"
    )
    published_at = models.DateTimeField(null=True, help_text="Empty: search does not show it.")
    head = SearchVectorField(help_text="Title and trial numbers (A), objectives and summary (B).")
    vector = SearchVectorField(help_text="The head, and the text (D).")

    class Meta:
        verbose_name_plural = "search entries"
        indexes = [
            # Without fastupdate: no search reads a list of what was not sorted in yet.
            GinIndex(fields=["head"], name="search_entry_head", fastupdate=False),
            GinIndex(fields=["vector"], name="search_entry_vector", fastupdate=False),
        ]

    def __str__(self) -> str:
        return str(self.article)
