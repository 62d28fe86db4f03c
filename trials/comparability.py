"""The guard beside a comparison of trials: what differs, and why that forbids comparing them directly.

It states values side by side and marks rows. Nothing here is sorted by a value, subtracted or pooled across
trials. The sentences name no trial, so that the order of the trials changes nothing.

A row is marked when its values are not all equal, or when a trial does not report one: what is not known to
be equal is not comparable. Two results are comparable only if endpoint, definition, population, assessor,
measure and unit agree, which is the rule that registries and meta-analyses use for results of two records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from . import printing

NOT_REPORTED = "Not reported"
NOT_APPLICABLE = "Not applicable"  # a value like any other: a time point of a median, say
FEWEST, MOST = 2, 4
FOLLOW_UP_TOLERANCE = Decimal("1.2")


@dataclass(frozen=True)
class EndpointSide:
    """How one trial measured an endpoint. None or "": not reported."""

    definition: str | None = None
    population: str | None = None
    assessor: str | None = None
    measure: str | None = None
    unit: str | None = None
    timepoint: str | None = None
    ci_level: str | None = None


@dataclass(frozen=True)
class Measured:
    """How one trial came to the figures in one row: those of an endpoint, or of an adverse event.

    randomisation  from which they count: "First randomisation"
    follow_up      medians in months at the analysis that they are of; empty: not known
    """

    how: EndpointSide
    randomisation: str | None
    follow_up: tuple[Decimal, ...]


@dataclass(frozen=True)
class Side:
    """One trial as it stands in a column, in words for people. None or "": not reported.

    follow_up  median follow-up in months of the data cut that is shown; one per arm where only those are given
    endpoints  name of the endpoint, the same in each trial → how this trial measured it
    """

    trial: str
    setting: str | None = None
    transplant: str | None = None
    prior_lines: str | None = None
    refractory: str | None = None
    phase: str | None = None
    randomised: str | None = None
    blinding: str | None = None
    control: str | None = None
    follow_up: tuple[Decimal, ...] = ()
    endpoints: Mapping[str, EndpointSide] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One line of the comparison, with a value per trial in the order given.

    key      names the row: "phase", or "assessor" within an endpoint
    endpoint "" for rows about the whole trial
    differs  the values are not known to be equal
    why      one sentence; empty if and only if they are equal
    """

    key: str
    label: str
    endpoint: str
    values: tuple[str, ...]
    differs: bool
    why: str


# key → label, and why a difference forbids a direct comparison
TRIAL_ROWS = {
    "setting": (
        "Setting",
        "Patients at different stages of the disease have different outlooks under any treatment.",
    ),
    "transplant": (
        "Transplantation",
        "Patients who can have a transplant are younger and fitter, and the transplant itself changes outcomes.",
    ),
    "prior_lines": (
        "Prior lines",
        "With each earlier line of treatment responses become rarer and shorter, whatever is given next.",
    ),
    "refractory": (
        "Refractory disease",
        "Patients whose disease resisted earlier drugs respond less often, so their share shifts every result.",
    ),
    "phase": (
        "Phase",
        "Earlier phases select patients and sites differently and estimate effects less precisely.",
    ),
    "randomised": (
        "Randomised",
        "Without randomisation a result mixes the effect of the treatment with the choice of the patients.",
    ),
    "blinding": (
        "Blinding",
        "Knowing the treatment can change how progression and side effects are judged and reported.",
    ),
    "control": (
        "Control",
        "An effect is relative to its control: against a weaker control the same treatment looks better.",
    ),
}
FOLLOW_UP = (
    "Median follow-up",
    "The medians of follow-up differ by more than a fifth, so late events and long responses are counted unequally.",
)
ENDPOINT_ROWS = {
    "definition": (
        "Definition",
        "Different definitions count different events, even under the same name.",
    ),
    "population": (
        "Population",
        "A result among selected patients is not a result among all who were randomised.",
    ),
    "assessor": (
        "Assessed by",
        "Investigators and independent reviewers date and grade the same events differently.",
    ),
    "measure": (
        "Measure",
        "A median, a rate at a time point and a response rate are different quantities.",
    ),
    "unit": (
        "Unit",
        "Numbers in different units are not on one scale.",
    ),
    "timepoint": (
        "Time point",
        "Rates fall with time, so rates at different time points cannot be set against each other.",
    ),
    "ci_level": (
        "CI level",
        "An interval of a higher confidence level is wider by construction, not because the result is less certain.",
    ),
}
RANDOMISATION = (
    "Randomisation",
    "A second randomisation takes only patients who did well until then, and counts time and events anew.",
)
UNKNOWN = "At least one trial does not report this, so it is not known whether the trials are alike."


