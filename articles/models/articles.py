"""The article itself."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AnonymousUser
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.urls import reverse
from django.utils import timezone

from trials.models import Drug

from .bookmarks import Bookmark
from .people import Contribution, Disclosure, Person, disclosures_of
from .pictures import Picture
from .taxonomy import Topic

if TYPE_CHECKING:
    from accounts.models import User

LONG = ("body", "body_html", "body_text", "glance_html", "contents")


class ArticleQuerySet(models.QuerySet["Article"]):
    def published(self, at: datetime | None = None) -> Self:
        """Articles in the lists at `at` (aware; default: now); a scheduled one enters by itself."""
        return self.filter(
            status__in=[Article.Status.SCHEDULED, Article.Status.PUBLISHED],
            published_at__lte=at or timezone.now(),
        )

    def readable(self, at: datetime | None = None) -> Self:
        """Articles whose address answers at `at`: the published, and the withdrawn with their notice."""
        return self.filter(
            status__in=[Article.Status.SCHEDULED, Article.Status.PUBLISHED, Article.Status.WITHDRAWN],
            published_at__lte=at or timezone.now(),
        )

    def newest_first(self) -> Self:
        return self.order_by("-published_at", "-pk")

    def without_texts(self) -> Self:
        """Without the long columns, which only the page of one article shows."""
        return self.defer(*LONG)

    def for_cards(self) -> Self:
        """With what a list entry shows, without the long texts: a fixed number of queries for any length."""
        return self.without_texts().prefetch_related(
            "topics", "objectives", Prefetch("contributions", Contribution.objects.select_related("person"))
        )

    def with_saved_by(self, user: User | AnonymousUser) -> Self:
        """Annotate `is_saved` (bool): one subquery, however long the list."""
        bookmarks = Bookmark.objects.filter(article=OuterRef("pk"), user_id=user.pk)  # type: ignore[misc]  # None finds none
        return self.annotate(is_saved=Exists(bookmarks))


class Article(models.Model):
    """A summary of a trial for healthcare professionals.

    The columns below "derived" are made by `articles.publishing.rebuild` when an editor saves.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        SCHEDULED = "scheduled", "Scheduled"
        PUBLISHED = "published", "Published"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Funding(models.TextChoices):
        NONE = "none", "No external funding"
        GRANT = "grant", "Independent grant"
        SPONSORSHIP = "sponsorship", "Sponsorship"

    title = models.CharField(max_length=200)
    slug = models.SlugField(
        max_length=120, unique=True, help_text="Part of the address; keep it once published."
    )
    summary = models.TextField(
        max_length=600, help_text="One or two sentences: what was found, in whom, how sure."
    )
    body = models.TextField("text", help_text="Markdown. Cite references as [@key]; several as [@a; @b].")
    topics = models.ManyToManyField(Topic, blank=True, related_name="articles")
    treatments = models.ManyToManyField(Drug, blank=True, related_name="articles")
    congress = models.CharField(
        max_length=200, blank=True, help_text="Where the results were presented, with year."
    )
    hero = models.ForeignKey(
        Picture,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="hero_of",
        verbose_name="picture",
        limit_choices_to={"kind": Picture.Kind.ARTICLE},
    )
    funding_kind = models.CharField("funding", max_length=12, choices=Funding, default=Funding.NONE)
    funder = models.CharField(max_length=200, blank=True)
    funding_statement = models.TextField(
        max_length=1000,
        blank=True,
        help_text="Shown above the text: who paid, and what they could not influence.",
    )
    contributors = models.ManyToManyField(Person, through=Contribution, related_name="articles")

    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    published_at = models.DateTimeField("first published", null=True, blank=True)
    revised_on = models.DateField("last updated", null=True, blank=True)
    review_by = models.DateField("review by", null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_reason = models.TextField(
        max_length=1000, blank=True, help_text="Readers see it in place of the article."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    # derived
    body_html = models.TextField(editable=False, blank=True)
    body_text = models.TextField(editable=False, blank=True)
    contents = models.JSONField(editable=False, default=list)
    abbreviations = models.JSONField(editable=False, default=dict)
    reading_minutes = models.PositiveSmallIntegerField(editable=False, default=1)
    rendered_with = models.PositiveSmallIntegerField(
        editable=False, default=0, help_text="Version of the renderer."
    )
    rendered_at = models.DateTimeField(editable=False, null=True)
    glance_html = models.TextField(editable=False, blank=True, help_text="Its trials at a glance.")
    pictures = models.ManyToManyField(Picture, editable=False, related_name="shown_in")

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-pk"]
        indexes = [models.Index(fields=["-published_at", "-id"], name="article_newest_first")]
        constraints = [
            models.CheckConstraint(
                name="article_shown_to_readers_has_date_and_funding",
                condition=Q(status__in=["draft", "in_review"])
                | (Q(published_at__isnull=False) & ~Q(funding_statement="")),
            ),
            models.CheckConstraint(
                name="article_withdrawal_has_date_and_reason",
                condition=(Q(status="withdrawn", withdrawn_at__isnull=False) & ~Q(withdrawn_reason=""))
                | (~Q(status="withdrawn") & Q(withdrawn_at__isnull=True, withdrawn_reason="")),
            ),
            models.CheckConstraint(
                name="article_funding_names_its_funder", condition=Q(funding_kind="none") | ~Q(funder="")
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("articles:detail", args=[self.slug])

    @property
    def shows_data(self) -> bool:
        """Does the text hold tables or figures made of a trial's results?"""
        return 'class="placed"' in self.body_html or 'class="figure"' in self.body_html

    @property
    def is_withdrawn(self) -> bool:
        return self.status == self.Status.WITHDRAWN

    def is_published(self, at: datetime | None = None) -> bool:
        """The rule of `ArticleQuerySet.published` for this row."""
        return (
            self.status in (self.Status.SCHEDULED, self.Status.PUBLISHED)
            and self.published_at is not None
            and self.published_at <= (at or timezone.now())
        )

    @property
    def authors(self) -> list[Person]:
        return [c.person for c in self.contributions.all() if c.role == Contribution.Role.AUTHOR]

    @property
    def reviewers(self) -> list[Person]:
        return [c.person for c in self.contributions.all() if c.role == Contribution.Role.REVIEWER]

    @property
    def disclosures(self) -> list[Disclosure]:
        """The newest disclosure of each contributor."""
        return disclosures_of(self, timezone.localdate())


class LearningObjective(models.Model):
    """Completes "After reading this article, you will be able to"."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="objectives")
    text = models.CharField(max_length=400, help_text="Begins with a verb: describe, compare, recognise …")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text


class KeyPoint(models.Model):
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="key_points")
    text = models.CharField(max_length=400)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text


class TrialIdentifier(models.Model):
    """A ClinicalTrials.gov number: NCT and eight digits, without a check digit."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="trial_identifiers")
    number = models.CharField(
        "NCT number",
        max_length=11,
        validators=[RegexValidator(r"^NCT\d{8}$", "NCT and eight digits, like NCT01734928.")],
    )

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["number"], name="trial_identifier_number")]
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="one_mention_per_article_and_trial"),
            models.CheckConstraint(
                name="trial_identifier_is_an_nct_number", condition=Q(number__regex=r"^NCT[0-9]{8}$")
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def registry_url(self) -> str:
        return f"https://clinicaltrials.gov/study/{self.number}"
