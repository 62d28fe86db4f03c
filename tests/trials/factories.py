"""Plain functions that make the rows of trials. The defaults make a small, complete, two-arm trial.

Arms `abc` (200 patients) and `bc` (198), one publication `first-report`, one data cut `primary`, and median
overall survival 35.6 against 31.2 months, hazard ratio 0.75 (95% CI 0.60-0.94), p = 0.012.
"""

import itertools
from decimal import Decimal

from trials.models import (
    Arm,
    ArmFollowUp,
    ArmValue,
    Comparison,
    DataCut,
    Drug,
    DrugClass,
    Endpoint,
    Observation,
    ObservationValue,
    Publication,
    Regimen,
    Result,
    Trial,
    TrialEndpoint,
    TrialIdentifier,
)

numbers = itertools.count(1)
ENDPOINTS = {  # code → name, abbreviation
    "os": ("Overall survival", "OS"),
    "pfs": ("Progression-free survival", "PFS"),
    "orr": ("Overall response rate", "ORR"),
}
VALUES = {
    "abc": {"value": "35.6", "ci_level": "95", "ci_lower": "31.0", "ci_upper": "39.9"},
    "bc": {"value": "31.2", "ci_level": "95", "ci_lower": "27.4", "ci_upper": "34.8"},
}
COMPARISON = {
    "effect": "hazard_ratio",
    "value": "0.75",
    "ci_level": "95",
    "ci_lower": "0.60",
    "ci_upper": "0.94",
    "p_relation": "=",
    "p_value": "0.012",
    "p_sides": 2,
}
PRINTED = ("value", "ci_level", "ci_lower", "ci_upper", "p_value", "timepoint", "median_follow_up", "months")


def _printed(fields):
    """Texts and whole numbers as decimals: "0.60" keeps its two digits."""
    return {
        key: Decimal(str(value)) if key in PRINTED and value is not None else value
        for key, value in fields.items()
    }


def make_trial(*, nct=None, complete=True, results=True, **fields):
    """A trial with its identifier (`nct=""`: none). `complete=False`: nothing around it; `results=False`: no result."""
    number = next(numbers)
    values = {
        "slug": f"trial-{number}",
        "acronym": f"TRIAL-{number}",
        "is_published": True,
        "title": f"Drug A with B and C versus B and C, trial {number}",
        "phase": "III",
        "control": "active",
        "allocation_ratio": "1:1",
        "design_summary": "Randomised at many sites.",
        "setting": "RRMM",
        "prior_lines_min": 1,
        "prior_lines_max": 3,
        "key_criteria": "Adults with one to three prior lines.",
        "sponsor": "Example Institute",
        "n_enrolled": 398,
    }
    trial = Trial.objects.create(**(values | fields))
    nct = f"NCT{number:08d}" if nct is None and complete else nct
    if nct:
        TrialIdentifier.objects.create(trial=trial, registry="nct", number=nct)
    if complete:
        make_arm(trial, code="abc")
        make_arm(trial, code="bc", n=198, role="control")
        make_publication(trial, code="first-report")
        make_cut(trial, code="primary", label="Primary analysis")
        if results:
            make_result(trial)
    return trial


def make_arm(trial, *, drugs=(), options=(), **fields):
    """An arm of 200 patients, named after its code. `drugs` and `options` are rows of Drug and Regimen."""
    number = next(numbers)
    code = fields.get("code", f"arm-{number}")
    values = {
        "code": code,
        "name": f"Treatment {code}",
        "label": code.upper(),
        "n": 200,
        "role": "experimental",
        "position": trial.arms.count(),
    }
    arm = Arm.objects.create(trial=trial, **(values | fields))
    arm.drugs.set(drugs)
    arm.regimen_options.set(options)
    return arm


def make_publication(trial, **fields):
    number = next(numbers)
    values = {
        "code": f"report-{number}",
        "kind": "article",
        "label": f"Example et al. 2023 ({number})",
        "authors": "Example A, Sample B",
        "title": f"Results of {trial.acronym}",
        "journal": "Journal of Examples",
        "year": 2023,
    }
    return Publication.objects.create(trial=trial, **(values | fields))


def make_cut(trial, *, by_arm=None, **fields):
    """A data cut, later than those there are. `by_arm`: arm code → median follow-up in months."""
    number = next(numbers)
    values = {
        "code": f"cut-{number}",
        "label": f"Analysis {number}",
        "median_follow_up": "24.0",
        "position": trial.data_cuts.count(),
    }
    cut = DataCut.objects.create(trial=trial, **_printed(values | fields))
    for code, months in (by_arm or {}).items():
        ArmFollowUp.objects.create(
            data_cut=cut, trial=trial, arm=trial.arms.get(code=code), **_printed({"months": months})
        )
    return cut


