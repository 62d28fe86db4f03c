"""Trials in articles: what a line `[[…]]` places, what an article cites by it, and whether newer data exist.

[[trial optimismm]]                     the trial at a glance, with the data cut that the article reports
[[trial optimismm primary]]             the same, where an article reports that data cut in its prose only
[[results optimismm final-os]]          the results of that data cut with its figures
[[results optimismm final-os OS PFS2]]  these endpoints only, without figures
[[figure optimismm final-os-medians]]   one figure, by the name in its address
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from django.template.loader import render_to_string

from trials.cuts import newer_than
from trials.models import DataCut, Result, Trial
from trials.page import Cut, TrialPage, trial_page
from trials.result_tables import ResultTable

from .models import Article, CitedResult

_ID = re.compile(r' id="([^"]+)"')


@dataclass
class Placements:
    """The placements of one article while it is rendered: `place` each, then `finish` the text, then `glance`."""

    cited: set[int] = field(default_factory=set)  # keys of the results that are shown
    drafts: list[str] = field(default_factory=list)  # trials that readers cannot open yet
    _pages: dict[str, TrialPage] = field(default_factory=dict)
    # By the mark in their place.
    _glances: dict[str, tuple[TrialPage, Cut | None]] = field(default_factory=dict)
    _placed: Counter[str] = field(default_factory=Counter)  # how often each was placed, by its label
    _ids: set[str] = field(default_factory=set)

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

    def finish(self, html: str) -> str:
        """`html` with the trials at a glance in their places: which cut they show depends on what follows them."""
        for mark, (page, cut) in self._glances.items():
            html = html.replace(mark, self._at_a_glance(page, cut))
        return html

    def glance(self, article: Article) -> str:
        """The trials that `article` names by their numbers and does not place, with the cut that it reports."""
        numbers = list(article.trial_identifiers.values_list("number", flat=True))
        trials = Trial.objects.published().filter(identifiers__number__in=numbers).distinct()
        placed = {page.trial.slug for page, _ in self._glances.values()}
        return "".join(
            self._at_a_glance(self._page(trial.slug), None) for trial in trials if trial.slug not in placed
        )

    def _at_a_glance(self, page: TrialPage, cut: Cut | None) -> str:
        """With `cut` if it was named, else the newest of which results are shown, else the newest."""
        shown = (cut for cut in page.cuts if self.cited & _results_of(cut.tables))
        label = self._label(f"{page.trial} at a glance")
        context = {"page": page, "trial": page.trial, "cut": cut or next(shown, page.newest), "label": label}
        return render_to_string("articles/_placed_trial.html", context)

    def _label(self, label: str) -> str:
        """`label`, numbered from its second use on: regions of a page are told apart by it."""
        self._placed[label] += 1
        return label if self._placed[label] == 1 else f"{label} ({self._placed[label]})"

    def _page(self, slug: str) -> TrialPage:
        if slug not in self._pages:
            page = trial_page(slug, with_drafts=True)
            if page is None:
                raise ValueError(f"there is no trial “{slug}”.")
            if not page.trial.is_published:
                self.drafts.append(str(page.trial))
            self._pages[slug] = page
        return self._pages[slug]

    def _trial(self, page: TrialPage, code: str = "", *rest: str) -> str:
        if rest:
            raise ValueError(f"[[trial {page.trial.slug} {code}]] takes nothing more.")
        cut = _cut(page, code) if code else None
        if cut:
            self.cited |= _results_of(cut.tables)  # the prose rests on them
        mark = f"<!--{secrets.token_hex(16)}-->"  # nobody can have written it
        self._glances[mark] = (page, cut)
        return mark

    def _results(self, page: TrialPage, code: str = "", *endpoints: str) -> str:
        cut = _cut(page, code)
        tables = [_only(table, endpoints) for table in cut.tables] if endpoints else cut.tables
        tables = [table for table in tables if table.rows]
        if not tables:
            raise ValueError(f"{cut.cut} has no such endpoint; it has: {_listed(cut.endpoints)}.")
        self.cited |= _results_of(tables)
        shown = replace(cut, tables=tables, figures=[] if endpoints else cut.figures)
        label = self._label(f"{page.trial}, {cut.cut.label}")
        context = {"page": page, "trial": page.trial, "cut": shown, "label": label}
        return self._with_own_ids(render_to_string("articles/_placed_results.html", context))

    def _figure(self, page: TrialPage, name: str = "", *rest: str) -> str:
        figures = {figure.name: (cut, figure) for cut in page.cuts for figure in cut.figures}
        if name not in figures or rest:
            raise ValueError(f"{page.trial} has no figure “{name}”; it has: {_listed(figures)}.")
        cut, figure = figures[name]
        self.cited |= _results_of(cut.tables)  # it may draw any of them
        return self._with_own_ids(render_to_string("trials/_figure.html", {"figure": figure}))

    def _with_own_ids(self, html: str) -> str:
        """`html` with another id for each that stands in an earlier placement, and for what refers to it.

        The ids of figures are part of their stored drawings, and one figure may be placed twice.
        """
        for id in dict.fromkeys(_ID.findall(html)):
            own, number = id, 2
            while own in self._ids:
                own, number = f"{id}--{number}", number + 1
            self._ids.add(own)
            if own != id:
                html = re.sub(rf'(?<=["\s#]){re.escape(id)}(?=["\s)])', own, html)
        return html


def _cut(page: TrialPage, code: str) -> Cut:
    cut = next((cut for cut in page.cuts if cut.cut.code == code), None)
    if cut is None:
        has = _listed(cut.cut.code for cut in page.cuts)
        raise ValueError(f"{page.trial} has no data cut “{code}”; it has: {has}.")
    return cut


def _results_of(tables: Iterable[ResultTable]) -> set[int]:
    return {row.result.pk for table in tables for row in table.rows}


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
    return newer_than(Result.objects.filter(cited_in__article=article))
