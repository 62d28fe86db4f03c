"""How published figures are written: with their own digits, a true minus, and words where there is no number."""

from __future__ import annotations

import re
from decimal import Decimal

from .models import Comparison, Given, Interval, Trial

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


def interval(given: Interval) -> str:
    """The confidence interval with its level, such as "95% CI 0.49–0.77"; empty without one."""
    if given.ci_level is None:
        return ""
    lower, upper = (
        _bound(given.ci_lower, given.ci_lower_status),
        _bound(given.ci_upper, given.ci_upper_status),
    )
    are_numbers = given.ci_lower is not None and given.ci_upper is not None and given.ci_lower >= 0
    between = f"{lower}{EN_DASH}{upper}" if are_numbers else f"{lower} to {upper}"
    sides = "one-sided " if given.ci_sides == 1 else ""
    return f"{sides}{percent(given.ci_level)}{SPACE}CI {between}"


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
        return "not stated"
    if most is None:
        return f"at least {least}"
    if most == 0:
        return "none (first line)"
    if least is None:
        return f"up to {most}"
    return f"{least}" if least == most else f"{least} to {most}"
