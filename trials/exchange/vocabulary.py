"""What the texts of records say, where they say it in words that are listed here. Other texts say nothing."""

from __future__ import annotations

import re

from trials.models import FORMATS, Registry, Result

POPULATIONS = {  # `detail` → population
    "Intention-to-treat population, independent review": Result.Population.ITT,
    "Intention-to-treat population; no significant difference": Result.Population.ITT,
    "Interim analysis, intention to treat; confounded by crossover": Result.Population.ITT,
}
ASSESSORS = {
    "Intention-to-treat population, independent review": Result.Assessor.IRC,
    "Blinded independent central review": Result.Assessor.IRC,
    "Investigator assessment": Result.Assessor.INVESTIGATOR,
}
DEFINITIONS = {  # `detail` → what it says about the endpoint itself, not about one analysis of it
    text: text
    for text in (
        "Multiparametric flow cytometry, threshold 10^-5",
        "Next-generation sequencing, threshold 10^-5",
        "Next-generation sequencing, threshold 10^-5, with complete response or better",
        "Threshold 10^-5",
        "At least 12 months, threshold 10^-5",
        "At least 24 months, threshold 10^-5",
        "From first randomisation",
    )
} | {
    "After consolidation, day 100 after transplant; primary endpoint of part 1": (
        "After consolidation, day 100 after transplant"
    ),
}


def population(detail: str) -> str:
    """The population that `detail` names, "" if none."""
    return str(POPULATIONS.get(detail, Result.Population.UNSTATED))


def assessor(detail: str) -> str:
    """Who assessed the endpoint according to `detail`, "" if it does not say."""
    return str(ASSESSORS.get(detail, Result.Assessor.UNSTATED))


def definition(details: set[str]) -> str:
    """The definition of an endpoint in a trial whose results have `details`: "" unless there is exactly one."""
    found = {DEFINITIONS[detail] for detail in details if detail in DEFINITIONS}
    return found.pop() if len(found) == 1 else ""


def matches(registry: Registry, number: str) -> bool:
    """Whether `number` has the format of `registry`."""
    return re.fullmatch(FORMATS[registry].strip("^$"), number, re.ASCII) is not None