def make_endpoint(code="os", **fields):
    """The endpoint of that code, made when it is not in the list."""
    name, abbreviation = ENDPOINTS.get(code, (f"Endpoint {code}", code.upper()))
    values = {"name": name, "abbreviation": abbreviation}
    return Endpoint.objects.get_or_create(code=code, defaults=values | fields)[0]


def make_result(
    trial, *, endpoint="os", cut=None, publication=None, values=VALUES, comparison=COMPARISON, **fields
):
    """A result of the newest data cut and first publication, unless others are given.

    Another one of the same kind is told apart by its `detail`.

    values      arm code → number ("35.6"), status ("not_reached"), or a dict of ArmValue's fields
    comparison  dict of Comparison's fields, laid over COMPARISON ({"value": "0.61"} keeps the rest); None: none.
                `arm` and `versus` are codes; without them the first arm is compared with the second.
    """
    endpoint = make_endpoint(endpoint) if isinstance(endpoint, str) else endpoint
    given = {
        "endpoint": endpoint,
        "data_cut": cut or trial.data_cuts.first(),
        "publication": publication or trial.publications.order_by("pk").first(),
        "measure": "median_time",
    } | fields
    if Result.objects.filter(**_identity(given)).exists():
        given["detail"] = f"Measured anew ({next(numbers)})"
    row = {"role": "primary", "position": trial.results.count()} | given
    result = Result.objects.create(trial=trial, **_printed(row))
    TrialEndpoint.objects.get_or_create(trial=trial, endpoint=endpoint, defaults={"role": result.role})
    for code, value in values.items():
        make_value(result, code, value)
    if comparison is not None:
        make_comparison(result, **comparison)
    return result


def _identity(fields):
    """What must not be the same in two results."""
    names = (
        "endpoint",
        "data_cut",
        "publication",
        "measure",
        "timepoint",
        "population",
        "assessor",
        "detail",
    )
    texts = dict.fromkeys(("population", "assessor", "detail"), "")
    return {name: ({"timepoint": None} | texts | fields)[name] for name in names}


def make_value(result, code, value):
    """The value of one arm; see `make_result`."""
    if not isinstance(value, dict):
        is_status = value in ("not_reached", "not_estimable", "not_reported")
        value = {"status": value, "value": None} if is_status else {"value": value}
    return ArmValue.objects.create(
        result=result,
        trial=result.trial,
        arm=result.trial.arms.get(code=code),
        is_percent=result.measure != "median_time",
        **_printed(value),
    )


def make_comparison(result, arm="", versus="", **fields):
    arms = list(result.trial.arms.all())
    return Comparison.objects.create(
        result=result,
        trial=result.trial,
        arm=result.trial.arms.get(code=arm) if arm else arms[0],
        versus=result.trial.arms.get(code=versus) if versus else arms[1],
        **_printed(COMPARISON | fields),
    )


def make_observation(trial, values=None, **fields):
    """Grade 3-4 neutropenia in 42% and 15%. `values`: arm code → percent, or a dict of ObservationValue's fields."""
    given = {"kind": "safety", "name": "Neutropenia", "grade": "3-4", "unit": "percent"} | fields
    given.setdefault("publication", trial.publications.order_by("pk").first())
    if given["kind"] == "safety":
        given.setdefault("data_cut", trial.data_cuts.first())
    observation = Observation.objects.create(
        trial=trial, position=given.pop("position", trial.observations.count()), **given
    )
    for code, value in ({"abc": "42", "bc": "15"} if values is None else values).items():
        ObservationValue.objects.create(
            observation=observation,
            trial=trial,
            arm=trial.arms.get(code=code),
            is_percent=observation.unit == "percent",
            **_printed(value if isinstance(value, dict) else {"value": value}),
        )
    return observation


def make_drug(name="", drug_class=None, **fields):
    number = next(numbers)
    drug_class = drug_class or DrugClass.objects.create(name=f"Class {number}", code=f"C{number}")
    values = {"name": name or f"Drug {number}", "slug": f"drug-{number}", "drug_class": drug_class}
    return Drug.objects.create(**(values | fields))


def make_regimen(abbreviation="", drugs=(), **fields):
    number = next(numbers)
    values = {
        "abbreviation": abbreviation or f"R{number}",
        "name": f"Regimen {number}",
        "kind": "combination",
    }
    regimen = Regimen.objects.create(**(values | fields))
    regimen.drugs.set(drugs)
    return regimen
