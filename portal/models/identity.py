"""Who runs this site, and its standing pages."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse

from articles.models import Person


class Hub(models.Model):
    """The site's identity: one row."""

    name = models.CharField(max_length=80, default="Portal")
    tagline = models.CharField(max_length=160, blank=True)
    description = models.TextField(max_length=400, blank=True, help_text="For search engines and feeds.")
    disease_area = models.CharField(max_length=80, blank=True)
    publisher = models.CharField(max_length=160, blank=True)
    contact_email = models.EmailField("contact address", blank=True)
    postal_address = models.TextField(max_length=300, blank=True, help_text="Printed in every newsletter.")
    demonstration_notice = models.CharField(
        max_length=300,
        blank=True,
        help_text="Shown on every page while set: this content is a demonstration.",
    )

    class Meta:
        verbose_name = "site identity"
        verbose_name_plural = "site identity"
        constraints = [models.CheckConstraint(name="one_hub_per_installation", condition=Q(id=1))]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> Hub:
        """The hub, or an unsaved one with the defaults before it has been described."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class Page(models.Model):
    """A standing page (about, privacy …): Markdown in the admin, HTML made on save."""

    slug = models.SlugField(max_length=40, unique=True, editable=False)
    title = models.CharField(max_length=120)
    body = models.TextField("text", blank=True, help_text="Markdown.")
    body_html = models.TextField(editable=False, blank=True)
    contents = models.JSONField(editable=False, default=list)
    rendered_with = models.PositiveSmallIntegerField(
        editable=False, default=0, help_text="Version of the renderer."
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse(self.slug)


class CommitteeMember(models.Model):
    """A member of the steering committee."""

    class Role(models.TextChoices):
        CHAIR = "chair", "Chair"
        MEMBER = "member", "Member"

    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="committee_membership")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    position = models.PositiveSmallIntegerField(default=0, help_text="Smaller numbers come first.")

    class Meta:
        verbose_name = "steering committee member"
        ordering = ["position", "person__name"]

    def __str__(self) -> str:
        return str(self.person)
