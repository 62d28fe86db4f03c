"""From what an editor wrote to what readers see: derive the columns, check the rules, set the dates."""

from __future__ import annotations

import re
from datetime import date, datetime

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from trials.models import Trial

from .indexing import SHOWN, enter_date, enter_words
from .models import Article, Contribution, Picture, Reference, TrialIdentifier
from .placements import Placements, cite
from .rendering import RENDERER_VERSION, SourceError, reading_minutes, render

PICTURE_ADDRESS = re.compile(r"/media/articles/([0-9a-f]{8}-[0-9a-f-]{27})/")


def contradictions(article: Article, now: datetime) -> dict[str, list[str]]:
    """What cannot be true of `article` in any status, {field: messages}; empty when nothing.

    The database refuses most of it too (see the constraints of Article), but cannot name the field.
    """
    withdrawn = article.status == Article.Status.WITHDRAWN
    rules = [
        ("funder", article.funding_kind == Article.Funding.NONE or article.funder, "Name the funder."),
        ("withdrawn_reason", not withdrawn or article.withdrawn_reason, "Readers need the reason."),
        ("status", not withdrawn or article.published_at, "Only what has been published can be withdrawn."),
        (
            "funding_statement",
            not withdrawn or article.funding_statement,
            "A withdrawn article keeps its statement.",
        ),
    ]
    return {field: [message] for field, holds, message in [*rules, *_promises(article, now)] if not holds}


def _promises(article: Article, now: datetime) -> list[tuple[str, object, str]]:
    """What readers have seen keeps its address: it can be changed or withdrawn, but does not vanish."""
    reached = article.published_at is not None and article.published_at <= now
    shown = Article.objects.readable(now).filter(pk=article.pk).only("slug").first() if article.pk else None
    if shown is None:
        too_early = article.status == Article.Status.PUBLISHED and article.published_at and not reached
        return [("published_at", not too_early, "This time has not come; set the status to Scheduled.")]
    stays = article.status in (*SHOWN, Article.Status.WITHDRAWN)
    return [
        ("status", stays, "Readers have seen this article: withdraw it, with a reason, rather than hide it."),
        ("slug", article.slug == shown.slug, "Readers have this address; it cannot change any more."),
        ("published_at", reached, "Readers have seen this article: its first publication lies in the past."),
    ]


def store_unsettled(article: Article, now: datetime) -> None:
    """Save what was written as a draft, so that rows can refer to it; `article` keeps the status wished for.

    Call `settle` in the same transaction when the rows are saved too.

    raises  ValidationError {field: messages}: see `contradictions`
    """
    if wrong := contradictions(article, now):
        raise ValidationError(wrong)
    wished = article.status, article.withdrawn_at, article.withdrawn_reason
    article.status, article.withdrawn_at, article.withdrawn_reason = Article.Status.DRAFT, None, ""
    article.save()
    article.status, article.withdrawn_at, article.withdrawn_reason = wished


@transaction.atomic
def settle(article: Article, now: datetime) -> None:
    """Make `article` and the rows around it ready for readers, or refuse; called after every save of them.

    article  saved with its objectives, references and contributions; its `status` is the one wished for and
             may differ from the stored one
    now      aware; becomes the date of first publication or withdrawal where that is still open
    raises   ValidationError {field: messages}: text that cannot be rendered, or what publication still lacks.
             Then nothing is changed.
    """
    drafts = rebuild(article)
    lacking = missing(article, now.date()) if article.status in SHOWN else []
    if article.status in (*SHOWN, Article.Status.WITHDRAWN):
        lacking += [f"it places {trial}, which is not published." for trial in drafts]
    if lacking:
        raise ValidationError({"status": [f"Cannot be published yet: {lack}" for lack in lacking]})
    _stamp(article, now)
    article.full_clean(exclude=["slug"])
    article.save(update_fields=["status", "published_at", "withdrawn_at", "withdrawn_reason", "modified_at"])
    enter_date(article)


