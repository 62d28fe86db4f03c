"""After a save: what the checks find in the stored rows, and the reasons that editors give for oddities."""

from __future__ import annotations

from collections import defaultdict

from portal.lib.admin_refusal import Refused
from trials import derive
from trials.checks import Finding, check_observation
from trials.checks.of_rows import PREFETCH, RowFinding, arm_records, findings_of_trial, observation_record
from trials.models import Observation, Result, Trial, Waiver

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
Oddities = dict[str, list[str]]  # code → messages


class NeedsReasons(Refused):
    """The result is odd: `oddities` {code: messages}, each of which asks for a reason."""

    def __init__(self, oddities: Oddities) -> None:
        super().__init__(
            {"": ["Nothing has been saved yet: give a reason for each point below, or correct it."]}
        )
        self.oddities = oddities


def redraw(trial: Trial) -> None:
    """After every save: what readers see follows from the rows; articles that show them are rendered again."""
    trial.save(update_fields=["modified_at"])
    derive.redraw(trial)


def findings_of(trial: Trial) -> list[RowFinding]:
    """Everything that the checks find in the stored rows of `trial`."""
    return findings_of_trial(Trial.objects.prefetch_related(*PREFETCH).get(pk=trial.pk))


def oddities_of(result: Result) -> Oddities:
    """What asks for a reason in the stored `result`."""
    return oddities(_findings_of_result(result))


def oddities(findings: list[Finding]) -> Oddities:
    found: Oddities = defaultdict(list)
    for finding in findings:
        if finding.severity == "oddity":
            found[finding.code].append(f"{finding.where}: {finding.message}")
    return dict(found)


def check_trial(trial: Trial) -> None:
    """Refuse what cannot be true of the stored rows of `trial`; oddities are listed on its page.

    raises  Refused
    """
    errors: dict[str, list[str]] = defaultdict(list)
    for row in findings_of(trial):
        if row.finding.severity == "fault":
            field = "n_enrolled" if row.finding.code == "arms-sum" else ""
            errors[field].append(f"{row.finding.where}: {row.finding.message}")
    if errors:
        raise Refused(errors)


def check_result(result: Result, reasons: dict[str, str], given_by: str) -> None:
    """Refuse faults of the stored `result`, ask for the reasons of its oddities, keep those given.

    reasons   {code: reason} as typed; those for what is not odd, or no longer, are dropped
    raises    Refused, NeedsReasons
    """
    findings = _findings_of_result(result)
    refuse_faults(
        findings, {str(value.arm): f"values-{value.arm_id}" for value in result.values.all()}, COMPARISON
    )
    odd = oddities(findings)
    if any(not reasons.get(code) for code in odd):
        raise NeedsReasons(odd)
    keep_reasons(result, {code: reasons[code] for code in odd}, given_by)


def check_observed(observation: Observation) -> list[Finding]:
    """Refuse faults of the stored `observation`; returns what is odd about it.

    raises  Refused
    """
    stored = Observation.objects.prefetch_related("values__arm").get(pk=observation.pk)
    arms = {arm.key: arm for arm in arm_records(stored.trial.arms.all())}
    findings = list(check_observation(observation_record(stored), arms))
    refuse_faults(findings, {str(value.arm): f"values-{value.arm_id}" for value in stored.values.all()}, "")
    return findings


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


def keep_reasons(result: Result, reasons: dict[str, str], given_by: str) -> None:
    """Store one waiver per code; a reason that did not change keeps its date and name, others are removed."""
    for waiver in result.waivers.all():
        if reasons.get(waiver.check_code) != waiver.reason:
            waiver.delete()
    kept = set(result.waivers.values_list("check_code", flat=True))
    for code in reasons.keys() - kept:
        Waiver.objects.create(result=result, check_code=code, reason=reasons[code], given_by=given_by[:150])


def _findings_of_result(result: Result) -> list[Finding]:
    return [row.finding for row in findings_of(result.trial) if row.result and row.result.pk == result.pk]
