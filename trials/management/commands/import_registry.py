"""`manage.py import_registry NCT01734928` or `manage.py import_registry record.json`"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from trials.exchange import Refused
from trials.models import FORMATS, Registry, RegistrySuggestion
from trials.registries import normalise
from trials.registry import Imported, UnknownTrial, Unreachable, fetch, import_record, read_file
from trials.registry.fetching import address

Verdict = RegistrySuggestion.Verdict


class Command(BaseCommand):
    help = (
        "Keep a record of ClinicalTrials.gov (fetched by its number, or a file of its API v2) and compare it with"
        " the rows of its trial. What differs is listed; no row of the trial is changed. Running it again with the"
        " same content changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("record", metavar="FILE|NCT")

    def handle(self, *args: Any, record: str, **options: Any) -> None:
        number = normalise(record)
        is_number = re.fullmatch(FORMATS[Registry.NCT], number, re.ASCII) is not None
        try:
            data = fetch(number) if is_number else read_file(Path(record))
            source = address(number) if is_number else Path(record).name
            imported = import_record(data, source, timezone.now(), number if is_number else "")
        except (Unreachable, UnknownTrial) as error:
            raise CommandError(str(error)) from error
        except Refused as error:
            raise CommandError(f"The record cannot be taken. {error}") from error
        self._tell(imported)

    def _tell(self, imported: Imported) -> None:
        snapshot, study = imported.snapshot, imported.study
        kept = "kept" if imported.is_new else f"kept already on {snapshot.retrieved_at:%Y-%m-%d}"
        updated = f", last updated {study.updated_on}" if study.updated_on else ""
        results = "with results" if study.measures else "without results"
        status = study.status.replace("_", " ").lower() or "status not given"
        self.stdout.write(f"{study.number} ({snapshot.trial}): {status}, {results}{updated}; {kept}")
        suggestions = list(snapshot.suggestions.all())
        counts = Counter(suggestion.verdict for suggestion in suggestions)
        words = [f"{counts[verdict]} {verdict.label.lower()}" for verdict in Verdict]
        self.stdout.write(", ".join(words))
        for suggestion in suggestions:
            if suggestion.verdict == Verdict.MISMATCH:
                self.stdout.write(f"mismatch  {suggestion.subject}")
                self.stdout.write(f"          registry: {suggestion.says}")
                self.stdout.write(f"          ours:     {suggestion.ours}")
        groups = snapshot.trial.registry_arms.filter(arm=None, is_by_hand=False, title__in=study.groups)
        for group in groups:
            self.stdout.write(f"no arm known for the group “{group.title}”: choose one in the admin")
