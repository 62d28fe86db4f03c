"""`manage.py export_articles backup/`"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from articles.exchange import export_folder


class Command(BaseCommand):
    help = "Write all articles, people, topics, treatments and pictures as files that import_articles reads."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            count = export_folder(folder)
        except OSError as error:
            raise CommandError(f"{folder}: {error}") from error
        self.stdout.write(f"{count} articles written to {folder}")
