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
POPULATION = re.compile(
    r"intention.to.treat( population)?|evaluable( for response)?|safety population", re.IGNORECASE
)
ASSESSOR = re.compile(
    r"(blinded )?independent( central)? review( committee)?|investigator( assessment)?", re.IGNORECASE
)


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
        stands_elsewhere = (result.population and POPULATION.fullmatch(clause)) or (
            result.assessor and ASSESSOR.fullmatch(clause)
        )
        if not (stands_elsewhere or REMARKS.fullmatch(clause)):
            yield clause


def clauses(text: str) -> list[str]:
    """The parts of `text` between commas and semicolons, but those within brackets and numbers."""
    parts = re.split(r"[;,](?=\s)(?![^()]*\))", text)
    return [clause for part in parts if (clause := part.strip().rstrip("."))]