def rebuild(article: Article) -> list[str]:
    """Derive everything that is computed from the source, and number the references. Saves both.

    returns  the trials it places that are not published: readers must not see them
    raises  ValidationError {"body": messages with line numbers}
    """
    references = list(article.references.order_by("position", "pk"))
    placements = Placements()
    try:
        rendered = render(
            article.body,
            reference_keys={reference.key for reference in references},
            place=placements.place,
        )
    except SourceError as error:
        raise ValidationError({"body": [str(problem) for problem in error.problems]}) from error
    article.body_html = placements.finish(rendered.html)
    article.body_text = rendered.text
    article.contents = rendered.contents
    article.abbreviations = rendered.abbreviations
    article.reading_minutes = reading_minutes(rendered.text)
    article.glance_html = placements.glance(article)
    article.rendered_with = RENDERER_VERSION
    article.rendered_at = timezone.now()
    Article.objects.filter(pk=article.pk).update(**{name: getattr(article, name) for name in DERIVED})
    enter_words(article)
    _number(references, rendered.citations)
    cite(article, placements.cited)
    article.pictures.set(Picture.objects.filter(key__in=PICTURE_ADDRESS.findall(rendered.html)))
    return placements.drafts


DERIVED = (
    "body_html",
    "body_text",
    "glance_html",
    "contents",
    "abbreviations",
    "reading_minutes",
    "rendered_with",
    "rendered_at",
)


def outdated() -> QuerySet[Article]:
    """Articles whose HTML another version of the renderer made, or whose trials have changed since.

    The trials are those whose results an article shows, and those that it names by number: it shows them at a glance.
    """
    changed = Trial.objects.filter(modified_at__gt=OuterRef("rendered_at"))
    numbers = TrialIdentifier.objects.filter(article=OuterRef(OuterRef("pk"))).values("number")
    cited = changed.filter(results__cited_in__article=OuterRef("pk"))
    named = changed.filter(identifiers__number__in=numbers)
    return Article.objects.filter(~Q(rendered_with=RENDERER_VERSION) | Exists(cited) | Exists(named))


def _number(references: list[Reference], citations: dict[str, int]) -> None:
    """Number in the order of first use; what is not cited follows in the editor's order."""
    order = list(citations)
    references.sort(key=lambda r: order.index(r.key) if r.key in citations else len(order))
    for number, reference in enumerate(references, start=1):
        reference.number = number
        reference.times_cited = citations.get(reference.key, 0)
    Reference.objects.bulk_update(references, ["number", "times_cited"])


def missing(article: Article, today: date) -> list[str]:
    """What `article` lacks before readers may see it, one sentence each; empty when nothing."""
    contributions = list(
        article.contributions.select_related("person").prefetch_related("person__disclosures")
    )
    roles = {contribution.role for contribution in contributions}
    rules = [
        (article.objectives.exists(), "a learning objective is missing."),
        (article.funding_statement.strip(), "the funding statement is missing."),
        (Contribution.Role.AUTHOR in roles, "an author is missing."),
        (Contribution.Role.REVIEWER in roles, "a medical reviewer is missing."),
        (article.references.exists(), "a reference is missing."),
        (
            article.status != Article.Status.SCHEDULED or article.published_at,
            "a scheduled article needs the date and time of publication.",
        ),
    ]
    return [sentence for holds, sentence in rules if not holds] + [
        f"{contribution.person} has no disclosure from the last {settings.DISCLOSURE_MONTHS} months."
        for contribution in contributions
        if not _disclosed(contribution, today)
    ]


def _disclosed(contribution: Contribution, today: date) -> bool:
    """ACCME Standards for Integrity and Independence (2020), standard 3: relationships of the past 24 months."""
    oldest = today - relativedelta(months=settings.DISCLOSURE_MONTHS)
    return any(oldest <= d.declared_on <= today for d in contribution.person.disclosures.all())


def _stamp(article: Article, now: datetime) -> None:
    """Set the dates that belong to the status."""
    if article.status == Article.Status.PUBLISHED and article.published_at is None:
        article.published_at = now
    if article.status == Article.Status.WITHDRAWN:
        article.withdrawn_at = article.withdrawn_at or now
    else:
        article.withdrawn_at, article.withdrawn_reason = None, ""
