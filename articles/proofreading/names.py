"""What prose calls the arms and data cuts of trials."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from trials.models import Arm, DataCut, Drug, Trial

from .vocabulary import Mention, Vocabulary

_JOINED = re.compile(r"(?: \([\w-]+\))?(?:,| and| with| plus| to| \+|/|-| –)+ ?(?:and |with )?")
_CONTROL = ("control", "control arm", "control group", "standard care", "standard of care", "placebo")
_EXPERIMENTAL = ("experimental arm", "experimental group")


class Named(NamedTuple):
    """An arm or a data cut."""

    trial: str
    name: str


def arm_of(arm: Arm) -> Named:
    return Named(arm.trial.acronym, str(arm))


def cut_of(cut: DataCut | None) -> Named:
    return Named(cut.trial.acronym, cut.label) if cut else Named("", "")


class ArmNames:
    """Arms by label, regimen and role, and by their drugs: "daratumumab with Kd's drugs" is not Kd."""

    def __init__(
        self,
        names: Mapping[str, Iterable[Named]],
        drugs: Mapping[str, Iterable[int]],
        given: Mapping[frozenset[int], Iterable[Named]],
    ) -> None:
        self._names, self._drugs, self._given = Vocabulary(names), Vocabulary(drugs), given

    def find(self, text: str) -> list[Mention]:
        """Where `text` means an arm; drugs that are the whole of no arm mean none."""
        runs = list(self._runs(text))
        apart = [
            name
            for name in self._names.find(text)
            if not any(run.start < name.end and name.start < run.end for run in runs)
        ]
        return sorted([*apart, *runs], key=lambda mention: mention.start)

    def _runs(self, text: str) -> Iterator[Mention]:
        """Several drugs in a row, or the one drug of an arm."""
        run: list[Mention] = []
        for drug in [*self._drugs.find(text), None]:
            if run and (drug is None or not _JOINED.fullmatch(text[run[-1].end : drug.start])):
                drugs = frozenset(key for mention in run for key in mention.keys)
                arms = self._given.get(drugs, ())
                if len(run) > 1 or arms:
                    yield Mention(run[0].start, run[-1].end, frozenset(arms))
                run = []
            if drug is not None:
                run.append(drug)


def of_arms(trials: Iterable[Trial]) -> ArmNames:
    """The names of the arms of `trials`. Four queries."""
    names: dict[str, set[Named]] = {}
    given: dict[frozenset[int], set[Named]] = {}
    found = Arm.objects.filter(trial__in=list(trials)).select_related("trial", "regimen")
    arms = list(found.prefetch_related("drugs"))
    for arm in arms:
        for name in (*_of_arm(arm), *_of_own_drugs(arm, arms)):
            names.setdefault(name, set()).add(arm_of(arm))
        given.setdefault(frozenset(drug.pk for drug in arm.drugs.all()), set()).add(arm_of(arm))
    drugs = {
        name: {drug.pk}
        for drug in Drug.objects.prefetch_related("names")
        for name in (drug.name, *(other.name for other in drug.names.all()))
    }
    return ArmNames(names, drugs, given)


def _of_arm(arm: Arm) -> Iterator[str]:
    yield from filter(None, (arm.label, arm.name))
    if arm.regimen:
        yield from (arm.regimen.abbreviation, *arm.regimen.synonyms)
    yield from {Arm.Role.CONTROL: _CONTROL, Arm.Role.EXPERIMENTAL: _EXPERIMENTAL}.get(Arm.Role(arm.role), ())


def _of_own_drugs(arm: Arm, arms: Iterable[Arm]) -> Iterator[str]:
    """ "Daratumumab group", where the other arms of its randomisation are without."""
    same = [
        a for a in arms if (a.trial_id, a.randomisation) == (arm.trial_id, arm.randomisation) and a != arm
    ]
    elsewhere = {drug for other in same for drug in other.drugs.all()}
    for drug in set(arm.drugs.all()) - elsewhere:
        yield from (f"{drug.name} {noun}" for noun in ("group", "arm"))


def of_cuts(cuts: Iterable[DataCut]) -> Vocabulary:
    """The names of `cuts`, which are all of their trials."""
    cuts = list(cuts)
    names: dict[str, set[Any]] = {}
    for cut in cuts:
        is_first = all(cut.position <= other.position for other in cuts if other.trial_id == cut.trial_id)
        for name in _of_cut(cut, is_first=is_first):
            names.setdefault(name.casefold(), set()).add(cut_of(cut))
    return Vocabulary(names)


def _of_cut(cut: DataCut, *, is_first: bool) -> Iterator[str]:
    label = re.sub(r"\s*\([^)]*\)|\b(?:prespecified|planned) ", "", cut.label, flags=re.IGNORECASE)
    yield from {cut.label, label}
    for long, short in (("overall survival", "OS"), ("progression-free survival", "PFS")):
        yield re.sub(long, short, label, flags=re.IGNORECASE)
    said = f"{cut.label} {cut.code}".casefold()
    kinds = re.findall("primary|interim|final|updated?|long-term|extended", said)
    kinds += ["first", "primary"] if is_first else []
    for kind in kinds:
        yield from (f"{kind} {noun}" for noun in ("analysis", "report", "data cut", "follow-up"))
    if "update" in said:
        yield "update"
    if part := re.match(r"part \d", cut.label, re.IGNORECASE):
        yield part[0]
