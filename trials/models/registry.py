"""What a registry says about a trial: kept as it was retrieved, beside our rows and never in their place."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from .results import Result
from .trials import FORMATS, Arm, Registry, Trial


class RegistrySnapshot(models.Model):
    """A record of ClinicalTrials.gov on the day it was retrieved. Only the import writes it."""

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="snapshots")
    number = models.CharField("registry number", max_length=24)
    source = models.CharField(max_length=300, help_text="The address, or the name of the file.")
    retrieved_at = models.DateTimeField()
    updated_on = models.DateField("last update according to the registry", null=True, blank=True)
    sha256 = models.CharField(max_length=64, help_text="Of its content, whatever its layout.")
    raw = models.TextField(help_text="The JSON as it was retrieved.")

    class Meta:
        ordering = ["-retrieved_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["trial", "sha256"], name="one_snapshot_per_trial_and_content"),
            models.CheckConstraint(
                name="snapshot_number_has_its_format", condition=Q(number__regex=FORMATS[Registry.NCT])
            ),
            models.CheckConstraint(
                name="snapshot_fingerprint_is_a_sha256", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(name="snapshot_has_content", condition=~Q(raw="")),
        ]

    def __str__(self) -> str:
        return f"{self.number}, {self.retrieved_at:%-d %B %Y}"


class RegistryArm(models.Model):
    """Which of our arms a group of the registry is. Its identifiers differ between modules, its titles rarely."""

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="registry_arms")
    title = models.CharField("group in the registry", max_length=300)
    arm = models.ForeignKey(Arm, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    is_by_hand = models.BooleanField("set by an editor", default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["trial", "title"], name="one_arm_per_trial_and_group_of_the_registry"
            ),
            models.CheckConstraint(name="registry_group_has_a_title", condition=~Q(title="")),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.arm or 'none of our arms'}"


class RegistrySuggestion(models.Model):
    """One thing that a record says, and how it stands to our rows. Derived: `trials.registry.storing` writes it."""

    class Kind(models.TextChoices):
        ARM = "arm", "Arm"
        ENDPOINT = "endpoint", "Endpoint"
        RESULT = "result", "Result"

    class Verdict(models.TextChoices):
        MATCH = "match", "Match"
        MISMATCH = "mismatch", "Mismatch"
        NOT_COMPARABLE = "not_comparable", "Not comparable"
        ONLY_IN_REGISTRY = "only_in_registry", "Only in the registry"

    class Key(models.TextChoices):
        """What two numbers must share before one can contradict the other, in this order."""

        NCT = "nct", "NCT number"
        ARM = "arm", "arm"
        TIME = "time", "time frame or data cut"
        POPULATION = "population", "population"
        UNIT = "unit", "unit"
        PARAMETER = "parameter", "parameter"
        LEVEL = "level", "level of the interval"
        SIDES = "sides", "number of sides"

    snapshot = models.ForeignKey(RegistrySnapshot, on_delete=models.CASCADE, related_name="suggestions")
    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, editable=False, related_name="+")
    path = models.CharField(max_length=300, help_text="In the record, counted from 1.")
    position = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=8, choices=Kind)
    subject = models.TextField()
    says = models.TextField("what the registry says")
    ours = models.TextField("our value", blank=True)
    result = models.ForeignKey(Result, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    verdict = models.CharField(max_length=16, choices=Verdict)
    keys = ArrayField(models.CharField(max_length=10, choices=Key), default=list, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "path"], name="one_suggestion_per_snapshot_and_path"),
            models.CheckConstraint(name="suggestion_says_something", condition=~Q(says="")),
            models.CheckConstraint(
                name="suggestion_has_a_known_verdict",
                condition=Q(verdict__in=("match", "mismatch", "not_comparable", "only_in_registry")),
            ),
            models.CheckConstraint(
                name="suggestion_names_known_keys",
                condition=Q(
                    keys__contained_by=[
                        "nct",
                        "arm",
                        "time",
                        "population",
                        "unit",
                        "parameter",
                        "level",
                        "sides",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="suggestion_names_keys_when_not_comparable",
                condition=(Q(verdict="not_comparable") & ~Q(keys=[]))
                | (~Q(verdict="not_comparable") & Q(keys=[])),
            ),
            models.CheckConstraint(
                name="suggestion_shows_ours_unless_only_in_registry",
                condition=(Q(verdict="only_in_registry", ours="", result__isnull=True))
                | (~Q(verdict="only_in_registry") & ~Q(ours="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.says}"

    @property
    def key_names(self) -> list[str]:
        """The keys that differ, in words."""
        return [str(self.Key(key).label) for key in self.keys]

    @property
    def steps(self) -> list[str]:
        """The path without the sections and modules of the record: outcomeMeasures[1], analyses[1], pValue."""
        return [step for step in self.path.split(".") if not step.endswith(("Section", "Module"))]
