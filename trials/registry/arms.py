"""Which of our arms a group of the registry is, where its title, drugs and number of participants leave one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .words import plain

FILLERS = {"and", "plus", "with", "in", "combination", "arm", "group", "treatment", "therapy"}
NUMBERED = re.compile(r"^(arm|group|cohort|treatment)\s+\w{1,3}\s*[:\N{EN DASH}-]\s*", re.IGNORECASE)
Words = frozenset[str]


@dataclass(frozen=True)
class Group:
    """`interventions` as the registry lists them ("Drug: Pomalidomide"); `count` of those who started."""

    title: str
    interventions: tuple[str, ...] = ()
    count: int | None = None


@dataclass(frozen=True)
class OurArm:
    """`names` are label, name and regimen as sets of words; `drugs` the slugs of its drugs."""

    pk: int
    names: frozenset[Words]
    drugs: frozenset[str]
    n: int | None


def words_of(text: str) -> Words:
    """The words of `text` that tell one treatment from another."""
    return frozenset(plain(text).split()) - FILLERS


def propose(group: Group, arms: Iterable[OurArm], drugs: Mapping[str, str]) -> int | None:
    """The arm that `group` must be, or None.

    drugs    every name of every drug, in plain words → its slug
    returns  the key of the one arm to which all evidence points: title, drugs and count; None if they leave
             several, contradict each other or say nothing
    """
    arms = list(arms)
    titles = _names(group.title)
    given = _drugs(group.interventions, drugs) or _drugs(re.split(r"[+,/&]|\band\b", group.title), drugs)
    evidence = (
        {arm.pk for arm in arms if arm.names & titles},
        {arm.pk for arm in arms if given and arm.drugs == given},
        {arm.pk for arm in arms if group.count is not None and arm.n == group.count},
    )
    found = [keys for keys in evidence if keys]
    left = set.intersection(*found) if found else set()
    return left.pop() if len(left) == 1 else None


def _names(title: str) -> set[Words]:
    """ "Arm A: Pomalidomide + Dexamethasone (Pd)" is both what stands before the brackets and what is in them."""
    text = NUMBERED.sub("", title.strip())
    parts = [text, re.sub(r"\([^()]*\)", " ", text), *re.findall(r"\(([^()]*)\)", text)]
    return {words for part in parts if (words := words_of(part))}


def _drugs(names: Iterable[str], drugs: Mapping[str, str]) -> frozenset[str]:
    """The slugs of all `names`; none if one of them is not in our list."""
    plain_names = {plain(name.partition(":")[2] or name) for name in names}
    if not plain_names or not plain_names <= set(drugs):
        return frozenset()
    return frozenset(drugs[name] for name in plain_names)
