"""What a sentence says its numbers are of: trial, arm, endpoint, data cut and time point."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cached_property
from typing import Any

from .claims import COUNT, MEDIAN, PERCENT, SIZE, Claim, claims
from .facts import Facts
from .names import Named
from .prose import Sentence, Span, blank, clauses, segment, without_brackets
from .vocabulary import Mention

_N = r"\d+(?:\.\d+)?"
_FOLLOW_UP = re.compile(
    rf"(?:a |the )?(?:median )?follow-up(?: time| period| duration)? (?:of|was|being) ({_N}) months?"
    rf"|({_N})(?: months?(?: of|’|')? (?:median )?follow-up|-month (?:follow-up|analysis|report|data cut))",
    re.IGNORECASE,
)
_OF_ARM = re.compile(r"[ ,(]*(?:arm|group)?[ ,(]*n ?= ?", re.IGNORECASE)
# "Between a number and its arm": nothing that begins another statement.
_CONNECTED = re.compile(
    r"(?:\s|[()\[\]]|(?:to|at) [\d.]+ ?%?|months?|%|per ?cent|of|the|all|those|patients?|people|participants"
    r"|responders|in|with|for|on|under|given|assigned|randomi[sz]ed|allocated|to|receiving|who|received|treated|arm"
    r"|group|at|a|median|and(?= \d))*+",
    re.IGNORECASE,
)
_COORDINATED = re.compile(
    r"\s*(?:,|and|or|versus|vs\.?|against|than|over|compared with|compared to)\s+(?:with |in |for |the )*",
    re.IGNORECASE,
)
_COMPARATOR = re.compile(
    r"\b(?:than|versus|vs\.?|against|over|relative to|compared (?:with|to))(?: the| with| in| for)*\s*$",
    re.IGNORECASE,
)
_ANOTHER_STATEMENT = re.compile(
    r"\b(?:against|versus|vs|compared|than|not (?:been |yet )?reached|while|whereas|but|respectively)\b",
    re.IGNORECASE,
)
_SUBGROUP = re.compile(
    r"\b(?:subgroups?|among(?! all\b| both\b| the whole\b)|high-risk|standard-risk|cytogenetic\w*|younger|older"
    r"|elderly|frail|renal impairment)\b",
    re.IGNORECASE,
)
_EVERYBODY = re.compile(
    r"\b(?:overall population|all patients|whole trial|intention-to-treat|all randomi[sz]ed)\b", re.IGNORECASE
)
_DERIVED = re.compile(
    r"\b(?:derived|differences?|gain|gained|improvement|increase|reduction|extension|longer by|shorter by)\b",
    re.IGNORECASE,
)
_BOUND = re.compile(r"\b(?:bounds?|quartiles?|ranges?|ranged|ranging|interval)\b", re.IGNORECASE)
_NEXT_IN_LIST = re.compile(r"[,;]|\band (?!in\b|for\b|with\b|under\b|\d)")
GRADES = {  # as in the rows: how prose names them
    "any": re.compile(r"\b(?:any|all) grades?\b", re.IGNORECASE),
    "3-4": re.compile(r"\bgrades? (?:3 ?[-–/] ?4|3 (?:or|and|to) 4)\b", re.IGNORECASE),
    ">=3": re.compile(
        r"\bgrades? (?:3 (?:or|and) (?:higher|worse|above|more)|[≥>] ?=? ?3|at least 3)", re.IGNORECASE
    ),
}
_YEARS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_COUNTED = rf"({_N}|{'|'.join(_YEARS)})"
_TIMEPOINT = re.compile(
    rf"\bat (?:{_COUNTED},? (?:and|or) )?{_COUNTED} (month|year)s?\b(?! of)|\b{_COUNTED}-(month|year)\b",
    re.IGNORECASE,
)


class Reading:
    """One sentence with the names found in it; what nothing near a number says is left open."""

    def __init__(self, sentence: Sentence, facts: Facts) -> None:
        self.sentence, self.facts = sentence, facts
        follow_up = list(_FOLLOW_UP.finditer(sentence.text))
        self.text = blank(sentence.text, [Span(*found.span()) for found in follow_up])
        self.claims = claims(self.text)
        self.clauses = clauses(self.text)
        self._arms = facts.arms.find(self.text)
        self._trials = facts.trials.find(self.text)
        named = [Mention(*found.span(), self._with_follow_up(found)) for found in follow_up]
        self._cuts = sorted([*facts.cuts.find(self.text), *named], key=lambda mention: mention.start)
        masked = blank(self.text, [Span(cut.start, cut.end) for cut in self._cuts])
        self._endpoints = facts.endpoints.find(masked)
        self._timepoints = [
            Mention(*found.span(), _months_of(found)) for found in _TIMEPOINT.finditer(self.text)
        ]

    def _with_follow_up(self, found: re.Match[str]) -> frozenset[Any]:
        months = Decimal(found[1] or found[2])
        return frozenset(cut for cut, median in self.facts.follow_up.items() if median == months)

    def clause(self, claim: Claim) -> Span:
        return next(clause for clause in self.clauses if claim.start < clause.end)

    def endpoints(self, claim: Claim) -> frozenset[Any]:
        """The endpoint named last before `claim`, or after it in its clause, or above it; empty: none, or no known."""
        if nearest := self._nearest_endpoint(claim):
            return nearest.keys
        if claim.kind in (COUNT, PERCENT) and not self.timepoints(claim):
            return frozenset()  # a share of what, only the sentence itself can tell
        return self._endpoints_above

    def _nearest_endpoint(self, claim: Claim) -> Mention | None:
        clause = self.clause(claim)
        own = [mention for mention in self._endpoints if clause.start <= mention.start < clause.end]
        before = [mention for mention in own if mention.end <= claim.start]
        after = [mention for mention in own if mention.start >= claim.end]
        earlier = [mention for mention in self._endpoints if mention.end <= clause.start]
        return next(iter(before[-1:] or after[:1] or earlier[-1:]), None)

    def is_of_event(self, claim: Claim) -> bool:
        """Does `claim` stand beside its event? In a list, what follows may be one of which nothing is known."""
        nearest = self._nearest_endpoint(claim)
        if nearest is None:
            return False
        start, end = sorted((nearest.end, claim.start))
        return not _NEXT_IN_LIST.search(without_brackets(self.text[start : end + 1]))

    def grades(self, claim: Claim) -> set[str]:
        """The grades named before `claim` in its clause; empty where none is."""
        before = self.text[self.clause(claim).start : claim.start]
        return {name for name, pattern in GRADES.items() if pattern.search(before)}

    def last_cuts(self, claim: Claim, *, above: bool) -> frozenset[Any]:
        """The data cut named last before `claim` in the sentence, or `above` it; empty where none is."""
        before = [cut for cut in self._cuts if cut.end <= claim.start]
        if not before and above:
            before = self._cuts_above
        return before[-1].keys if before else frozenset()

    @cached_property
    def _cuts_above(self) -> list[Mention]:
        text = self.sentence.before
        named = [Mention(*found.span(), self._with_follow_up(found)) for found in _FOLLOW_UP.finditer(text)]
        return sorted([*self.facts.cuts.find(text), *named], key=lambda mention: mention.start)

    @cached_property
    def _endpoints_above(self) -> frozenset[Any]:
        found = [
            self.facts.endpoints.find(text)[-1:] for text in (self.sentence.heading, self.sentence.before)
        ]
        return frozenset().union(*(mention.keys for mentions in found for mention in mentions))

    def arms(self, claim: Claim) -> frozenset[Any]:
        """The arms that `claim` can be of; empty: nothing near it says."""
        if claim.kind == SIZE:
            *_, before = [arm for arm in self._arms if arm.end <= claim.start] or [Mention(0, 0, frozenset())]
            return before.keys if _OF_ARM.fullmatch(self.text[before.end : claim.start]) else frozenset()
        return self._near(claim, self._arms) or frozenset()

    def trials(self, claim: Claim) -> frozenset[Any] | None:
        """The trials that `claim` can be of, None where nothing says; empty: one without rows."""
        near = self._near(claim, self._trials)
        if near is not None:
            return near
        if self._trials:
            return frozenset().union(*(trial.keys for trial in self._trials))
        for text in (self.sentence.before, self.sentence.heading):
            if above := self.facts.trials.find(text):
                return above[-1].keys
        return None

    def allows_cut(self, claim: Claim, cut: Named) -> bool:
        """Can `claim` be of `cut`? The one named beside it decides, else those named around it or reported."""
        named = self._near(claim, self._cuts)
        if named is not None:
            return cut in named
        reported = [known for known in self.facts.reported if known.trial == cut.trial]
        around = [*self._cuts, *self._cuts_above]
        return not reported or cut in reported or any(cut in mention.keys for mention in around)

    def timepoints(self, claim: Claim) -> frozenset[Any]:
        """The months at which `claim` is a rate; empty where none is named."""
        clause = self.clause(claim)
        own = [point for point in self._timepoints if clause.start <= point.start < clause.end]
        before = [point for point in own if point.end <= claim.start]
        return frozenset().union(*(point.keys for point in before[-1:] or own or self._timepoints))

    def sides(self, claim: Claim) -> int | None:
        """The sides of a p value, where the clause names those of one."""
        found = set(re.findall(r"\b(one|two)-sided", self.text[slice(*self.clause(claim))].casefold()))
        return {"one": 1, "two": 2}[found.pop()] if len(found) == 1 else None

    def is_elsewhere(self, claim: Claim) -> bool:
        """Is `claim` of a part of the patients, or derived, or the bound of an interval?"""
        if self._is_of_subgroup(claim):
            return True
        near = segment(self.text, claim.start)
        clause = self.clause(claim)
        unread = blank(
            self.text, [Span(c.start, c.end) for c in self.claims if c.kind not in (MEDIAN, PERCENT, COUNT)]
        )
        return claim.kind in (MEDIAN, PERCENT, COUNT) and bool(
            _DERIVED.search(self.text, *near)
            or (claim.kind == MEDIAN and _BOUND.search(unread, *clause))
            or (claim.kind == MEDIAN and not self._speaks_of_medians)
        )

    @cached_property
    def _speaks_of_medians(self) -> bool:
        last = re.split(r"(?<=[.?!])\s", self.sentence.before.strip())[-1]
        return "median" in self.text.casefold() or (not self._endpoints and "median" in last.casefold())

    def _is_of_subgroup(self, claim: Claim) -> bool:
        """A clause on a part of the patients holds for those after it until one names an endpoint or everybody."""
        within = False
        for clause in self.clauses:
            text = self.text[slice(*clause)]
            names_endpoint = any(clause.start <= mention.start < clause.end for mention in self._endpoints)
            if any(not self._is_whole_arm(found, clause) for found in _SUBGROUP.finditer(text)):
                within = True
            elif names_endpoint or _EVERYBODY.search(text):
                within = False
            if claim.start < clause.end:
                return within
        return within

    def _is_whole_arm(self, found: re.Match[str], clause: Span) -> bool:
        """ "Among the 281 patients with PVd" is no subgroup."""
        end = clause.start + found.end()
        arm = next((arm for arm in self._arms if arm.start >= end), None)
        gap = re.sub(r"\b\d+ (?=patients)", "", self.text[end : arm.start]) if arm else "?"
        return found[0].casefold() == "among" and bool(_CONNECTED.fullmatch(gap))

    def _near(self, claim: Claim, mentions: list[Mention]) -> frozenset[Any] | None:
        """What those of `mentions` mean that `claim` is said of; None where it is said of none."""
        if "respectively" in self.text:
            return None
        if following := self._following(claim, mentions):
            return _together(following, mentions, self.text)
        clause = self.clause(claim)
        taken = [
            m for other in self.claims if other != claim for m in [self._following(other, mentions)] if m
        ]
        before = [m for m in mentions if clause.start <= m.start and m.end <= claim.start]
        if not before or before[-1] in taken:
            return None
        between = without_brackets(self.text[before[-1].end : claim.start])
        numbers = (c for c in self.claims if c.kind in (MEDIAN, PERCENT, COUNT) and c.start >= before[-1].end)
        if mentions is self._arms and any(
            c.end <= claim.start and between[c.start - before[-1].end] != " " for c in numbers
        ):
            return None
        if mentions is self._arms and (
            _ANOTHER_STATEMENT.search(between) or _COMPARATOR.search(self.text[: before[-1].start])
        ):
            return None
        return _together(before[-1], mentions, self.text)

    def _following(self, claim: Claim, mentions: list[Mention]) -> Mention | None:
        """The one of `mentions` to which nothing but connecting words lead from `claim`."""
        following = next((mention for mention in mentions if mention.start >= claim.end), None)
        if following and _CONNECTED.fullmatch(without_brackets(self.text[claim.end : following.start])):
            return following
        return None


def _together(one: Mention, mentions: list[Mention], text: str) -> frozenset[Any]:
    """The keys of `one`, with those of its neighbours to which an "and" or "versus" joins it."""
    keys = one.keys
    for first, second in itertools.pairwise(mentions):
        if one in (first, second) and _COORDINATED.fullmatch(text[first.end : second.start]):
            keys |= first.keys | second.keys
    return keys


def _months_of(found: re.Match[str]) -> frozenset[Any]:
    unit = 12 if "year" in (found[3] or found[5] or "").casefold() else 1
    counted: Iterable[str] = filter(None, (found[1], found[2], found[4]))
    return frozenset(unit * Decimal(_YEARS.get(word.casefold(), word)) for word in counted)
