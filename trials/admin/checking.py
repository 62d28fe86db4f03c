"""After a save: what the checks find in the stored rows, and the reasons that editors give for oddities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256

from django.contrib import messages
from django.http import HttpRequest

from portal.lib.admin_refusal import Refused
from trials import upkeep, waiving
from trials.checks import Finding
from trials.checks.of_rows import PREFETCH, RowFinding, findings_of_trial
from trials.models import DataCut, Observation, Result, Trial
from trials.roles import align_roles

# Where a fault is shown: the field of the arm or of the comparison.
FIELDS = {
    "interval-order": "ci_lower",
    "ci-level": "ci_level",
    "ci-sides": "ci_sides",
    "estimate-outside-interval": "value",
    "not-positive": "value",
    "percent-range": "value",
    "percent-count": "value",
    "count-above-total": "n",
    "p-range": "p_value",
    "comparison-arms": "versus",
    "arms-sum": "n_enrolled",
}
COMPARISON = "comparison-0"  # the prefix of its form
Odd = Result | Observation
Known = frozenset[tuple[str, ...]]  # findings by what they are about
Reasons = dict[str, str]  # name of a field → what was typed there
Questions = dict[str, RowFinding]  # name of a field of the form → oddity that asks for a reason there


class NeedsReasons(Refused):
    """The save makes something odd: each of `questions` asks for a reason."""

    def __init__(self, questions: Questions) -> None:
        super().__init__(
            {"": ["Nothing has been saved yet: give a reason for each point below, or correct it."]}
        )
        self.questions = questions


def tell_open(request: HttpRequest, trial: Trial, saved: Odd | None = None) -> None:
    """Say that something else of `trial` than what was `saved` needs a look: one row is held against others."""
    count = sum(found.is_blocking and found.row != saved for found in findings_of(trial))
    if count:
        verb = "points need" if count > 1 else "point needs"
        text = f"{count} {verb} a reason or a correction: see “What the checks found” on the page of {trial}."
        messages.warning(request, text)


def tell_odd_cut(request: HttpRequest, cut: DataCut) -> None:
    """Say what nobody publishes of `cut`: it is stored all the same."""
    for found in findings_of(cut.trial):
        if found.row is None and found.finding.where == cut.label:
            messages.warning(request, f"Saved, but look again: {found.finding.message}")


def redraw(trial: Trial) -> None:
    """After every save: what readers see, and what the registry is held against, follows from the rows."""
    upkeep.settle(trial)


def findings_of(trial: Trial) -> list[RowFinding]:
    """Everything that the checks find in the stored rows of `trial`."""
    return findings_of_trial(Trial.objects.prefetch_related(*PREFETCH).get(pk=trial.pk))


def known(trial: Trial) -> Known:
    """What is found in `trial` before a save, to tell what the save brings about."""
    return frozenset(map(_about, findings_of(trial)))


def questions(findings: Iterable[RowFinding], saved: Odd | None) -> Questions:
    """The oddities among `findings`, each with the name of the field for its reason.

    The name holds for the same numbers only, and for what is `saved` also while it is new and has no key.
    """
    return {
        _field(found, saved): found for found in findings if found.finding.severity == "oddity" and found.row
    }


def questions_of(row: Odd) -> Questions:
    """What is odd about the stored `row`, explained or not."""
    return questions([found for found in findings_of(row.trial) if found.row == row], row)


def _field(found: RowFinding, saved: Odd | None) -> str:
    code, numbers, *row = _about(found)
    text = "|".join([numbers, *([] if found.row == saved else row)])
    return f"reason-{code}-{sha256(text.encode()).hexdigest()[:12]}"


def _about(found: RowFinding) -> tuple[str, ...]:
    finding, row = found.finding, found.row
    where = (str(row._meta.model_name), str(row.pk)) if row else (finding.where,)
    return (finding.code, finding.numbers or f"{finding.where}: {finding.message}", *where)


def check_trial(trial: Trial, before: Known, reasons: Reasons, given_by: str) -> None:
    """Refuse what cannot be true of the stored rows of `trial`; ask why what became odd by this save stands.

    Its results follow its list of endpoints before that.

    raises  Refused, NeedsReasons
    """
    errors: dict[str, list[str]] = defaultdict(list)
    align_roles(trial)
    found = findings_of(trial)
    for row in found:
        if row.finding.severity == "fault":
            field = "n_enrolled" if row.finding.code == "arms-sum" else ""
            errors[field].append(f"{row.finding.where}: {row.finding.message}")
    if errors:
        raise Refused(errors)
    _ask(trial, None, _new(found, before), reasons, given_by)


def check_row(row: Odd, before: Known, reasons: Reasons, given_by: str) -> None:
    """Refuse faults of the stored `row` and new ones elsewhere; ask for the reasons of its oddities, and of new ones.

    before    what was known of the trial before the save
    reasons   {name of the field: reason} as typed; those for what is not odd are dropped
    raises    Refused, NeedsReasons
    """
    found = findings_of(row.trial)
    own = [one for one in found if one.row == row]
    new = [one for one in _new(found, before) if one.row != row]
    prefixes = {str(value.arm): f"values-{value.arm_id}" for value in row.values.select_related("arm")}
    refuse_faults([one.finding for one in own], prefixes, COMPARISON if isinstance(row, Result) else "")
    refuse_faults([one.finding for one in new], {}, "")
    _ask(row.trial, row, [*own, *new], reasons, given_by)


def _new(found: Iterable[RowFinding], before: Known) -> list[RowFinding]:
    return [one for one in found if _about(one) not in before]


def _ask(
    trial: Trial, saved: Odd | None, findings: list[RowFinding], reasons: Reasons, given_by: str
) -> None:
    """Keep the typed reasons, and supersede those of which the numbers are gone. Raises NeedsReasons."""
    asked = questions(findings, saved)
    missing = {
        name: found
        for name, found in asked.items()
        if not reasons.get(name) and (found.row == saved or not found.waiver)
    }
    if missing:
        raise NeedsReasons(asked)
    for name, found in asked.items():
        if reasons.get(name):
            waiving.give(found, reasons[name], given_by)
    waiving.supersede_stale(trial, findings_of(trial))


def refuse_faults(findings: list[Finding], prefixes: dict[str, str], otherwise: str) -> None:
    """Show each fault at its field.

    prefixes   {arm as shown: prefix of its form}
    otherwise  the prefix of the form for what concerns no single arm; empty: above the form
    raises     Refused, if there are faults
    """
    errors: dict[str, list[str]] = defaultdict(list)
    rows: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for finding in findings:
        if finding.severity != "fault":
            continue
        of_arm = (prefix for arm, prefix in prefixes.items() if finding.where.endswith(f", {arm}"))
        prefix = next(of_arm, otherwise)
        if prefix and finding.code in FIELDS:
            rows[prefix][FIELDS[finding.code]].append(finding.message)
        else:
            errors[""].append(f"{finding.where}: {finding.message}")
    if errors or rows:
        raise Refused(errors, rows)
