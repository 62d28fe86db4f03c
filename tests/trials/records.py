"""A record of a trial as a file has it, and ways to change it."""

import copy
import json

from trials.exchange import import_path

GONE = object()  # "take the key out"
CI = {"level_percent": 95, "lower": 9.66, "upper": 13.7, "lower_status": None, "upper_status": None}
OPEN_CI = CI | {"lower": 28.4, "upper": None, "upper_status": "not_reached"}


def trial(**fields):
    """A two-arm trial with one endpoint of each measure; `fields` replace its keys."""
    return {
        "id": "example",
        "acronym": "EXAMPLE",
        "registry": {"clinicaltrials_gov": ["NCT01234567"], "eudract": ["2013-004321-12"]},
        "other_ids": ["EX-1"],
        "short_title": "Drug A with B versus B",
        "phase": "III",
        "design": {
            "randomised": True,
            "blinding": "open-label",
            "allocation_ratio": "1:1",
            "control": "active",
            "second_randomisation_ratio": None,
            "summary": "At many sites.",
        },
        "population": {
            "setting": "RRMM",
            "transplant": "not_applicable",
            "prior_lines_min": 1,
            "prior_lines_max": None,
            "key_criteria": "Adults with relapse.",
        },
        "sponsor": {"name": "Example Institute", "partner_or_parent": None, "confirmed": True},
        "n_enrolled": 200,
        "arms": [arm("ab", "experimental"), arm("b", "control")],
        "baseline": [
            {
                "characteristic": "Refractory to B",
                "unit": "percent",
                "values": [{"arm_id": "ab", "value": 71}, {"arm_id": "b", "value": 69.5}],
                "publication_id": None,
                "source_ids": [],
            }
        ],
        "analyses": [
            {
                "id": "primary",
                "label": "Primary analysis",
                "median_follow_up_months": 15.9,
                "median_follow_up_by_arm_months": [{"arm_id": "ab", "value": 16.0}],
                "data_cutoff": "2022-05-13",
                "note": None,
            }
        ],
        "endpoints": [
            endpoint(),
            endpoint(
                name="Overall response rate",
                abbreviation="ORR",
                kind="secondary",
                measure="response_rate",
                unit="percent",
                values=[value("ab", 82.2, n=82), value("b", 50.0, n=50)],
                comparison=None,
            ),
        ],
        "exposure": [],
        "safety": [
            {
                "event": "Neutropenia",
                "grade": "3-4",
                "analysis_id": "primary",
                "unit": "percent",
                "values": [
                    {"arm_id": "ab", "value": 42, "n": None},
                    {"arm_id": "b", "value": None, "n": None},
                ],
                "publication_id": "example-2023",
                "source_ids": ["page"],
                "confirmed": True,
                "note": None,
            }
        ],
        "publications": [
            {
                "id": "example-2023",
                "type": "article",
                "label": "Example et al. 2023",
                "authors": "Example A, Sample B",
                "title": "A with B",
                "journal": "Journal of Examples",
                "year": 2023,
                "volume": "1",
                "issue": None,
                "pages": "1-9",
                "doi": "10.1000/1",
                "pmid": "12345678",
                "source_ids": ["page"],
                "note": None,
            }
        ],
        "notes": ["A caveat."],
        "source_ids": ["page"],
    } | fields


def arm(code, role):
    return {
        "id": code,
        "name": f"Treatment {code}",
        "regimen": None,
        "regimen_as_published": code.upper(),
        "regimen_options": [],
        "drugs": [],
        "n": 100,
        "role": role,
        "randomisation": 1,
        "note": None,
    }


def value(code, number, n=None, ci=None, status="estimated"):
    return {"arm_id": code, "status": status, "value": number, "n": n, "ci": ci}


def endpoint(**fields):
    """Median progression-free survival with intervals, one of them open, and a hazard ratio."""
    return {
        "name": "Progression-free survival",
        "abbreviation": "PFS",
        "detail": None,
        "kind": "primary",
        "analysis_id": "primary",
        "measure": "median_time",
        "unit": "months",
        "timepoint_months": None,
        "values": [value("ab", 11.2, ci=CI), value("b", None, status="not_reached", ci=OPEN_CI)],
        "comparison": {
            "arm_id": "ab",
            "versus_arm_id": "b",
            "effect": "hazard_ratio",
            "estimate": 0.61,
            "ci": CI | {"level_percent": 98.5, "lower": 0.49, "upper": 0.77},
            "p": {"relation": "<", "value": 0.0001, "sided": None, "nominal": False},
        },
        "publication_id": "example-2023",
        "source_ids": ["page"],
        "confirmed": True,
        "note": None,
    } | fields


def changed(record, path, new):
    """A copy of `record` in which what is at `path` ("arms.0.n") is `new`; GONE takes it out."""
    found = record = copy.deepcopy(record)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in way:
        found = found[step]
    if new is GONE:
        del found[last]
    else:
        found[last] = new
    return record


def content(*records, **fields):
    """What a file with these trials holds."""
    source = {
        "id": "page",
        "kind": "news",
        "title": "A page",
        "url": "https://example.org/",
        "seen_as": "copy",
    }
    return {
        "schema_version": "1.0.0",
        "content": "multiple-myeloma-trials",
        "trials": list(records),
        "sources": [source],
    } | fields


def write(folder, *records, **fields):
    """A file with these trials in `folder`."""
    file = folder / "some-trials.json"
    file.write_text(json.dumps(content(*records, **fields)))
    return file


def load(folder, *records, **fields):
    """Import a file with these trials. Returns what became of each trial, and of whatever else was refused."""
    outcomes = import_path(write(folder, *records, **fields))
    return [outcome for outcome in outcomes if outcome.kind == "trial" or outcome.problems]


def problems(outcomes):
    return [str(problem) for outcome in outcomes for problem in outcome.problems]
