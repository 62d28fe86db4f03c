"""After a save: what the checks find in the stored rows, and the reasons that editors give for oddities."""

from __future__ import annotations

from collections import defaultdict

from django.contrib import messages
from django.http import HttpRequest

from portal.lib.admin_refusal import Refused
from trials import derive
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
Oddities = dict[str, list[str]]  # code → messages


class NeedsReasons(Refused):
    """The row is odd: `oddities` {code: messages}, each of which asks for a reason."""

    def __init__(self, oddities: Oddities) -> None:
        super().__init__(
            {"": ["Nothing has been saved yet: give a reason for each point below, or correct it."]}
        )
        self.oddities = oddities


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
    """After every save: what readers see follows from the rows; articles that show them are rendered again."""
    trial.save(update_fields=["modified_at"])
    derive.redraw(trial)


def findings_of(trial: Trial) -> list[RowFinding]:
    """Everything that the checks find in the stored rows of `trial`."""
    return findings_of_trial(Trial.objects.prefetch_related(*PREFETCH).get(pk=trial.pk))


def oddities_of(row: Odd) -> Oddities:
    """What asks for a reason in the stored `row`."""
    return oddities(_findings_of_row(row))


def oddities(findings: list[Finding]) -> Oddities:
    found: Oddities = defaultdict(list)
    for finding in findings:
        if finding.severity == "oddity":
            found[finding.code].append(f"{finding.where}: {finding.message}")
    return dict(found)


def check_trial(trial: Trial) -> None:
    """Refuse what cannot be true of the stored rows of `trial`; oddities are listed on its page.

    Its results follow its list of endpoints before that.

    raises  Refused
    """
    errors: dict[str, list[str]] = defaultdict(list)
    align_roles(trial)
    for row in findings_of(trial):
        if row.finding.severity == "fault":
            field = "n_enrolled" if row.finding.code == "arms-sum" else ""
            errors[field].append(f"{row.finding.where}: {row.finding.message}")
    if errors:
        raise Refused(errors)


def check_row(row: Odd, reasons: dict[str, str], given_by: str) -> None:
    """Refuse faults of the stored `row`, ask for the reasons of its oddities, keep those given.

    reasons   {code: reason} as typed; those for what is not odd, or no longer, are dropped
    raises    Refused, NeedsReasons
    """
    findings = _findings_of_row(row)
    prefixes = {str(value.arm): f"values-{value.arm_id}" for value in row.values.select_related("arm")}
    refuse_faults(findings, prefixes, COMPARISON if isinstance(row, Result) else "")
    odd = oddities(findings)
    if any(not reasons.get(code) for code in odd):
        raise NeedsReasons(odd)
    keep_reasons(row, {code: reasons[code] for code in odd}, given_by)


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


def keep_reasons(row: Odd, reasons: dict[str, str], given_by: str) -> None:
    """Store one waiver per code; a reason that did not change keeps its date and name, others are removed."""
    for waiver in row.waivers.all():
        if reasons.get(waiver.check_code) != waiver.reason:
            waiver.delete()
    kept = set(row.waivers.values_list("check_code", flat=True))
    for code in reasons.keys() - kept:
        row.waivers.create(check_code=code, reason=reasons[code], given_by=given_by[:150])


def _findings_of_row(row: Odd) -> list[Finding]:
    return [found.finding for found in findings_of(row.trial) if found.row == row]
