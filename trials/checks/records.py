"""What the checks read: small records with decimals, so that no arithmetic needs the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

ArmKey = int | str

MEDIAN = "median_time"
LANDMARK = "event_free_rate"
RESPONSE = "response_rate"

ESTIMATED = "estimated"
NOT_REACHED = "not_reached"

HAZARD_RATIO = "hazard_ratio"
ODDS_RATIO = "odds_ratio"


@dataclass(frozen=True)
class Estimate:
    """A number as printed with its confidence interval. A bound that is open, or not given, is None."""

    status: str = ESTIMATED
    value: Decimal | None = None
    level: Decimal | None = None  # percent
    sides: int | None = None  # None: not stated, read as two
    lower: Decimal | None = None
    upper: Decimal | None = None

    def __str__(self) -> str:
        """As printed, with what is not a number by its status: "0.70 (95 %, 0.60 to 0.94)"."""
        if self.level is None:
            return self.printed
        sides = ", one-sided" if self.sides == 1 else ""
        lower, upper = ("open" if bound is None else bound for bound in (self.lower, self.upper))
        return f"{self.printed} ({self.level} %{sides}, {lower} to {upper})"

    @property
    def printed(self) -> str:
        """The number alone, or why there is none."""
        return self.status.replace("_", " ") if self.value is None else str(self.value)


@dataclass(frozen=True)
class PValue:
    """A p value as printed: `relation` is "=", "<" or ">"; `sides` is None where not stated."""

    relation: str
    value: Decimal
    sides: int | None = None
    is_nominal: bool = False

    def __str__(self) -> str:
        sides = f" ({self.sides}-sided)" if self.sides else ""
        return f"p {self.relation} {self.value}{sides}"


@dataclass(frozen=True)
class ArmRecord:
    key: ArmKey
    label: str
    n: int | None = None  # randomised, or treated in a trial with one arm
    role: str = ""
    randomisation: int = 1


@dataclass(frozen=True)
class ValueRecord:
    """The value of one arm: n of `n_analysed` patients where counts are given."""

    arm: ArmKey
    estimate: Estimate
    n: int | None = None
    n_analysed: int | None = None


@dataclass(frozen=True)
class ComparisonRecord:
    """`arm` against `versus`. `effect` is HAZARD_RATIO, ODDS_RATIO, or "" where only p is given."""

    arm: ArmKey
    versus: ArmKey
    effect: str
    estimate: Estimate
    p: PValue | None = None


@dataclass(frozen=True)
class ResultRecord:
    """One endpoint at one data cut."""

    where: str
    cut: ArmKey
    endpoint: str
    measure: str
    abbreviation: str = ""  # of the endpoint
    timepoint: Decimal | None = None
    population: str = ""
    assessor: str = ""
    role: str = ""
    event_is_desired: bool = False  # such as a response: the sooner the better
    values: tuple[ValueRecord, ...] = ()
    comparison: ComparisonRecord | None = None

    @property
    def same_patients(self) -> tuple[ArmKey, str, str]:
        """Two results with equal keys describe the same patients, judged by the same people."""
        return self.cut, self.population, self.assessor

    def value_of(self, arm: ArmKey) -> ValueRecord | None:
        """The value of `arm`, or None."""
        return next((value for value in self.values if value.arm == arm), None)


@dataclass(frozen=True)
class CountRecord:
    """What one arm had beside the endpoints: a share in percent, a rate or a count."""

    arm: ArmKey
    value: Decimal | None = None
    n: int | None = None


@dataclass(frozen=True)
class ObservationRecord:
    where: str
    is_percent: bool
    values: tuple[CountRecord, ...] = ()


@dataclass(frozen=True)
class CutRecord:
    label: str
    cutoff: date | None = None
    follow_ups: tuple[Decimal, ...] = ()  # medians in months: of all patients, and of arms


@dataclass(frozen=True)
class PublicationRecord:
    label: str
    year: int | None = None
    doi: str = ""
    pmid: str = ""


@dataclass(frozen=True)
class TrialRecord:
    """A trial as a whole. `cuts` stand from the first to the last; `roles` are those of its endpoints by code."""

    label: str
    n_enrolled: int
    arms: tuple[ArmRecord, ...]
    results: tuple[ResultRecord, ...] = ()
    observations: tuple[ObservationRecord, ...] = ()
    cuts: tuple[CutRecord, ...] = ()
    publications: tuple[PublicationRecord, ...] = ()
    roles: dict[str, str] = field(default_factory=dict)
    unknown_sources: tuple[str, ...] = ()
    today: date | None = None  # None: nothing is too late
