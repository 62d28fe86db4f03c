"""`manage.py import_trials demo/trials more.json`"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from trials.exchange import Outcome, import_path


class Command(BaseCommand):
    help = (
        "Import trials, drugs and regimens: JSON files, or folders with regimens.json and trials.json."
        " Each trial is taken as a whole or refused with what is wrong; the others are not touched by that."
        " What is odd, and has no waiver, is told."
        " Running it again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")

    def handle(self, *args: Any, paths: list[Path], **options: Any) -> None:
        outcomes = [outcome for path in paths for outcome in import_path(path)]
        for outcome in outcomes:
            self._tell(outcome)
        counts = Counter((outcome.kind, outcome.word) for outcome in outcomes)
        for kind in ("source", "drug", "regimen", "trial"):
            words = [f"{counts[kind, word]} {word}" for word in ("added", "changed", "unchanged", "refused")]
            self.stdout.write(f"{kind}s: {', '.join(words)}")
        if any(outcome.problems for outcome in outcomes):
            raise SystemExit(1)

    def _tell(self, outcome: Outcome) -> None:
        """Trials always; what they refer to only when it is news."""
        if outcome.kind == "trial" or outcome.word != "unchanged":
            self.stdout.write(str(outcome))
        for change in outcome.changes:
            self.stdout.write(f"          {change}")
        for odd in outcome.odd:
            self.stdout.write(f"          odd, without a reason: {odd}")
        for problem in outcome.problems:
            self.stderr.write(f"{outcome.name}: {problem}")
