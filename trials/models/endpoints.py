"""What is measured: the list of endpoints, and the part that each plays in a trial."""

from __future__ import annotations

from django.db import models

from .trials import Trial


class Endpoint(models.Model):
    """A controlled list: two results are comparable only if their endpoint is the same row."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=160, unique=True)
    abbreviation = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(default=0)
    event_is_desired = models.BooleanField(
        "the event is desired",
        default=False,
        help_text="Such as a response: the sooner the better, so that a hazard ratio above 1 is in favour.",
    )

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        """With its name: two endpoints may be abbreviated alike."""
        return f"{self.abbreviation} ({self.name})" if self.abbreviation else self.name


class TrialEndpoint(models.Model):
    """The part that an endpoint plays in a trial, and how that trial defined it."""

    class Role(models.TextChoices):
        PRIMARY = "primary", "Primary"
        SECONDARY = "secondary", "Secondary"

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="endpoints")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="in_trials")
    role = models.CharField(max_length=9, choices=Role)
    definition = models.TextField(blank=True)

    class Meta:
        ordering = ["role", "endpoint__position"]
        constraints = [
            models.UniqueConstraint(fields=["trial", "endpoint"], name="one_role_per_trial_and_endpoint")
        ]

    def __str__(self) -> str:
        return f"{self.trial}: {self.endpoint.abbreviation}"
