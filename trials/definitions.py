"""How an endpoint was defined: what the rows say of it, without the remarks that stand beside it.

Records say in one text (`Result.detail`) what was counted, in whom, by whom, and what there is to know of that
one analysis. Only the first makes two endpoints different; population and assessor have rows of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import printing
from .models import Result

# About one analysis of the endpoint, its role, or what was found. What is not listed counts as definition: a guard
# that marks a row too many warns for nothing, one that marks too few misleads.
REMARKS = re.compile(
    r"no (statistically )?significant difference"
    r"|(interim|final|primary|updated|exploratory|post hoc) analysis"
    r"|updated (at|with|after) .+"
    r"|medians? not reached"
    r"|confounded by crossover"
    r"|as stated at .+"
    r"|with an? [\d.]+ ?% confidence interval"
    r"|(co-)?primary endpoint( of .+)?",
    re.IGNORECASE,
)
# How a text says the same as a value of `population` or `assessor`.
SAME: dict[str, str] = {
    Result.Population.ITT: "intention.to.treat( population)?",
    Result.Population.EVALUABLE: "evaluable( for response)?",
    Result.Population.SAFETY: "safety population",
    Result.Assessor.IRC: "(blinded )?independent( central)? review( committee)?",
    Result.Assessor.INVESTIGATOR: "investigator( assessment)?",
}


def definition_of(result: Result, in_trial: str) -> str:
    """What was counted as the endpoint of `result`; empty where nothing is said.

    in_trial  the definition that the trial gives for all results of this endpoint
    """
    found: dict[str, str] = {}
    for clause in [*clauses(in_trial), *measured(result)]:
        found.setdefault(clause.casefold(), clause)
    text = ", ".join(found.values())
    return printing.powers(text[:1].upper() + text[1:])


def measured(result: Result) -> Iterator[str]:
    """The clauses of `result.detail` that belong to the definition."""
    for clause in clauses(result.detail):
        if not (said_elsewhere(result, clause) or REMARKS.fullmatch(clause)):
            yield clause


def said_elsewhere(result: Result, clause: str) -> bool:
    """Do population or assessor of `result` say the same already?"""
    values = (result.population, result.assessor)
    return any(re.fullmatch(SAME[value], clause, re.IGNORECASE) for value in values if value in SAME)


def detail_of(result: Result) -> str:
    """`result.detail` without what population and assessor say already."""
    parts = clauses(result.detail)
    kept = [clause for clause in parts if not said_elsewhere(result, clause)]
    if kept == parts:
        return result.detail
    text = "; ".join(kept)
    return text[:1].upper() + text[1:]


def clauses(text: str) -> list[str]:
    """The parts of `text` between commas and semicolons, but those within brackets and numbers."""
    parts = re.split(r"[;,](?=\s)(?![^()]*\))", text)
    return [clause for part in parts if (clause := part.strip().rstrip("."))]
