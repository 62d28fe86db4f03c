"""The numbers in a sentence that say what a trial found, each with the kind of number that it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .prose import Span, blank

HAZARD_RATIO, ODDS_RATIO = "hazard_ratio", "odds_ratio"  # as in trials.models.Comparison.Effect
INTERVAL, P, MEDIAN, PERCENT, COUNT, TOTAL, SIZE = (
    "interval",
    "p",
    "median",
    "percent",
    "count",
    "total",
    "size",
)

_N = r"\d+(?:\.\d+)?"
_AND = r",? (?:and|or|versus|vs\.?|against|to|compared with) "
_OPEN = r"not (?:reached|estimable|evaluable)|NR|NE|∞"
_BOUNDS = rf"({_N}) ?%? ?(?:–|-|,? to |, |,? and ) ?({_N}|{_OPEN})\b"
_INTERVAL = re.compile(
    rf"(?:({_N}) ?(?:%|per ?cent)[ -]?)?[(\[]?\b(?:confidence intervals?|(?:its|the) interval|CI)\b"
    rf"(?:[ \[\]():;,=]|\b(?:of|was|were|is|from|between|ranged|ranging|CI|{_N} ?%)(?= |[)\]])){{0,12}}{_BOUNDS}",
    re.IGNORECASE,
)
_BRACKETED = re.compile(rf"(?<=\d) ?[(\[]{_BOUNDS}[)\]]")
_FILL = rf"(?:\((?:{_N} ?% ?CI)\)|\[(?:{_N} ?% ?CI)\]|[^0-9.;%]|(?<=[A-Za-z])\d){{0,60}}?"
_RATIO_END = rf"({_N}(?:(?:, |{_AND}){_N})*)(?!\d|\.\d| ?%|[ -]months?|[ -]years?)"
_RATIOS = {
    HAZARD_RATIO: re.compile(rf"\b(?:[Hh]azard ratios?|HRs?)\b{_FILL}(?<![\w.]){_RATIO_END}"),
    ODDS_RATIO: re.compile(rf"\b(?:[Oo]dds ratios?|ORs?)\b{_FILL}(?<![\w.]){_RATIO_END}"),
}
_OTHER_STATISTIC = re.compile(r"\b(?:HR|OR|(?i:ratio|p|median|months?|patients?|n|rates?))\b")
_RELATIONS = {
    "=": "=|of|was|is|equal to",
    "<": r"<=?|(?:was |of )?(?:below|less than|under)",
    ">": r">=?|(?:was |of )?(?:above|greater than|more than)",
}
_P = {
    relation: re.compile(rf"\bp(?:[ -]?values?)?\)? ?(?:{words}) ?(0?\.\d+)(?![\d%])", re.IGNORECASE)
    for relation, words in _RELATIONS.items()
}
_SIZE = re.compile(r"\b[nN] ?= ?(\d+)\b(?! ?/)")
_SHARE = re.compile(
    rf"(?<![\w.,-])(\d+)(?: ?/ ?|(?: [(\[]{_N} ?%[)\]])? of (?:the |all )?)(\d+)(?![\w.%-]| ?%| months)"
)
_COUNT = re.compile(
    r"(?<![\w.,–-])(\d+)(?= (?:patients|people|participants|responders)\b"
    rf"| [(\[]{_N} ?%[)\]]| (?:with|on|under|given|assigned to) )"
)
_PERCENT = re.compile(
    rf"(?<![\w.–-])(?:({_N})(?: ?%)?{_AND})?({_N}) ?(?:%|per ?cent\b|percent\b)"
    r"(?! ?-?(?:two-sided |CI\b|confidence|risk|reduction|lower|higher|relative|increase|decrease|less|more))",
    re.IGNORECASE,
)
_MONTHS = re.compile(
    rf"(?<![\w.–-])(?:({_N})(?: months)?{_AND})?({_N}) months?\b(?!’|'| of\b| longer| shorter| more)"
)
_TIME_BEFORE = re.compile(
    r"\b(?:at|after|within|by|for|least|most|every|over|first|next|beyond|until|about|lasting|lasted)"
    r"(?: a| an| the| up to| about| approximately)*\s*$",
    re.IGNORECASE,
)
_CHANGE_BEFORE = re.compile(
    r"\b(?:reduc|lower|increas|decreas|improv|rais|fell|rose|differ|longer|shorter)\w*[^.;:]{0,60}\bby(?: an?| about)*\s*$"
    r"|\b(?:up to|least|about|approximately)(?: an?)?\s*$",
    re.IGNORECASE,
)
_LABEL_BEFORE = re.compile(
    r"\b(?:grades?|phase|stage|days?|cycles?|part|lines?|score|table|figure|cohort|or|of(?: the| all)?)\s+$",
    re.I,
)
_LEAST_PATIENTS = 20  # "3 of 4 cycles" are no patients


class Claim(NamedTuple):
    kind: str
    start: int
    end: int
    numbers: tuple[str, ...]  # an interval: level ("" if not written), lower, upper ("" if open)
    relation: str = ""  # of a p value

    @property
    def is_effect(self) -> bool:
        return self.kind in (HAZARD_RATIO, ODDS_RATIO)


def claims(sentence: str) -> list[Claim]:
    """The claims of a plain `sentence` in its order. What was read as one kind is not read as another."""
    found: list[Claim] = []
    finders: list[Callable[[str], Iterator[Claim]]] = [
        _intervals,
        _ratios,
        _p_values,
        _sizes,
        _shares,
        _months,
        _percents,
        _counts,
    ]
    for finder in finders:
        new = list(finder(sentence))
        found += new
        if finder is not _months and finder is not _percents:
            sentence = blank(sentence, [Span(claim.start, claim.end) for claim in new])
    return sorted(found, key=lambda claim: claim.start)


def _intervals(text: str) -> Iterator[Claim]:
    spans = []
    for found in _INTERVAL.finditer(text):
        level = re.search(_N, found[0])
        written = level[0] if level and level.end() <= found.start(2) - found.start() else ""
        yield _interval(found, written, found[2], found[3])
        spans.append(Span(*found.span()))
    for found in _BRACKETED.finditer(blank(text, spans)):
        if not re.match(r" ?(?:patients|months|%)", text[found.end() :]):
            yield _interval(found, "", found[1], found[2])


def _interval(found: re.Match[str], level: str, lower: str, upper: str) -> Claim:
    return Claim(INTERVAL, *found.span(), (level, lower, upper if upper[0].isdigit() else ""))


def _ratios(text: str) -> Iterator[Claim]:
    for kind, pattern in _RATIOS.items():
        for found in pattern.finditer(text):
            name_end = re.match(r"[Hh]azard ratios?|[Oo]dds ratios?|HRs?|ORs?", found[0]).end()  # type: ignore[union-attr]
            between = re.sub(
                r"^\W*(?:HRs?|ORs?|\d+ ?% ?CI)\b", "", found[0][name_end : found.start(1) - found.start()]
            )
            if not _OTHER_STATISTIC.search(between):
                for number in re.finditer(_N, found[1]):
                    if number[0] == "1":
                        continue  # "nearer to 1"
                    start = found.start(1) + number.start()
                    yield Claim(kind, start, start + len(number[0]), (number[0],))


def _p_values(text: str) -> Iterator[Claim]:
    for relation, pattern in _P.items():
        for found in pattern.finditer(text):
            yield Claim(P, *found.span(), (found[1],), relation)


def _sizes(text: str) -> Iterator[Claim]:
    for found in _SIZE.finditer(text):
        yield Claim(SIZE, *found.span(1), (found[1],))


def _shares(text: str) -> Iterator[Claim]:
    for found in _SHARE.finditer(text):
        if int(found[2]) >= _LEAST_PATIENTS and not _LABEL_BEFORE.search(text[: found.start()]):
            yield Claim(COUNT, *found.span(1), (found[1],))
            yield Claim(TOTAL, *found.span(2), (found[2],))


def _counts(text: str) -> Iterator[Claim]:
    for found in _COUNT.finditer(text):
        if not _LABEL_BEFORE.search(text[: found.start()]):
            yield Claim(COUNT, *found.span(1), (found[1],))


def _months(text: str) -> Iterator[Claim]:
    for found in _MONTHS.finditer(text):
        if not _TIME_BEFORE.search(text[: found.start()]):
            yield from _each(MEDIAN, found)


def _percents(text: str) -> Iterator[Claim]:
    for found in _PERCENT.finditer(text):
        if not _CHANGE_BEFORE.search(text[: found.start()]):
            yield from _each(PERCENT, found)


def _each(kind: str, found: re.Match[str]) -> Iterator[Claim]:
    for group in (1, 2):
        if found[group]:
            yield Claim(kind, *found.span(group), (found[group],))
