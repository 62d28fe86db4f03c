"""A trial of ours, the recorded shapes of its registry's record, and the ways to import them."""

import json
from copy import deepcopy
from datetime import date
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from tests.trials import factories
from trials.models import RegistrySuggestion

FILES = Path(__file__).parent / "registry"
NCT = "NCT01234567"
GROUPS = ("Arm A: A + B + C (ABC)", "Arm B: B + C (BC)")
OS = "resultsSection.outcomeMeasuresModule.outcomeMeasures[1]"
ABC, BC = (f"{OS}.classes[1].categories[1].measurements[{number}]" for number in (1, 2))
ANALYSIS = f"{OS}.analyses[1]"


def make_trial(**result):
    """The factory's trial with a dated cut and a stated population; `result` changes its overall survival."""
    trial = factories.make_trial(nct=NCT, acronym="EXAMPLE", results=False)
    trial.data_cuts.update(cutoff=date(2022, 5, 13))
    factories.make_result(trial, **{"population": "itt"} | result)
    return trial


def record(name="with-results"):
    """The content of a recorded file, to be changed."""
    return json.loads((FILES / f"{name}.json").read_text())


def changed(content, path, value):
    """A copy of `content` with `value` at `path` ("resultsSection.outcomeMeasuresModule"), lists counted from 0."""
    copy = deepcopy(content)
    *way, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    place = copy
    for step in way:
        place = place[step]
    place[last] = value
    return copy


def run(path):
    """What the command prints."""
    output = StringIO()
    call_command("import_registry", str(path), stdout=output)
    return output.getvalue()


def load(tmp_path, content):
    """Import `content` (an object, or bytes) as a file."""
    file = tmp_path / "record.json"
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return run(file)


def verdicts():
    """{path: (verdict, keys)} of all suggestions."""
    return {row.path: (row.verdict, row.keys) for row in RegistrySuggestion.objects.all()}
