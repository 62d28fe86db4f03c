"""Whether a number contradicts the rows that it can be of."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from trials.models import Result

from .claims import COUNT, HAZARD_RATIO, INTERVAL, MEDIAN, ODDS_RATIO, PERCENT, SIZE, TOTAL, Claim, P
from .facts import EVENT, Bounds, Row, Value
from .reading import GRADES, Reading

_LARGEST_RATIO = 10
_MEASURES: dict[str, set[str]] = {
    MEDIAN: {Result.Measure.MEDIAN},
    PERCENT: {Result.Measure.LANDMARK, Result.Measure.RESPONSE, EVENT},
    COUNT: {Result.Measure.RESPONSE, EVENT},
    TOTAL: {Result.Measure.RESPONSE, EVENT},
}


class Known(NamedTuple):
    """What a row has, and whether the claim agrees with it."""

    printed: str
    agrees: bool


class Verdict(NamedTuple):
    """A claim that was held against rows."""

    claim: Claim
    known: list[Known]

    @property
    def is_contradicted(self) -> bool:
        return not any(known.agrees for known in self.known)


def verdicts(reading: Reading) -> Iterator[Verdict]:
    """A verdict for each claim of the sentence that the rows can judge."""
    parent: Claim | None = None
    for claim in reading.claims:
        if parent and reading.clause(parent) != reading.clause(claim):
            parent = None
        if not reading.is_elsewhere(claim):
            known = list(_known(claim, parent, reading))
            if known:
                yield Verdict(claim, known)
        if claim.is_effect or claim.kind in (MEDIAN, PERCENT):
            parent = claim


def _known(claim: Claim, parent: Claim | None, reading: Reading) -> Iterator[Known]:
    if claim.kind == SIZE:
        yield from _sizes(claim, reading)
    elif claim.kind in (HAZARD_RATIO, ODDS_RATIO):
        yield from _estimates(claim, _rows(claim, reading))
    elif claim.kind == INTERVAL:
        yield from _intervals(claim, parent, reading)
    elif claim.kind == P:
        rows = _agreeing(_rows(claim, reading), parent if parent and parent.is_effect else None, reading)
        sides = reading.sides(claim)
        for row in rows:
            if row.p and (sides is None or row.p_sides in (None, sides)):
                yield Known(f"p {row.p[0]} {row.p[1]:f}", _p_agrees(claim, *row.p))
    else:
        yield from _values(claim, reading, _rows(claim, reading))


def _rows(claim: Claim, reading: Reading) -> list[Row]:
    """The rows that `claim` can be of."""
    endpoints, trials, points = reading.endpoints(claim), reading.trials(claim), reading.timepoints(claim)
    measures = _MEASURES.get(claim.kind)
    rows = [
        row
        for row in reading.facts.rows
        if row.endpoint in endpoints
        and (trials is None or row.trial in trials)
        and (measures is None or row.measure in measures)
        and (claim.kind not in (PERCENT, COUNT) or _at(row, points))
        and (row.measure != EVENT or _is_event(claim, row, reading))
        and reading.allows_cut(claim, row.cut)
    ]
    is_event = any(row.measure == EVENT for row in rows)  # of which each report gives only some
    last = reading.last_cuts(claim, above=is_event)
    return rows if not last or any(row.cut in last for row in rows) else []


def _at(row: Row, points: frozenset[Any]) -> bool:
    return row.timepoint in points if points else row.measure != Result.Measure.LANDMARK


def _is_event(claim: Claim, row: Row, reading: Reading) -> bool:
    grades = reading.grades(claim)
    is_of_grade = not grades or row.grade not in GRADES or grades == {row.grade}
    return reading.is_of_event(claim) and is_of_grade


def _estimates(claim: Claim, rows: list[Row]) -> Iterator[Known]:
    for row in rows:
        if row.effect == claim.kind and row.estimate is not None:
            yield Known(f"{row.estimate:f}", _same(claim.numbers[0], row.estimate))


def _values_of(claim: Claim, reading: Reading, rows: list[Row]) -> Iterator[Value]:
    arms = reading.arms(claim)
    for row in rows:
        yield from (value for arm, value in row.values.items() if not arms or arm in arms)


def _values(claim: Claim, reading: Reading, rows: list[Row]) -> Iterator[Known]:
    if claim.kind in (COUNT, TOTAL):
        yield from _counts(claim, reading, rows)
        return
    for row in rows:
        found = list(_values_of(claim, reading, [row]))
        for value in found:
            if value.number is not None:
                yield Known(f"{value.number:f}", _same(claim.numbers[0], value.number))
            elif claim.kind == MEDIAN and not value.is_reached and len(found) == 1:
                yield Known("not reached", False)


def _counts(claim: Claim, reading: Reading, rows: list[Row]) -> Iterator[Known]:
    """Patients with the event or response; their whole number may stand where the sentence says in how many."""
    found = list(_values_of(claim, reading, rows))
    numbers = {value.n for value in found if value.n is not None}
    arms = reading.arms(claim) or {arm for row in rows for arm in row.values}
    sizes = reading.facts.sizes
    if any(row.measure == EVENT for row in rows):
        sizes = {}  # events are counted in those treated
    whole = {sizes[arm] for arm in arms if arm in sizes}
    whole |= {value.analysed for value in found if value.analysed is not None}
    enrolled = {reading.facts.enrolled[row.trial] for row in rows}
    if not numbers:
        return
    for number in sorted(whole if claim.kind == TOTAL else numbers):
        yield Known(str(number), claim.numbers[0] == str(number))
    if claim.kind == COUNT and any(claim.numbers[0] == str(number) for number in whole | enrolled):
        yield Known(claim.numbers[0], True)


def _sizes(claim: Claim, reading: Reading) -> Iterator[Known]:
    """ "PVd (n = 281)": the patients of the arm, or those of them of whom a row is."""
    trials = reading.trials(claim)
    arms = {arm for arm in reading.arms(claim) if trials is None or arm.trial in trials}
    for arm in sorted(arms & reading.facts.sizes.keys()):
        analysed = (row.values[arm].analysed for row in reading.facts.rows if arm in row.values)
        for size in sorted({reading.facts.sizes[arm], *filter(None, analysed)}):
            yield Known(str(size), claim.numbers[0] == str(size))


def _intervals(claim: Claim, parent: Claim | None, reading: Reading) -> Iterator[Known]:
    """The intervals of what stands before it in its clause; else, if it can be one of a ratio, those of ratios."""
    rows = _rows(parent or claim, reading)
    bounds: list[Bounds | None] = []
    if parent is None or parent.is_effect:
        rows = _agreeing(rows, parent, reading)
        bounds += [row.bounds for row in rows if parent or _looks_like_ratio(claim)]
    else:
        values = list(_values_of(parent, reading, rows))
        right = [v for v in values if v.number is not None and _same(parent.numbers[0], v.number)]
        bounds += [value.bounds for value in right or values]
    for known in filter(None, bounds):
        yield Known(_printed(known), _within(claim, known))


def _looks_like_ratio(claim: Claim) -> bool:
    return all("." in bound and Decimal(bound) < _LARGEST_RATIO for bound in claim.numbers[1:])


def _agreeing(rows: list[Row], parent: Claim | None, reading: Reading) -> list[Row]:
    """Those of `rows` whose estimate is that of `parent`; all where none is."""
    if parent is None:
        return rows
    rows = [row for row in rows if row.effect == parent.kind]
    right = [row for row in rows if any(known.agrees for known in _estimates(parent, [row]))]
    return right or rows


def _within(claim: Claim, known: Bounds) -> bool:
    level, lower, upper = claim.numbers
    return (
        (not level or _same(level, known.level))
        and (known.lower is not None and _same(lower, known.lower))
        and (
            _same(upper, known.upper)
            if upper and known.upper is not None
            else not upper and known.upper is None
        )
    )


def _printed(bounds: Bounds) -> str:
    lower, upper = (f"{bound:f}" if bound is not None else "open" for bound in (bounds.lower, bounds.upper))
    return f"{lower}–{upper} ({bounds.level:f}%)"


def _same(written: str, known: Decimal) -> bool:
    """Is `written` the number `known`, if one of the two is rounded?"""
    number = Decimal(written)
    return known == number or any(
        more.quantize(fewer, ROUND_HALF_UP) == fewer
        for fewer, more in ((number, known), (known, number))
        if fewer.as_tuple().exponent >= more.as_tuple().exponent  # type: ignore[operator]  # both are finite
    )


def _p_agrees(claim: Claim, relation: str, known: Decimal) -> bool:
    """p values as ranges: what is said must follow from the row, so that a weaker "p < 0.05" beside 0.0044 agrees."""
    said = Decimal(claim.numbers[0])
    if claim.relation == "=":
        if relation == "=":
            return _same(claim.numbers[0], known)
        return said < known if relation == "<" else said > known
    if claim.relation == "<":
        return known <= said if relation == "<" else relation == "=" and known < said
    return known >= said if relation == ">" else relation == "=" and known > said
