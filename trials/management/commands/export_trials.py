"""`manage.py export_trials backup/trials`"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trials.exchange import export_folder


class Command(BaseCommand):
    help = "Write all trials, drugs and regimens as regimens.json and trials.json, which import_trials reads."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            count = export_folder(folder)
        except OSError as error:
            raise CommandError(f"{folder}: {error}") from error
        self.stdout.write(f"{count} trials written to {folder}")
