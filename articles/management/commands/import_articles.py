"""`manage.py import_articles demo/ text.md`"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from articles.exchange import import_path


class Command(BaseCommand):
    help = (
        "Import articles: Markdown files with front matter, or folders that may hold people.yaml, subjects.yaml,"
        " pictures/ and articles/. Each is taken as a whole or refused with file, field and line."
        " Running it again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")

    def handle(self, *args: Any, paths: list[Path], **options: Any) -> None:
        refused = False
        for path in paths:
            for result in import_path(path, timezone.now()):
                self.stdout.write(f"{result.outcome:<9} {result.name}")
                for problem in result.problems:
                    refused = True
                    self.stderr.write(f"{result.name}: {problem}")
        if refused:
            raise SystemExit(1)
