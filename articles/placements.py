"""Trials in articles: what a line `[[…]]` places, what an article cites by it, and whether newer data exist.

[[trial optimismm]]                     the trial at a glance
[[results optimismm final-os]]          the results of that data cut with its figures
[[results optimismm final-os OS PFS2]]  these endpoints only, without figures
[[figure optimismm final-os-medians]]   one figure, by the name in its address
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from django.db.models import F, Max, OuterRef, Subquery
from django.template.loader import render_to_string

from trials.models import DataCut, Trial
from trials.page import TrialPage, trial_page
from trials.result_tables import ResultTable

from .models import Article, CitedResult


@dataclass
class Placements:
    """The placements of one article while it is rendered."""

    cited: set[int] = field(default_factory=set)  # keys of the results that are shown
    _pages: dict[str, TrialPage] = field(default_factory=dict)

    def place(self, words: list[str]) -> str:
        """The HTML for a line `[[words]]`.

        raises  ValueError with what the editor should write instead
        """
        kinds: dict[str, Callable[..., str]] = {
            "trial": self._trial,
            "results": self._results,
            "figure": self._figure,
        }
        if len(words) < 2 or words[0] not in kinds:
            raise ValueError("write [[trial NAME]], [[results NAME CUT]] or [[figure NAME FIGURE]].")
        return kinds[words[0]](self._page(words[1]), *words[2:])

    def glance(self, article: Article) -> str:
        """The trials that `article` names by their numbers, at a glance, each with the data cut that it reports."""
        numbers = list(article.trial_identifiers.values_list("number", flat=True))
        trials = Trial.objects.filter(identifiers__number__in=numbers).distinct()
        return "".join(self._at_a_glance(self._page(trial.slug)) for trial in trials)

    def _at_a_glance(self, page: TrialPage) -> str:
        shown = (
            cut for cut in page.cuts if any(r.result.pk in self.cited for t in cut.tables for r in t.rows)
        )
        context = {"page": page, "trial": page.trial, "cut": next(shown, page.newest)}
        return render_to_string("articles/_placed_trial.html", context)

    def _page(self, slug: str) -> TrialPage:
        if slug not in self._pages:
            page = trial_page(slug)
            if page is None:
                raise ValueError(f"there is no trial “{slug}”.")
            self._pages[slug] = page
        return self._pages[slug]

    def _trial(self, page: TrialPage, *rest: str) -> str:
        if rest:
            raise ValueError(f"[[trial {page.trial.slug}]] takes nothing more.")
        return self._at_a_glance(page)

    def _results(self, page: TrialPage, code: str = "", *endpoints: str) -> str:
        cut = next((cut for cut in page.cuts if cut.cut.code == code), None)
        if cut is None:
            raise ValueError(
                f"{page.trial} has no data cut “{code}”; it has: {_listed(c.cut.code for c in page.cuts)}."
            )
        tables = [_only(table, endpoints) for table in cut.tables] if endpoints else cut.tables
        tables = [table for table in tables if table.rows]
        if not tables:
            raise ValueError(f"{cut.cut} has no such endpoint; it has: {_listed(cut.endpoints)}.")
        self.cited |= {row.result.pk for table in tables for row in table.rows}
        shown = replace(cut, tables=tables, figures=[] if endpoints else cut.figures)
        context = {"page": page, "trial": page.trial, "cut": shown, "number": len(self.cited)}
        return render_to_string("articles/_placed_results.html", context)

    def _figure(self, page: TrialPage, name: str = "", *rest: str) -> str:
        figures = {figure.name: (cut, figure) for cut in page.cuts for figure in cut.figures}
        if name not in figures or rest:
            raise ValueError(f"{page.trial} has no figure “{name}”; it has: {_listed(figures)}.")
        cut, figure = figures[name]
        self.cited |= {row.result.pk for table in cut.tables for row in table.rows}  # it may draw any of them
        return render_to_string("trials/_figure.html", {"figure": figure})


def _only(table: ResultTable, endpoints: tuple[str, ...]) -> ResultTable:
    wanted = {endpoint.casefold() for endpoint in endpoints}
    return replace(table, rows=[r for r in table.rows if r.result.endpoint.abbreviation.casefold() in wanted])


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing yet"


def cite(article: Article, results: set[int]) -> None:
    """Note which results `article` shows, so that none of them can be deleted."""
    CitedResult.objects.filter(article=article).exclude(result__in=results).delete()
    CitedResult.objects.bulk_create(
        [CitedResult(article=article, result_id=result) for result in sorted(results)], ignore_conflicts=True
    )


def newer_data(article: Article) -> list[DataCut]:
    """The newest data cut of each trial of which `article` shows an older one."""
    cited = CitedResult.objects.filter(article=article, result__trial=OuterRef("trial")).order_by()
    reported = cited.values("result__trial").annotate(last=Max("result__data_cut__position")).values("last")
    newest = (
        DataCut.objects.filter(trial=OuterRef("trial"), results__isnull=False)
        .order_by("-position")
        .values("pk")[:1]
    )
    return list(
        DataCut.objects.annotate(reported=Subquery(reported), newest=Subquery(newest))
        .filter(pk=F("newest"), position__gt=F("reported"))
        .select_related("trial")
    )
