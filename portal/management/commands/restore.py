"""`manage.py restore`: bring back what `manage.py backup` wrote (docs/backup.md)."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.backup import BackupError, restoring


class Command(BaseCommand):
    help = "Check an archive, and bring its database and pictures back. Stop the site first."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "path", metavar="ARCHIVE_OR_DIR", type=Path, help="of a folder the newest archive"
        )
        parser.add_argument(
            "--replace", action="store_true", help="drop what is in database and media folder"
        )

    def handle(self, *args: object, path: Path, replace: bool, **options: object) -> None:
        try:
            result = restoring.restore(path, key=settings.BACKUP_KEY, replace=replace)
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{result.path}: {result.rows:,} rows of {result.tables} tables and {result.files:,} files are back,"
            " as many and with the checksums as they were written."
        )
        if result.pending:
            self.stdout.write(
                f"{result.pending} migrations are newer than the archive: run manage.py prepare."
            )
