"""The words by which prose names endpoints, arms, data cuts and trials."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

# What endpoints are called beside their names and abbreviations, by abbreviation.
ENDPOINTS = {
    "OS": ["alive", "survival rate", "survived"],
    "PFS": [
        "alive without progression",
        "alive and progression-free",
        "alive and free of progression",
        "free of progression",
        "progression-free",
        "for progression or death",
        "for disease progression or death",
    ],
    "PFS2": [
        "second progression-free survival",
        "PFS on the next line of therapy",
        "progression-free survival on the next line of therapy",
    ],
    "ORR": ["overall response", "objective response rate", "objective response", "any response", "responded"],
    "CR+": ["complete response", "CR", "CR or better"],
    "VGPR+": ["very good partial response", "VGPR", "VGPR or better"],
    "MRD-neg": ["MRD negativity", "MRD-negative", "MRD negativity rate", "negative for MRD"],
    "MRD-neg CR": [
        "MRD negativity with complete response",
        "MRD negativity with CR",
        "MRD-negative complete response",
        "MRD-negative CR",
    ],
    "sustained MRD-neg": [
        "sustained MRD negativity",
        "sustained negativity",
        "negativity lasting",
        "negativity lasted",
    ],
    "DOR": ["responses continued", "of responses", "of the responses", "response lasted"],
}
# What else medians, shares and counts are given of. None of it is an endpoint here, so numbers of it are left alone.
OTHER = """
    adverse events|events|neutropenia|anaemia|anemia|progression or death|thrombocytopenia|lymphopenia|pneumonia|infections|neuropathy|diarrhoea
    deaths|died|discontinued|discontinuation|stopped treatment|dose|doses|dosing|exposure|mean|age|aged
    duration of treatment|treatment duration|duration of therapy|time to response|time to first response
    time to onset|time to progression|time to death|treatment-free interval|median follow-up|follow-up:|followed
    subsequent therapy|next therapy|crossed over|censored|transplantation rate|previously exposed|refractory to
    partial response|stable disease|progressive disease|clinical benefit rate|minimal response|event-free survival
    quality of life|minimal residual disease|MRD|treatment-emergent|received|negative|positive|negativity|high-risk|cytogenetics
"""


_BETWEEN_WORDS = r"(?: \([\w-]+\))?[ -]+"  # "minimal residual disease (MRD) negativity"


class Mention(NamedTuple):
    start: int
    end: int
    keys: frozenset[Any]  # empty: something that is known to be none of what is asked for


class Vocabulary:
    """Names and what each may mean."""

    def __init__(self, names: Mapping[str, Iterable[Any]]) -> None:
        self._keys: dict[str, frozenset[Any]] = {}
        for name, keys in names.items():
            known = self._keys.get(_folded(name), frozenset())
            self._keys[_folded(name)] = known | frozenset(keys)
        longest_first = sorted((name for name in self._keys if name), key=len, reverse=True)
        words = "|".join(re.escape(name).replace(r"\ ", _BETWEEN_WORDS) for name in longest_first)
        self._pattern = re.compile(rf"(?<![\w-])(?:{words or '(?!)'})(?![\w+]|-\w)", re.IGNORECASE)

    def find(self, text: str) -> list[Mention]:
        """Where `text` uses one of the names, in its order; of names within names the longest."""
        return [
            Mention(
                found.start(), found.end(), self._keys[_folded(re.sub(r" \([\w-]+\)(?= )", "", found[0]))]
            )
            for found in self._pattern.finditer(text)
        ]


def _folded(name: str) -> str:
    return re.sub(r"[ -]+", " ", name.casefold()).strip()


def endpoints(named: Iterable[tuple[str, str]], events: Iterable[str]) -> Vocabulary:
    """Endpoints by their abbreviation, and events by their name in small letters.

    named   abbreviation and name of each endpoint; those that share an abbreviation are held for one
    events  adverse events of which the rows have counts or shares
    """
    names: dict[str, set[Any]] = {
        other: set() for line in OTHER.split("\n") for other in line.strip().split("|") if other
    }
    for abbreviation, name in named:
        short = abbreviation or name
        for alias in (name, short, *ENDPOINTS.get(short, ()), *_without_long_words(name)):
            names.setdefault(alias.casefold(), set()).add(short)
    for event in events:
        for alias in (event, event.replace("anaemia", "anemia"), event.replace("rrhoea", "rrhea")):
            names.setdefault(alias.casefold(), set()).add(event.casefold())
    return Vocabulary(names)


def _without_long_words(name: str) -> list[str]:
    """`name` as it is often shortened: "complete response" for "Complete response or better"."""
    return [
        re.sub("minimal residual disease", "MRD", name, flags=re.IGNORECASE),
        name.removesuffix(" or better"),
    ]
