"""Files and folders of records, in and out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connection

from trials.models import Drug, Regimen, Source, Trial

from . import schema
from .drugs import drug_record, regimen_record, store_drug, store_regimen
from .json_text import dump, load
from .layout import linked, written
from .problems import Outcome, Problem, Refused, shown
from .records import trial_record
from .store import Written, known_lists, store_source, store_trial

NAMES = ("regimens.json", "trials.json")  # in a folder, in the order in which one needs the other
VERSION = "1.0.0"
LARGEST = 50 * 10**6  # bytes; the 24 trials of the demonstration have less than 1 MB
LOCK = 7_364_002  # any number: two imports that start at once do their work one after the other
UNITS = {
    "median_time": "months",
    "event_free_rate": "percent",
    "response_rate": "percent",
    "follow_up": "months",
    "n": "patients",
    "safety": "percent unless the entry says otherwise",
}
TRIALS = "multiple-myeloma-trials"
REGIMENS = "multiple-myeloma-regimens"
TRIALS_DISCLAIMER = (
    "Demonstration content. The figures are facts taken from the publications cited in each record and checked"
    " against stored public sources; they may be incomplete or superseded and are not medical advice."
)
REGIMENS_DISCLAIMER = (
    "Reference vocabulary for demonstration; general pharmacological knowledge, not prescribing information."
)


def import_path(path: Path) -> list[Outcome]:
    """Load the file `path`, or regimens.json and trials.json of the folder `path`. What is wrong is told, not raised."""
    files = [path / name for name in NAMES if (path / name).exists()] if path.is_dir() else [path]
    if not files:
        return [_refused(path, f"has neither {' nor '.join(NAMES)}: name the folder that has them.")]
    with _alone():
        return [outcome for file in files for outcome in _import_file(file)]


@contextmanager
def _alone() -> Iterator[None]:
    """While nobody else imports: on an empty database two would make the same rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _import_file(file: Path) -> list[Outcome]:
    try:
        if file.stat().st_size > LARGEST:
            raise ValueError(f"is larger than {LARGEST // 10**6} MB: split it.")
        content = load(file.read_bytes())
        if not isinstance(content, dict):
            raise ValueError("is not a list of trials or regimens.")
        importer = {TRIALS: _import_trials, REGIMENS: _import_regimens}.get(_text(content, "content"))
        if importer is None:
            raise ValueError(
                f"has neither “{TRIALS}” nor “{REGIMENS}” as its content: nothing is known of others."
            )
        if not _text(content, "schema_version").startswith("1."):
            raise ValueError(f"does not have a schema_version that begins with 1. ({VERSION}): convert it.")
        return importer(content)
    except OSError as error:
        return [_refused(file, f"cannot be read: {error.strerror}.")]
    except ValueError as error:
        return [_refused(file, str(error))]


def _import_trials(content: dict[str, Any]) -> list[Outcome]:
    if content.get("units", UNITS) != UNITS:
        raise ValueError("has other units than months, percent and patients: convert it.")
    trials, sources = _records(content, "trials"), _records(content, "sources")
    outcomes = _each("source", sources, "id", store_source)
    known = known_lists()
    after = -1

    def store(record: Any) -> Written:
        nonlocal after
        result = store_trial(record, known, after)
        after = Trial.objects.values_list("position", flat=True).get(slug=record["id"])
        return result

    return outcomes + _each("trial", trials, "id", store)


def _import_regimens(content: dict[str, Any]) -> list[Outcome]:
    regimens, drugs = _records(content, "regimens"), _records(content, "drugs")
    outcomes = _each("drug", drugs, "id", partial(store_drug, classes={}))
    known = {"drugs": {drug.slug: drug for drug in Drug.objects.all()}}
    return outcomes + _each("regimen", regimens, "abbreviation", partial(store_regimen, known=known))


def _each(kind: str, records: list[Any], key: str, store: Callable[[Any], Written]) -> list[Outcome]:
    """Store each record; one that is refused leaves the others as they are."""
    outcomes: list[Outcome] = []
    seen: set[str] = set()
    for number, record in enumerate(records, start=1):
        code = record.get(key) if isinstance(record, dict) else None
        name = code if isinstance(code, str) and code.isascii() and code.isprintable() else shown(code)
        try:
            if code is not None and name in seen:
                raise Refused(
                    [Problem(key, f"another {kind} of the file has it already (this is {number}).")]
                )
            seen.add(name)
            written = store(record)
            outcomes.append(Outcome(kind, name, written.word, written.changes, odd=written.odd))
        except Refused as error:
            outcomes.append(Outcome(kind, f"{name} (number {number})", "refused", problems=error.problems))
    return outcomes


def _records(content: dict[str, Any], key: str) -> list[Any]:
    found = content.get(key)
    if not isinstance(found, list):
        raise ValueError(f"has no list “{key}”: add it, empty if need be.")
    return found


def _text(content: dict[str, Any], key: str) -> str:
    found = content.get(key)
    return found if isinstance(found, str) else ""


def _refused(file: Path, message: str) -> Outcome:
    return Outcome("file", file.name, "refused", problems=(Problem("", message),))


def export_folder(folder: Path) -> int:
    """Write regimens.json and trials.json, from which `import_path` makes the same rows. Returns how many trials."""
    content = trials_content()
    folder.mkdir(parents=True, exist_ok=True)
    for name, records in zip(NAMES, (regimens_content(), content), strict=True):
        (folder / name).write_text(dump(records) + "\n", encoding="utf-8")
    return len(content["trials"])


def trials_content() -> dict[str, Any]:
    """What trials.json holds of this database."""
    header = {"content": TRIALS, "language": "en", "disclaimer": TRIALS_DISCLAIMER, "units": UNITS}
    return {
        "schema_version": VERSION,
        **header,
        "trials": [trial_record(trial) for trial in Trial.objects.all()],
        "sources": [written(source, schema.SOURCE) for source in Source.objects.order_by("pk")],
    }


def regimens_content() -> dict[str, Any]:
    """What regimens.json holds of this database."""
    header = {"content": REGIMENS, "language": "en", "disclaimer": REGIMENS_DISCLAIMER}
    trials = _trials_by_regimen(Trial.objects.prefetch_related("arms"))
    drugs = Drug.objects.select_related("drug_class").order_by("pk")
    return {
        "schema_version": VERSION,
        **header,
        "regimens": [regimen_record(r, trials.get(r.pk, [])) for r in Regimen.objects.order_by("pk")],
        "drugs": [drug_record(drug) for drug in drugs],
    }


def _trials_by_regimen(trials: Iterable[Trial]) -> dict[int, list[str]]:
    """Regimen → trials with an arm of it, or with an arm that may choose it."""
    found: dict[int, dict[str, None]] = {}
    for trial in trials:
        for arm in trial.arms.all():
            options = [option.pk for option in linked(arm, "regimen_options")]
            for pk in [arm.regimen_id, *options]:
                if pk is not None:
                    found.setdefault(pk, {})[trial.slug] = None
    return {pk: list(slugs) for pk, slugs in found.items()}
