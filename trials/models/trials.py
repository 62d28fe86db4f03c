"""A trial: who was asked what, in which arms, published where."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from .drugs import Drug, Regimen
from .numbers import PrintedDecimal, are_finite, are_within
from .sources import Sourced

RESERVED = ["compare"]  # addresses beside those of the trials


class TrialQuerySet(models.QuerySet["Trial"]):
    def published(self) -> TrialQuerySet:
        """Those that readers may see; whatever shows trials to readers begins here."""
        return self.filter(is_published=True)


class Trial(Sourced):
    """A clinical trial as it was designed: who was asked what. What was found hangs on its data cuts.

    Until it is published editors alone see it: it is entered in many steps.
    `n_enrolled` counts the patients of the first randomisation, and without one those who were treated.
    """

    class Phase(models.TextChoices):
        I = "I", "Phase I"  # noqa: E741  (the name of the phase)
        I_II = "I/II", "Phase I/II"
        II = "II", "Phase II"
        II_III = "II/III", "Phase II/III"
        III = "III", "Phase III"
        IV = "IV", "Phase IV"

    class Blinding(models.TextChoices):
        OPEN_LABEL = "open-label", "Open label"
        SINGLE_BLIND = "single-blind", "Single blind"
        DOUBLE_BLIND = "double-blind", "Double blind"

    class Control(models.TextChoices):
        ACTIVE = "active", "Active control"
        PLACEBO = "placebo", "Placebo"
        NONE = "none", "No control"

    class Setting(models.TextChoices):
        NDMM = "NDMM", "Newly diagnosed"
        RRMM = "RRMM", "Relapsed or refractory"

    class Transplant(models.TextChoices):
        ELIGIBLE = "eligible", "Eligible for transplantation"
        INELIGIBLE = "ineligible", "Not eligible for transplantation"
        DEFERRED = "ineligible_or_deferred", "Not eligible, or transplantation deferred"
        NOT_APPLICABLE = "not_applicable", "Not applicable"

    is_published = models.BooleanField(
        "published",
        default=False,
        help_text="Readers find the trial, its figures and its place in comparisons.",
    )
    slug = models.SlugField(max_length=60, unique=True)
    acronym = models.CharField(max_length=60)
    title = models.CharField(max_length=300)
    phase = models.CharField(max_length=6, choices=Phase)
    is_randomised = models.BooleanField("randomised", default=True)
    blinding = models.CharField(max_length=12, choices=Blinding, default=Blinding.OPEN_LABEL)
    control = models.CharField(max_length=8, choices=Control)
    allocation_ratio = models.CharField(max_length=20, blank=True)
    second_randomisation_ratio = models.CharField(max_length=20, blank=True)
    design_summary = models.TextField(blank=True)
    setting = models.CharField(max_length=4, choices=Setting)
    transplant = models.CharField(max_length=24, choices=Transplant, default=Transplant.NOT_APPLICABLE)
    prior_lines_min = models.PositiveSmallIntegerField(null=True, blank=True)
    prior_lines_max = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Empty: no limit stated."
    )
    key_criteria = models.TextField(blank=True)
    sponsor = models.CharField(max_length=200, blank=True)
    sponsor_partner = models.CharField("partner or parent of the sponsor", max_length=200, blank=True)
    is_sponsor_confirmed = models.BooleanField("sponsor confirmed by a source", default=False)
    n_enrolled = models.PositiveIntegerField(help_text="In the first randomisation; treated, if single-arm.")
    other_ids = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    notes = ArrayField(models.TextField(), default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    modified_at = models.DateTimeField(auto_now=True)

    objects = TrialQuerySet.as_manager()

    class Meta:
        ordering = ["position", "acronym"]
        constraints = [
            models.CheckConstraint(
                name="trial_prior_lines_in_order",
                condition=Q(prior_lines_min__isnull=True)
                | Q(prior_lines_max__isnull=True)
                | Q(prior_lines_min__lte=F("prior_lines_max")),
            ),
            models.CheckConstraint(name="trial_slug_is_not_reserved", condition=~Q(slug__in=RESERVED)),
        ]

    def __str__(self) -> str:
        return self.acronym

    def get_absolute_url(self) -> str:
        return reverse("trials:detail", args=[self.slug])


class Registry(models.TextChoices):
    NCT = "nct", "ClinicalTrials.gov"
    EUDRACT = "eudract", "EudraCT"
    EUCT = "euct", "EU CT number"
    ISRCTN = "isrctn", "ISRCTN"


# Formats of the registries; none publishes a check digit that could be computed. What may follow an EU CT number
# (-00) counts the submissions of one trial and is left out: see `trials.registries.normalise`.
FORMATS = {
    Registry.NCT: r"^NCT[0-9]{8}$",
    Registry.EUDRACT: r"^20[0-9]{2}-0[0-9]{5}-[0-9]{2}$",
    Registry.EUCT: r"^20[0-9]{2}-5[0-9]{5}-[0-9]{2}$",
    Registry.ISRCTN: r"^ISRCTN[0-9]{8}$",
}


class TrialIdentifier(models.Model):
    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="identifiers")
    registry = models.CharField(max_length=8, choices=Registry)
    number = models.CharField(max_length=24)

    class Meta:
        ordering = ["registry", "number"]
        constraints = [
            models.UniqueConstraint(fields=["registry", "number"], name="one_trial_per_registry_number"),
            models.CheckConstraint(
                name="registry_number_has_its_format",
                condition=Q(
                    *[Q(registry=r.value, number__regex=f) for r, f in FORMATS.items()], _connector=Q.OR
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Arm(models.Model):
    """A group of patients treated alike.

    `label` is the regimen as the publication writes it ("DVd"), `name` says it in full. `n` counts the patients
    randomised to the arm, and in a trial without randomisation those who were treated. `randomisation` numbers the
    randomisations of a trial: arms of the second one hold patients of the first once more.
    """

    class Role(models.TextChoices):
        EXPERIMENTAL = "experimental", "Experimental"
        CONTROL = "control", "Control"
        SINGLE = "single", "Single arm"

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="arms")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=200)
    label = models.CharField("regimen as published", max_length=80, blank=True)
    regimen = models.ForeignKey(Regimen, null=True, blank=True, on_delete=models.PROTECT, related_name="arms")
    regimen_options = models.ManyToManyField(Regimen, blank=True, related_name="arms_as_option")
    drugs = models.ManyToManyField(Drug, blank=True, related_name="arms")
    n = models.PositiveIntegerField("randomised (or treated)", null=True, blank=True)
    role = models.CharField(max_length=12, choices=Role)
    randomisation = models.PositiveSmallIntegerField(default=1)
    note = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["trial", "code"], name="one_arm_per_trial_and_code")]

    def __str__(self) -> str:
        return self.label or self.name


class Publication(Sourced):
    """Where figures were published. `label` is its short citation, `code` the name by which files refer to it."""

    class Kind(models.TextChoices):
        ARTICLE = "article", "Journal article"
        ABSTRACT = "congress_abstract", "Congress abstract"
        REGULATORY = "regulatory", "Regulatory document"
        PRESS = "press_release", "Press release"

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="publications")
    code = models.SlugField(max_length=60)
    kind = models.CharField(max_length=18, choices=Kind)
    label = models.CharField(max_length=120, help_text="Short citation.")
    authors = models.CharField(max_length=300, blank=True)
    title = models.CharField(max_length=500, blank=True)
    journal = models.CharField("journal or congress", max_length=300, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    volume = models.CharField(max_length=20, blank=True)
    issue = models.CharField(max_length=20, blank=True)
    pages = models.CharField(max_length=40, blank=True)
    doi = models.CharField("DOI", max_length=200, blank=True)
    pmid = models.CharField("PMID", max_length=10, blank=True, validators=[RegexValidator(r"^\d{1,9}$")])
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["-year", "code"]
        constraints = [
            models.UniqueConstraint(fields=["trial", "code"], name="one_publication_per_trial_and_code")
        ]

    def __str__(self) -> str:
        return self.label


class DataCut(models.Model):
    """An analysis of the trial: what was known when.

    `position` orders the analyses of a trial: the last is the newest. `trials.cuts` keeps it in step with the dates.
    """

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="data_cuts")
    code = models.SlugField(max_length=60)
    label = models.CharField(max_length=160)
    cutoff = models.DateField("data cut-off", null=True, blank=True)
    median_follow_up = PrintedDecimal("median follow-up, months", null=True, blank=True)
    note = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0, help_text="Later analyses have larger numbers.")

    class Meta:
        ordering = ["-position", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["trial", "code"], name="one_data_cut_per_trial_and_code"),
            models.UniqueConstraint(  # deferred: cuts change places with each other
                fields=["trial", "position"],
                name="one_data_cut_per_trial_and_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                name="data_cut_follow_up_is_not_negative", condition=are_within(0, None, "median_follow_up")
            ),
            models.CheckConstraint(
                name="data_cut_follow_up_is_finite", condition=are_finite("median_follow_up")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trial}: {self.label}"


class ArmFollowUp(models.Model):
    """Median follow-up of one arm, where a publication gives it by arm."""

    data_cut = models.ForeignKey(DataCut, on_delete=models.CASCADE, related_name="arm_follow_ups")
    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, editable=False, related_name="+")
    arm = models.ForeignKey(Arm, on_delete=models.RESTRICT, related_name="follow_ups")
    months = PrintedDecimal()

    class Meta:
        ordering = ["arm__position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["data_cut", "arm"], name="one_follow_up_per_cut_and_arm"),
            models.CheckConstraint(name="arm_follow_up_is_not_negative", condition=Q(months__gte=0)),
            models.CheckConstraint(name="arm_follow_up_is_finite", condition=are_finite("months")),
        ]

    def __str__(self) -> str:
        return f"{self.arm}: {self.months}"
