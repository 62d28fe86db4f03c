"""`manage.py render`: after an upgrade, derive again what was derived by an older renderer."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.db.models import Model

from articles.models import Article
from articles.publishing import outdated, rebuild
from articles.rendering import RENDERER_VERSION, SourceError
from portal.models import Event, Page
from portal.rendering import derive_event, derive_page
from trials.derive import redraw, undrawn
from trials.models import Trial


class Command(BaseCommand):
    help = (
        "Render articles, pages and events again whose HTML was made by another version of the renderer,"
        " and draw the figures of trials that another version drew."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="also those that are up to date")

    def handle(self, *args: Any, all: bool, **options: Any) -> None:
        self.failed, self.says = False, options["verbosity"] > 0
        trials = Trial.objects.all() if all else undrawn()
        for pk in list(trials.values_list("pk", flat=True)):  # first: articles show their figures
            self.attempt(Trial, pk, lambda trial: redraw(trial) > 0)
        articles = Article.objects.all() if all else outdated()
        for pk in list(articles.values_list("pk", flat=True)):
            self.attempt(Article, pk, rebuild)
        for pk in keys(Page, all):
            self.attempt(Page, pk, render_page)
        for pk in Event.objects.values_list(
            "pk", flat=True
        ):  # few, and the row does not say by which version
            self.attempt(Event, pk, render_event)
        if self.failed:
            raise SystemExit(1)

    @transaction.atomic
    def attempt(self, model: type[Model], pk: int, render: Any) -> None:
        """Render one row, locked: an editor who saves it meanwhile is not overwritten.

        What cannot be rendered any more keeps what it has, and is named.
        """
        row: Any = model._default_manager.select_for_update().filter(pk=pk).first()
        if row is None:
            return
        try:
            with transaction.atomic():
                did = render(row) is not False
            if did and self.says:
                self.stdout.write(f"rendered {row._meta.verbose_name} “{row}”")
        except (ValidationError, SourceError) as error:
            self.failed = True
            problems = error.messages if isinstance(error, ValidationError) else map(str, error.problems)
            for problem in problems:
                self.stderr.write(f"{row._meta.verbose_name} “{row}”: {problem}")


def keys(model: type[Model], also_current: bool) -> list[int]:
    everything = model._default_manager.order_by("pk").values_list("pk", flat=True)
    return list(everything if also_current else everything.exclude(rendered_with=RENDERER_VERSION))


def render_page(page: Page) -> None:
    derive_page(page)
    Page.objects.filter(pk=page.pk).update(  # not save(): the words are as old as they were
        body_html=page.body_html, contents=page.contents, rendered_with=page.rendered_with
    )


def render_event(event: Event) -> bool:
    """False when the HTML is as it was."""
    before = event.description_html
    derive_event(event)
    if event.description_html == before:
        return False
    event.save(update_fields=["description_html"])
    return True
