"""Numbers in the prose of an article that contradict the rows of its trials: an aid for editors, never a refusal.

A number is held against a row only where the sentence says which: a statistic (hazard ratio, interval, p value,
median with its arm), an endpoint (in the sentence, else the heading above it) and, if it names one, a data cut.
It contradicts when no row with that trial, endpoint, arm and cut has it. What belongs to other rows (subgroups,
follow-up, differences that the author derived) is passed over, as are tables: they are better placed than typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from trials.models import Comparison, Result

from .models import Article
from .rendering import Problem

_NUMBER = r"\d+(?:\.\d+)?"
_SPACE = "[ \u00a0\u2009\u202f]"
_HAZARD_RATIO = re.compile(rf"\b(?:hazard ratio|HR)\b\]?\)?[^0-9.;]{{0,25}}?({_NUMBER})\b", re.I)
_INTERVAL = re.compile(
    rf"({_NUMBER}){_SPACE}?%{_SPACE}?CI[:,]?{_SPACE}*({_NUMBER})(?:–|-|{_SPACE}to{_SPACE})({_NUMBER})"
)
_P = re.compile(rf"\bp{_SPACE}?([=<>]){_SPACE}?(0?\.\d+)", re.I)
_MONTHS = re.compile(
    rf"({_NUMBER}){_SPACE}months?{_SPACE}(?:with|in the|for|on){_SPACE}([\w+/-]+(?:{_SPACE}arm)?)", re.I
)
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z*])")
_CITATION = re.compile(r"\[@[^\]]*\]")
_ELSEWHERE = re.compile(r"\b(?:subgroups?|derived|difference|among|follow-up of|duration of)\b", re.I)


@dataclass(frozen=True)
class Row:
    """What the rows of a trial say of one endpoint at one data cut."""

    trial: str
    endpoint: str
    aliases: frozenset[str]  # in small letters
    cut: str
    hazard_ratio: Decimal | None = None
    interval: tuple[Decimal, Decimal, Decimal] | None = None  # level, lower, upper
    p: tuple[str, Decimal] | None = None
    medians: dict[str, Decimal] = field(default_factory=dict)  # label of the arm, in small letters → months


def contradictions_of(article: Article) -> list[Problem]:
    """Each number in the text of `article` that contradicts the trials that it names or shows, with its line."""
    numbers = article.trial_identifiers.values("number")
    results = (
        Result.objects.filter(trial__identifiers__number__in=numbers)
        .select_related("trial", "data_cut", "endpoint", "comparison")
        .prefetch_related("values__arm")
        .distinct()
    )
    return contradictions(article.body, [row_of(result) for result in results])


def row_of(result: Result) -> Row:
    """What one result says, as far as prose repeats it."""
    comparison: Comparison | None = getattr(result, "comparison", None)
    is_ratio = comparison is not None and comparison.effect == Comparison.Effect.HAZARD_RATIO
    bounds = (comparison.ci_level, comparison.ci_lower, comparison.ci_upper) if comparison else (None,) * 3
    is_median = result.measure == Result.Measure.MEDIAN
    return Row(
        trial=result.trial.acronym,
        endpoint=result.endpoint.abbreviation,
        aliases=frozenset({result.endpoint.name.casefold(), result.endpoint.abbreviation.casefold()}),
        cut=result.data_cut.label,
        hazard_ratio=comparison.value if comparison and is_ratio else None,
        interval=bounds if None not in bounds else None,  # type: ignore[arg-type]  # all three are there
        p=(comparison.p_relation, comparison.p_value) if comparison and comparison.p_value else None,
        medians={str(v.arm).casefold(): v.value for v in result.values.all() if v.value and is_median},
    )


def contradictions(source: str, rows: Iterable[Row]) -> list[Problem]:
    """The numbers in Markdown `source` that none of `rows` has, in the order of the text."""
    rows = list(rows)
    return [
        problem
        for line, topic, sentence in _sentences(source, rows)
        for problem in _judge(line, topic, sentence, rows)
    ]


def _sentences(source: str, rows: list[Row]) -> Iterator[tuple[int, str, str]]:
    """Line, endpoint of the heading above, and text of each sentence outside of tables."""
    topic, line = "", 1
    for paragraph in re.split(r"(\n\s*\n)", source):
        text = paragraph.strip()
        if text.startswith("#"):
            topic = _endpoint(text, rows)
        elif text and not text.startswith(("|", "Table: ", "*[", "[[", "Source: ")):
            bare = _CITATION.sub(lambda cited: " " * len(cited[0]), paragraph)
            starts = [0, *(end.end() for end in _SENTENCE.finditer(bare))]
            for start, end in zip(starts, [*starts[1:], None], strict=True):
                yield line + bare.count("\n", 0, start), topic, bare[start:end]
        line += paragraph.count("\n")


def _judge(first: int, topic: str, written: str, rows: list[Row]) -> Iterator[Problem]:
    sentence = written.replace("\n", " ")
    if _ELSEWHERE.search(sentence):
        return

    def line(found: re.Match[str]) -> int:
        return first + written.count("\n", 0, found.start(1))

    for found in _HAZARD_RATIO.finditer(sentence):
        about = _rows(sentence[: found.start(1)], topic, rows)
        yield from _compare(
            line(found), f"hazard ratio {found[1]}", [found[1]], ((row.hazard_ratio,) for row in about)
        )
        if interval := _INTERVAL.search(sentence, found.end(), found.end() + 40):
            yield from _compare(
                line(interval), interval[0], list(interval.groups()), (row.interval for row in about)
            )
    for found in _P.finditer(sentence):
        known = {
            (row.p[1],)
            for row in _rows(sentence[: found.start(1)], topic, rows)
            if row.p and row.p[0] == found[1]
        }
        yield from _compare(line(found), found[0], [found[2]], known)
    if "median" in sentence.casefold():
        for found in _MONTHS.finditer(sentence):
            arm = found[2].casefold().removesuffix(" arm")
            known = {
                (row.medians[arm],)
                for row in _rows(sentence[: found.start(1)], topic, rows)
                if arm in row.medians
            }
            yield from _compare(line(found), found[0], [found[1]], known)


def _rows(before: str, topic: str, rows: list[Row]) -> list[Row]:
    """The rows that a number can be held against: of the endpoint last named before it, and of the cut if named."""
    endpoint = _endpoint(before, rows) or topic
    clause = re.split("[:;]", before)[-1].casefold()
    cuts = [row.cut for row in rows if row.cut.casefold() in clause]
    return [row for row in rows if endpoint in row.aliases and (not cuts or row.cut in cuts)]


def _endpoint(text: str, rows: list[Row]) -> str:
    """The endpoint named last in `text`, in small letters, or ""."""
    last, name = -1, ""
    for alias in {alias for row in rows for alias in row.aliases}:
        for found in re.finditer(rf"(?<![\w-]){re.escape(alias)}(?![\w-])", text.casefold()):
            if found.end() > last or (found.end() == last and len(alias) > len(name)):
                last, name = found.end(), alias
    return name


def _compare(
    line: int, written: str, numbers: list[str], known: Iterable[tuple[Decimal | None, ...] | None]
) -> Iterator[Problem]:
    values = [[n for n in value if n is not None] for value in known if value and None not in value]
    if values and not any(all(map(_agrees, numbers, value)) for value in values):
        said = " or ".join(sorted({"–".join(f"{n:f}" for n in value[-2:]) for value in values}))
        yield Problem(
            line, f"“{written}” is in none of the trial's rows for this endpoint; they have {said}."
        )


def _agrees(written: str, known: Decimal) -> bool:
    """Is `written` the number `known`, perhaps rounded?"""
    number = Decimal(written)
    return known.quantize(number, ROUND_HALF_UP) == number or known == number
