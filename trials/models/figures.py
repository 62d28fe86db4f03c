"""Figures as they were last drawn from the results."""

from __future__ import annotations

import hashlib

from django.db import models
from django.urls import reverse

from .trials import DataCut, Trial


class Figure(models.Model):
    """One kind of result at one data cut. Everything is derived: `trials.derive.redraw` writes it."""

    class Kind(models.TextChoices):
        HAZARD_RATIOS = "hazard-ratios", "Hazard ratios"
        ODDS_RATIOS = "odds-ratios", "Odds ratios"
        MEDIANS = "medians", "Medians"
        LANDMARKS = "landmarks", "Event-free rates"
        RESPONSES = "responses", "Response rates"

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="figures")
    data_cut = models.ForeignKey(DataCut, on_delete=models.CASCADE, related_name="figures")
    kind = models.CharField(max_length=13, choices=Kind)
    name = models.SlugField(max_length=80, help_text="In its address: code of the data cut and kind.")
    position = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=800)
    caption = models.TextField()
    source = models.TextField()
    svg = models.TextField(help_text="For wide places in a page.")
    svg_narrow = models.TextField(help_text="For narrow places in a page.")
    file = models.TextField(help_text="The drawing as an SVG file of its own.")
    png = models.BinaryField(default=b"", help_text="The drawing as pixels; empty if drawn by older code.")
    table = models.JSONField(help_text="The drawn numbers: headings, rows, row_headers.")
    version = models.PositiveSmallIntegerField(help_text="Of the drawing code.")

    class Meta:
        ordering = ["-data_cut__position", "-data_cut", "position"]
        constraints = [
            models.UniqueConstraint(fields=["data_cut", "kind"], name="one_figure_per_data_cut_and_kind"),
            models.UniqueConstraint(fields=["trial", "name"], name="one_figure_per_trial_and_name"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The address of the drawing itself."""
        return self.address("svg")

    def address(self, ending: str) -> str:
        return reverse("trials:figure", args=[self.trial.slug, self.name, ending])

    @property
    def svg_address(self) -> str:
        return self.address("svg")

    @property
    def png_address(self) -> str:
        return self.address("png")

    @property
    def csv_address(self) -> str:
        return self.address("csv")

    @property
    def fingerprint(self) -> str:
        """Differs when any of the files would."""
        parts = (str(self.version), self.file, str(self.table), self.source)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    @property
    def mark(self) -> str:
        """Short, and unique in any page: what the figure's title and description are called by."""
        return f"f{self.data_cut_id}-{self.position}"

    @property
    def columns(self) -> list[tuple[int, str]]:
        """Number and heading of the columns that hold anything: a page leaves the empty ones out."""
        rows = self.table["rows"]
        return [
            (number, heading)
            for number, heading in enumerate(self.table["headings"])
            if any(row[number] for row in rows)
        ]

    @property
    def lines(self) -> list[list[tuple[bool, str]]]:
        """The cells of `columns`, each with whether it names its row: an empty one does not."""
        named = self.table["row_headers"]
        return [
            [(number < named and row[number] != "", row[number]) for number, _ in self.columns]
            for row in self.table["rows"]
        ]
