"""Whether a number of the registry contradicts ours. Pure: everything it needs is handed to it.

Two numbers contradict each other only if all keys agree: NCT, arm, time (time frame and data cut), population, unit
and parameter, for intervals also level and sides, for p values sides. What one of them does not state does not agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from trials.models import RegistrySuggestion

from .numbers import Bounds, Number, agree, bounds_agree, inverted

Key = RegistrySuggestion.Key
Verdict = RegistrySuggestion.Verdict
Arms = frozenset[int]


@dataclass(frozen=True)
class Frame:
    """When, according to the registry: a landmark, and what its texts say of the data cut."""

    landmark: Decimal | None = None
    dates: frozenset[date] = frozenset()
    follow_ups: frozenset[Decimal] = frozenset()


@dataclass(frozen=True)
class Cut:
    """When, according to our row."""

    landmark: Decimal | None
    cutoff: date | None
    follow_up: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What a number is of.

    topic    code of the endpoint, or what else is counted; only figures of one topic and form correspond
    form     "value", "comparison", and each with " interval"; "p"
    counted  participants analysed, by arm
    """

    topic: str
    form: str
    arms: Arms
    population: str
    counted: Mapping[int, int] = field(default_factory=dict)
    unit: str
    parameter: str
    assessor: str = ""
    level: Decimal | None = None
    sides: int | None = None
    content: Number | Bounds


@dataclass(frozen=True, kw_only=True)
class Said(Figure):
    """A figure of the registry; no `arms` if a group is none of ours as far as is known."""

    path: str
    subject: str
    says: str
    number: str
    frame: Frame | None


@dataclass(frozen=True, kw_only=True)
class Ours(Figure):
    """A figure of ours; `numbers` are the NCT numbers of its trial."""

    text: str
    result: int | None
    numbers: frozenset[str]
    cut: Cut | None


@dataclass(frozen=True)
class Judged:
    verdict: Verdict
    keys: tuple[Key, ...] = ()
    ours: Ours | None = None


def judge(said: Said, rows: Iterable[Ours]) -> Judged:
    """How `said` stands to the one of `rows` that is nearest to it; the first of equally near ones."""
    rows = [row for row in rows if _corresponds(said, row)]
    if not rows:
        return Judged(Verdict.ONLY_IN_REGISTRY)
    ours = min(rows, key=lambda row: _distance(said, row))
    keys = differing(said, ours)
    is_same = contents_agree(ours.content, said.content)
    if not keys and is_same is None:
        keys = (Key.PARAMETER,)  # one is no number, or only a bound: another kind of statement
    if not keys and is_same is False and _is_the_other_way_round(said, ours):
        keys = (Key.ARM,)
    if keys:
        return Judged(Verdict.NOT_COMPARABLE, keys, ours)
    return Judged(Verdict.MATCH if is_same else Verdict.MISMATCH, (), ours)


def _corresponds(said: Said, ours: Ours) -> bool:
    is_alike = (said.topic, said.form) == (ours.topic, ours.form)
    return is_alike and (not said.arms or said.arms == ours.arms)


def _distance(said: Said, ours: Ours) -> tuple[bool, int, bool]:
    keys = differing(said, ours)
    is_other_kind = bool({Key.UNIT, Key.PARAMETER} & set(keys))
    return is_other_kind, len(keys), contents_agree(ours.content, said.content) is not True


def differing(said: Said, ours: Ours) -> tuple[Key, ...]:
    """The keys in which the two differ, or may differ, in their order."""
    agreeing = {
        Key.NCT: ours.numbers == {said.number},
        Key.ARM: said.arms == ours.arms,
        Key.TIME: is_same_time(said.frame, ours.cut),
        Key.POPULATION: is_same_population(said, ours),
        Key.UNIT: said.unit == ours.unit,
        Key.PARAMETER: (said.parameter, said.assessor) == (ours.parameter, ours.assessor),
    }
    if isinstance(said.content, Bounds):
        agreeing[Key.LEVEL] = said.level is not None and said.level == ours.level
    if isinstance(said.content, Bounds) or said.form == "p":
        agreeing[Key.SIDES] = said.sides is not None and said.sides == ours.sides
    return tuple(key for key, is_same in agreeing.items() if not is_same)


def is_same_time(frame: Frame | None, cut: Cut | None) -> bool:
    """The same landmark, and a date or median follow-up in the registry that is the one of our data cut.

    A time frame such as "up to 5 years" does not say when patients were counted. Where a date is named, it decides.
    """
    if frame is None or cut is None:
        return frame is cut
    if frame.landmark != cut.landmark:
        return False
    return cut.cutoff in frame.dates if frame.dates else cut.follow_up in frame.follow_ups


def is_same_population(said: Said, ours: Ours) -> bool:
    """The same name, and no arm of which a different number of participants was analysed."""
    is_same_name = said.population != "" and said.population == ours.population
    return is_same_name and all(
        said.counted[arm] == ours.counted[arm] for arm in said.counted.keys() & ours.counted.keys()
    )


def contents_agree(ours: Number | Bounds, theirs: Number | Bounds) -> bool | None:
    if isinstance(ours, Bounds) and isinstance(theirs, Bounds):
        return bounds_agree(ours, theirs)
    if isinstance(ours, Number) and isinstance(theirs, Number):
        return agree(ours, theirs)
    return None


def _is_the_other_way_round(said: Said, ours: Ours) -> bool:
    """The registry does not say which arm a ratio favours: 1.64 may be 0.61 with the arms exchanged."""
    if not said.form.startswith("comparison"):
        return False
    content = ours.content
    turned = content.inverted() if isinstance(content, Bounds) else inverted(content)
    return turned is not None and contents_agree(turned, said.content) is True
