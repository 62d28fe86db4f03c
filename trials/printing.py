"""How published figures are written: with their own digits, a true minus, and words where there is no number."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format

from .models import Comparison, DataCut, Given, Interval, Result, Trial

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SPACE = "\N{NO-BREAK SPACE}"
EN_DASH, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
WORDS = {
    Given.NOT_REACHED: "not reached",
    Given.NOT_ESTIMABLE: "not estimable",
    Given.NOT_REPORTED: "not reported",
}
NOT_REPORTED = WORDS[Given.NOT_REPORTED]
UNSEEN = "Not found in the sources that were consulted"
NOT_STATED = "not stated"
DATE = "j F Y"
ORDINALS = {1: "first", 2: "second", 3: "third"}
GRADES = {"any": "any grade", "serious": "serious"}


def number(value: Decimal) -> str:
    """`value` with the digits of its record. No zero is added to make it as long as the figures beside it.

    That an estimate and its bounds are printed with equally many decimals is a habit of journals, not a rule: for
    OPTIMISMM 11.2 (9.66–13.73) is published, for ENDEAVOR 0.76 (0.633–0.915), for DREAMM-7 36% (29.8–42.2). Where
    a record lost a last zero on its way (0.6 beside 0.45–0.79), only the publication can say so: an editor who has
    seen it types 0.60, which is kept. Until then 0.60 would be a guess that looks like a quotation.
    """
    return f"{value:f}".replace("-", MINUS)


def percent(value: Decimal) -> str:
    """Such as "71.5%"."""
    return f"{number(value)}%"


def months(value: Decimal) -> str:
    """Such as "24 months", never broken between the two."""
    return f"{number(value)}{SPACE}months"


def day(value: date) -> str:
    """Such as "7 May 2023"."""
    return date_format(value, DATE)


def cut_title(cut: DataCut) -> str:
    """ "Final analysis, data cut-off 7 May 2023"."""
    return f"{cut.label}, data cut-off {day(cut.cutoff)}" if cut.cutoff else cut.label


def listed(words: Iterable[str]) -> str:
    """ "a, b and c", each once, in order; empty without any."""
    *first, last = dict.fromkeys(words) or [""]
    return f"{', '.join(first)} and {last}" if first else last


def comparison_of(result: Result) -> Comparison | None:
    return getattr(result, "comparison", None)


def interval(given: Interval) -> str:
    """The confidence interval with its level, such as "95% CI 0.49–0.77"; empty without one.

    A one-sided interval has one bound and no other: "one-sided 95% CI, upper bound 0.93".
    """
    if given.ci_level is None:
        return ""
    name = f"{'one-sided ' if given.ci_sides == 1 else ''}{percent(given.ci_level)}{SPACE}CI"
    bounds = {
        "lower": _bound(given.ci_lower, given.ci_lower_status),
        "upper": _bound(given.ci_upper, given.ci_upper_status),
    }
    given_bounds = [(side, text) for side, text in bounds.items() if text != NOT_REPORTED]
    if not given_bounds:
        return f"{name} {NOT_REPORTED}"
    if given.ci_sides == 1 and len(given_bounds) == 1:
        [(side, text)] = given_bounds
        return f"{name}, {side} bound{SPACE}{text}"
    are_numbers = given.ci_lower is not None and given.ci_upper is not None and given.ci_lower >= 0
    return f"{name} {(EN_DASH if are_numbers else ' to ').join(bounds.values())}"


def _bound(value: Decimal | None, status: str) -> str:
    return (
        number(value) if value is not None else WORDS.get(Given(status or Given.NOT_REPORTED), NOT_REPORTED)
    )


def powers(text: str) -> str:
    """`text` with its powers of ten raised: 10^-5 becomes 10⁻⁵."""
    return re.sub(r"10\^(-?[0-9]+)", lambda power: f"10{power[1].translate(RAISED)}", text)


# Typed with a hyphen. At most four digits and nothing around that makes it a date, a registry number or a DOI.
RANGE = re.compile(
    r"(?<![\w.,:/–-])([0-9]{1,4}(?:\.[0-9]+)?%?)-([0-9]{1,4}(?:\.[0-9]+)?)(?![\w/–-]|[.,:@]\w)"
)


def typeset(text: str) -> str:
    """`text` as an editor typed it, with raised powers of ten, and a dash in ranges: "1-3" becomes "1–3"."""
    return RANGE.sub(rf"\1{EN_DASH}\2", powers(text))


def p_value(comparison: Comparison) -> str:
    """The p value with its relation, such as "p < 0.0001"; empty without one."""
    if comparison.p_value is None:
        return ""
    return f"p{SPACE}{comparison.p_relation}{SPACE}{number(comparison.p_value)}"


def p_sides(comparison: Comparison) -> str:
    """What is known of the test: "two-sided", "nominal", both, or nothing."""
    if comparison.p_value is None:
        return ""
    sides = {1: "one-sided", 2: "two-sided"}.get(comparison.p_sides or 0, "")
    return ", ".join(filter(None, [sides, "nominal" if comparison.is_p_nominal else ""]))


def grade(text: str) -> str:
    """A grade of adverse events in words: "any grade", "grade 3–4", "grade 3 or higher"."""
    if not text or text in GRADES:
        return GRADES.get(text, "")
    if text.startswith((">=", "≥")):
        return f"grade{SPACE}{text.lstrip('>=≥ ')} or higher"
    return f"grade{SPACE}{text.replace('-', EN_DASH)}"


def prior_lines(trial: Trial) -> str:
    """How many lines of therapy the patients had had: "none (first line)", "1 to 3", "at least 2", "not stated"."""
    least, most = trial.prior_lines_min, trial.prior_lines_max
    if least is None and most is None:
        return NOT_STATED
    if most is None:
        return f"at least {least}"
    if most == 0:
        return "none (first line)"
    if least is None:
        return f"at most {most}"
    return f"{least}" if least == most else f"{least} to {most}"