def compare(sides: Sequence[Side]) -> list[Row]:
    """The rows of a comparison of 2 to 4 trials, in a fixed order; endpoints in the order of their names.

    An endpoint that only some trials report has rows too, marked as not reported by the others.

    raises  ValueError: fewer than 2 or more than 4 trials
    """
    if not FEWEST <= len(sides) <= MOST:
        raise ValueError(f"A comparison has {FEWEST} to {MOST} trials, not {len(sides)}.")
    rows = [
        row(key, label, why, [getattr(side, key) for side in sides])
        for key, (label, why) in TRIAL_ROWS.items()
    ]
    rows.append(follow_up_row([side.follow_up for side in sides]))
    for name in sorted({name for side in sides for name in side.endpoints}):
        rows += endpoint_rows([side.endpoints.get(name, EndpointSide()) for side in sides], name)
    return rows


def endpoint_rows(sides: Sequence[EndpointSide], endpoint: str = "") -> list[Row]:
    return [
        row(key, label, why, [getattr(side, key) for side in sides], endpoint=endpoint)
        for key, (label, why) in ENDPOINT_ROWS.items()
    ]


def apart(trials: Sequence[Measured]) -> list[str]:
    """The labels of what forbids setting the figures of a row against each other; empty if nothing is known to."""
    rows = [
        *endpoint_rows([one.how for one in trials]),
        row("randomisation", *RANDOMISATION, [one.randomisation for one in trials]),
        follow_up_row([one.follow_up for one in trials]),
    ]
    return [row.label for row in rows if row.differs]


def row(key: str, label: str, why: str, values: Sequence[str | None], *, endpoint: str = "") -> Row:
    """A row that is marked when its texts differ, or when one is missing (with another sentence)."""
    is_known = all(values)
    is_equal = is_known and len({fold(value) for value in values if value}) == 1
    reason = "" if is_equal else why if is_known else UNKNOWN
    return Row(key, label, endpoint, tuple(value or NOT_REPORTED for value in values), not is_equal, reason)


def fold(text: str) -> str:
    """Two texts that differ in spaces, in capitals or in a full stop at the end say the same."""
    return " ".join(text.split()).rstrip(".").casefold()


def follow_up_row(medians: Sequence[tuple[Decimal, ...]]) -> Row:
    """Follow-up differs when the medians differ by more than 20 % of the shortest, or one is missing.

    The 20 % are our choice: cuts of one programme lie within it, and beyond it late events weigh visibly more.
    A trial that gives a median per arm counts with each of them. The rule looks at the two extremes only to
    set the mark; no difference is stated or shown.
    """
    label, why = FOLLOW_UP
    known = [months for median in medians for months in median]
    is_known = all(medians)
    is_equal = is_known and (len(set(medians)) == 1 or max(known) <= min(known) * FOLLOW_UP_TOLERANCE)
    reason = "" if is_equal else why if is_known else UNKNOWN
    values = tuple(in_months(median) for median in medians)
    return Row("follow_up", label, "", values, not is_equal, reason)


def in_months(median: tuple[Decimal, ...]) -> str:
    """ "16.9 months and 16.3 months" where a trial gives a median per arm."""
    return printing.listed(map(printing.months, median)) or NOT_REPORTED
