"""Numbers in the prose of an article that contradict the rows of its trials: an aid for editors, never a refusal.

Checked are hazard and odds ratios, intervals, p values (as ranges: a true but weaker "p < 0.05" stands), medians in
months, rates at a time point, response and event rates, counts ("157 patients", "75 of 123") and sizes of arms
("n = 281"). A number contradicts when no row has it that it can be of:

- of the trial named beside it, else above it, else of any trial that the article names by number or places;
- of the endpoint named in the sentence, else above it;
- of the arm named beside it; where the words leave it open ("11.2 versus 7.1 months"), of any arm;
- of the data cut named beside it, else of those that the article reports by `[[results …]]` or `[[trial … CUT]]` or
  names around it; where it names none, of any.

Silence is preferred to a false alarm. Where no endpoint is named, or one of which there are no rows, or another trial,
nothing is said. Passed over, clause by clause, are parts of the patients (subgroups) and what the author derived; and
follow-up, bounds of intervals outside of intervals, and tables: these are better placed than typed. An alarm can
still be false where a trial reported a number for which it has no row: name the data cut, or enter the row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q

from articles.models import Article
from articles.rendering import Problem
from trials.models import Trial

from .facts import Facts, facts_of
from .judging import Verdict, verdicts
from .names import Named
from .prose import sentences
from .reading import Reading

__all__ = ["Finding", "contradictions", "contradictions_of", "facts_for", "held_against_rows"]

_PLACED = re.compile(r"^\[\[ *(?:trial|results|figure) +(\S+)(?: +(\S+))?[^\]\n]*\]\]\s*$", re.MULTILINE)
_REPORTED = re.compile(r"^\[\[ *(?:trial|results) +(\S+) +([^\s\]]+)[^\]\n]*\]\]\s*$", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Finding(Problem):
    """A number that contradicts the rows; `part` names the part of the article where it is not the text."""

    part: str = ""

    def __str__(self) -> str:
        return f"{self.part}: {self.message}" if self.part else super().__str__()


def contradictions_of(article: Article) -> list[Finding]:
    """Each number in summary, key points and text of `article` that contradicts the trials that it names or places."""
    facts = facts_for(article)
    points = article.key_points.values_list("text", flat=True)
    parts = [
        ("Summary", article.summary),
        *((f"Key point {i}", text) for i, text in enumerate(points, start=1)),
    ]
    return [
        *(
            Finding(found.line, found.message, part)
            for part, text in parts
            for found in contradictions(text, facts)
        ),
        *contradictions(article.body, facts),
    ]


def facts_for(article: Article) -> Facts:
    """What the rows say of the trials that `article` names by number or places."""
    numbers = article.trial_identifiers.values("number")
    placed = [found[1] for found in _PLACED.finditer(article.body)]
    trials = Trial.objects.filter(Q(identifiers__number__in=numbers) | Q(slug__in=placed)).distinct()
    codes = {found.groups() for found in _REPORTED.finditer(article.body)}
    cuts = [
        Named(trial.acronym, cut.label)
        for trial in trials.prefetch_related("data_cuts")
        for cut in trial.data_cuts.all()
        if (trial.slug, cut.code) in codes
    ]
    return facts_of(trials, cuts)


def contradictions(source: str, facts: Facts) -> list[Finding]:
    """The numbers in Markdown `source` that contradict `facts`, in the order of the text."""
    found = []
    for position, written, verdict in held_against_rows(source, facts):
        if verdict.is_contradicted:
            said = " or ".join(dict.fromkeys(known.printed for known in verdict.known))
            message = f"“{written}” is in none of the trial's rows that it can be of; they have {said}."
            found.append(Finding(source.count("\n", 0, position) + 1, message))
    return found


def held_against_rows(source: str, facts: Facts) -> Iterator[tuple[int, str, Verdict]]:
    """Each number in Markdown `source` that rows can judge: where it stands, as written, and the verdict."""
    for sentence in sentences(source):
        reading = Reading(sentence, facts)
        for verdict in verdicts(reading):
            claim = verdict.claim
            yield sentence.start + claim.start, sentence.text[claim.start : claim.end], verdict
